/**
 * Rows that belong to a thing, such as all that was said of it: a few lie together in one loose row, more in the tree.
 * Which of the two follows from their number, so the same rows are the same bytes in whatever order they came and went.
 *
 * @see lib/overlay/README.md "Pages"
 * @module
 */
import type { Value } from "./page.ts";
import { END, type Row, type Tree } from "./tree.ts";

/** So many are few: with the longest of texts they are 30 KiB. */
const FEW = 16;

/** The rows in order, or how many lie in the tree. */
type Kept = readonly (readonly [key: string, value: Value])[] | number;

/** Where rows of a thing lie, all of them or the loose one. */
export const clusterName = (thing: string): string => `o/${thing}`;

/** Keeps a row of a thing. */
export async function putInCluster(tree: Tree, thing: string, key: string, value: Value): Promise<void> {
  const kept = await keptOf(tree, thing);
  if (typeof kept === "number") {
    const isNew = await tree.get(placeIn(thing, key)) === undefined;
    await tree.put(placeIn(thing, key), value);
    if (isNew) tree.loose.put(clusterName(thing), kept + 1);
    return;
  }
  const rows = [...kept.filter(([other]) => other !== key), [key, value] as const].sort(byKey);
  if (rows.length <= FEW) return tree.loose.put(clusterName(thing), rows);
  for (const [one, value] of rows) await tree.put(placeIn(thing, one), value);
  tree.loose.put(clusterName(thing), rows.length);
}

/** Drops a row of a thing, if it is there. */
export async function dropFromCluster(tree: Tree, thing: string, key: string): Promise<void> {
  const kept = await keptOf(tree, thing);
  if (typeof kept !== "number") return keepFew(tree, thing, kept.filter(([other]) => other !== key));
  if (!await tree.delete(placeIn(thing, key))) return;
  if (kept - 1 > FEW) return tree.loose.put(clusterName(thing), kept - 1);
  const rows = await rowsIn(tree, thing);
  for (const row of rows) await tree.delete(row.key);
  keepFew(tree, thing, rows.map((row) => [row.key.slice(placeIn(thing, "").length), row.value]));
}

/** All rows of a thing, in order; their keys begin with its name. */
export async function clusterOf(tree: Tree, thing: string): Promise<Row[]> {
  const kept = await keptOf(tree, thing);
  if (typeof kept === "number") return await rowsIn(tree, thing);
  return kept.map(([key, value]) => ({ key: placeIn(thing, key), value }));
}

/** The last row of those of a thing whose key begins with a text. */
export async function lastOfCluster(tree: Tree, thing: string, prefix: string): Promise<Row | undefined> {
  const kept = await keptOf(tree, thing);
  if (typeof kept === "number") return await tree.last(placeIn(thing, prefix));
  const last = kept.findLast(([key]) => key.startsWith(prefix));
  return last && { key: placeIn(thing, last[0]), value: last[1] };
}

const placeIn = (thing: string, key: string): string => `${clusterName(thing)}/${key}`;

const keptOf = async (tree: Tree, thing: string): Promise<Kept> =>
  await tree.loose.get(clusterName(thing)) as Kept | undefined ?? [];

const rowsIn = (tree: Tree, thing: string): Promise<Row[]> =>
  tree.list({ from: placeIn(thing, ""), to: placeIn(thing, END) });

function keepFew(tree: Tree, thing: string, rows: readonly (readonly [string, Value])[]): void {
  if (rows.length === 0) tree.loose.drop(clusterName(thing));
  else tree.loose.put(clusterName(thing), rows);
}

const byKey = ([one]: readonly [string, Value], [other]: readonly [string, Value]): number =>
  one < other ? -1 : 1;
