/**
 * What a list's fold has made, to be shown.
 *
 * @module
 */
import { clusterOf } from "../clusters.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { END, type Row, type Tree } from "../tree.ts";
import type { Value } from "../page.ts";

/** Who last said what of a thing. */
export interface LastSaid {
  /** Who. */
  readonly author: PublicKeyHex;
  /** The register; `new` when nothing was said since it was made. */
  readonly register: string;
  /** When, by its stamp. */
  readonly stamp: number;
}

/** A list. */
export interface ListRow {
  /** Names it. */
  readonly key: string;
  /** Its name. */
  readonly name: string;
  /** Who made it. */
  readonly author: PublicKeyHex;
  /** When. */
  readonly stamp: number;
  /** Put away. */
  readonly archived: boolean;
  /** How many items it has. */
  readonly items: number;
  /** How many of them are done. */
  readonly done: number;
  /** What was last said of the list itself. */
  readonly last: LastSaid;
}

/** An item. */
export interface ItemRow {
  /** Names it. */
  readonly key: string;
  /** What it says. */
  readonly text: string;
  /** Checked. */
  readonly done: boolean;
  /** Whose it is; `""`: nobody's. */
  readonly assignee: PublicKeyHex | "";
  /** Who added it. */
  readonly author: PublicKeyHex;
  /** When. */
  readonly stamp: number;
  /** Its place, see rank.ts. */
  readonly rank: string;
  /** What was last said of it. */
  readonly last: LastSaid;
}

/** Something that was said of a list or an item. */
export interface Said {
  /** Names its message. */
  readonly key: string;
  /** Who. */
  readonly author: PublicKeyHex;
  /** The register: `done`, `gone`, `text`, `rank`, `who` or `away`. */
  readonly register: string;
  /** To what. */
  readonly value: Value;
  /** When, by its stamp. */
  readonly stamp: number;
}

/** Which rows of how many. */
export interface Part {
  /** Most rows. */
  readonly limit?: number;
  /** Rows to pass over. */
  readonly skip?: number;
}

/** The rows that were asked for, and how many there are. */
export interface Rows<T> {
  /** All of them. */
  readonly total: number;
  /** Those that were asked for. */
  readonly rows: readonly T[];
}

const under = (prefix: string) => ({ from: prefix, to: prefix + END });

/** Lists, in the order in which they were made. */
export async function listsOf(
  tree: Tree,
  { archived = false, ...part }: Part & { archived?: boolean } = {},
): Promise<Rows<ListRow>> {
  const all = under(archived ? "a/" : "l/");
  return {
    total: await tree.count(all.from, all.to),
    rows: (await tree.list({ ...all, ...part })).map(listRow),
  };
}

/** One list; undefined: it is not here, or was removed. */
export async function listOf(tree: Tree, key: string): Promise<ListRow | undefined> {
  const place = await placeOf(tree, key, "list");
  const value = place === undefined ? undefined : await tree.get(place);
  return value === undefined ? undefined : listRow({ key: place!, value });
}

/** The items of a list, in its order. */
export async function itemsOf(tree: Tree, list: string, part: Part = {}): Promise<Rows<ItemRow>> {
  const all = under(`v/${list}/`);
  return {
    total: await tree.count(all.from, all.to),
    rows: (await tree.list({ ...all, ...part })).map(itemRow),
  };
}

/** One item; undefined: it is not here, or was removed. */
export async function itemOf(
  tree: Tree,
  key: string,
): Promise<ItemRow & { readonly list: string } | undefined> {
  const place = await placeOf(tree, key, "item");
  const value = place === undefined ? undefined : await tree.get(place);
  return value === undefined ? undefined : { ...itemRow({ key: place!, value }), list: place!.split("/")[1] };
}

/** The list of an item, also of one that was removed; undefined: there is no such item. */
export async function listOfItem(tree: Tree, key: string): Promise<string | undefined> {
  const thing = await tree.loose.get(`e/${key}`) as readonly Value[] | undefined;
  return thing?.[0] === "item" ? thing[4] as string : undefined;
}

/** All that was said of a list or an item, by stamp, whether it holds or not; the newest `limit`. */
export async function saidOf(tree: Tree, key: string, limit = 1000): Promise<Said[]> {
  const rows = await clusterOf(tree, key);
  return rows.map(({ key: place, value }): Said => {
    const [, , register, stamp, key] = place.split("/");
    const [author, said] = value as [PublicKeyHex, Value];
    return { key, author, register, value: said, stamp: parseInt(stamp, 16) };
  }).sort((a, b) => a.stamp - b.stamp || (a.key < b.key ? -1 : 1)).slice(-limit);
}

/**
 * Between which places an item goes.
 * @param to  `before` or `after` another item, or at the `top` or the `bottom`.
 * @returns The places around it, `""` for none; undefined: that other item is not in this list.
 */
export async function gapIn(
  tree: Tree,
  list: string,
  to: { readonly at: "top" | "bottom" } | { readonly at: "before" | "after"; readonly item: string },
): Promise<readonly [low: string, high: string] | undefined> {
  const all = under(`v/${list}/`);
  if (!("item" in to)) {
    const [row] = await tree.list({ ...all, limit: 1, reverse: to.at === "bottom" });
    const rank = row === undefined ? "" : rankIn(row.key);
    return to.at === "top" ? ["", rank] : [rank, ""];
  }
  const place = await placeOf(tree, to.item, "item");
  if (place === undefined || !place.startsWith(all.from)) return undefined;
  const other = rankIn(place);
  // Those that were put into the same place by two at once lie together: there is no place between them.
  const [next] = to.at === "before"
    ? await tree.list({ ...all, to: `v/${list}/${other}/`, limit: 1, reverse: true })
    : await tree.list({ ...all, from: `v/${list}/${other}/${END}`, limit: 1 });
  const edge = next === undefined ? "" : rankIn(next.key);
  return to.at === "before" ? [edge, other] : [other, edge];
}

const rankIn = (place: string): string => place.split("/")[2];

async function placeOf(tree: Tree, key: string, kind: "list" | "item"): Promise<string | undefined> {
  const thing = await tree.loose.get(`e/${key}`) as readonly Value[] | undefined;
  const place = thing?.[0] === kind ? thing[thing.length - 1] as string : "";
  return place === "" ? undefined : place;
}

function listRow({ key: place, value }: Row): ListRow {
  const [name, author, by, register, at, items, done] = value as [
    string,
    string,
    string,
    string,
    number,
    number,
    number,
  ];
  const [shelf, stamp, key] = place.split("/");
  return {
    key,
    name,
    author,
    stamp: parseInt(stamp, 16),
    archived: shelf === "a",
    items,
    done,
    last: { author: by, register, stamp: at },
  };
}

function itemRow({ key: place, value }: Row): ItemRow {
  const [text, done, assignee, author, stamp, by, register, at] = value as [
    string,
    boolean,
    string,
    string,
    number,
    string,
    string,
    number,
  ];
  const [, , rank, key] = place.split("/");
  return { key, text, done, assignee, author, stamp, rank, last: { author: by, register, stamp: at } };
}
