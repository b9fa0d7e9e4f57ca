/**
 * Bulletins: posts, replies to any depth, edits and pins. A post is shown once it hangs together with one that has no
 * parent; a thread is everything that hangs on such a post.
 *
 * @see lib/overlay/README.md "Bulletins"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { clusterName, dropFromCluster, lastOfCluster, putInCluster } from "../clusters.ts";
import { cut, digits, type Entry, stampIn } from "../entry.ts";
import { type Fold, STEP_ROWS } from "../fold.ts";
import { BULLETIN } from "../frame.ts";
import { place } from "../positions.ts";
import { END, type Tree } from "../tree.ts";

/** Characters of a post that its row keeps; the rest is read from its message. */
export const POST_CHARS = 280;

/** What a frame of a bulletin is, by its member `a`. */
export type BoardAction = "post" | "edit" | "withdraw" | "pin" | "unpin";

/** What is known of a post: `e/<key>`. */
interface Post {
  readonly author: PublicKeyHex;
  readonly stamp: number;
  readonly own: boolean;
  readonly position: number;
  /** `""`: none. */
  readonly parent: string;
  readonly text: string;
  readonly expires: number;
  /** `""`: it hangs on nothing that is here. */
  root: string;
  depth: number;
  /** When it could be seen first: the greatest position between it and its root. */
  seenAt: number;
  /** Of a root: when its thread last grew. */
  grewAt: number;
  /** Of a root: `r` or, expired, `z`. */
  shelf: string;
}

/** What an author made of a post: `[text, is cut, expires, position]`; text null: withdrawn. */
type Edit = readonly [text: string | null, isCut: boolean, expires: number, position: number];

/** What the frame says to be. */
const boardActionOf = ({ a }: Entry["extra"]): BoardAction =>
  a === "edit" || a === "withdraw" || a === "pin" || a === "unpin" ? a : "post";

/** Bulletins as rows; keys and values stand in README.md. */
export const boardFold: Fold = {
  overlay: BULLETIN,
  async looseOf(tree, key) {
    const said = await tree.loose.get(`m/${key}`) as [string] | undefined;
    return [clusterName(said?.[0] ?? key), `e/${key}`, `m/${key}`];
  },
  async take(tree, entry, nowMs) {
    const action = boardActionOf(entry.extra);
    if (action === "post") return await takePost(tree, entry, nowMs);
    const { key, author, stamp, parent, data, position } = entry;
    if (parent === undefined || parent === "") return;
    const isPin = action === "pin" || action === "unpin";
    const register = isPin ? "pin" : "text";
    const edit: Edit = [
      action === "withdraw" ? null : cut(data, POST_CHARS),
      data.length > POST_CHARS,
      stampIn(entry.extra.x) ?? 0,
      position,
    ];
    tree.loose.put(`m/${key}`, [parent, register, author, stamp]);
    const saying = placeOf(register, author, stamp, key);
    await putInCluster(tree, parent, saying, isPin ? action === "pin" : edit);
    await (isPin ? showPin(tree, parent, author) : showPost(tree, parent, nowMs));
  },
  async drop(tree, key, nowMs) {
    const said = await tree.loose.get(`m/${key}`) as [string, string, PublicKeyHex, number] | undefined;
    if (said !== undefined) {
      const [target, register, author, stamp] = said;
      tree.loose.drop(`m/${key}`);
      await dropFromCluster(tree, target, placeOf(register, author, stamp, key));
      return await (register === "pin" ? showPin(tree, target, author) : showPost(tree, target, nowMs));
    }
    const post = await postOf(tree, key);
    if (post === undefined) return;
    if (post.parent !== "") await tree.delete(childPlace(key, post));
    if (post.root !== "") await loosen(tree, key, post, nowMs);
    tree.loose.drop(`e/${key}`);
  },
  async step(tree, nowMs) {
    const [owed] = await tree.list({ from: "w/", to: `w/${END}`, limit: 1 });
    if (owed !== undefined) {
      await settleChildren(tree, owed.key.slice(2), owed.value as string, nowMs);
      return true;
    }
    const expired = await tree.list({ from: "x/", to: `x/${digits(nowMs + 1)}`, limit: STEP_ROWS });
    for (const { key } of expired) await showPost(tree, key.split("/")[2], nowMs);
    return expired.length > 0;
  },
};

/** The user has read a thread as far as it lies at or before a position. Not a message: a rebuilt tree is told it again. */
export async function markThread(tree: Tree, root: string, position: number, nowMs: number): Promise<void> {
  if ((await tree.get(`k/${root}`) as number | undefined ?? 0) >= position) return;
  await tree.put(`k/${root}`, position);
  await showPost(tree, root, nowMs);
}

/** All marks: root and position. */
export const marksOf = async (tree: Tree): Promise<[string, number][]> =>
  (await tree.list({ from: "k/", to: `k/${END}` })).map(({ key, value }) => [key.slice(2), value as number]);

async function takePost(tree: Tree, entry: Entry, nowMs: number): Promise<void> {
  const { key, author, stamp, own, position, parent = "" } = entry;
  if (entry.parent === "") return; // what it answers can't be here
  const post: Post = {
    author,
    stamp,
    own,
    position,
    parent,
    text: entry.data,
    expires: stampIn(entry.extra.x) ?? 0,
    root: "",
    depth: 0,
    seenAt: 0,
    grewAt: 0,
    shelf: "",
  };
  keepPost(tree, key, post);
  if (parent !== "") await tree.put(childPlace(key, post), 0);
  await fasten(tree, key, post, nowMs);
}

/** Shows a post when what it hangs on is shown; its children follow in steps. */
async function fasten(tree: Tree, key: string, post: Post, nowMs: number): Promise<void> {
  const above = post.parent === "" ? undefined : await postOf(tree, post.parent);
  if (post.parent !== "" && (above === undefined || above.root === "")) return;
  post.root = above?.root ?? key;
  post.depth = above === undefined ? 0 : above.depth + 1;
  post.seenAt = Math.max(post.position, above?.seenAt ?? 0);
  post.grewAt = above === undefined ? post.seenAt : 0;
  keepPost(tree, key, post);
  if (above !== undefined) {
    await tree.put(seenPlace(key, post), 0);
  }
  await showPost(tree, key, nowMs);
  if (above !== undefined) await showGrowth(tree, post.root, nowMs);
  await oweChildren(tree, key);
}

/** Hides a post; its children follow in steps. */
async function loosen(tree: Tree, key: string, post: Post, nowMs: number): Promise<void> {
  const { root } = post;
  if (root === key) await takeOffShelf(tree, key, post);
  else {
    await tree.delete(`t/${root}/${digits(post.stamp)}/${key}`);
    await tree.delete(seenPlace(key, post));
  }
  post.root = post.shelf = "";
  post.depth = post.seenAt = post.grewAt = 0;
  keepPost(tree, key, post);
  if (root !== key) await showGrowth(tree, root, nowMs);
  await oweChildren(tree, key);
}

async function oweChildren(tree: Tree, key: string): Promise<void> {
  const some = await tree.list({ from: `c/${key}/`, to: `c/${key}/${END}`, limit: 1 });
  if (some.length > 0) await tree.put(`w/${key}`, "");
}

/** Some children of a post become as it is, shown or not. */
async function settleChildren(tree: Tree, key: string, behind: string, nowMs: number): Promise<void> {
  const above = await postOf(tree, key);
  const isShown = above !== undefined && above.root !== "";
  const from = behind === "" ? `c/${key}/` : `${behind}!`;
  const children = await tree.list({ from, to: `c/${key}/${END}`, limit: STEP_ROWS });
  for (const row of children) {
    const child = row.key.split("/")[3];
    const post = await postOf(tree, child);
    if (post === undefined || (post.root !== "") === isShown) continue;
    await (isShown ? fasten : loosen)(tree, child, post, nowMs);
  }
  if (children.length < STEP_ROWS) await tree.delete(`w/${key}`);
  else await tree.put(`w/${key}`, children[children.length - 1].key);
}

/** The thread of a root has grown, or shrunk. */
async function showGrowth(tree: Tree, root: string, nowMs: number): Promise<void> {
  const post = await postOf(tree, root);
  if (post === undefined || post.root !== root) return;
  const lasts = [await tree.last(`y/${root}/`), await tree.last(`u/${root}/`)];
  const grewAt = Math.max(
    post.seenAt,
    ...lasts.map((last) => last === undefined ? 0 : parseInt(last.key.split("/")[2], 16)),
  );
  if (grewAt !== post.grewAt) {
    await takeOffShelf(tree, root, post);
    post.shelf = "";
    post.grewAt = grewAt;
    keepPost(tree, root, post);
  }
  await showPost(tree, root, nowMs);
}

/** Writes the row of a post that is shown. */
async function showPost(tree: Tree, key: string, nowMs: number): Promise<void> {
  const post = await postOf(tree, key);
  if (post === undefined || post.root === "") return;
  const last = await lastOfCluster(tree, key, `text/${post.author}/`);
  const first: Edit = [
    cut(post.text, POST_CHARS),
    post.text.length > POST_CHARS,
    post.expires,
    post.position,
  ];
  const edit = last?.value as Edit | undefined ?? first;
  const edited = last === undefined ? 0 : parseInt(last.key.split("/")[4], 16);
  const [text, isCut, expires, position] = edit;
  const { author, stamp, parent, depth } = post;
  const row = [author, stamp, text, isCut, position, edited, expires, parent, depth];
  if (post.root !== key) return await tree.put(`t/${post.root}/${digits(post.stamp)}/${key}`, row);
  const shelf = `${expires !== 0 && expires <= nowMs ? "z" : "r"}/${digits(expires)}`;
  if (shelf !== post.shelf) {
    await takeOffShelf(tree, key, post);
    post.shelf = shelf;
    keepPost(tree, key, post);
    if (shelf[0] === "r" && expires !== 0) await tree.put(`x/${digits(expires)}/${key}`, 0);
  }
  const replies = await tree.count(`t/${key}/`, `t/${key}/${END}`);
  const readTo = await tree.get(`k/${key}`) as number | undefined ?? 0;
  const unread = await tree.count(`u/${key}/${place(readTo + 1)}`, `u/${key}/${END}`);
  const isNew = !post.own && readTo < post.seenAt;
  const newest = await tree.last(`t/${key}/`);
  const lastStamp = newest === undefined ? post.stamp : parseInt(newest.key.split("/")[2], 16);
  await tree.put(shelfPlace(key, post), [...row, replies, unread, isNew, lastStamp]);
}

async function takeOffShelf(tree: Tree, key: string, post: Post): Promise<void> {
  if (post.shelf === "") return;
  await tree.delete(shelfPlace(key, post));
  await tree.delete(`x/${post.shelf.slice(2)}/${key}`);
}

/** Those that an author has pinned; whether it may is for the reader to know. */
async function showPin(tree: Tree, target: string, author: PublicKeyHex): Promise<void> {
  const last = await lastOfCluster(tree, target, `pin/${author}/`);
  if (last?.value === true) await tree.put(`q/${author}/${target}`, parseInt(last.key.split("/")[4], 16));
  else await tree.delete(`q/${author}/${target}`);
}

const seenPlace = (key: string, { own, root, seenAt }: Post): string =>
  `${own ? "y" : "u"}/${root}/${place(seenAt)}/${key}`;
const shelfPlace = (key: string, { shelf, grewAt }: Post): string => `${shelf[0]}/${place(grewAt)}/${key}`;
const childPlace = (key: string, { parent, stamp }: Post): string => `c/${parent}/${digits(stamp)}/${key}`;
const placeOf = (register: string, author: string, stamp: number, key: string): string =>
  `${register}/${author}/${digits(stamp)}/${key}`;

function keepPost(tree: Tree, key: string, post: Post): void {
  tree.loose.put(`e/${key}`, [
    post.author,
    post.stamp,
    post.own,
    post.position,
    post.parent,
    cut(post.text, POST_CHARS + 1),
    post.expires,
    post.root,
    post.depth,
    post.seenAt,
    post.grewAt,
    post.shelf,
  ]);
}

async function postOf(tree: Tree, key: string): Promise<Post | undefined> {
  const row = await tree.loose.get(`e/${key}`) as [
    PublicKeyHex,
    number,
    boolean,
    number,
    string,
    string,
    number,
    string,
    number,
    number,
    number,
    string,
  ] | undefined;
  if (row === undefined) return undefined;
  const [author, stamp, own, position, parent, text, expires, root, depth, seenAt, grewAt, shelf] = row;
  return { author, stamp, own, position, parent, text, expires, root, depth, seenAt, grewAt, shelf };
}
