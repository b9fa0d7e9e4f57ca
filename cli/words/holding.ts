/**
 * The words of holding.
 *
 * @module
 */
import type { HolderView } from "../../lib/app/groups/groups.ts";
import { visible } from "../output/escape.ts";
import { sizeWords } from "../scp/told/progress.ts";
import { counted, localTime } from "./people.ts";

/** Who holds, as members of JSON and for words. */
export interface HolderMembers {
  /** The holder's key; left out with all else: nobody holds. */
  readonly holder?: string;
  /** What it is called here. */
  readonly holder_alias?: string;
  /** When it was named. */
  readonly holder_since?: string;
  /** Bytes of our feed, which it is to hold. */
  readonly holder_bytes?: number;
  /** Whether there is a connection with it; `unknown` where no program of ours stays. */
  readonly holder_presence?: HolderView["presence"];
  /** When it last came or fetched something. */
  readonly holder_heard_at?: string;
}

/** What people are called. */
export interface Called {
  /** The name of somebody, if there is one. */
  of(pk: string): string | undefined;
}

/** A holder, as lists have it. */
export const holderMembers = (holder: HolderView | undefined, names: Called): HolderMembers =>
  holder === undefined ? {} : {
    holder: holder.pk,
    holder_alias: names.of(holder.pk),
    holder_since: holder.since,
    holder_bytes: holder.bytes,
    holder_presence: holder.presence,
    holder_heard_at: holder.lastHeard,
  };

/** Since when, how much, and when it was last heard of. */
export const holderStands = (v: HolderMembers): string =>
  [
    ...(v.holder_since === undefined ? [] : [`since ${localTime(v.holder_since)}`]),
    ...(v.holder_bytes === undefined ? [] : [`${sizeWords(v.holder_bytes)} of ours`]),
    ...(v.holder_presence === undefined || v.holder_presence === "unknown" ? [] : [v.holder_presence]),
    ...(v.holder_heard_at === undefined ? [] : [`heard ${localTime(v.holder_heard_at)}`]),
    ...(v.holder_alias === undefined ? [] : [visible(v.holder_alias)]),
  ].join(", ");

/** The line below `group members`. */
export const groupHolder = (v: HolderMembers): string => `${v.holder}  holder  ${holderStands(v)}`;

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
      messages: number;
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
        feed.renewed_at === undefined
          ? "nothing yet"
          : `${counted(feed.messages, "message")}, ${sizeWords(feed.bytes)}, renewed ${
            localTime(feed.renewed_at)
          }`
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
export const pairHeld = (
  v: { peer: string; peer_alias?: string; pk: string; holder?: string; holder_alias?: string },
): string =>
  v.holder === undefined
    ? `Nobody holds the pair with ${v.peer} any more`
    : `${v.holder} holds the pair with ${v.peer}; it says: dmsg hold add ${v.pk} ${v.peer}`;
