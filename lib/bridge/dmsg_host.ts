/**
 * Names of sites in links that browsers behind a Go resolver open: `[SITE.]KEY.dmsg[:PORT]`. The key is the last label
 * before `.dmsg`: its 66 hex characters, or 53 of base32, since a label of the DNS has 63 at most.
 *
 * @see lib/bridge/README.md "Links"; RFC 4648 §6
 * @module
 */
import { parsePublicKey, type PublicKeyHex } from "../crypto/keys.ts";
import { toHex } from "../wire/bytes.ts";

/** Characters of a key in base32. */
const BASE32_CHARS = 53;
const KEY_BYTES = 33;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** What a name of a site says. */
export interface DmsgHost {
  /** Whom to ask. */
  readonly pk: PublicKeyHex;
  /** The digits behind `:`, as they stand. */
  readonly port?: string;
  /** Which of its sites: what the request names as its host. */
  readonly site?: string;
}

/**
 * Reads a name.
 * @param authority  What stands between `//` and the path.
 * @returns undefined: it does not end in a key and `.dmsg`. `pinned`: it names a server to go through, too.
 */
export function readDmsgHost(authority: string): DmsgHost | "pinned" | undefined {
  const match = /^((?:[a-z0-9_-]+\.)*)([a-z0-9]+)\.dmsg(?::(.*))?$/i.exec(authority);
  const pk = match && keyIn(match[2]);
  if (!pk) return undefined;
  const site = match[1].slice(0, -1).toLowerCase();
  if (keyIn(site.split(".").at(-1)!)) return "pinned";
  return { pk, ...(match[3] === undefined ? {} : { port: match[3] }), ...(site === "" ? {} : { site }) };
}

function keyIn(label: string): PublicKeyHex | undefined {
  const hex = label.length === BASE32_CHARS ? hexOf(label.toLowerCase()) : label.toLowerCase();
  try {
    if (hex !== undefined) parsePublicKey(hex);
    return hex;
  } catch {
    return undefined;
  }
}

/** 53 characters hold a bit more than a key has: it is 0. */
function hexOf(label: string): string | undefined {
  let bits = 0n;
  for (const letter of label) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return undefined;
    bits = bits << 5n | BigInt(value);
  }
  if ((bits & 1n) === 1n) return undefined;
  return toHex(
    Uint8Array.from(
      { length: KEY_BYTES },
      (_, at) => Number(bits >> BigInt(1 + 8 * (KEY_BYTES - 1 - at)) & 0xffn),
    ),
  );
}
