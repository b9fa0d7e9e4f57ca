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
 *     j  generation  block       known ids that were written together
 *     k  peer                    facts of a peer
 *     o  peer  position          outbox entry
 *     e  first cursor            events that were written together
 *     v  room  name              a small value
 *     b  key  number             a piece of a value that is too long for one
 *
 * `peer` and `id` are 16 bytes, `block` 8 random ones, counters 8 bytes big-endian, `key` the whole key in the form of {@link pathOf}.
 *
 * @module
 */
import { type HashOf, hmacSha256Of, type KeyedHash } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { readU64, toHex, utf8, utf8View, writeU16, writeU64 } from "../../wire/bytes.ts";
import type { Key, Range } from "../place/place.ts";
import type { Direction } from "../store.ts";

const NAME_BYTES = 16;
/** This many names are remembered: a keyed hash costs more than the rest of a lookup. */
const MAX_KNOWN = 1000;
/** What is made of so many peers' keys is remembered. */
const MAX_PEERS = 256;
/** Peers choose ids; a longer one is hashed each time. */
const MAX_KNOWN_CHARS = 256;

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
/** All known ids of generations below one, of both kinds of rows. */
export const oldIds = (kind: "i" | "j", generation: number): Range => ({
  start: [kind, counter(0)],
  end: [kind, counter(generation)],
});
/** The row of a block of ids. @param name  Random, 8 bytes. */
export const idBlockKey = (generation: Uint8Array, name: Uint8Array): Key => ["j", generation, name];
/** A piece of a long value. */
export const pieceKey = (key: Key, index: number): Key => ["b", pathOf(key), counter(index)];
/** All pieces of a long value. */
export const pieceRange = (key: Key): Range => ({
  start: ["b", pathOf(key)],
  end: ["b", pathOf(key), new Uint8Array(9).fill(255)],
});

/** A key as bytes, the same for no two keys: kind ‖ { u16 length ‖ part }. */
export function pathOf([kind, ...parts]: Key): Uint8Array {
  const bytes = new Uint8Array(1 + parts.reduce((sum, part) => sum + 2 + part.length, 0));
  bytes[0] = kind.charCodeAt(0);
  let at = 1;
  for (const part of parts) {
    writeU16(bytes, at, part.length);
    bytes.set(part, at + 2);
    at += 2 + part.length;
  }
  return bytes;
}

/** Where a key keeps its text; not a part of it. */
const NAME = Symbol("name");
type NamedKey = Key & { [NAME]?: string };

/** A key as a text that sorts as it does: its path in hex. */
export const nameOf = (key: NamedKey): string => key[NAME] ??= toHex(pathOf(key));

/** A key whose text is known. */
function named(key: NamedKey, name: string): Key {
  key[NAME] = name;
  return key;
}

/** The text of a part of 16 bytes, and the beginning of that of 8. */
const [PART_16, PART_8] = ["0010", "0008"];

/** What is made of a peer's key again and again. */
interface OfPeer {
  readonly conversation: Key;
  /** 16 bytes. */
  readonly part: Uint8Array;
  /** The text of a row's key up to its position. */
  readonly prefixes: Record<PositionKind, string>;
  /**
   * Keys of its newest messages, which are kept, shown and become parts of a page in a few seconds, and of outbox
   * entries, which come and go.
   */
  readonly rows: Record<"m" | "o", Map<number, Key>>;
  /** The hash of what all its ids have in common. */
  readonly ids: Partial<Record<Direction, HashOf>>;
}

/** Makes the keys that hide names. */
export class Names {
  readonly #hmac: KeyedHash;
  readonly #known = new Map<string, Uint8Array>();
  readonly #peers = new Map<PublicKeyHex, OfPeer>();
  /** Of the ids that were asked for last: each is asked for and then kept. */
  readonly #ids = new Map<
    string,
    { readonly of: OfPeer; readonly direction: Direction; readonly key: Key }
  >();
  #rows = 0;
  #generation: { number: number; part: Uint8Array; prefix: string } | undefined;

  /** Names under a key. @param secret  32 bytes, for nothing else. */
  constructor(secret: Uint8Array) {
    this.#hmac = hmacSha256Of(secret);
  }

  /** A conversation's row. */
  conversation(peer: PublicKeyHex): Key {
    return this.#of(peer).conversation;
  }

  /** A peer's facts. */
  facts(peer: PublicKeyHex): Key {
    return ["k", this.#of(peer).part];
  }

  /** A small value. */
  value(room: string, name: string): Key {
    return ["v", this.#name(`room ${room}`), this.#name(`value ${room} ${name}`)];
  }

  /** All values of a room. */
  values(room: string): Range {
    const part = this.#name(`room ${room}`);
    return { start: ["v", part], end: ["v", part, new Uint8Array(NAME_BYTES + 1).fill(255)] };
  }

  /** A row of a peer and a position. */
  at(kind: PositionKind, peer: PublicKeyHex, position: number): Key {
    const { part, prefixes, rows } = this.#of(peer);
    const keys = kind === "p" ? undefined : rows[kind];
    const known = keys?.get(position);
    if (known) return known;
    const text = prefixes[kind] + position.toString(16).padStart(16, "0");
    const key = named([kind, part, counter(position)], text);
    if (!keys) return key;
    if (++this.#rows > MAX_KNOWN) this.#forget();
    keys.set(position, key);
    return key;
  }

  /** Rows of a peer from a position up to another, which is not included. */
  range(kind: PositionKind, peer: PublicKeyHex, from: number, to: number): Range {
    return { start: this.at(kind, peer, from), end: this.at(kind, peer, to) };
  }

  /** A known id's row in a generation. */
  id(generation: number, peer: PublicKeyHex, direction: Direction, id: string): Key {
    const of = this.#of(peer);
    if (this.#generation?.number !== generation) {
      const part = counter(generation);
      this.#generation = { number: generation, part, prefix: `69${PART_8}${toHex(part)}${PART_16}` };
    }
    const { part, prefix } = this.#generation!;
    const known = this.#ids.get(id);
    if (known?.of === of && known.direction === direction && known.key[1] === part) return known.key;
    const hash = of.ids[direction] ??= this.#hmac.behind(utf8(`${direction} ${peer} `));
    const name = hash(utf8View(id)).slice(0, NAME_BYTES);
    const key = named(["i", part, name], prefix + toHex(name));
    if (this.#ids.size >= MAX_KNOWN) this.#ids.clear();
    if (id.length <= MAX_KNOWN_CHARS) this.#ids.set(id, { of, direction, key });
    return key;
  }

  #of(peer: PublicKeyHex): OfPeer {
    const known = this.#peers.get(peer);
    if (known) return known;
    if (this.#peers.size >= MAX_PEERS) this.#peers.clear();
    const part = this.#hash(`peer ${peer}`);
    const prefix = (kind: PositionKind): string => toHex(utf8(kind)) + PART_16 + toHex(part) + PART_8;
    const made: OfPeer = {
      conversation: ["c", part],
      part,
      prefixes: { m: prefix("m"), p: prefix("p"), o: prefix("o") },
      rows: { m: new Map(), o: new Map() },
      ids: {},
    };
    this.#peers.set(peer, made);
    return made;
  }

  #forget(): void {
    for (const { rows } of this.#peers.values()) (rows.m.clear(), rows.o.clear());
    this.#rows = 1;
  }

  #name(text: string): Uint8Array {
    const known = this.#known.get(text);
    if (known) return known;
    const name = this.#hash(text);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (text.length <= MAX_KNOWN_CHARS) this.#known.set(text, name);
    return name;
  }

  #hash(text: string): Uint8Array {
    return this.#hmac.of(utf8View(text)).slice(0, NAME_BYTES);
  }
}
