/**
 * Sealed records after a handshake: u16 length ‖ u64 nonce ‖ ciphertext, with two nonce rules.
 *
 * Objects (one per yamux stream and direction) may arrive in any order: a window of 1024 nonces refuses repeats.
 * Frames of a stream must have strictly increasing nonces.
 *
 * @see specification dmsg §5.2, §8.3, §9.4
 * @module
 */
import { type Aead, TAG_BYTES } from "../crypto/aead.ts";
import { readU16, readU64, writeU16, writeU64 } from "../wire/bytes.ts";
import { ProtocolError } from "../wire/errors.ts";

/** Bytes in front of a ciphertext: the length and the nonce. */
const RECORD_HEAD_BYTES = 10;
/** What a record adds to its plaintext. */
export const RECORD_OVERHEAD_BYTES: number = RECORD_HEAD_BYTES + TAG_BYTES;
/** Largest frame on the wire. */
export const MAX_FRAME_BYTES = 4096;
/**
 * Largest frame on the wire of a stream whose two sides have both said that they take it: a call of the cipher costs as
 * much as 2 to 3 KiB, and a frame that lies in two reads of the socket is copied.
 */
export const LONG_FRAME_BYTES: number = 32 * 1024;
/**
 * Frames of a side that takes long ones leap above this number once much has gone. Every reader allows gaps, nobody comes
 * so far by counting, and the tag proves the number: so two of ours find each other, and no other peer sees anything of it.
 */
export const LONG_NONCE: number = 2 ** 40;
/** Largest plaintext in one frame. */
export const MAX_FRAME_PLAINTEXT: number = MAX_FRAME_BYTES - RECORD_OVERHEAD_BYTES;
/** How far back the object reader accepts nonces. */
export const REPLAY_WINDOW = 1024;

const frameError = (message: string): ProtocolError =>
  new ProtocolError(message, { by: "peer", code: "frame", ends: "stream" });

/** Seals records in one direction; the first nonce is 1. */
export class Sealer {
  /** The cipher; may be exchanged for another one with the same key between two calls. */
  aead: Aead;
  #nonce = 0;

  /** The counter starts before nonce 1. */
  constructor(aead: Aead) {
    this.aead = aead;
  }

  /** The next nonce is the first one above a number, unless that has gone by. */
  leapTo(number: number): void {
    this.#nonce = Math.max(this.#nonce, number);
  }

  /**
   * Seals one record into `dst` at `to`.
   * @param length  Plaintext bytes at `src[at]`; at most 65535-24 for objects, what the peer takes for frames (the caller's duty).
   * @returns Bytes written: length + 26.
   */
  seal(src: Uint8Array, at: number, length: number, dst: Uint8Array, to: number): number {
    const nonce = ++this.#nonce;
    writeU16(dst, to, 8 + length + TAG_BYTES);
    writeU64(dst, to + 2, nonce);
    this.aead.seal(nonce, src, at, length, dst, to + RECORD_HEAD_BYTES);
    return length + RECORD_OVERHEAD_BYTES;
  }

  /**
   * Seals one object.
   * @param plaintext  At most 65511 bytes.
   * @returns The record with its length prefix.
   * @throws {RangeError} When it is longer.
   */
  sealObject(plaintext: Uint8Array): Uint8Array {
    if (plaintext.length > 0xffff - 8 - TAG_BYTES) throw new RangeError("object does not fit a record");
    const record = new Uint8Array(plaintext.length + RECORD_OVERHEAD_BYTES);
    this.seal(plaintext, 0, plaintext.length, record, 0);
    return record;
  }
}

/** Opens objects of one direction: nonces in any order, each once, none older than the window. */
export class ObjectOpener {
  readonly #aead: Aead;
  readonly #seen = new Uint8Array(REPLAY_WINDOW);
  #max = 0;

  /** Nothing is seen yet; the first nonce may be any but 0. */
  constructor(aead: Aead) {
    this.#aead = aead;
  }

  /**
   * Opens the body of a record.
   * @param body  u64 nonce ‖ ciphertext, without the length prefix.
   * @returns The plaintext.
   * @throws {ProtocolError} by peer: too short, a nonce that was used or is too old, or a wrong tag.
   */
  open(body: Uint8Array): Uint8Array {
    if (body.length < 8 + TAG_BYTES) throw frameError("object record is too short");
    const nonce = readU64(body, 0);
    if (nonce === 0 || nonce < this.#max - (REPLAY_WINDOW - 1) || this.#used(nonce)) {
      throw frameError(`object record has nonce ${nonce}: used before, too old, or not valid`);
    }
    const plaintext = new Uint8Array(body.length - 8 - TAG_BYTES);
    if (nonce === Infinity || !this.#aead.open(nonce, body, 8, body.length - 8, plaintext, 0)) {
      throw frameError("chacha20poly1305: message authentication failed");
    }
    this.#record(nonce);
    return plaintext;
  }

  #used(nonce: number): boolean {
    return nonce <= this.#max && this.#seen[nonce % REPLAY_WINDOW] === 1;
  }

  /** Only after the tag verified: a forged nonce must not push real ones out of the window. */
  #record(nonce: number): void {
    const from = Math.max(this.#max + 1, nonce - REPLAY_WINDOW + 1);
    for (let n = from; n < nonce; n++) this.#seen[n % REPLAY_WINDOW] = 0;
    this.#seen[nonce % REPLAY_WINDOW] = 1;
    this.#max = Math.max(this.#max, nonce);
  }
}

/** Opens the frames of one stream in place, fed any chunking. After an error it stays dead. */
export class FrameOpener {
  /** The cipher; may be exchanged for another one with the same key between two calls. */
  aead: Aead;
  #nonce = 0;
  #mostBytes = MAX_FRAME_BYTES;
  #expectsLong = false;
  /** Holds the one frame that straddles two chunks. */
  #held: Uint8Array | undefined;
  #heldBytes = 0;
  #dead: ProtocolError | undefined;

  /** The next byte is the first of a frame; its nonce may be any but 0. */
  constructor(aead: Aead) {
    this.aead = aead;
  }

  /** Whether the stream stands inside a frame: an end here is a truncation. */
  get midFrame(): boolean {
    return this.#heldBytes > 0;
  }

  /** Bytes of the frame that the stream stands inside of. */
  get pendingBytes(): number {
    return this.#heldBytes;
  }

  /** Frames may have {@link LONG_FRAME_BYTES} from now on. */
  takeLong(): void {
    this.#mostBytes = LONG_FRAME_BYTES;
  }

  /** The same, but only behind a frame that says that its writer is one of those which know them. */
  expectLong(): void {
    this.#expectsLong = true;
    if (this.saysLong) this.takeLong();
  }

  /** Whether the last frame that was opened says that its writer takes long ones; see {@link LONG_NONCE}. */
  get saysLong(): boolean {
    return this.#nonce > LONG_NONCE && !this.#dead;
  }

  /** Most plaintext that `push` of a chunk of this length can write. */
  roomFor(chunkBytes: number): number {
    return chunkBytes + this.#heldBytes;
  }

  /**
   * Opens all frames that are complete with this chunk.
   * @param chunk  Next bytes of the stream, any number.
   * @param out  Takes the plaintext; at least {@link roomFor} bytes.
   * @param to  Where in `out`.
   * @returns Plaintext bytes written. Frames before a bad one are delivered: the error comes with the next call
   *   or from {@link error}.
   * @throws {ProtocolError} by peer: the stream is dead.
   */
  push(chunk: Uint8Array, out: Uint8Array, to: number): number {
    if (this.#dead) throw this.#dead;
    let written = 0;
    let at = 0;
    if (this.#heldBytes > 0) {
      at = this.#fill(chunk);
      if (this.#dead) return this.#fail(0);
      if (this.#heldBytes < 2 || this.#heldBytes < 2 + readU16(this.#held!, 0)) return 0;
      const length = readU16(this.#held!, 0);
      this.#heldBytes = 0;
      written = this.#open(this.#held!, 2, length, out, to);
    }
    while (!this.#dead && chunk.length - at >= 2) {
      const length = readU16(chunk, at);
      if (this.#refuses(length)) {
        break;
      } else if (chunk.length - at - 2 < length) {
        break;
      } else {
        written += this.#open(chunk, at + 2, length, out, to + written);
        at += 2 + length;
      }
    }
    if (this.#dead) return this.#fail(written);
    if (at < chunk.length) this.#hold(chunk.subarray(at));
    return written;
  }

  /** Why the stream is dead, or undefined. */
  get error(): ProtocolError | undefined {
    return this.#dead;
  }

  #fail(written: number): number {
    if (written === 0 && this.#dead) throw this.#dead;
    return written;
  }

  /** Completes the held frame as far as the chunk goes; returns how much of the chunk it took. */
  #fill(chunk: Uint8Array): number {
    let at = 0;
    if (this.#heldBytes === 1) {
      if (chunk.length === 0) return 0;
      this.#held![this.#heldBytes++] = chunk[at++];
    }
    const length = readU16(this.#held!, 0);
    if (this.#refuses(length)) return at;
    const held = this.#roomFor(2 + length);
    const take = Math.min(2 + length - this.#heldBytes, chunk.length - at);
    held.set(chunk.subarray(at, at + take), this.#heldBytes);
    this.#heldBytes += take;
    return at + take;
  }

  #refuses(length: number): boolean {
    if (length > this.#mostBytes - 2) {
      this.#dead = frameError(`noise prefix value ${length}B exceeds maximum ${this.#mostBytes - 2}B`);
    } else if (length < 8) {
      this.#dead = frameError("noise decrypt unsafe: ciphertext cannot be less than 8 bytes");
    }
    return this.#dead !== undefined;
  }

  #hold(rest: Uint8Array): void {
    this.#roomFor(rest.length).set(rest);
    this.#heldBytes = rest.length;
  }

  /** What is held, with room for so much: a stream that never gets a long frame never holds more than a short one. */
  #roomFor(bytes: number): Uint8Array {
    const held = this.#held;
    if (held && held.length >= bytes) return held;
    const larger = new Uint8Array(bytes > MAX_FRAME_BYTES ? LONG_FRAME_BYTES : MAX_FRAME_BYTES);
    if (held) larger.set(held.subarray(0, this.#heldBytes));
    return this.#held = larger;
  }

  /** The counter moves before the tag is checked, as the Go reader does it (specification dmsg §5.2). */
  #open(src: Uint8Array, at: number, length: number, out: Uint8Array, to: number): number {
    const nonce = readU64(src, at);
    if (!(nonce > this.#nonce)) {
      this.#dead = frameError(
        `received decryption nonce (${nonce}) is not larger than previous (${this.#nonce})`,
      );
      return 0;
    }
    this.#nonce = nonce;
    // Nobody counts beyond 2^53: a number that is larger was garbled on the way, and so no tag fits it.
    if (nonce === Infinity || !this.aead.open(nonce, src, at + 8, length - 8, out, to)) {
      this.#dead = frameError("chacha20poly1305: message authentication failed");
      return 0;
    }
    if (this.#expectsLong && this.saysLong) this.takeLong();
    return length - 8 - TAG_BYTES;
  }
}
