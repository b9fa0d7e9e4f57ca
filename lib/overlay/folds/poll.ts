/**
 * Polls: each voter's last vote before the end counts, whatever came first.
 *
 * @see lib/overlay/README.md "Polls"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { parseGoObject } from "../../wire/go_json.ts";
import { digits, STAMP_END, stampIn } from "../entry.ts";
import { type Fold, STEP_ROWS } from "../fold.ts";
import { POLL } from "../frame.ts";
import { END, type Tree } from "../tree.ts";

/** Characters of a question or a choice. */
export const MAX_QUESTION_CHARS = 300;
/** Choices of a poll. */
export const MAX_CHOICES = 20;

/** What is said of a poll. */
export type PollAction =
  | {
    readonly a: "new";
    readonly q: string;
    readonly c: readonly string[];
    /** Several choices may be taken. */
    readonly m: boolean;
    /** When it ends by itself, milliseconds since 1970; 0: never. */
    readonly u: number;
  }
  /** Numbers of choices, from 0; none: the vote is taken back. */
  | { readonly a: "vote"; readonly v: readonly number[] }
  /** No more votes; by its author. */
  | { readonly a: "close" };

/** Reads the data of a frame. @returns undefined when it is no action. */
export function readPollAction(data: string): PollAction | undefined {
  const { a, q, c, m, u, v } = (parseGoObject(data) ?? {}) as Record<string, unknown>;
  if (a === "close") return { a };
  if (a === "vote") {
    if (!Array.isArray(v) || v.length > MAX_CHOICES) return undefined;
    if (!v.every((choice) => typeof choice === "bigint" && choice >= 0n && choice < BigInt(MAX_CHOICES))) {
      return undefined;
    }
    return { a, v: [...new Set(v.map(Number))].sort((one, other) => one - other) };
  }
  const isPoll = a === "new" && isText(q) && Array.isArray(c) && c.length >= 2 && c.length <= MAX_CHOICES &&
    c.every(isText) && (m === undefined || typeof m === "boolean") &&
    (u === undefined || u === 0n || stampIn(u) !== undefined);
  return isPoll ? { a, q, c, m: m === true, u: stampIn(u) ?? 0 } : undefined;
}

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.trim() !== "" && value.length <= MAX_QUESTION_CHARS;

/** A poll: `e/<key>`. */
export type PollRow = readonly [
  author: PublicKeyHex,
  stamp: number,
  question: string,
  choices: readonly string[],
  many: boolean,
  until: number,
  /** The stamp of its end; votes count below it. */
  end: number,
  /** Whether its author has closed it. */
  isClosed: boolean,
];

/** Polls as rows; keys and values stand in README.md. */
export const pollFold: Fold = {
  overlay: POLL,
  looseOf: (_, key) => Promise.resolve([`e/${key}`, `m/${key}`]),
  async take(tree, { key, author, stamp, parent, data }) {
    const action = readPollAction(data);
    if (action === undefined) return;
    if (action.a === "new") {
      if (parent !== undefined) return;
      const { q, c, m, u } = action;
      const row: PollRow = [author, stamp, q, c, m, u, 0, false];
      tree.loose.put(`e/${key}`, row);
      await tree.put(`p/${digits(stamp)}/${key}`, 0);
      await showEnd(tree, key);
      return await oweVotes(tree, key);
    }
    if (parent === undefined || parent === "") return;
    tree.loose.put(`m/${key}`, [parent, action.a, author, stamp]);
    if (action.a === "close") {
      await tree.put(closePlace(parent, author, stamp, key), 0);
      return await showEnd(tree, parent);
    }
    await tree.put(votePlace(parent, author, stamp, key), action.v);
    await tree.put(`t/${parent}/${digits(stamp)}/${key}`, author);
    await showVote(tree, parent, author);
  },
  async drop(tree, key) {
    const said = await tree.loose.get(`m/${key}`) as
      | [string, "vote" | "close", PublicKeyHex, number]
      | undefined;
    if (said !== undefined) {
      const [poll, action, author, stamp] = said;
      tree.loose.drop(`m/${key}`);
      if (action === "close") {
        await tree.delete(closePlace(poll, author, stamp, key));
        return await showEnd(tree, poll);
      }
      await tree.delete(votePlace(poll, author, stamp, key));
      await tree.delete(`t/${poll}/${digits(stamp)}/${key}`);
      return await showVote(tree, poll, author);
    }
    const row = await tree.loose.get(`e/${key}`) as PollRow | undefined;
    if (row === undefined) return;
    tree.loose.drop(`e/${key}`);
    await tree.delete(`p/${digits(row[1])}/${key}`);
    await oweVotes(tree, key);
  },
  async step(tree) {
    const [owed] = await tree.list({ from: "w/", to: `w/${END}`, limit: 1 });
    if (owed === undefined) return false;
    const poll = owed.key.slice(2);
    const from = owed.value === "" ? `t/${poll}/` : `${owed.value}!`;
    const votes = await tree.list({ from, to: `t/${poll}/${END}`, limit: STEP_ROWS });
    for (const voter of new Set(votes.map(({ value }) => value as PublicKeyHex))) {
      await showVote(tree, poll, voter);
    }
    if (votes.length < STEP_ROWS) await tree.delete(owed.key);
    else await tree.put(owed.key, votes[votes.length - 1].key);
    return true;
  },
};

const closePlace = (poll: string, author: PublicKeyHex, stamp: number, key: string): string =>
  `s/${poll}/${author}/${digits(stamp)}/${key}`;
const votePlace = (poll: string, author: PublicKeyHex, stamp: number, key: string): string =>
  `o/${poll}/${author}/${digits(stamp)}/${key}`;

/** Finds the end: the author's first closing, or the time that the poll names. */
async function showEnd(tree: Tree, key: string): Promise<void> {
  const row = await tree.loose.get(`e/${key}`) as PollRow | undefined;
  if (row === undefined) return;
  const [author, stamp, question, choices, many, until, before] = row;
  const from = `s/${key}/${author}/`;
  const [closed] = await tree.list({ from, to: from + END, limit: 1 });
  const closedAt = closed === undefined ? STAMP_END : parseInt(closed.key.split("/")[3], 16);
  const end = Math.min(closedAt, until === 0 ? STAMP_END : until);
  const now: PollRow = [author, stamp, question, choices, many, until, end, closed !== undefined];
  tree.loose.put(`e/${key}`, now);
  if (end !== before) await oweVotes(tree, key);
}

async function oweVotes(tree: Tree, poll: string): Promise<void> {
  const some = await tree.list({ from: `t/${poll}/`, to: `t/${poll}/${END}`, limit: 1 });
  if (some.length > 0) await tree.put(`w/${poll}`, "");
}

/** Counts a voter's last vote before the end: `n/<poll>/<voter>`, and `b/<poll>/<choice>/<voter>`. */
async function showVote(tree: Tree, poll: string, voter: PublicKeyHex): Promise<void> {
  const row = await tree.loose.get(`e/${poll}`) as PollRow | undefined;
  const counted = await tree.get(`n/${poll}/${voter}`) as readonly number[] | undefined ?? [];
  let choices: readonly number[] = [];
  if (row !== undefined) {
    const [, , , offered, many, , end] = row;
    const mine = `o/${poll}/${voter}/`;
    const [last] = await tree.list({ from: mine, to: mine + digits(end), limit: 1, reverse: true });
    const voted = last?.value as readonly number[] | undefined ?? [];
    if (voted.every((choice) => choice < offered.length) && (many || voted.length <= 1)) choices = voted;
  }
  for (const choice of counted) if (!choices.includes(choice)) await tree.delete(ballot(poll, choice, voter));
  for (const choice of choices) if (!counted.includes(choice)) await tree.put(ballot(poll, choice, voter), 0);
  if (choices.length > 0) await tree.put(`n/${poll}/${voter}`, choices);
  else await tree.delete(`n/${poll}/${voter}`);
}

/** Where a vote for a choice stands. */
export const ballot = (poll: string, choice: number, voter: string): string =>
  `b/${poll}/${String(choice).padStart(2, "0")}/${voter}`;
