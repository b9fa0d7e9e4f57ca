/**
 * Base64 as Go's encoding/base64 reads and writes it: the standard alphabet with padding for bytes inside JSON, the
 * URL alphabet without padding for links.
 *
 * @see RFC 4648 §4, §5; specification skychat §0.2, §b.8
 * @module
 */

const STANDARD = /^[A-Za-z0-9+/]*={0,2}$/;
const RAW_URL = /^[A-Za-z0-9_-]*$/;

/** Standard base64 with padding. */
export const toBase64 = (bytes: Uint8Array): string => bytes.toBase64();

/** Base64 in the URL alphabet, without padding. */
export const toRawBase64Url = (bytes: Uint8Array): string =>
  bytes.toBase64({ alphabet: "base64url", omitPadding: true });

/**
 * Reads standard base64. Line ends inside are passed over and the unused bits of the last character may be anything,
 * both as Go does it; white space and missing padding are refused.
 * @returns undefined when the text is none.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  const dense = withoutLineEnds(text);
  if (dense.length % 4 !== 0 || !STANDARD.test(dense)) return undefined;
  return decoded(dense, "base64");
}

/** Reads base64 in the URL alphabet without padding; as {@link fromBase64}. */
export function fromRawBase64Url(text: string): Uint8Array | undefined {
  const dense = withoutLineEnds(text);
  return RAW_URL.test(dense) ? decoded(dense, "base64url") : undefined;
}

const withoutLineEnds = (text: string): string =>
  text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]+/g, "") : text;

function decoded(text: string, alphabet: "base64" | "base64url"): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet });
  } catch {
    return undefined; // one character too many for whole bytes
  }
}
