/**
 * Opening what lies in the peer's feed, and the order in which it is read.
 *
 * @see specification skychat §c.3
 * @module
 */
import type { FeedLeaf } from "../cxo/feed/change.ts";
import type { Epochs } from "./epochs.ts";
import { openPairText, type PairText, parsePairPath, readPairText, readSealed } from "./message.ts";
import { SEEN_PATH } from "./seen.ts";

/** What became of a value. */
export type Opened =
  /** `own`: our generation of its epoch; undefined: it was under the static key. */
  | { readonly kind: "text"; readonly text: PairText; readonly own: bigint | undefined }
  /** No key of ours is of its epoch, yet. */
  | { readonly kind: "unknown epoch" }
  /** It is none, or of another place. */
  | { readonly kind: "bad" };

/** A message so much older than the newest one that was taken is one that we had: ids are remembered for 30 days. */
export const KNOWN_NS: bigint = 25n * 86_400_000_000_000n;

/** Whether a message's path is of later than a time, nanoseconds. */
export const isLater = (path: string, timeNs: bigint): boolean => parsePairPath(path)!.tsNs > timeNs;

/** Opens a message. @param staticKey  32 bytes. */
export function openMessage({ path, value }: FeedLeaf, staticKey: Uint8Array, epochs: Epochs): Opened {
  const sealed = readSealed(value);
  if (sealed === undefined) return { kind: "bad" };
  const known = sealed.kind === "epoch" ? epochs.named(sealed.epochId) : undefined;
  if (sealed.kind === "epoch" && known === undefined) return { kind: "unknown epoch" };
  const plain = openPairText(known?.epoch.key ?? staticKey, sealed);
  const text = plain && readPairText(plain);
  if (text === undefined || text.tsNs !== parsePairPath(path)?.tsNs) return { kind: "bad" };
  return { kind: "text", text, own: known?.own };
}

/**
 * The order in which leaves are read, whatever pieces they are read in: announcements, messages as they were written,
 * and last how far the peer has read, on which secrets are erased that messages before it may need.
 */
export const readingOrder = (leaves: readonly FeedLeaf[]): FeedLeaf[] => [...leaves].sort(byPlace);

function byPlace(a: FeedLeaf, b: FeedLeaf): number {
  const [one, other] = [parsePairPath(a.path), parsePairPath(b.path)];
  if (one === undefined || other === undefined) return rankOf(a.path) - rankOf(b.path);
  if (one.tsNs !== other.tsNs) return one.tsNs < other.tsNs ? -1 : 1;
  return one.seq < other.seq ? -1 : one.seq > other.seq ? 1 : 0;
}

const rankOf = (path: string): number => path.startsWith("msgs/") ? 1 : path === SEEN_PATH ? 2 : 0;
