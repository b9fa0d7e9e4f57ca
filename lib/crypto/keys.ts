/**
 * Public and secret keys: secp256k1, 33 bytes compressed and 32 bytes, with their hex forms.
 *
 * @see specification dmsg §2
 * @module
 */
import { fromHex, toHex } from "../wire/bytes.ts";
import type { Random } from "../sys/random.ts";
import { curve } from "./opened_curve.ts";

/** Bytes of a compressed public key. */
export const PUBLIC_KEY_BYTES = 33;
/** Bytes of a secret key. */
const SECRET_KEY_BYTES = 32;

/** A public key as 66 lower-case hex characters: the name of a party. */
export type PublicKeyHex = string;

/** A secret key with its public key. */
export interface KeyPair {
  /** 32 bytes; never printed, logged or put into an error. */
  readonly secret: Uint8Array;
  /** 33 bytes, compressed. */
  readonly public: Uint8Array;
  /** The public key as 66 lower-case hex characters. */
  readonly pk: PublicKeyHex;
}

/** A key's text did not parse. The message never holds the text: it may be a secret. */
export class KeyError extends Error {
  /** Tells it from other errors. */
  override readonly name = "KeyError";
}

/**
 * Whether bytes are a valid public key: 33 of them, prefix 2 or 3, x below the field prime and on the curve.
 * @see specification dmsg §2
 */
export function isPublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== PUBLIC_KEY_BYTES || (bytes[0] !== 2 && bytes[0] !== 3)) return false;
  return curve.isPublic(bytes);
}

/** Whether bytes are the null key: 33 zero bytes. */
export const isNullKey = (bytes: Uint8Array): boolean =>
  bytes.length === PUBLIC_KEY_BYTES && bytes.every((byte) => byte === 0);

/** The null key: "no party". Never valid as one. */
export const NULL_KEY: Uint8Array = new Uint8Array(PUBLIC_KEY_BYTES);

/**
 * Strict parsing of a public key.
 * @param text  66 hex characters, either case.
 * @returns 33 bytes.
 * @throws {KeyError} `Invalid public key length` or `Invalid public key`.
 */
export function parsePublicKey(text: string): Uint8Array {
  const bytes = parseHex(text, "Invalid public key");
  if (bytes.length !== PUBLIC_KEY_BYTES) throw new KeyError("Invalid public key length");
  if (!isPublicKey(bytes)) throw new KeyError("Invalid public key");
  return bytes;
}

/**
 * What is wrong with a text that was to be a public key; for people who typed or pasted it.
 * @returns A sentence; undefined for a text that is no attempt at a key but rather a name: 32 hex characters
 *   or a digit at the beginning make an attempt. It holds none of the text.
 */
export function keyProblem(text: string): string | undefined {
  if (!/^\d|^[0-9a-f]{32}/i.test(text)) return undefined;
  const rule = "A public key is 66 hex characters that begin with 02 or 03";
  const { length } = text;
  if (!/^[0-9a-f]*$/i.test(text)) return `${rule}; this has others.`;
  if (length === 2 * SECRET_KEY_BYTES) {
    return `${rule}; this has 64, like a secret key, which belongs on no command line.`;
  }
  if (length !== 2 * PUBLIC_KEY_BYTES) return `${rule}; this has ${length}.`;
  if (!/^0[23]/.test(text)) return `${rule}; this begins otherwise.`;
  return "It looks like a public key, but there is no such point on the curve: a character is wrong.";
}

/**
 * Parsing of a public key as JSON members hold it: like {@link parsePublicKey}, and a text of only `0` (or the
 * empty text) is the null key.
 * @param text  66 hex characters, or any number of zeros.
 * @returns 33 bytes.
 * @throws {KeyError} As {@link parsePublicKey}.
 * @see specification dmsg §2 "Null key"
 */
export function parsePublicKeyText(text: string): Uint8Array {
  return /^0*$/.test(text) ? NULL_KEY.slice() : parsePublicKey(text);
}

/**
 * Parsing of a secret key.
 * @param text  64 hex characters, either case.
 * @returns 32 bytes, 1 … n-1.
 * @throws {KeyError} `Invalid secret key length` or `Invalid secret key`.
 */
export function parseSecretKey(text: string): Uint8Array {
  const bytes = parseHex(text, "Invalid secret key");
  if (bytes.length !== SECRET_KEY_BYTES) throw new KeyError("Invalid secret key length");
  if (!curve.isSecret(bytes)) throw new KeyError("Invalid secret key");
  return bytes;
}

function parseHex(text: string, message: string): Uint8Array {
  try {
    return fromHex(text);
  } catch {
    throw new KeyError(message);
  }
}

/**
 * The public key of a secret key.
 * @param secret  32 bytes.
 * @returns 33 bytes, compressed.
 */
export const publicKeyOf = (secret: Uint8Array): Uint8Array => curve.publicKey(secret);

/**
 * The pair of a secret key.
 * @param secret  32 bytes; kept, not copied.
 * @throws {Error} When they are no secret key (0, or n and above).
 */
export function keyPairOf(secret: Uint8Array): KeyPair {
  const publicKey = publicKeyOf(secret);
  return { secret, public: publicKey, pk: toHex(publicKey) };
}

/**
 * A fresh key pair.
 * @param random  Gives 32 bytes a draw; one outside 1 … n-1 is drawn again.
 * @see specification dmsg §2
 */
export function generateKeyPair(random: Random): KeyPair {
  for (;;) {
    const secret = random.bytes(SECRET_KEY_BYTES);
    if (curve.isSecret(secret)) return keyPairOf(secret);
  }
}
