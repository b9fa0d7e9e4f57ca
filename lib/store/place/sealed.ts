/**
 * Values as they lie on disk: AES-256-GCM under a key that only the identity's secret gives.
 *
 * @see specification skychat §b.1 "at rest"
 * @module
 */
import { hkdfSha256 } from "../../crypto/hash.ts";
import type { Random } from "../../sys/random.ts";
import { utf8 } from "../../wire/bytes.ts";
import { Lanes } from "../../wire/lanes.ts";
import { pathOf } from "../rows/keys.ts";
import type { Key } from "./place.ts";

/** Names the key that seals values. */
export const SEAL_INFO = "dmsg:store-seal:v1";
/** Names the key that hides names in keys. */
export const NAMES_INFO = "dmsg:store-names:v1";
/** Bytes that sealing adds: nonce and tag. */
export const SEAL_BYTES: number = 12 + 16;

const NONCE_BYTES = 12;
/**
 * Values that the runtime's cipher has at a time. For each it wants a thread: a member in ten groups had 37, and has 12;
 * a hundred at once are sealed no faster than four at a time.
 */
const AT_ONCE = 4;

/**
 * A key for data at rest: HKDF-SHA-256 of an identity's secret, no salt.
 * @param secret  32 bytes.
 * @param info  What the key is for; another text, another key.
 * @returns 32 bytes.
 */
export const deriveSealKey = (secret: Uint8Array, info: string): Uint8Array =>
  hkdfSha256(secret, new Uint8Array(0), utf8(info), 32);

/** Seals and opens values. */
export interface Seal {
  /** Nonce ‖ ciphertext ‖ tag. The value opens under this key only, so values can't be swapped. */
  seal(key: Key, plain: Uint8Array): Promise<Uint8Array>;
  /** The value, or undefined when it is not ours, altered, or another key's. */
  open(key: Key, sealed: Uint8Array): Promise<Uint8Array | undefined>;
}

/**
 * A seal under a key of 32 bytes. The runtime's cipher works beside the event loop: 13 µs a value when several are
 * sealed at once, 116 µs for 60 KiB (noble: 17 µs and 980 µs). Of a page of a hundred it has four at a time.
 */
export async function openSeal(key: Uint8Array, random: Random): Promise<Seal> {
  const { subtle } = crypto;
  const lanes = new Lanes(AT_ONCE);
  const cipher = await subtle.importKey("raw", new Uint8Array(key), "AES-GCM", false, ["encrypt", "decrypt"]);
  const algorithm = (at: Key, iv: Uint8Array) => ({
    name: "AES-GCM",
    iv: iv as Uint8Array<ArrayBuffer>,
    additionalData: pathOf(at) as Uint8Array<ArrayBuffer>,
  });
  return {
    async seal(at, plain) {
      const nonce = random.bytes(NONCE_BYTES);
      const sealed = await lanes.run(() =>
        subtle.encrypt(algorithm(at, nonce), cipher, plain as Uint8Array<ArrayBuffer>)
      );
      const out = new Uint8Array(NONCE_BYTES + sealed.byteLength);
      out.set(nonce);
      out.set(new Uint8Array(sealed), NONCE_BYTES);
      return out;
    },
    async open(at, sealed) {
      if (sealed.length < SEAL_BYTES) return undefined;
      const body = sealed.subarray(NONCE_BYTES) as Uint8Array<ArrayBuffer>;
      try {
        return new Uint8Array(
          await lanes.run(() => subtle.decrypt(algorithm(at, sealed.subarray(0, NONCE_BYTES)), cipher, body)),
        );
      } catch {
        return undefined;
      }
    },
  };
}
