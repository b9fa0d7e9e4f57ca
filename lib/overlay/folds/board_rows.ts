/**
 * What a bulletin's fold has made, to be shown.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { digits } from "../entry.ts";
import { END, type Row, type Tree } from "../tree.ts";
import type { Part, Rows } from "./list_rows.ts";

/** A post or a reply. */
export interface PostRow {
  /** Names it. */
  readonly key: string;
  /** Who wrote it. */
  readonly author: PublicKeyHex;
  /** When, by its stamp. */
  readonly stamp: number;
  /** Its text, or the beginning of it; undefined: its author has withdrawn it. */
  readonly text: string | undefined;
  /** Whether more of it is in the message at {@link PostRow.position}. */
  readonly isCut: boolean;
  /** Where the message with its text lies. */
  readonly position: number;
  /** When it was last edited or withdrawn, by its stamp; undefined: never. */
  readonly edited: number | undefined;
  /** When it is over, milliseconds since 1970; undefined: never. */
  readonly expires: number | undefined;
  /** What it answers; undefined for a post. */
  readonly parent: string | undefined;
  /** How many it answers in turn; 0 for a post. */
  readonly depth: number;
}

/** A post with its thread. */
export interface ThreadRow extends PostRow {
  /** How many answers there are, of any depth. */
  readonly replies: number;
  /** How many of others the user has not read, the post included. */
  readonly unread: number;
  /** The stamp of its last answer, or its own. */
  readonly lastStamp: number;
  /** At which position of the conversation it last grew. */
  readonly grewAt: number;
  /** Whether its time is over. */
  readonly isExpired: boolean;
}

const under = (prefix: string) => ({ from: prefix, to: prefix + END });

/** Posts, the one that grew last first. @param part.expired  Those whose time is over. */
export async function threadsOf(
  tree: Tree,
  { expired = false, ...part }: Part & { expired?: boolean } = {},
): Promise<Rows<ThreadRow>> {
  const all = under(expired ? "z/" : "r/");
  const rows = await tree.list({ ...all, ...part, reverse: true });
  return { total: await tree.count(all.from, all.to), rows: rows.map(threadRow) };
}

/** The answers in a thread by their stamps. @param part.newest  From the newest down. */
export async function repliesOf(
  tree: Tree,
  root: string,
  { newest = false, ...part }: Part & { newest?: boolean } = {},
): Promise<Rows<PostRow>> {
  const all = under(`t/${root}/`);
  const rows = await tree.list({ ...all, ...part, reverse: newest });
  return { total: await tree.count(all.from, all.to), rows: rows.map(postRow) };
}

/** One post or reply, and the thread that it is in; undefined: it is not shown. */
export async function postRowOf(
  tree: Tree,
  key: string,
): Promise<{ readonly root: string; readonly row: PostRow | ThreadRow } | undefined> {
  const post = await tree.loose.get(`e/${key}`) as readonly (string | number)[] | undefined;
  if (post === undefined || post[7] === "") return undefined;
  const [root, grewAt, shelf] = [post[7] as string, post[10] as number, post[11] as string];
  const place = root === key
    ? `${shelf[0]}/${grewAt.toString(16).padStart(10, "0")}/${key}`
    : `t/${root}/${digits(post[1] as number)}/${key}`;
  const value = await tree.get(place);
  if (value === undefined) return undefined;
  return { root, row: root === key ? threadRow({ key: place, value }) : postRow({ key: place, value }) };
}

/** The posts that are there and some have pinned, the last pinned first. @param by  Those whose pins count. */
export async function pinnedOf(tree: Tree, by: Iterable<PublicKeyHex>): Promise<ThreadRow[]> {
  const pins = new Map<string, number>();
  for (const author of by) {
    for (const { key, value } of await tree.list({ ...under(`q/${author}/`), limit: MAX_LISTED })) {
      const target = key.split("/")[2];
      pins.set(target, Math.max(pins.get(target) ?? 0, value as number));
    }
  }
  const found: ThreadRow[] = [];
  for (const [key] of [...pins].sort(([, a], [, b]) => b - a)) {
    const post = await postRowOf(tree, key);
    if (post !== undefined && post.root === key) found.push(post.row as ThreadRow);
    if (found.length === MAX_PINS) break;
  }
  return found;
}

/** More pins than a reader looks through. */
const MAX_PINS = 20;
/**
 * Pins of one author that are looked at, also those of posts that are gone: they lie by the posts' hashes, so that the
 * newest are known when all are. More are a flood, of somebody whose pins count.
 */
const MAX_LISTED = 1000;

type Cells = [
  string,
  number,
  string | null,
  boolean,
  number,
  number,
  number,
  string,
  number,
  number,
  number,
  boolean,
  number,
];

function postRow({ key: place, value }: Row): PostRow {
  const [author, stamp, text, isCut, position, edited, expires, parent, depth] = value as unknown as Cells;
  return {
    key: place.slice(place.lastIndexOf("/") + 1),
    author,
    stamp,
    text: text ?? undefined,
    isCut,
    position,
    edited: edited || undefined,
    expires: expires || undefined,
    parent: parent || undefined,
    depth,
  };
}

function threadRow(row: Row): ThreadRow {
  const [, , , , , , , , , replies, unread, isNew, lastStamp] = row.value as unknown as Cells;
  const [shelf, grewAt] = row.key.split("/");
  return {
    ...postRow(row),
    replies,
    unread: unread + (isNew ? 1 : 0),
    lastStamp,
    grewAt: parseInt(grewAt, 16),
    isExpired: shelf === "z",
  };
}
