/** Runners of the groups `links`, `records` and `refused` of invites.json. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import {
  encodeInviteRecord,
  inviteRecordPath,
  inviteRecordPreimage,
  isGenuineInviteRecord,
  readInviteRecord,
} from "../../../lib/group/joining/invite_record.ts";
import {
  makeSignedInvite,
  readSignedInvite,
  SIGNED_PREFIX,
  SignedInviteError,
} from "../../../lib/group/joining/signed_invite.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { fromRawBase64Url } from "../../../lib/wire/base64.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { entries, hexEqual } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

const SECRET = "SHA-256 of ";
const SIGNATURE = 65;

/** Links: what they say, what their signatures cover, and that they are made again the same. */
export const signedInviteLinks: GroupRunner = (group, file) => {
  ok(file.inviter_secret.startsWith(SECRET), "inviter_secret is not understood");
  const own = keyPairOf(sha256(utf8(file.inviter_secret.slice(SECRET.length))));
  return entries(
    group,
    ({ name }) => name,
    (entry) => {
      const { id, uses, note, group: of } = entry;
      const said = {
        id,
        issuedNs: BigInt(entry.issued_ns),
        expiresNs: BigInt(entry.expires_ns),
        uses,
        onlyInviter: entry.only_inviter,
        note,
        group: of && {
          id: of.id,
          name: of.name,
          kind: of.kind,
          ownerPk: of.owner_pk,
          port: of.port,
          admins: of.admins,
        },
      };
      deepStrictEqual(readSignedInvite(entry.link), { ...said, inviter: own.pk });
      for (const link of [entry.link, makeSignedInvite(said, own)]) {
        const bytes = fromRawBase64Url(link.slice(SIGNED_PREFIX.length))!;
        hexEqual(bytes.subarray(0, bytes.length - SIGNATURE), entry.covered, "covered");
        readSignedInvite(link);
      }
    },
  );
};

/** What admins tell each other: where it lies, what its signature covers, and that it is written again the same. */
export const signedInviteRecords: GroupRunner = (group) =>
  entries(
    group,
    ({ path }) => path,
    ({ path, preimage, value_json }) => {
      const record = readInviteRecord(value_json);
      ok(record, "it is no record");
      strictEqual(inviteRecordPath(record), path);
      hexEqual(inviteRecordPreimage(record)!, preimage, "preimage");
      ok(isGenuineInviteRecord(record, curveSigner), "the signature is not of who tells it");
      strictEqual(fromUtf8(encodeInviteRecord(record)), value_json);
    },
  );

/** Links that are refused, each for its first fault. */
export const signedInviteRefusals: GroupRunner = (group) =>
  entries(
    group,
    ({ fault }, i) => `${i}: ${fault}`,
    ({ fault, link }) =>
      throws(() => readSignedInvite(link), (error) =>
        error instanceof SignedInviteError && error.fault === fault),
  );
