/** Messages as somebody on the way may change them: they are nobody's. */
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { encodeLeaf, leafPath, parseLeafPath, readLeaf } from "../../../lib/group/talk/leaf.ts";
import type { Random } from "../../../lib/sys/random.ts";

/**
 * One of the messages with its signature, and another text, time or sender.
 * @param senders  Two keys; the message gets the one that has not said it.
 * @returns undefined: there is none.
 */
export function forgedOf(
  leaves: readonly FeedLeaf[],
  senders: readonly [PublicKeyHex, PublicKeyHex],
  random: Random,
): FeedLeaf | undefined {
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random.fraction() * all.length)];
  const real = pick(leaves.filter(({ path }) => path.startsWith("msgs/")));
  const leaf = real && readLeaf(real.value);
  if (real === undefined || leaf === undefined) return undefined;
  const { sender, tsNs, ciphertext } = leaf;
  const isClear = ciphertext.length === 0;
  const forged = {
    ...leaf,
    ...pick([
      isClear ? { text: "forged" } : { ciphertext: ciphertext.with(0, ciphertext[0] ^ 1) },
      { tsNs: tsNs + 1n },
      { sender: senders.find((pk) => pk !== sender)! },
    ]),
  };
  return {
    path: leafPath(forged.sender, forged.tsNs, parseLeafPath(real.path)!.seq),
    value: encodeLeaf(forged),
  };
}
