/**
 * The words of holding.
 *
 * @module
 */
import { visible } from "./escape.ts";
import { sizeWords } from "./scp_progress.ts";

/** `hold add`. */
export const holdAdded = (
  v: { peers: readonly string[]; group?: string; holder: string; space: number; age_ms: number },
): string =>
  v.group === undefined
    ? `Holding for ${
      v.peers.join(" and ")
    } while a daemon, listen or chat runs here; each says: dmsg pair hold PEER ${v.holder}`
    : `Holding for group ${v.group} while a daemon, listen or chat runs here; an admin says: dmsg group hold ${v.group} ${v.holder}`;

/** A line of `hold ls`. */
export const holdShown = (
  v: {
    peers: readonly string[];
    group?: string;
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
    `${v.group === undefined ? "" : `group ${v.group}, as is said by `}${
      v.peers.join(" ")
    }  port=${v.port}  space=${sizeWords(v.space)}  age=${v.age_ms / 3_600_000}h`,
    ...v.feeds.map((feed) =>
      `  ${feed.peer_alias === undefined ? feed.peer_pk : visible(feed.peer_alias)}  ${
        feed.renewed_at === undefined ? "nothing yet" : `${sizeWords(feed.bytes)}, renewed ${feed.renewed_at}`
      }${feed.refused === undefined ? "" : `  not held: ${visible(feed.refused)}`}`
    ),
  ].join("\n");

/** `hold remove`. */
export const holdRemoved = (v: { peers: readonly string[]; group?: string }): string =>
  `Holding nothing for ${v.group === undefined ? v.peers.join(" and ") : `group ${v.group}`} any more`;

/** `group hold`. */
export const groupHeld = (
  v: { group: string; port: number; pk: string; private: boolean; holder?: string },
): string =>
  v.holder === undefined
    ? `Nobody holds group ${v.group} any more`
    : `${v.holder} holds group ${v.group}${
      v.private ? "" : ", and can read it, as everybody can"
    }; it says: dmsg hold group ${v.group} ${v.port} ${v.pk}`;

/** `pair hold`. */
export const pairHeld = (v: { peer: string; pk: string; holder?: string }): string =>
  v.holder === undefined
    ? `Nobody holds the pair with ${v.peer} any more`
    : `${v.holder} holds the pair with ${v.peer}; it says: dmsg hold add ${v.pk} ${v.peer}`;
