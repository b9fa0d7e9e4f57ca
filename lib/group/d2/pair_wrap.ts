/**
 * A key wrapped for others, each wrap under a key that follows from the pair secret of the two: whoever has only
 * identity keys opens none of them, and none says for whom it is.
 *
 * @see docs/d2.md "Wraps"
 * @module
 */
import { openWith, sealWith } from "../../crypto/aead.ts";
import { hkdfSha256 } from "../../crypto/hash.ts";
import type { Random } from "../../sys/random.ts";
import { concat, equal, toHex, utf8 } from "../../wire/bytes.ts";

/** The secret that two members share: an epoch of their pair (lib/pair/keys.ts), or what one keeps for itself. */
export interface PairSecret {
  /** 8 bytes. */
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** Bytes of a wrap: tag 16 ‖ sealed key 48. */
export const WRAP_BYTES = 64;
/** Bytes of the tag before a sealed key. */
const WRAP_TAG_BYTES = 16;
/** Bytes of a key that is wrapped. */
export const KEY_BYTES = 32;
/** Most wraps beside each other: a group's members, 64 KiB of them. */
export const MAX_WRAPS = 1024;

const LABEL = utf8("dmsg d2 wrap v1");
/** A key serves once: it follows from the context, which is new each time. */
const NONCE = new Uint8Array(12);

/** Tag and key of the wrap that a pair's secret opens in a context. */
function wrapOf({ id, key }: PairSecret, context: Uint8Array): { tag: Uint8Array; key: Uint8Array } {
  const bytes = hkdfSha256(key, concat(context, id), LABEL, WRAP_TAG_BYTES + KEY_BYTES);
  return { tag: bytes.subarray(0, WRAP_TAG_BYTES), key: bytes.subarray(WRAP_TAG_BYTES) };
}

/**
 * Wraps a key.
 * @param context  32 bytes, never the same twice; the wraps open in it alone.
 * @param count  Beyond the secrets wraps of nothing are added up to so many, so that their number tells less.
 * @returns {@link WRAP_BYTES} each, in the order of their bytes.
 */
export function wrapKey(
  key: Uint8Array,
  secrets: readonly PairSecret[],
  context: Uint8Array,
  random: Random,
  count = secrets.length,
): Uint8Array {
  const wraps = secrets.map((secret) => {
    const wrap = wrapOf(secret, context);
    return concat(wrap.tag, sealWith(wrap.key, NONCE, key, context));
  });
  while (wraps.length < count) wraps.push(random.bytes(WRAP_BYTES));
  return concat(
    ...wraps.map((wrap) => [toHex(wrap), wrap] as const).sort(([a], [b]) => a < b ? -1 : 1).map(([, w]) => w),
  );
}

/**
 * Opens the wrap that is for one of some secrets.
 * @param secrets  The current one first; one that a side has replaced meanwhile is among them.
 * @returns 32 bytes; undefined: none is for them.
 */
export function unwrapKey(
  wraps: Uint8Array,
  secrets: readonly PairSecret[],
  context: Uint8Array,
): Uint8Array | undefined {
  for (const secret of secrets) {
    const { tag, key } = wrapOf(secret, context);
    for (let at = 0; at + WRAP_BYTES <= wraps.length; at += WRAP_BYTES) {
      if (!equal(wraps.subarray(at, at + WRAP_TAG_BYTES), tag)) continue;
      const opened = openWith(key, NONCE, wraps.subarray(at + WRAP_TAG_BYTES, at + WRAP_BYTES), context);
      if (opened?.length === KEY_BYTES) return opened;
    }
  }
  return undefined;
}
