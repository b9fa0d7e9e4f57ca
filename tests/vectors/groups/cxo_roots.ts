/** Runners of the groups `roots`, `signature_rules` and `worked_example` of cxo.json. */
import { ok, strictEqual } from "node:assert/strict";
import { publicKeyOf } from "../../../lib/crypto/keys.ts";
import { signatureFault, verify } from "../../../lib/crypto/sign.ts";
import { nameOf } from "../../../lib/cxo/objects/hash.ts";
import { curveScheme, decodeRoot, encodeRoot, signRoot, topOf } from "../../../lib/cxo/objects/root.ts";
import { fromHex, toHex } from "../../../lib/wire/bytes.ts";
import { byMember, entries, hexEqual, hexOf, whole } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";
import { treeObjects } from "./cxo_trees.ts";

// deno-lint-ignore no-explicit-any
function checkRoot(entry: any, keys: any): void {
  const encoded = hexOf(entry, "encoded_hex");
  const root = decodeRoot(encoded);
  hexEqual(encodeRoot(root), entry.encoded_hex, "encoded");
  if (entry.hash !== undefined) hexEqual(nameOf(encoded), entry.hash, "hash");
  if (entry.top_node_hash !== undefined) hexEqual(topOf(root)!, entry.top_node_hash, "top");
  else if (root.refs.length === 0) strictEqual(topOf(root), undefined, "an empty tree");
  if (entry.sig === undefined) return;
  strictEqual(verify(root.feed, fromHex(entry.sig), encoded), true, "the signature verifies");
  if (toHex(root.feed) !== keys?.publisher_pk) return;
  const secret = hexOf(keys, "publisher_sk");
  hexEqual(publicKeyOf(secret), keys.publisher_pk, "key");
  const ours = signRoot(root, curveScheme(secret));
  hexEqual(ours.hash, entry.hash, "hash of what we sign");
  strictEqual(verify(root.feed, ours.signature, ours.encoded), true, "our own signature verifies");
}

/** Roots read, written, named and verified. */
export const cxoRoots: GroupRunner = (group, file) =>
  entries(group, ({ description }) => description, (entry) => checkRoot(entry, file.keys));

/** Altered signatures of the first Root, and why they are refused. */
export const cxoSignatureRules: GroupRunner = (group, file) => {
  const root = file.roots[0];
  const encoded = hexOf(root, "encoded_hex");
  const { feed } = decodeRoot(encoded);
  const signed = (member: string) => verify(feed, hexOf(group, member), encoded);
  return byMember(group, {
    flipped_recid_sig: () => [],
    high_s_variant_sig: (_, member) => [
      { name: member, run: () => strictEqual(signed(member), false) },
    ],
    high_s_variant_error: (text, member) => [{
      name: member,
      run: () => strictEqual(signatureFault(feed, hexOf(group, "high_s_variant_sig"), encoded), text),
    }],
    low_s_first_byte_below_0x80: (below, member) => [{
      name: member,
      run: () => {
        for (const { sig } of file.roots) if (sig) strictEqual(fromHex(sig)[32] < 0x80, below);
      },
    }],
    verify_flipped_recid_fails: (fails, member) => [
      { name: member, run: () => strictEqual(signed("flipped_recid_sig"), !fails) },
    ],
  });
};

/** The specification's example, from the leaf to the signature. */
export const cxoWorkedExample: GroupRunner = (example, file) =>
  whole(example, (group) => [
    { name: "Root", run: () => checkRoot(group, file.keys) },
    {
      name: "tree",
      run: () => {
        const leaf = /single leaf (\S+)=([0-9a-f]+)/.exec(group.description);
        ok(leaf, "the description names no leaf");
        const { top } = treeObjects([{ path: leaf[1], value: fromHex(leaf[2]) }]);
        hexEqual(top, group.top_node_hash, "top");
      },
    },
  ]);
