/**
 * Whom the user has blocked, as the bytes of a small file: who opens no store looks there.
 *
 *     file   "dmsgblk1" ‖ { name (16) }, ascending ‖ HMAC-SHA-256 of all before it
 *
 * A name is a keyed hash, so the file tells how many peers are blocked and not whom.
 *
 * @module
 */
import { hkdfSha256, hmacSha256 } from "../crypto/hash.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import { concat, equal, fromHex, toHex, utf8 } from "../wire/bytes.ts";

/** Names the key that hides the names and vouches for the file. */
const BLOCKED_INFO = "dmsg:store-blocked:v1";
/** Longest file: some 65,000 peers. */
export const MAX_BLOCKED_BYTES = 1 << 20;

const MAGIC = utf8("dmsgblk1");
const NAME_BYTES = 16;
const MAC_BYTES = 32;
/** How many places are looked at for the list's end: 4 KiB of garbage behind it. */
const MAX_TRIES = 256;

/** Names of blocked peers, hex. */
export type BlockedNames = ReadonlySet<string>;

/** The list of one identity. */
export class BlockList {
  readonly #key: Uint8Array;

  /** A list under an identity's secret, 32 bytes; nothing of it is kept but a key derived from it. */
  constructor(secret: Uint8Array) {
    this.#key = hkdfSha256(secret, new Uint8Array(0), utf8(BLOCKED_INFO), 32);
  }

  /** How the list calls a peer. */
  nameOf(peer: PublicKeyHex): string {
    return toHex(hmacSha256(this.#key, utf8(`peer ${peer}`)).slice(0, NAME_BYTES));
  }

  /** The bytes of the file. */
  encode(names: BlockedNames): Uint8Array {
    const content = concat(MAGIC, ...[...names].sort().map(fromHex));
    return concat(content, hmacSha256(this.#key, content));
  }

  /**
   * The names in a file, and where their list ends: what follows is none of it.
   * @returns undefined when it is not whole, altered, or of another identity.
   */
  decode(file: Uint8Array): { readonly names: BlockedNames; readonly end: number } | undefined {
    if (!equal(file.subarray(0, MAGIC.length), MAGIC)) return undefined;
    const spare = (file.length - MAGIC.length - MAC_BYTES) % NAME_BYTES;
    const longest = file.length - spare;
    for (let tries = 0, end = longest; tries < MAX_TRIES && end >= MAGIC.length + MAC_BYTES; tries++) {
      const names = this.#namesIn(file.subarray(0, end));
      if (names) return { names, end };
      end -= NAME_BYTES;
    }
    return undefined;
  }

  /** The names in a file that ends here. */
  #namesIn(file: Uint8Array): BlockedNames | undefined {
    const end = file.length - MAC_BYTES;
    if (!equal(file.subarray(end), hmacSha256(this.#key, file.subarray(0, end)))) return undefined;
    const names = new Set<string>();
    for (let at = MAGIC.length; at < end; at += NAME_BYTES) {
      names.add(toHex(file.subarray(at, at + NAME_BYTES)));
    }
    return names;
  }
}
