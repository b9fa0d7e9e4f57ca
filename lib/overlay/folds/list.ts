/**
 * Lists: each thing that can be said of a list or an item is a register, and the last one said holds.
 *
 * @see lib/overlay/README.md "Lists"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { parseGoObject } from "../../wire/go_json.ts";
import { clusterName, dropFromCluster, lastOfCluster, putInCluster } from "../clusters.ts";
import { digits, type Entry } from "../entry.ts";
import type { Fold } from "../fold.ts";
import { LIST } from "../frame.ts";
import type { Value } from "../page.ts";
import { isRank, rankOf } from "../rank.ts";
import { END, type Tree } from "../tree.ts";

/** Characters of a name or an item. */
export const MAX_ITEM_CHARS = 500;

/** What is said in a list. */
export type ListAction =
  | { readonly a: "new"; readonly l: string }
  | { readonly a: "add"; readonly i: string }
  | { readonly a: "done" | "undone" | "remove" | "restore" | "archive" | "unarchive" }
  | { readonly a: "rename"; readonly i: string }
  | { readonly a: "move"; readonly r: string }
  | { readonly a: "assign"; readonly w: PublicKeyHex | "" };

/** The registers of a list and of an item. */
type Register = "done" | "gone" | "text" | "rank" | "who" | "away";

const KEY = /^0[23][0-9a-f]{64}$/;

/** Reads the data of a frame. @returns undefined when it is no action. */
export function readListAction(data: string): ListAction | undefined {
  const { a, l, i, r, w } = (parseGoObject(data) ?? {}) as Record<string, unknown>;
  switch (a) {
    case "new":
      return isText(l) ? { a, l } : undefined;
    case "add":
      return isText(i) ? { a, i } : undefined;
    case "rename": {
      const text = i ?? l;
      return isText(text) ? { a, i: text } : undefined;
    }
    case "move":
      return typeof r === "string" && isRank(r) ? { a, r } : undefined;
    case "assign":
      return typeof w === "string" && (w === "" || KEY.test(w)) ? { a, w } : undefined;
    case "done":
    case "undone":
    case "remove":
    case "restore":
    case "archive":
    case "unarchive":
      return { a };
    default:
      return undefined;
  }
}

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.trim() !== "" && value.length <= MAX_ITEM_CHARS;

/** The register that an action sets, and to what. */
function registerOf(action: ListAction): readonly [Register, Value] | undefined {
  switch (action.a) {
    case "done":
    case "undone":
      return ["done", action.a === "done"];
    case "remove":
    case "restore":
      return ["gone", action.a === "remove"];
    case "archive":
    case "unarchive":
      return ["away", action.a === "archive"];
    case "rename":
      return ["text", action.i];
    case "move":
      return ["rank", action.r];
    case "assign":
      return ["who", action.w];
    default:
      return undefined;
  }
}

/** Lists as rows; keys and values stand in README.md. */
export const listFold: Fold = {
  overlay: LIST,
  async looseOf(tree, key) {
    const said = await tree.loose.get(`m/${key}`) as [string] | undefined;
    const thing = await tree.loose.get(`e/${key}`) as Thing | undefined;
    const list = thing?.[0] === "item" ? thing[4] : key;
    return [clusterName(said?.[0] ?? key), doneName(list), `e/${key}`, `m/${key}`];
  },
  async take(tree, entry) {
    const action = readListAction(entry.data);
    if (action === undefined) return;
    const { key, author, stamp, parent } = entry;
    if (action.a === "new") {
      if (parent !== undefined) return;
      tree.loose.put(`e/${key}`, ["list", author, stamp, action.l, ""]);
      return await showList(tree, key);
    }
    if (parent === undefined || parent === "") return;
    if (action.a === "add") {
      tree.loose.put(`e/${key}`, ["item", author, stamp, action.i, parent, ""]);
      return await showItem(tree, key);
    }
    const [register, value] = registerOf(action)!;
    tree.loose.put(`m/${key}`, [parent, register, stamp]);
    await putInCluster(tree, parent, placeOf(register, entry), [author, value]);
    await show(tree, parent);
  },
  async drop(tree, key) {
    const said = await tree.loose.get(`m/${key}`) as [string, Register, number] | undefined;
    if (said !== undefined) {
      const [target, register, stamp] = said;
      tree.loose.drop(`m/${key}`);
      await dropFromCluster(tree, target, placeOf(register, { stamp, key }));
      return await show(tree, target);
    }
    const thing = await tree.loose.get(`e/${key}`) as Thing | undefined;
    if (thing === undefined) return;
    await hide(tree, thing);
    tree.loose.drop(`e/${key}`);
    if (thing[0] === "item") await showCounts(tree, thing[4]);
  },
  step: () => Promise.resolve(false),
};

type Thing =
  | readonly ["list", author: PublicKeyHex, stamp: number, name: string, shown: string]
  | readonly ["item", author: PublicKeyHex, stamp: number, text: string, list: string, shown: string];

const placeOf = (register: string, { stamp, key }: Pick<Entry, "stamp" | "key">): string =>
  `${register}/${digits(stamp)}/${key}`;
/** How many items of a list are done. */
const doneName = (list: string): string => `d/${list}`;

async function show(tree: Tree, key: string): Promise<void> {
  const thing = await tree.loose.get(`e/${key}`) as Thing | undefined;
  if (thing !== undefined) await (thing[0] === "list" ? showList : showItem)(tree, key);
}

/** The rows of a list: `l/` or, archived, `a/`. */
async function showList(tree: Tree, key: string): Promise<void> {
  const thing = await tree.loose.get(`e/${key}`) as Thing & { 0: "list" };
  const [, author, stamp, first] = thing;
  const said = await winners(tree, key);
  const place = said.gone?.[1] === true
    ? ""
    : `${said.away?.[1] === true ? "a" : "l"}/${digits(stamp)}/${key}`;
  if (place !== thing[4]) {
    await hide(tree, thing);
    tree.loose.put(`e/${key}`, ["list", author, stamp, first, place]);
  }
  if (place === "") return;
  const items = await tree.count(`v/${key}/`, `v/${key}/${END}`);
  const done = await tree.loose.get(doneName(key)) as number | undefined ?? 0;
  await tree.put(place, [textOf(said, first), author, ...latest(said, author, stamp), items, done]);
}

/** The row of an item: `v/` in the order of the list. */
async function showItem(tree: Tree, key: string): Promise<void> {
  const thing = await tree.loose.get(`e/${key}`) as Thing & { 0: "item" };
  const [, author, stamp, first, list] = thing as readonly [
    string,
    PublicKeyHex,
    number,
    string,
    string,
    string,
  ];
  const said = await winners(tree, key);
  const place = said.gone?.[1] === true
    ? ""
    : `v/${list}/${said.rank?.[1] as string ?? rankOf(stamp)}/${key}`;
  const [wasDone, done] = [await isDone(tree, thing), place !== "" && said.done?.[1] === true];
  if (place !== thing[5]) {
    if (thing[5] !== "") await tree.delete(thing[5]);
    tree.loose.put(`e/${key}`, ["item", author, stamp, first, list, place]);
  }
  if (place !== "") {
    const who = said.who?.[1] ?? "";
    await tree.put(place, [textOf(said, first), done, who, author, stamp, ...latest(said, author, stamp)]);
  }
  if (done !== wasDone) await countDone(tree, list, done ? 1 : -1);
  if (done !== wasDone || (place === "") !== (thing[5] === "")) await showCounts(tree, list);
}

/** A list's row says how many items it has: it follows them. */
async function showCounts(tree: Tree, list: string): Promise<void> {
  const thing = await tree.loose.get(`e/${list}`) as Thing | undefined;
  if (thing?.[0] === "list") await showList(tree, list);
}

async function hide(tree: Tree, thing: Thing): Promise<void> {
  const place = thing[thing.length - 1] as string;
  if (await isDone(tree, thing)) await countDone(tree, thing[4], -1);
  if (place !== "") await tree.delete(place);
}

/** Whether the row of an item says that it is done. */
async function isDone(tree: Tree, thing: Thing): Promise<boolean> {
  if (thing[0] !== "item" || thing[5] === "") return false;
  return (await tree.get(thing[5]) as [string, boolean])[1];
}

async function countDone(tree: Tree, list: string, more: number): Promise<void> {
  const done = (await tree.loose.get(doneName(list)) as number | undefined ?? 0) + more;
  if (done === 0) tree.loose.drop(doneName(list));
  else tree.loose.put(doneName(list), done);
}

type Winners = Partial<Record<Register, readonly [author: PublicKeyHex, value: Value, stamp: number]>>;

/** What holds in each register: the greatest stamp, then the greatest key. */
async function winners(tree: Tree, key: string): Promise<Winners> {
  const found: Winners = {};
  for (const register of ["done", "gone", "text", "rank", "who", "away"] as const) {
    const last = await lastOfCluster(tree, key, `${register}/`);
    if (last === undefined) continue;
    const [author, value] = last.value as [PublicKeyHex, Value];
    found[register] = [author, value, parseInt(last.key.split("/")[3], 16)];
  }
  return found;
}

const textOf = ({ text }: Winners, first: string): string => text?.[1] as string ?? first;

/** Who last said what of it: `[author, register, stamp]`. */
function latest(said: Winners, author: PublicKeyHex, stamp: number): [string, string, number] {
  let last: [string, string, number] = [author, "new", stamp];
  for (const [register, [by, , at]] of Object.entries(said)) if (at >= last[2]) last = [by, register, at];
  return last;
}
