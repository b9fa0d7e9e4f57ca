/** Runner of the group `trees` of cxo.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TreeBuilder } from "../../../lib/cxo/feed/builder.ts";
import { leavesOf } from "../../../lib/cxo/feed/diff.ts";
import { KeptObjects } from "../../../lib/cxo/feed/objects_kept.ts";
import { linksOf, type ObjectKind } from "../../../lib/cxo/feed/places.ts";
import { hashKey, nameOf } from "../../../lib/cxo/objects/hash.ts";
import { fromHex, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { entries, hexEqual } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** A leaf of a vector. */
export interface VectorLeaf {
  readonly path: string;
  readonly value: Uint8Array;
}

/** The objects of a tree by hex name, their kinds, and the name of its top. */
export function treeObjects(leaves: readonly VectorLeaf[]): {
  top: Uint8Array;
  objects: Map<string, Uint8Array>;
  kinds: Map<string, ObjectKind>;
} {
  const builder = new TreeBuilder();
  for (const { path, value } of leaves) builder.put(path, value);
  const objects = new Map<string, Uint8Array>();
  const kinds = new Map<string, ObjectKind>();
  const top = builder.build(({ hash, bytes, kind }) => {
    objects.set(toHex(hash), bytes);
    kinds.set(toHex(hash), kind);
  });
  return { top, objects, kinds };
}

/** Trees built from their leaves, object by object, and read back. */
export const cxoTrees: GroupRunner = (group) => entries(group, ({ name }) => name, check);

// deno-lint-ignore no-explicit-any
function check(entry: any): void {
  const leaves = leavesOfEntry(entry);
  // The order of puts must not matter.
  for (const order of [leaves, [...leaves].reverse()]) {
    const { top, objects } = treeObjects(order);
    hexEqual(top, entry.top_node_hash, "top");
    if (entry.object_count !== undefined) strictEqual(objects.size, entry.object_count, "objects");
    if (entry.objects !== undefined) {
      const actual = Object.fromEntries([...objects].map(([hash, bytes]) => [hash, toHex(bytes)]));
      deepStrictEqual(actual, entry.objects);
    }
    if (entry.objects_hashes_sha256 !== undefined) {
      const names = [...objects.keys()].sort();
      hexEqual(digestOf(names), entry.objects_hashes_sha256, "digest of all names");
    }
  }
  readBack(leaves);
}

/** Of the hex names, one behind the other. */
const digestOf = (names: readonly string[]): Uint8Array => nameOf(utf8(names.join("")));

/** Leaves that are listed, or that the name tells: `17 leaves k00000.. value = low byte of index`. */
// deno-lint-ignore no-explicit-any
function leavesOfEntry(entry: any): VectorLeaf[] {
  if (entry.leaves !== undefined) {
    // deno-lint-ignore no-explicit-any
    return entry.leaves.map(({ path, value_hex }: any) => ({ path, value: fromHex(value_hex) }));
  }
  const counted = /^(\d+) leaves k00000\.\./.exec(entry.name);
  ok(counted, "neither leaves nor a name that tells them");
  return Array.from({ length: Number(counted[1]) }, (_, i) => ({
    path: `k${String(i).padStart(5, "0")}`,
    value: Uint8Array.of(i & 0xff),
  }));
}

/** What a reader gets out of the objects, fetched from the top as a subscriber does. */
function readBack(leaves: readonly VectorLeaf[]): void {
  const { top, objects, kinds } = treeObjects(leaves);
  const kept = new KeptObjects();
  kept.hold(hashKey(top), "node");
  for (let next = kept.takeWanted(); next !== undefined; next = kept.takeWanted()) {
    const hex = toHex(Uint8Array.from(next.key, (character) => character.charCodeAt(0)));
    strictEqual(kinds.get(hex), next.kind, "kind");
    linksOf(next.kind, objects.get(hex)!);
    kept.supply(next, objects.get(hex)!);
  }
  const read = new Map([...leavesOf(kept, hashKey(top))].map(({ path, value }) => [path, toHex(value)]));
  deepStrictEqual(
    read,
    new Map([...leaves].sort(byPathBytes).map(({ path, value }) => [path, toHex(value)])),
  );
  strictEqual(kept.size, objects.size, "nothing else was asked for");
  kept.release(hashKey(top));
  strictEqual(kept.size, 0, "nothing stays");
}

const byPathBytes = (a: VectorLeaf, b: VectorLeaf): number =>
  toHex(utf8(a.path)) < toHex(utf8(b.path)) ? -1 : 1;
