/**
 * Keys, signatures and lists in texts: what requests bring and answers hold.
 *
 * @module
 */
import { parsePublicKeyText, type PublicKeyHex } from "../crypto/keys.ts";
import { SIGNATURE_BYTES } from "../crypto/sign.ts";
import { fromHex, toHex, utf8 } from "../wire/bytes.ts";

/** A key as paths and lists hold it, in lower case; undefined when it does not parse. */
export function keyOf(text: string): PublicKeyHex | undefined {
  try {
    return toHex(parsePublicKeyText(text));
  } catch {
    return undefined;
  }
}

/** All keys of a list; undefined when one does not parse. */
export function keysOf(texts: string[]): PublicKeyHex[] | undefined {
  const keys = texts.map(keyOf);
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

/** The 65 bytes of a signature in hex, or undefined. */
export function signatureOf(text: string): Uint8Array | undefined {
  return text.length === 2 * SIGNATURE_BYTES && /^[0-9a-fA-F]+$/.test(text) ? fromHex(text) : undefined;
}

/** A JSON list of texts, or undefined. `null` is an empty list, and an empty text inside one, as in Go. */
export function textsOf(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text) ?? [];
    if (!Array.isArray(list)) return undefined;
    const values = list.map((value) => value ?? "");
    return values.every((value) => typeof value === "string") ? values : undefined;
  } catch {
    return undefined;
  }
}

/** The first texts of a list that fit into a number of bytes, with commas and brackets. */
export function upTo(maxBytes: number, texts: readonly string[]): string[] {
  let bytes = 1;
  return texts.filter((text) => (bytes += utf8(text).length + 1) <= maxBytes);
}
