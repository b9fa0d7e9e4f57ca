/**
 * Every key shape. Keys lie readable in the file, so they must not tell who talked with whom: parties and ids are
 * keyed hashes, the rest are counters.
 *
 *     f                          format: version and sentinel
 *     h                          head: counters, and the guard of every write
 *     c  peer                    conversation
 *     m  peer  position          a message of the newest ones
 *     p  peer  first position    a page of older messages
 *     i  generation  id          known id
 *     k  peer                    facts of a peer
 *     o  peer  position          outbox entry
 *     e  cursor                  event
 *     b  key  number             a piece of a value that is too long for one
 *
 * `peer` and `id` are 16 bytes, counters 8 bytes big-endian, `key` the whole key in the form of {@link pathOf}.
 *
 * @module
 */
import { hmacSha256 } from "../crypto/hash.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import { concat, readU64, utf8, writeU16, writeU64 } from "../wire/bytes.ts";
import type { Key, Range } from "./place.ts";
import type { Direction } from "./store.ts";

const NAME_BYTES = 16;
/** Names of this many peers are remembered: a keyed hash costs more than the rest of a lookup. */
const MAX_CACHED = 1000;

/** The format row. */
export const FORMAT_KEY: Key = ["f"];
/** The head row. */
export const HEAD_KEY: Key = ["h"];

/** Kinds of rows that belong to a peer and a position. */
export type PositionKind = "m" | "p" | "o";

/** A counter as a key part. */
export function counter(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  writeU64(bytes, 0, value);
  return bytes;
}

/** The counter in a key's last part. */
export const lastCounter = (key: Key): number => readU64(key[key.length - 1] as Uint8Array, 0);

/** The key of an event. */
export const eventKey = (cursor: number): Key => ["e", counter(cursor)];
/** Events from a cursor up to another, which is not included. */
export const eventRange = (from: number, to: number): Range => ({ start: eventKey(from), end: eventKey(to) });
/** All rows of a kind. */
export const allOf = (kind: string): Range => ({
  start: [kind, new Uint8Array(0)],
  end: [kind, new Uint8Array(24).fill(255)],
});
/** All known ids of generations below one. */
export const oldIds = (generation: number): Range => ({
  start: ["i", counter(0)],
  end: ["i", counter(generation)],
});
/** A piece of a long value. */
export const pieceKey = (key: Key, index: number): Key => ["b", pathOf(key), counter(index)];
/** All pieces of a long value. */
export const pieceRange = (key: Key): Range => ({
  start: ["b", pathOf(key)],
  end: ["b", pathOf(key), new Uint8Array(9).fill(255)],
});

/** A key as bytes, the same for no two keys: kind ‖ { u16 length ‖ part }. */
export function pathOf([kind, ...parts]: Key): Uint8Array {
  return concat(
    utf8(kind),
    ...parts.flatMap((part) => {
      const length = new Uint8Array(2);
      writeU16(length, 0, part.length);
      return [length, part];
    }),
  );
}

/** Makes the keys that hide names. */
export class Names {
  readonly #secret: Uint8Array;
  readonly #peers = new Map<PublicKeyHex, Uint8Array>();

  /**
   * Names under one secret.
   * @param secret  32 bytes, for nothing else.
   */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** A conversation's row. */
  conversation(peer: PublicKeyHex): Key {
    return ["c", this.#peer(peer)];
  }

  /** A peer's facts. */
  facts(peer: PublicKeyHex): Key {
    return ["k", this.#peer(peer)];
  }

  /** A row of a peer and a position. */
  at(kind: PositionKind, peer: PublicKeyHex, position: number): Key {
    return [kind, this.#peer(peer), counter(position)];
  }

  /** Rows of a peer from a position up to another, which is not included. */
  range(kind: PositionKind, peer: PublicKeyHex, from: number, to: number): Range {
    return { start: this.at(kind, peer, from), end: this.at(kind, peer, to) };
  }

  /** A known id's row in a generation. */
  id(generation: number, peer: PublicKeyHex, direction: Direction, id: string): Key {
    return ["i", counter(generation), this.#hash(direction, concat(this.#peer(peer), utf8(id)))];
  }

  #peer(peer: PublicKeyHex): Uint8Array {
    let name = this.#peers.get(peer);
    if (name === undefined) {
      name = this.#hash("peer", utf8(peer));
      if (this.#peers.size >= MAX_CACHED) this.#peers.clear();
      this.#peers.set(peer, name);
    }
    return name;
  }

  #hash(purpose: string, bytes: Uint8Array): Uint8Array {
    return hmacSha256(this.#secret, concat(utf8(`${purpose}\0`), bytes)).slice(0, NAME_BYTES);
  }
}
