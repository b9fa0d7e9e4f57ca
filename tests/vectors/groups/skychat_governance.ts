/** Runners of the groups `gossip`, `sealed_governance`, `key_rotation` and `rotation_jitter` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ecdh } from "../../../lib/crypto/ecdh.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import {
  type Domain,
  encodeMutation,
  governancePath,
  isGenuine,
  makeMutation,
  mutationPreimage,
  openGovernance,
  OPERATIONS,
  readMutation,
  sealGovernance,
} from "../../../lib/group/roster/governance.ts";
import {
  encodeRotation,
  isGenuineRotation,
  type KeyRotation,
  openRotation,
  readRotation,
  rotationJitterNs,
  rotationPreimage,
  sealWrap,
  sortedWraps,
  wrapHash,
  wrapTag,
} from "../../../lib/group/keys/rotation.ts";
import { uuidBytes } from "../../../lib/group/record/uuid.ts";
import { fromHex, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { byMember, each, hexEqual, hexOf, nothingElse } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

const fixed = (bytes: Uint8Array) => ({ bytes: () => bytes, fraction: () => 0 });

/** Decisions with everything that is computed of them; the form without a domain proves nothing. */
export const skychatGossip: GroupRunner = (group, { keys }) =>
  byMember(group, {
    collision_note: () => [],
    group_id: (id) => [{
      name: `id ${id}`,
      run: () => hexEqual(uuidBytes(id)!, group.group_id_bytes_hex, "group id"),
    }],
    group_id_bytes_hex: () => [],
    cases: each(({ domain, op_name }) => `${domain} ${op_name}`, (entry) => {
      const domain: Domain = entry.domain;
      const mutation = readMutation(utf8(entry.value_json));
      ok(mutation, "is a decision");
      strictEqual(fromUtf8(encodeMutation(mutation)), entry.value_json);
      deepStrictEqual([mutation.groupId, mutation.op], [group.group_id, entry.op]);
      strictEqual(
        OPERATIONS[domain][mutation.op],
        entry.op_name.replaceAll("_", "-").replace(/^backfill-/, "backfill "),
      );
      const [folder, count] = entry.path.split("/");
      strictEqual(folder, domain);
      strictEqual(governancePath(domain, Number(count)), entry.path);
      const preimage = mutationPreimage(domain, mutation)!;
      hexEqual(preimage, entry.preimage_hex, "pre-image");
      hexEqual(sha256(preimage), entry.digest_hex, "digest");
      hexEqual(sha256(sha256(preimage)), entry.signed_hash_hex, "signed hash");
      hexEqual(mutation.signature, entry.signature, "signature");
      ok(isGenuine(domain, mutation), "is its issuer's");
      const other: Domain = domain === "roster" ? "admin" : "roster";
      ok(!isGenuine(other, mutation), "is no decision of another domain");
      if (entry.old_2026_05_preimage_hex !== undefined) {
        const old = Uint8Array.of(preimage[0], ...preimage.subarray(2));
        hexEqual(old, entry.old_2026_05_preimage_hex, "old pre-image");
        hexEqual(sha256(old), entry.old_2026_05_digest_hex, "old digest");
      }
      const issuer = Object.values(keys as Record<string, { sk: string; pk: string }>)
        .find(({ pk }) => pk === mutation.issuer);
      if (issuer !== undefined) {
        ok(isGenuine(domain, makeMutation(domain, mutation, fromHex(issuer.sk))), "ours is genuine too");
      }
    }),
  });

/** One value, sealed and opened. */
export const skychatSealedGovernance: GroupRunner = (group) => {
  const { key_hex, nonce_hex, plain, sealed_hex, ...rest } = group;
  nothingElse(rest);
  const run = () => {
    const key = fromHex(key_hex);
    const sealed = sealGovernance(key, utf8(plain), fixed(fromHex(nonce_hex)));
    hexEqual(sealed, sealed_hex, "sealed");
    strictEqual(fromUtf8(openGovernance(sealed, [new Uint8Array(32), key])!), plain);
    strictEqual(openGovernance(sealed, [new Uint8Array(32)]), undefined, "another key opens nothing");
  };
  return [{ name: plain, run }];
};

/** One rotation: its wraps, its hash, its signature, and who can open it. */
export const skychatKeyRotation: GroupRunner = (group, { keys }) => {
  const pairs = Object.values(keys as Record<string, { sk: string; pk: string }>);
  const rotation = (): KeyRotation => {
    const read = readRotation(utf8(group.value_json));
    ok(read, "is a rotation");
    return read;
  };
  const checked = (name: string, run: () => void) => () => [{ name, run }];
  const input = () => [];
  return byMember(group, {
    epoch: checked("epoch", () => strictEqual(rotation().epoch, BigInt(group.epoch))),
    new_key_hex: input,
    eph_pk: checked("ephemeral key", () => {
      strictEqual(keyPairOf(hexOf(group, "eph_sk")).pk, group.eph_pk);
      for (const { ephemeral, recipient } of rotation().wraps) {
        deepStrictEqual([ephemeral, recipient], [group.eph_pk, NULL_PK]);
      }
    }),
    eph_sk: input,
    wraps: each((wrap) => `wrap for ${wrap.for}`, (wrap) => {
      const shared = ecdh(hexOf(group, "eph_sk"), fromHex(wrap.for));
      hexEqual(shared, wrap.shared_hex, "shared");
      hexEqual(sha256(fromHex(wrap.shared_point_hex)), wrap.shared_hex, "shared point");
      hexEqual(wrapTag(shared), wrap.tag_hex, "tag");
      const sealed = sealWrap(shared, hexOf(group, "new_key_hex"), fixed(fromHex(wrap.nonce_hex)));
      hexEqual(sealed, wrap.sealed_hex, "sealed");
      const member = pairs.find(({ pk }) => pk === wrap.for);
      if (member) {
        hexEqual(openRotation(rotation(), keyPairOf(fromHex(member.sk)))!, group.new_key_hex, "opened");
      }
    }),
    wrap_hash_hex: checked("wrap hash", () => {
      hexEqual(wrapHash(rotation().wraps), group.wrap_hash_hex, "hash");
      hexEqual(wrapHash([...rotation().wraps].reverse()), group.wrap_hash_hex, "in any order");
      deepStrictEqual(sortedWraps(rotation().wraps), rotation().wraps, "written in order");
    }),
    preimage_hex: checked(
      "pre-image",
      () => hexEqual(rotationPreimage(rotation())!, group.preimage_hex, "bytes"),
    ),
    digest_hex: checked(
      "digest",
      () => hexEqual(sha256(hexOf(group, "preimage_hex")), group.digest_hex, "hash"),
    ),
    signed_hash_hex: checked("signed hash", () => {
      hexEqual(sha256(hexOf(group, "digest_hex")), group.signed_hash_hex, "hash");
    }),
    signature: checked("signature", () => {
      hexEqual(rotation().signature, group.signature, "bytes");
      ok(isGenuineRotation(rotation()));
      ok(!isGenuineRotation({ ...rotation(), epoch: rotation().epoch + 1n }), "covers the epoch");
    }),
    value_json: checked("value", () => strictEqual(fromUtf8(encodeRotation(rotation())), group.value_json)),
    path: checked(
      "path",
      () => strictEqual(governancePath("keys", Number(group.path.split("/")[1])), group.path),
    ),
  });
};

/** When each admin rotates. */
export const skychatRotationJitter: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ pk }) => pk, ({ pk, jitter_ns }) => strictEqual(rotationJitterNs(pk), BigInt(jitter_ns))),
  });
