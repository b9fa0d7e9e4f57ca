/** Runner of the group `message_leaf` of skychat.json. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import {
  encodeLeaf,
  HEARTBEAT_TEXT,
  leafDigest,
  leafPath,
  leafPreimage,
  makeLeaf,
  type MessageLeaf,
  openLeaf,
  parseLeafPath,
  proofOf,
  readLeaf,
} from "../../../lib/group/talk/leaf.ts";
import { fromHex, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { byMember, each, hexEqual } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

const leafOf = (json: string): MessageLeaf => {
  const leaf = readLeaf(utf8(json));
  ok(leaf, "is a leaf");
  return leaf;
};

/** Leaves with everything that is computed of them, and leaves that are not to be shown. */
export const skychatMessageLeaf: GroupRunner = (group, { keys }) =>
  byMember(group, {
    heartbeat_text: (text) => [{ name: "heartbeat text", run: () => strictEqual(text, HEARTBEAT_TEXT) }],
    cases: each(({ mode, unix_nano, seq }) => `${mode} ${unix_nano} ${seq}`, (entry) => {
      const leaf = leafOf(entry.value_json);
      match(entry.mode, /^(public|channel|private)$/);
      strictEqual(fromUtf8(encodeLeaf(leaf)), entry.value_json);
      const { pk, sk } = keys[entry.sender];
      deepStrictEqual([leaf.sender, leaf.tsNs], [pk, BigInt(entry.unix_nano)]);
      strictEqual(leafPath(pk, leaf.tsNs, entry.seq), entry.path);
      const path = parseLeafPath(entry.path);
      deepStrictEqual([path?.sender, path?.tsNs, path?.seq], [pk, leaf.tsNs, BigInt(entry.seq)]);
      hexEqual(leaf.signature, entry.signature, "signature");
      hexEqual(leafPreimage(leaf), entry.preimage_hex, "pre-image");
      hexEqual(leafDigest(leaf), entry.digest_hex, "digest");
      hexEqual(sha256(leafDigest(leaf)), entry.signed_hash_hex, "signed hash");
      strictEqual(proofOf(leaf), "signed");
      const isPrivate = entry.mode === "private";
      if (!isPrivate) strictEqual(leaf.text, entry.text);
      const key = isPrivate ? fromHex(entry.key_hex) : undefined;
      const random = { bytes: () => fromHex(entry.nonce_hex), fraction: () => 0 };
      const author = { secret: fromHex(sk), pk };
      const ours = makeLeaf({ author, tsNs: leaf.tsNs, text: entry.text, key }, random);
      deepStrictEqual({ ...ours, signature: leaf.signature }, leaf, "the same leaf from its text");
      strictEqual(proofOf(ours), "signed");
      if (key === undefined) return;
      hexEqual(leaf.ciphertext, entry.ct_and_tag_hex, "ciphertext");
      strictEqual(openLeaf(leaf, [new Uint8Array(32), key]), entry.text);
      strictEqual(openLeaf(leaf, [new Uint8Array(32)]), undefined, "another key opens nothing");
    }),
    unsigned_legacy: ({ value_json }) => [{
      name: "unsigned, from before signatures",
      run: () => {
        const leaf = leafOf(value_json);
        strictEqual(proofOf(leaf), "unsigned");
        // Programs of the first weeks knew no signature and wrote none; ours writes one of zeros (spec 0.2).
        const isLeftOut = !Object.hasOwn(JSON.parse(value_json), "signature");
        const written = isLeftOut
          ? value_json.replace(/\}$/, `,"signature":"${"0".repeat(130)}"}`)
          : value_json;
        strictEqual(fromUtf8(encodeLeaf(leaf)), written);
      },
    }],
    bad: each(({ note }) => note, (entry) => checkBad(entry, group.cases)),
  });

/** A leaf that is dropped: forged, or nothing that a private group shows. Without a leaf, each good one is altered. */
// deno-lint-ignore no-explicit-any
function checkBad({ note, of, value_json }: any, cases: any[]): void {
  if (value_json === undefined) {
    ok(of !== undefined, "the case names a leaf");
    for (const entry of cases) {
      const leaf = leafOf(entry.value_json);
      strictEqual(proofOf({ ...leaf, text: `${leaf.text}!` }), "forged");
      strictEqual(proofOf({ ...leaf, tsNs: leaf.tsNs + 1n }), "forged");
    }
    return;
  }
  const leaf = readLeaf(utf8(value_json));
  if (leaf === undefined || proofOf(leaf) === "forged") return;
  if (leaf.ciphertext.length === 0) match(note, /private/, "in a public group it would be shown");
  const keys = cases.flatMap(({ key_hex }) => key_hex === undefined ? [] : [fromHex(key_hex)]);
  strictEqual(
    openLeaf(leaf, [new Uint8Array(32), ...keys]),
    undefined,
    "a private group shows nothing of it",
  );
}
