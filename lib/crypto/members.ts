/**
 * Keys and signatures as members of JSON objects.
 *
 * @see specification skychat §0.1
 * @module
 */
import { NULL_KEY, parsePublicKeyText, type PublicKeyHex } from "./keys.ts";
import { SIGNATURE_BYTES } from "./sign.ts";
import { fromHex, toHex } from "../wire/bytes.ts";
import type { GoType } from "../wire/go_struct.ts";

/** The null key's text: 66 zeros. */
export const NULL_PK: PublicKeyHex = toHex(NULL_KEY);

/** This many keys are known to be good: a group's JSON names the same ones again and again, and a look costs 0.1 ms. */
const MAX_KNOWN = 2000;
const known = new Set<string>();

/** A public key, 66 hex characters in lower case; any run of zeros, and absence, is the null key. Never left out. */
export const pkMember: GoType<PublicKeyHex> = {
  zero: NULL_PK,
  isEmpty: () => false,
  read: (raw, earlier) => {
    if (typeof raw !== "string") return undefined;
    if (/^0*$/.test(raw)) return earlier; // Go leaves a key alone when it reads zeros
    if (known.has(raw)) return raw;
    try {
      const pk = toHex(parsePublicKeyText(raw));
      if (known.size >= MAX_KNOWN) known.clear();
      known.add(pk);
      return pk;
    } catch {
      return undefined;
    }
  },
  write: (value) => value,
};

/** 65 zero bytes: "not signed". */
export const NO_SIGNATURE: Uint8Array = new Uint8Array(SIGNATURE_BYTES);

/** A signature as 130 hex characters; absence is {@link NO_SIGNATURE}. Never left out. */
export const signatureMember: GoType<Uint8Array> = {
  zero: NO_SIGNATURE,
  isEmpty: () => false,
  read: (raw) => {
    if (typeof raw !== "string") return undefined;
    try {
      const bytes = fromHex(raw);
      return bytes.length === SIGNATURE_BYTES ? bytes : undefined;
    } catch {
      return undefined;
    }
  },
  write: (value) => toHex(value),
};

/** Whether a signature says "not signed". */
export const isUnsigned = (signature: Uint8Array): boolean => signature.every((byte) => byte === 0);
