/**
 * One object as it lies in memory: most are short and many, so their bytes are texts of one byte a character, and what
 * only a fill needs goes with the fill.
 *
 * @see lib/cxo/README.md "Kept objects"
 * @module
 */
import { LONGEST_PACKED, pack, type Packed, unpack } from "../../wire/packed.ts";
import { HASH_BYTES, type HashKey, hashKeyAt } from "../objects/hash.ts";
import { decodeEntry } from "../objects/tree.ts";
import { NODE_KINDS, type ObjectKind } from "./places.ts";

/** Bytes of the longest object that is packed and no entry: longer ones are Refs nodes, few and read at every Root. */
const LONGEST_OTHER = 128;
/** Bytes before an entry's name: its length. */
const NAME_AT = 4;
/** Where a Refs object has its number of elements; they follow, and before it stands what it claims. */
const COUNT_AT: Readonly<Partial<Record<ObjectKind, number>>> = {
  refs: 12,
  ...Object.fromEntries(NODE_KINDS.map((kind) => [kind, 4])),
};

/** What is known of all that lies below an object, once it is there. */
export interface Summary {
  /** Entries of this level, for Refs. */
  readonly entries: number;
  /** Entries below that lead no further, with a value or without, each as often as it stands there. */
  readonly ends: number;
  /** Levels below, this one included. */
  readonly height: number;
  /**
   * The least and the greatest name of the level, when it is in strict order below here; else undefined. "one": there
   * is one entry, and the name is in it.
   */
  readonly names: Names | "one" | undefined;
}

/** The least and the greatest name of a stretch in strict order. */
export interface Names {
  /** The least. */
  readonly first: string;
  /** The greatest. */
  readonly last: string;
}

/** What is known of an object that is not complete. */
export interface Filling {
  /** Children that are not complete. */
  missing: number;
  /** Parents that wait for it; undefined: none. */
  waiters: Kept[] | undefined;
  /** Whether a peer is being asked for it. */
  asked: boolean;
  /** Which target wants it: the newest one, or one that was given up. */
  target: number;
}

/**
 * Whether an object lies here as a text, and its bytes may be used again.
 * @param length  Its bytes.
 */
export const isPacked = (kind: ObjectKind, length: number): boolean =>
  length <= (kind === "entry" ? LONGEST_PACKED : LONGEST_OTHER);

/** One object of one feed. What it names is read out of its bytes without a check: they were checked when they came. */
export class Kept {
  /** How many objects and holders name it. */
  uses = 0;
  /** There, once it and all below it are here; {@link Kept.filling} is not, then. */
  summary: Summary | undefined;
  /** There until it is complete. */
  filling: Filling | undefined;
  #body: Packed | undefined;

  /**
   * One that is not here yet.
   * @param key  Its name as a Map key.
   * @param kind  Its place in a tree.
   * @param born  The first Root that can have it, as `KeptObjects.coming` counts them.
   * @param target  See {@link Filling.target}.
   */
  constructor(readonly key: HashKey, readonly kind: ObjectKind, readonly born: number, target: number) {
    this.filling = { missing: 0, waiters: undefined, asked: false, target };
  }

  /** Whether its bytes are here. */
  get isHere(): boolean {
    return this.#body !== undefined;
  }

  /** How many they are; 0 while it is asked for. */
  get length(): number {
    return this.#body?.length ?? 0;
  }

  /** Its bytes, made anew for a packed one; undefined while it is asked for. */
  get bytes(): Uint8Array | undefined {
    return this.#body === undefined ? undefined : unpack(this.#body);
  }

  /** How many objects it names, once it is here. */
  get childCount(): number {
    if (this.kind === "registry") return 0;
    const counted = COUNT_AT[this.kind];
    if (counted !== undefined) return this.#u32(counted);
    const at = this.#childrenAt;
    for (let i = at; i < at + HASH_BYTES; i++) if (this.#byte(i) !== 0) return 1;
    return 0;
  }

  /** What all that it names are. */
  get childKind(): ObjectKind {
    switch (this.kind) {
      case "entry":
        return "node";
      case "node":
        return "refs";
      case "refs": {
        const depth = this.#u32(0);
        return depth === 0 ? "entry" : NODE_KINDS[depth - 1];
      }
      default: {
        const depth = NODE_KINDS.indexOf(this.kind);
        return depth === 0 ? "entry" : NODE_KINDS[depth - 1];
      }
    }
  }

  /** The name of one object that it names, to look it up: it may hold on to all bytes of this one. */
  childKey(index: number): HashKey {
    const body = this.#body!;
    const at = this.#childrenAt + index * HASH_BYTES;
    return typeof body === "string" ? body.slice(at, at + HASH_BYTES) : hashKeyAt(body, at);
  }

  /** Listed objects below, as a Refs root or node claims. */
  get claimed(): number {
    return this.#u32(COUNT_AT[this.kind]! - 4);
  }

  /** The name of an entry that is here. */
  get name(): string {
    const body = this.#body!;
    if (typeof body !== "string") return decodeEntry(body).name;
    const end = this.#childrenAt;
    for (let i = NAME_AT; i < end; i++) if (body.charCodeAt(i) > 0x7f) return decodeEntry(this.bytes!).name;
    return body.slice(NAME_AT, end);
  }

  get #childrenAt(): number {
    if (this.kind === "entry") return NAME_AT + this.#u32(0);
    return this.kind === "node" ? 0 : COUNT_AT[this.kind]! + 4;
  }

  #byte(at: number): number {
    const body = this.#body!;
    return typeof body === "string" ? body.charCodeAt(at) : body[at];
  }

  #u32(at: number): number {
    return (this.#byte(at) | this.#byte(at + 1) << 8 | this.#byte(at + 2) << 16 |
      this.#byte(at + 3) << 24) >>> 0;
  }

  /**
   * Its bytes have come.
   * @param bytes  Kept as they are unless they are packed. @param same  The same object elsewhere: nothing is kept twice.
   */
  fill(bytes: Uint8Array, same: Kept | undefined): void {
    if (same !== undefined) this.#body = same.#body;
    else this.#body = isPacked(this.kind, bytes.length) ? pack(bytes) : bytes;
  }
}
