/** Runners of the groups `invites`, `address` and `feed_port` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  AddressError,
  feedPortOf,
  formatSkychatAddress,
  parseSkychatAddress,
  relayPortOf,
} from "../../../lib/group/record/address.ts";
import {
  decodeInvite,
  encodeInvite,
  type Invite,
  INVITE_PREFIX,
  InviteError,
} from "../../../lib/group/joining/invite.ts";
import { fromBase64, toBase64, toRawBase64Url } from "../../../lib/wire/base64.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { byMember, each, errorOf, hexOf } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

interface InviteObject {
  readonly id: string;
  readonly name: string;
  readonly owner_pk: string;
  readonly port: number;
  readonly mode: Invite["mode"];
  readonly kind?: Invite["kind"];
  readonly admins?: string[];
  readonly pow_bits?: number;
  readonly aes_key?: string;
}

/** The checks in their order: the words by which reasons speak of them. */
const FAULTS: readonly string[] = [
  "prefix",
  "base64",
  "json",
  "mode",
  "key",
  "kind",
  "id",
  "owner",
  "port",
] satisfies InviteError["fault"][];

/** Links that are read and written, links that are only read, and links that are refused. */
export const skychatInvites: GroupRunner = (group) =>
  byMember(group, {
    fact: () => [],
    valid: each(({ name }) => name, ({ object, json, link }) => {
      deepStrictEqual(objectOf(decodeInvite(link)), object);
      strictEqual(encodeInvite(inviteOf(object)), link);
      strictEqual(INVITE_PREFIX + toRawBase64Url(utf8(json)), link, "json and link");
    }),
    accepted_variants: each(({ name }) => name, ({ link, same_as, name: _name, note: _note, ...members }) => {
      const invite = decodeInvite(link);
      const read: Record<string, unknown> = { ...objectOf(invite) };
      for (const [member, value] of Object.entries(members)) deepStrictEqual(read[member], value, member);
      if (same_as === undefined) return;
      const other = group.valid.find(({ name }: { name: string }) => name === same_as);
      ok(other, `no valid case "${same_as}"`);
      deepStrictEqual(objectOf(invite), other.object);
    }),
    invalid: each(({ reason }) => reason, ({ reason, link }) => {
      const error = errorOf(() => decodeInvite(link));
      ok(error instanceof InviteError, error.message);
      const named = reason.split(/\W+/).filter((word: string) => FAULTS.includes(word));
      if (named.length > 0) ok(named.includes(error.fault), `the fault found is "${error.fault}"`);
      ok(link.length < 20 || !error.message.includes(link), "the link may hold a key");
    }),
  });

const inviteOf = (object: InviteObject): Invite => ({
  id: object.id,
  name: object.name,
  ownerPk: object.owner_pk,
  port: object.port,
  mode: object.mode,
  kind: object.kind ?? "",
  admins: object.admins ?? [],
  powBits: object.pow_bits ?? 0,
  aesKey: fromBase64(object.aes_key ?? "")!,
});

const objectOf = (invite: Invite): InviteObject => ({
  id: invite.id,
  name: invite.name,
  owner_pk: invite.ownerPk,
  port: invite.port,
  mode: invite.mode,
  ...(invite.kind === "" ? {} : { kind: invite.kind }),
  ...(invite.admins.length === 0 ? {} : { admins: [...invite.admins] }),
  ...(invite.powBits === 0 ? {} : { pow_bits: invite.powBits }),
  ...(invite.aesKey.length === 0 ? {} : { aes_key: toBase64(invite.aesKey) }),
});

/** Addresses that are read, written in their canonical form and read again, and texts that are none. */
export const skychatAddress: GroupRunner = (group) =>
  byMember(group, {
    fact: () => [],
    cases: each((entry) => entry.in, (entry) => {
      if (entry.error !== undefined) {
        const error = errorOf(() => parseSkychatAddress(entry.in));
        ok(error instanceof AddressError, error.message);
        return strictEqual(error.fault === "invite", /invite/.test(entry.error), entry.error);
      }
      const address = parseSkychatAddress(entry.in);
      deepStrictEqual([address.pk, address.group ?? null], [entry.pk, entry.group]);
      deepStrictEqual(parseSkychatAddress(formatSkychatAddress(address)), address);
    }),
  });

/** Ports of a group from its random bytes. */
export const skychatFeedPort: GroupRunner = (group) =>
  byMember(group, {
    fact: () => [],
    cases: each(({ random_hex }) => random_hex, (entry) => {
      const port = feedPortOf(hexOf(entry, "random_hex"));
      deepStrictEqual([port, relayPortOf(port)], [entry.feed_port, entry.relay_port]);
    }),
  });
