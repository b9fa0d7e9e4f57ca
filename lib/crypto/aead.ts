/**
 * ChaCha20-Poly1305 behind `seal` and `open` that write into the caller's buffer.
 *
 * Two makers: noble's (pure, no start-up cost: handshakes and short sends) and the runtime's
 * (`node:crypto`, 4 × faster in bulk, 18 ms and 4 MiB to load: streams that turn out long).
 *
 * @module
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";

/** Bytes that an authentication tag adds. */
export const TAG_BYTES = 16;

/** An AEAD under one key. Offsets and lengths are bytes. The nonce is 4 zero bytes ‖ n as little-endian u64. */
export interface Aead {
  /**
   * Encrypts `src[at, at+length)` to `dst[to, to+length+16)`.
   * @param n  The message number, up to 2^53.
   */
  seal(n: number, src: Uint8Array, at: number, length: number, dst: Uint8Array, to: number): void;
  /**
   * Decrypts `src[at, at+length)` to `dst[to, to+length-16)`.
   * @returns false when the tag does not match; dst is then unspecified.
   */
  open(n: number, src: Uint8Array, at: number, length: number, dst: Uint8Array, to: number): boolean;
}

/** Makes an {@link Aead} for a 32-byte key. */
export type AeadMaker = (key: Uint8Array) => Aead;

function writeNonce(nonce: Uint8Array, n: number): void {
  let low = n >>> 0;
  let high = Math.floor(n / 0x100000000);
  for (let i = 0; i < 4; i++) {
    nonce[4 + i] = low;
    nonce[8 + i] = high;
    low >>>= 8;
    high >>>= 8;
  }
}

/** noble's cipher. */
export const nobleAead: AeadMaker = (key): Aead => {
  const nonce = new Uint8Array(12);
  return {
    seal(n, src, at, length, dst, to) {
      writeNonce(nonce, n);
      chacha20poly1305(key, nonce).encrypt(
        src.subarray(at, at + length),
        dst.subarray(to, to + length + TAG_BYTES),
      );
    },
    open(n, src, at, length, dst, to) {
      if (length < TAG_BYTES) return false;
      writeNonce(nonce, n);
      try {
        chacha20poly1305(key, nonce).decrypt(
          src.subarray(at, at + length),
          dst.subarray(to, to + length - TAG_BYTES),
        );
        return true;
      } catch {
        return false;
      }
    },
  };
};

/** The runtime's cipher, once something has loaded it. */
let native: Pick<typeof import("node:crypto"), "createCipheriv"> | undefined;
let nativeAead: AeadMaker | undefined;

/** The quickest cipher that is loaded already: the runtime's, or noble's. */
export const readyAead: AeadMaker = (key): Aead => (nativeAead ?? nobleAead)(key);

/**
 * Copies what the runtime's cipher has made, and gives its memory back: it makes a new array for each frame, and the
 * megabytes that would wait for the next collection are neither in the processor's cache nor given back to the system.
 */
function move(from: Uint8Array<ArrayBufferLike>, dst: Uint8Array, to: number): void {
  dst.set(from, to);
  const { buffer } = from;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === from.length) buffer.transfer(0);
}

/**
 * Loads the runtime's cipher.
 * @returns A maker with the same results as {@link nobleAead}.
 */
export async function loadNativeAead(): Promise<AeadMaker> {
  const { createCipheriv, createDecipheriv } = await import("node:crypto");
  native = { createCipheriv };
  const options = { authTagLength: TAG_BYTES };
  return nativeAead = (key) => {
    const nonce = new Uint8Array(12);
    return {
      seal(n, src, at, length, dst, to) {
        writeNonce(nonce, n);
        const cipher = createCipheriv("chacha20-poly1305", key, nonce, options);
        move(cipher.update(src.subarray(at, at + length)), dst, to);
        cipher.final();
        dst.set(cipher.getAuthTag(), to + length);
      },
      open(n, src, at, length, dst, to) {
        if (length < TAG_BYTES) return false;
        writeNonce(nonce, n);
        const end = at + length - TAG_BYTES;
        const decipher = createDecipheriv("chacha20-poly1305", key, nonce, options);
        decipher.setAuthTag(src.subarray(end, at + length));
        move(decipher.update(src.subarray(at, end)), dst, to);
        try {
          decipher.final();
          return true;
        } catch {
          return false;
        }
      },
    };
  };
}

/**
 * Encrypts one message under a nonce of the caller's choice: with the runtime's cipher when something has loaded that,
 * else with noble's.
 * @param nonce  12 bytes, never the same twice under one key.
 * @param associated  Bound to the result, not in it.
 * @returns Ciphertext ‖ tag.
 */
export function sealWith(
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  if (!native) return chacha20poly1305(key, nonce, associated).encrypt(plain);
  const cipher = native.createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated, { plaintextLength: plain.length });
  const sealed = new Uint8Array(plain.length + TAG_BYTES);
  sealed.set(cipher.update(plain));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plain.length);
  return sealed;
}

/** Undoes {@link sealWith}. @returns undefined when anything of it was altered. */
export function openWith(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  try {
    return chacha20poly1305(key, nonce, associated).decrypt(sealed);
  } catch {
    return undefined;
  }
}
