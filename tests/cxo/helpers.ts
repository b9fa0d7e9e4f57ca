/**
 * What tests of the CXO room share.
 *
 * @module
 */
import { TreeBuilder } from "../../lib/cxo/feed/builder.ts";
import { leavesOf } from "../../lib/cxo/feed/diff.ts";
import { KeptObjects } from "../../lib/cxo/feed/objects_kept.ts";
import { type HashKey, hashKey } from "../../lib/cxo/objects/hash.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";

/** Path → value, both texts. */
export type Model = Map<string, string>;

/** A builder with its objects kept, as a publisher has them. */
export class BuiltTree {
  readonly builder = new TreeBuilder();
  readonly kept = new KeptObjects();
  /** Objects that the last {@link save} made. */
  made = 0;
  #top: HashKey | undefined;

  put(path: string, value: string): void {
    this.builder.put(path, utf8(value));
  }

  /** Builds, holds the new top and lets the one before go unless `keep`. */
  save(keep = false): HashKey {
    this.made = 0;
    const top = hashKey(this.builder.build(({ key, kind, bytes }) => {
      this.kept.add(key, kind, bytes);
      this.made++;
    }));
    this.kept.hold(top, "node");
    if (this.#top !== undefined && !keep) this.kept.release(this.#top);
    return this.#top = top;
  }

  /** What a reader sees. */
  read(top: HashKey): Model {
    return modelOf(this.kept, top);
  }
}

/** All leaves as texts. */
export const modelOf = (kept: KeptObjects, top: HashKey): Model =>
  new Map([...leavesOf(kept, top)].map(({ path, value }) => [path, fromUtf8(value)]));
