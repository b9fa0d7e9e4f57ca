/**
 * The words of holding.
 *
 * @module
 */
import { visible } from "./escape.ts";
import { sizeWords } from "./scp_progress.ts";

/** `hold add`. */
export const holdAdded = (
  v: { peers: readonly string[]; holder: string; space: number; age_ms: number },
): string =>
  `Holding for ${
    v.peers.join(" and ")
  } while a daemon, listen or chat runs here; each says: dmsg pair hold PEER ${v.holder}`;

/** A line of `hold ls`. */
export const holdShown = (
  v: {
    peers: readonly string[];
    port: number;
    space: number;
    age_ms: number;
    feeds: readonly {
      peer_pk: string;
      peer_alias?: string;
      bytes: number;
      renewed_at?: string;
      refused?: string;
    }[];
  },
): string =>
  [
    `${v.peers.join(" ")}  port=${v.port}  space=${sizeWords(v.space)}  age=${v.age_ms / 3_600_000}h`,
    ...v.feeds.map((feed) =>
      `  ${feed.peer_alias === undefined ? feed.peer_pk : visible(feed.peer_alias)}  ${
        feed.renewed_at === undefined ? "nothing yet" : `${sizeWords(feed.bytes)}, renewed ${feed.renewed_at}`
      }${feed.refused === undefined ? "" : `  not held: ${visible(feed.refused)}`}`
    ),
  ].join("\n");

/** `hold remove`. */
export const holdRemoved = (v: { peers: readonly string[] }): string =>
  `Holding nothing for ${v.peers.join(" and ")} any more`;

/** `pair hold`. */
export const pairHeld = (v: { peer: string; pk: string; holder?: string }): string =>
  v.holder === undefined
    ? `Nobody holds the pair with ${v.peer} any more`
    : `${v.holder} holds the pair with ${v.peer}; it says: dmsg hold add ${v.pk} ${v.peer}`;
