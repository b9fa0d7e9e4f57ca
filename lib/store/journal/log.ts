/**
 * The journal as the bytes of a file that grows: records, sealed one by one.
 *
 *     file     "dmsgsnt1" ‖ name (16) ‖ the first 16 bytes of HMAC-SHA-256 of both ‖ { record }
 *     record   u32 length ‖ nonce (12) ‖ ChaCha20-Poly1305 ciphertext ‖ tag (16)
 *     content  JSON: {"b"} after which record of which file this one begins, or goes on, {"c"} a burst of commits, {"m"} a
 *              message that was sent without a store, {"o"} what became of it
 *
 * Associated data: name ‖ u32 number, counted from 0, so records can't be moved within a file or between files. What a
 * crash has left of a record at the end does not count; the record before it does.
 *
 * @module
 */
import { openWith, sealWith } from "../../crypto/aead.ts";
import { hkdfSha256, hmacSha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";
import { concat, equal, fromUtf8, readU32, toHex, utf8, utf8View, writeU32 } from "../../wire/bytes.ts";
import type { Moment } from "../passed.ts";
import type { JournalMark } from "../rows/records.ts";
import type { Change, NewMessage } from "../store.ts";
import { type ChangeCode, decodeChange, encodeChange } from "./change_code.ts";
import { hasRoom, isTorn, LENGTH_BYTES } from "./tail.ts";

/** Names the key that seals records. */
const SENT_INFO = "dmsg:store-sent:v1";
/** Longest file. */
export const MAX_JOURNAL_BYTES = 64 << 20;
/** Longest record: what one atomic write holds (`MAX_WRITE_BYTES`), all of it escaped with six bytes for each. */
export const MAX_RECORD_BYTES = 5 << 20;

const MAGIC = utf8("dmsgsnt1");
const NAME_BYTES = 16;
const CHECK_BYTES = 16;
const NONCE_BYTES = 12;
const HEADER_BYTES = MAGIC.length + NAME_BYTES + CHECK_BYTES;
const MIN_RECORD_BYTES = NONCE_BYTES + 16;

/** The place of rows that have nothing of any journal. */
export const NO_ROWS: JournalMark = { name: "", next: 0 };

/** A message as it was about to be written. */
export type SentMessage = Pick<NewMessage, "peer" | "id" | "body" | "atNs" | "form" | "via">;

/** What became of it. */
export interface SentOutcome {
  /** Where it stands. */
  readonly state: "received" | "sent" | "unconfirmed" | "failed";
  /** Why it did not arrive. */
  readonly reason?: string;
  /** What its ack says: the peer keeps one copy of an id. */
  readonly once?: boolean;
}

/** A message of the file. */
export interface SentEntry {
  /** The number of its record. */
  readonly number: number;
  /** The same for no two messages of any file. */
  readonly mark: string;
  /** The message. */
  readonly message: SentMessage;
  /** What became of it; undefined when the program ended before it knew. */
  readonly outcome?: SentOutcome;
}

/** Where a file stands. */
export interface LogPlace {
  /** Its random name. */
  readonly name: Uint8Array;
  /** The number of the next record. */
  readonly next: number;
  /** Where that begins. Bytes behind are what a crash has left. */
  readonly end: number;
}

/** Commits that were kept together. */
export interface Burst extends Moment {
  /** Each with the positions of its messages. */
  readonly commits: readonly { readonly changes: readonly Change[]; readonly positions: readonly number[] }[];
}

/** What a record says. */
export type Content =
  | {
    readonly m: readonly [PublicKeyHex, string | null, string, string, NewMessage["form"], NewMessage["via"]];
  }
  | { readonly o: readonly [number, SentOutcome] }
  | { readonly b: JournalMark }
  | { readonly c: readonly [string, (readonly [readonly ChangeCode[], readonly number[]])[], string?] };

/** What a file holds. */
export interface LogContents {
  /** Its random name, hex. */
  readonly name: string;
  /** Its records. */
  readonly contents: readonly Content[];
  /** Where the next one begins. */
  readonly place: LogPlace;
  /** Behind them is something else than what a crash leaves. */
  readonly isDamaged: boolean;
}

/** The log of one identity. */
export class JournalLog {
  readonly #key: Uint8Array;

  /** A log under an identity's secret, 32 bytes; nothing of it is kept but a key derived from it. */
  constructor(secret: Uint8Array) {
    this.#key = hkdfSha256(secret, new Uint8Array(0), utf8(SENT_INFO), 32);
  }

  /** The beginning of a fresh file. */
  begin(random: Random): { readonly header: Uint8Array; readonly place: LogPlace } {
    const name = random.bytes(NAME_BYTES);
    const head = concat(MAGIC, name);
    const header = concat(head, this.#check(head));
    return { header, place: { name, next: 0, end: header.length } };
  }

  /** The record that keeps a message. @throws {RangeError} It is too long. */
  message(at: LogPlace, random: Random, { peer, id, body, atNs, form, via }: SentMessage): Uint8Array {
    return this.#seal(at, random, { m: [peer, id ?? null, body, String(atNs), form, via] });
  }

  /** The record of an outcome. @param number  Of the message's record. */
  outcome(at: LogPlace, random: Random, number: number, outcome: SentOutcome): Uint8Array {
    return this.#seal(at, random, { o: [number, outcome] });
  }

  /** The record of commits. @throws {RangeError} It is too long. */
  burst(at: LogPlace, random: Random, { nowNs, passedNs, commits }: Burst): Uint8Array {
    const codes = commits.map(({ changes, positions }) => [changes.map(encodeChange), positions] as const);
    return this.#seal(at, random, { c: [String(nowNs), codes, String(passedNs)] });
  }

  /** The first record of a file that goes on where another ends; a later one says on top of which rows the next stand. */
  after(at: LogPlace, random: Random, mark: JournalMark): Uint8Array {
    return this.#seal(at, random, { b: mark });
  }

  /** Everything in a file, as far as it can be read; `empty` when it holds nothing, `broken` when it is no log of ours. */
  contents(file: Uint8Array): LogContents | "empty" | "broken" {
    const name = this.#nameIn(file);
    if (typeof name === "string") return name;
    const contents: Content[] = [];
    let end = HEADER_BYTES;
    for (;;) {
      const next = behindRecord(file, end);
      const content = this.#contentOf(name, contents.length, file.subarray(end + LENGTH_BYTES, next));
      if (content === undefined) break;
      contents.push(content);
      end = next;
    }
    const isNext = (record: Uint8Array) => this.#open(name, contents.length + 1, record) !== undefined;
    const isDamaged = !isTorn(file, end, { minBytes: MIN_RECORD_BYTES, maxBytes: MAX_RECORD_BYTES, isNext });
    return { name: toHex(name), contents, place: { name, next: contents.length, end }, isDamaged };
  }

  /**
   * Like {@link contents}, with the first record alone: for who only goes on behind the last. Opening all of them costs
   * a process that has just started most of its time. Opened are those that a power cut may have left out in part.
   */
  outline(file: Uint8Array): LogContents | "empty" | "broken" {
    const name = this.#nameIn(file);
    if (typeof name === "string") return name;
    let [next, end, last] = [0, HEADER_BYTES, HEADER_BYTES];
    for (; end < file.length; next++) {
      const start = end + LENGTH_BYTES;
      const behind = behindRecord(file, end);
      if (behind < start + MIN_RECORD_BYTES || behind > file.length) break;
      const mayLack = hasRoom(file, start, behind);
      if (mayLack && this.#open(name, next, file.subarray(start, behind)) === undefined) break;
      [last, end] = [start, behind];
    }
    const first = this.#contentOf(
      name,
      0,
      file.subarray(HEADER_BYTES + LENGTH_BYTES, behindRecord(file, HEADER_BYTES)),
    );
    const isWhole = isZero(file, end) && first !== undefined &&
      (next === 1 || this.#open(name, next - 1, file.subarray(last, end)) !== undefined);
    if (!isWhole) return this.contents(file);
    return { name: toHex(name), contents: [first], place: { name, next, end }, isDamaged: false };
  }

  /** The random name that a file begins with. */
  #nameIn(file: Uint8Array): Uint8Array | "empty" | "broken" {
    if (isZero(file, 0)) return "empty";
    if (file.length < HEADER_BYTES) return beginsAs(file, MAGIC) ? "empty" : "broken";
    const head = file.subarray(0, HEADER_BYTES - CHECK_BYTES);
    if (!equal(file.subarray(head.length, HEADER_BYTES), this.#check(head))) return "broken";
    return head.slice(MAGIC.length);
  }

  /** What a record says; undefined when it is not whole. */
  #contentOf(name: Uint8Array, number: number, record: Uint8Array): Content | undefined {
    const plain = this.#open(name, number, record);
    return plain && JSON.parse(fromUtf8(plain)) as Content;
  }

  #check(head: Uint8Array): Uint8Array {
    return hmacSha256(this.#key, head).subarray(0, CHECK_BYTES);
  }

  #seal({ name, next }: LogPlace, random: Random, content: Content): Uint8Array {
    const nonce = random.bytes(NONCE_BYTES);
    const sealed = sealWith(this.#key, nonce, utf8View(JSON.stringify(content)), associated(name, next));
    const length = NONCE_BYTES + sealed.length;
    if (length > MAX_RECORD_BYTES) throw new RangeError("too long for a record");
    const prefix = new Uint8Array(4);
    writeU32(prefix, 0, length);
    return concat(prefix, nonce, sealed);
  }

  #open(name: Uint8Array, number: number, record: Uint8Array): Uint8Array | undefined {
    const nonce = record.subarray(0, NONCE_BYTES);
    return openWith(this.#key, nonce, record.subarray(NONCE_BYTES), associated(name, number));
  }
}

/** The messages that were sent without a store. */
export function sentIn({ name, contents }: LogContents): SentEntry[] {
  const entries = new Map<number, SentEntry>();
  for (const [number, content] of contents.entries()) {
    if ("m" in content) {
      const [peer, id, body, at, form, via] = content.m;
      const message = { peer, body, atNs: BigInt(at), form, via, ...(id === null ? {} : { id }) };
      entries.set(number, { number, mark: `sent.log ${name} ${number}`, message });
    } else if ("o" in content) {
      const [of, outcome] = content.o;
      const entry = entries.get(of);
      if (entry) entries.set(of, { ...entry, outcome });
    }
  }
  return [...entries.values()];
}

/** The commits of a record. */
export const burstIn = (
  [nowNs, codes, passedNs = nowNs]: Extract<Content, { c: unknown }>["c"],
): Burst => ({
  nowNs: BigInt(nowNs),
  passedNs: BigInt(passedNs),
  commits: codes.map(([changes, positions]) => ({ changes: changes.map(decodeChange), positions })),
});

/** Where the record ends that begins here, by its length; infinite where there is none. */
const behindRecord = (file: Uint8Array, at: number): number =>
  at + LENGTH_BYTES <= file.length ? at + LENGTH_BYTES + readU32(file, at) : Infinity;

function associated(name: Uint8Array, number: number): Uint8Array {
  const bytes = new Uint8Array(NAME_BYTES + 4);
  bytes.set(name);
  writeU32(bytes, NAME_BYTES, number);
  return bytes;
}

/** Whether a file that was never whole is the beginning of one with this magic; what was not written is zeros. */
function beginsAs(file: Uint8Array, magic: Uint8Array): boolean {
  const differs = magic.findIndex((byte, i) => i >= file.length || byte !== file[i]);
  return differs < 0 || isZero(file, differs);
}

const isZero = (bytes: Uint8Array, from: number): boolean => bytes.subarray(from).every((byte) => byte === 0);
