/**
 * What a poll's fold has made, to be shown.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { END, type Tree } from "../tree.ts";
import type { Part, Rows } from "./list_rows.ts";
import { ballot, type PollRow as Kept } from "./poll.ts";

/** A poll and its votes. */
export interface PollRow {
  /** Names it. */
  readonly key: string;
  /** Who asks. */
  readonly author: PublicKeyHex;
  /** When, by its stamp. */
  readonly stamp: number;
  /** What. */
  readonly question: string;
  /** The choices, and who has taken each; at most 1000 of those are named. */
  readonly choices: readonly {
    readonly text: string;
    readonly votes: number;
    readonly voters: readonly PublicKeyHex[];
  }[];
  /** Whether several choices may be taken. */
  readonly many: boolean;
  /** How many have voted. */
  readonly voters: number;
  /** When it ends by itself, milliseconds since 1970; undefined: never. */
  readonly until: number | undefined;
  /** Whether its author has closed it. */
  readonly isClosed: boolean;
}

/** Voters that are named. */
const MAX_NAMED = 1000;

/** Polls, newest first. */
export async function pollsOf(tree: Tree, part: Part = {}): Promise<Rows<PollRow>> {
  const all = { from: "p/", to: `p/${END}` };
  const rows: PollRow[] = [];
  for (const { key } of await tree.list({ ...all, ...part, reverse: true })) {
    const row = await pollOf(tree, key.split("/")[2]);
    if (row !== undefined) rows.push(row);
  }
  return { total: await tree.count(all.from, all.to), rows };
}

/** One poll. */
export async function pollOf(tree: Tree, key: string): Promise<PollRow | undefined> {
  const kept = await tree.loose.get(`e/${key}`) as Kept | undefined;
  if (kept === undefined) return undefined;
  const [author, stamp, question, offered, many, until, , isClosed] = kept;
  const choices = await Promise.all(offered.map(async (text, choice) => {
    const from = ballot(key, choice, "");
    const named = await tree.list({ from, to: from + END, limit: MAX_NAMED });
    const votes = named.length < MAX_NAMED ? named.length : await tree.count(from, from + END);
    return { text, votes, voters: named.map(({ key: place }) => place.split("/")[3]) };
  }));
  const voters = await tree.count(`n/${key}/`, `n/${key}/${END}`);
  return { key, author, stamp, question, choices, many, voters, until: until || undefined, isClosed };
}
