/** Runners of d2.json: keys for secrets of two, wraps, epochs, coming in, messages. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { type KeyPair, keyPairOf } from "../../../lib/crypto/keys.ts";
import { openForOne } from "../../../lib/group/d2/admission.ts";
import { copyIn, openCopy } from "../../../lib/group/d2/content.ts";
import { openEpoch, readEpoch, rosterMark } from "../../../lib/group/d2/epoch_key.ts";
import { type PairSecret, unwrapKey, wrapKey } from "../../../lib/group/d2/pair_wrap.ts";
import { readAnnouncement } from "../../../lib/group/d2/ratchet.ts";
import { proofOf, readLeaf } from "../../../lib/group/talk/leaf.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { pairEpoch } from "../../../lib/pair/keys.ts";
import { fromHex, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { seededRandom } from "../../fakes/random.ts";
import { entries, hexEqual } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

const pairOf = (name: string): KeyPair => keyPairOf(sha256(utf8(name)));
const secretsOf = (name: string, ratchet: string): PairSecret[] => [pairEpoch(pairOf(name), ratchet)];

/** Cases of a group, each by its entry. */
// deno-lint-ignore no-explicit-any
const each = (run: (entry: any, groupId: string) => void): GroupRunner => (group, file) =>
  entries(group, ({ name }) => name, (entry) => run(entry, file.group_id));

/** Announcements. */
export const d2Ratchets: GroupRunner = each((entry, groupId) => {
  const value = fromHex(entry.value);
  const { issuer, issuedAtNs, ratchet } = readAnnouncement(value, groupId, curveSigner)!;
  deepStrictEqual([issuer, String(issuedAtNs), ratchet], [entry.issuer, entry.issued_ns, entry.ratchet]);
  value[40] ^= 1;
  strictEqual(readAnnouncement(value, groupId, curveSigner), undefined);
});

/** A key under the secret of two. */
export const d2Wraps: GroupRunner = each((entry) => {
  const secret = pairEpoch(pairOf(entry.own), pairOf(entry.peer).pk);
  hexEqual(secret.id, entry.pair_id, "pair id");
  hexEqual(secret.key, entry.pair_key, "pair key");
  const context = fromHex(entry.context);
  hexEqual(wrapKey(fromHex(entry.key), [secret], context, seededRandom("")), entry.wrap, "wrap");
  hexEqual(unwrapKey(fromHex(entry.wrap), [secret], context)!, entry.key, "key");
});

/** Rotations. */
export const d2Epochs: GroupRunner = each((entry, groupId) => {
  const rotation = readEpoch(fromHex(entry.value), groupId, curveSigner)!;
  deepStrictEqual(
    [rotation.id, rotation.issuer, rotation.ratchet, rotation.roster],
    [entry.id, entry.issuer, entry.ratchet, rosterMark(entry.members)],
  );
  deepStrictEqual(
    [rotation.epoch, rotation.issuedAtNs, rotation.sinceNs].map(String),
    [entry.epoch, entry.issued_ns, entry.since_ns],
  );
  for (const name of entry.opens) {
    hexEqual(openEpoch(rotation, () => secretsOf(name, rotation.ratchet), [])!, entry.key, name);
  }
  strictEqual(openEpoch(rotation, () => secretsOf("nobody", rotation.ratchet), []), undefined);
});

/** The key for one who comes in. */
export const d2Admissions: GroupRunner = each((entry, groupId) => {
  const opened = openForOne(groupId, fromHex(entry.value), (ratchet) => secretsOf(entry.opens, ratchet))!;
  deepStrictEqual([String(opened.epoch), toHex(opened.key)], [entry.epoch, entry.key]);
});

/** Messages, and who opens them. */
export const d2Messages: GroupRunner = each((entry, groupId) => {
  const leaf = readLeaf(utf8(entry.leaf))!;
  strictEqual(proofOf(leaf), "signed");
  const copy = copyIn(leaf, groupId)!;
  strictEqual(copy.epochId, entry.epoch_id);
  ok(copy.isUnderEpoch === (entry.group_key !== undefined));
  const keys = copy.isUnderEpoch
    ? [[{ id: fromHex(entry.epoch_id), key: fromHex(entry.group_key) }]]
    : entry.opens.map((name: string) => secretsOf(name, copy.ratchet));
  for (const secrets of keys) {
    const body = openCopy(leaf, copy, secrets)!;
    deepStrictEqual([body.text, body.audience], [entry.text, entry.audience]);
  }
  for (const name of entry.closed) {
    strictEqual(openCopy(leaf, copy, secretsOf(name, copy.ratchet)), undefined, name);
  }
});
