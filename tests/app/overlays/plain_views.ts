/**
 * What lists, bulletins and polls are of a set of messages, the slow way: everything is looked for in all of
 * them, nothing is kept. It knows `lib/overlay/README.md`, and of the program only how a frame is read.
 *
 * @module
 */
import type { Entry } from "../../../lib/overlay/entry.ts";
import { readListAction } from "../../../lib/overlay/folds/list.ts";
import { readPollAction } from "../../../lib/overlay/folds/poll.ts";
import { BULLETIN, LIST, POLL } from "../../../lib/overlay/frame.ts";
import { timeText } from "../../../lib/app/overlays/overlay_views.ts";

/** What a conversation has for one of its readers. */
export interface Seen {
  /** All messages that count, each key once. */
  readonly entries: readonly Entry[];
  /** When it is, milliseconds since 1970. */
  readonly nowMs: number;
  /** Who decides. */
  readonly admins: readonly string[];
  /** Up to where the reader has read threads, by their roots. */
  readonly marks: ReadonlyMap<string, number>;
}

/** A row as surfaces see it. */
export type Row = Record<string, unknown>;

/** By stamp, then key. */
export const bySaid = (a: Entry, b: Entry): number => a.stamp - b.stamp || (a.key < b.key ? -1 : 1);
/** By a text. */
export const inOrder = <T>(of: (one: T) => string) => (a: T, b: T): number => of(a) < of(b) ? -1 : 1;
const digits = (number: number, length: number): string => number.toString(16).padStart(length, "0");

const REGISTERS: Readonly<Record<string, string>> = {
  done: "done",
  undone: "done",
  remove: "gone",
  restore: "gone",
  rename: "text",
  move: "rank",
  assign: "who",
  archive: "away",
  unarchive: "away",
};

interface Thing {
  readonly is: "list" | "item";
  readonly entry: Entry;
  readonly text: string;
  readonly of: Readonly<Record<string, Entry | undefined>>;
}

/** Lists and items, and what holds of each. */
function thingsOf({ entries }: Seen): Thing[] {
  const said = entries.filter(({ overlay }) => overlay === LIST);
  return said.flatMap((entry) => {
    const action = readListAction(entry.data);
    const is = action?.a === "new" ? "list" : "item";
    if (action?.a !== "new" && action?.a !== "add") return [];
    if (is === "list" ? entry.parent !== undefined : !entry.parent) return [];
    const about = said.filter((one) => one.parent === entry.key).sort(bySaid);
    const last = (register: string): Entry | undefined =>
      about.findLast((one) => REGISTERS[readListAction(one.data)?.a ?? ""] === register);
    const of = Object.fromEntries(
      ["done", "gone", "text", "rank", "who", "away"].map((name) => [name, last(name)]),
    );
    return [{ is, entry, of, text: action.a === "new" ? action.l : action.i }];
  });
}

const actionOf = (entry: Entry | undefined): string | undefined => entry && readListAction(entry.data)?.a;
const isGone = ({ of }: Thing): boolean => actionOf(of.gone) === "remove";
const isDone = ({ of }: Thing): boolean => actionOf(of.done) === "done";

function valueOf(entry: Entry): string | boolean {
  const action = readListAction(entry.data)!;
  if (action.a === "rename") return action.i;
  if (action.a === "move") return action.r;
  if (action.a === "assign") return action.w;
  return ["done", "remove", "archive"].includes(action.a);
}

function lastOf({ entry, of }: Thing): Row {
  let last = { author: entry.author, what: "new", stamp: entry.stamp };
  for (const [what, one] of Object.entries(of)) {
    if (one !== undefined && one.stamp >= last.stamp) {
      last = { author: one.author, what, stamp: one.stamp };
    }
  }
  return { author: last.author, what: last.what, ts: timeText(last.stamp) };
}

const textOf = ({ of, text }: Thing): string => of.text === undefined ? text : valueOf(of.text) as string;

/** Lists, put away or not, in the order in which they were made. */
export function lists(seen: Seen, archived: boolean): Row[] {
  const things = thingsOf(seen);
  return things.filter((one) => one.is === "list" && !isGone(one))
    .filter(({ of }) => (actionOf(of.away) === "archive") === archived)
    .sort((a, b) => bySaid(a.entry, b.entry))
    .map((one) => {
      const items = things.filter(({ is, entry }) => is === "item" && entry.parent === one.entry.key)
        .filter((item) => !isGone(item));
      return {
        id: one.entry.key,
        name: textOf(one),
        author: one.entry.author,
        ts: timeText(one.entry.stamp),
        archived,
        items: items.length,
        done: items.filter(isDone).length,
        last: lastOf(one),
      };
    });
}

/** The items of a list, in its order. */
export function items(seen: Seen, list: string): Row[] {
  const rankOf = ({ of, entry }: Thing): string =>
    of.rank === undefined ? `${digits(entry.stamp, 13)}8` : valueOf(of.rank) as string;
  return thingsOf(seen).filter((one) => one.is === "item" && one.entry.parent === list && !isGone(one))
    .sort(inOrder((one) => `${rankOf(one)}/${one.entry.key}`))
    .map((one) => {
      const assignee = one.of.who === undefined ? "" : valueOf(one.of.who);
      return {
        id: one.entry.key,
        text: textOf(one),
        done: isDone(one),
        ...(assignee === "" ? {} : { assignee }),
        author: one.entry.author,
        ts: timeText(one.entry.stamp),
        last: lastOf(one),
      };
    });
}

/** All that was said of a list or an item. */
export function said({ entries }: Seen, id: string): Row[] {
  return entries.filter(({ overlay, parent }) => overlay === LIST && parent === id)
    .filter((one) => actionOf(one)! in REGISTERS).sort(bySaid)
    .map((one) => ({
      author: one.author,
      what: REGISTERS[actionOf(one)!],
      value: valueOf(one),
      ts: timeText(one.stamp),
    }));
}

interface Post {
  readonly entry: Entry;
  readonly root: Entry;
  readonly depth: number;
  /** The position from which on it could be seen. */
  readonly seenAt: number;
}

const CHANGES = ["edit", "withdraw", "pin", "unpin"];
const isChange = ({ extra: { a } }: Entry): boolean => CHANGES.includes(a as string);
const endIn = ({ extra: { x } }: Entry): number =>
  typeof x === "bigint" && x > 0n && x < 2n ** 52n ? Number(x) : 0;

/** Posts and answers that hang together with a post. */
function postsOf({ entries }: Seen): Post[] {
  const all = new Map(
    entries.filter((one) => one.overlay === BULLETIN && !isChange(one) && one.parent !== "")
      .map((one) => [one.key, one]),
  );
  return [...all.values()].flatMap((entry) => {
    let [root, depth, seenAt] = [entry, 0, entry.position];
    while (root.parent !== undefined) {
      const above = all.get(root.parent);
      if (above === undefined) return [];
      [root, depth, seenAt] = [above, depth + 1, Math.max(seenAt, above.position)];
    }
    return [{ entry, root, depth, seenAt }];
  });
}

function postRow({ entries }: Seen, { entry, depth }: Post): Row & { end: number } {
  const edit = entries.filter(({ overlay, parent, author, extra: { a } }) =>
    overlay === BULLETIN && parent === entry.key && author === entry.author &&
    (a === "edit" || a === "withdraw")
  ).sort(bySaid).at(-1);
  const now = edit ?? entry;
  const end = endIn(now);
  return {
    id: entry.key,
    author: entry.author,
    ts: timeText(entry.stamp),
    ...(edit?.extra.a === "withdraw" ? {} : { text: now.data }),
    ...(edit === undefined ? {} : { edited: timeText(edit.stamp) }),
    ...(end === 0 ? {} : { expires: timeText(end) }),
    ...(entry.parent === undefined ? {} : { parent: entry.parent }),
    depth,
    end,
  };
}

/** Posts, the one that grew last first. */
export function threads(seen: Seen, expired?: boolean): Row[] {
  const posts = postsOf(seen);
  return posts.filter(({ entry, root }) => entry === root).map((post) => {
    const key = post.entry.key;
    const all = posts.filter(({ root }) => root === post.entry);
    const readTo = seen.marks.get(key) ?? 0;
    const last = all.filter((one) => one !== post).map(({ entry }) => entry).sort(bySaid).at(-1);
    const { end, ...row } = postRow(seen, post);
    return {
      grewAt: Math.max(...all.map(({ seenAt }) => seenAt)),
      row: {
        ...row,
        replies: all.length - 1,
        unread: all.filter(({ entry, seenAt }) => !entry.own && seenAt > readTo).length,
        expired: end !== 0 && end <= seen.nowMs,
        lastTs: timeText((last ?? post.entry).stamp),
      },
    };
  }).sort((a, b) => b.grewAt - a.grewAt).map(({ row }) => row)
    .filter((row) => expired === undefined || row.expired === expired);
}

/** The answers in a thread by their times. */
export function replies(seen: Seen, root: string): Row[] {
  return postsOf(seen).filter((post) => post.root.key === root && post.entry !== post.root)
    .sort((a, b) => bySaid(a.entry, b.entry))
    .map((post) => {
      const { end: _end, ...row } = postRow(seen, post);
      return row;
    });
}

/** Posts that somebody has pinned whose pins count, in no order. */
export function pinned(seen: Seen): string[] {
  const roots = postsOf(seen).filter(({ entry, root }) => entry === root).map(({ entry }) => entry.key);
  return roots.filter((key) =>
    seen.admins.some((admin) => {
      const pins = seen.entries.filter(({ overlay, parent, author, extra: { a } }) =>
        overlay === BULLETIN && parent === key && author === admin && (a === "pin" || a === "unpin")
      );
      return pins.sort(bySaid).at(-1)?.extra.a === "pin";
    })
  ).sort();
}

/** Polls, newest first. */
export function polls({ entries, nowMs }: Seen): Row[] {
  const all = entries.filter(({ overlay }) => overlay === POLL);
  return all.sort(bySaid).reverse().flatMap((poll) => {
    const asked = readPollAction(poll.data);
    if (asked?.a !== "new" || poll.parent !== undefined) return [];
    const about = all.filter(({ parent }) => parent === poll.key).sort(bySaid);
    const closed = about.find((one) => one.author === poll.author && readPollAction(one.data)?.a === "close");
    const end = Math.min(closed?.stamp ?? Infinity, asked.u || Infinity);
    const votes = new Map<string, readonly number[]>();
    for (const vote of about) {
      const action = readPollAction(vote.data);
      if (action?.a !== "vote" || vote.stamp >= end) continue;
      const fits = action.v.every((one) => one < asked.c.length) && (asked.m || action.v.length <= 1);
      votes.set(vote.author, fits ? action.v : []);
    }
    const choices = asked.c.map((text, choice) => {
      const voters = [...votes].filter(([, taken]) => taken.includes(choice)).map(([who]) => who).sort();
      return { text, votes: voters.length, voters };
    });
    return [{
      id: poll.key,
      author: poll.author,
      ts: timeText(poll.stamp),
      question: asked.q,
      choices,
      many: asked.m,
      voters: [...votes.values()].filter(({ length }) => length > 0).length,
      ...(asked.u === 0 ? {} : { until: timeText(asked.u) }),
      over: closed !== undefined || asked.u !== 0 && asked.u <= nowMs,
    }];
  });
}
