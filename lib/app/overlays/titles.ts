/**
 * What the lists, items, posts, polls and widgets of a conversation are called: what a shell proposes.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { OverlayEngine } from "../../overlay/engine.ts";
import { threadsOf } from "../../overlay/folds/board_rows.ts";
import { itemsOf, listsOf } from "../../overlay/folds/list_rows.ts";
import { pollsOf } from "../../overlay/folds/poll_rows.ts";
import { END } from "../../overlay/tree.ts";
import type { Title, TitleKind } from "./titles_file.ts";

/** Most things of one kind in a conversation, and most items of a list: a shell shows fewer. */
const MAX_THINGS = 50;
/** Characters of a name. */
const MAX_CHARS = 60;

/**
 * The first things of each kind in a conversation: lists in the order in which they were made, each before its items;
 * posts and polls from the newest; widgets of ours.
 * @param pk  Us.
 */
export async function titlesIn(engine: OverlayEngine, pk: PublicKeyHex): Promise<Title[]> {
  const part = { limit: MAX_THINGS };
  const found: Title[] = [];
  const add = (kind: TitleKind, id: string, text: string, list?: string): void => {
    const line = text.trimStart().split("\n")[0].slice(0, MAX_CHARS).toWellFormed().trimEnd();
    if (line !== "") found.push({ kind, id, text: line, ...(list === undefined ? {} : { list }) });
  };
  const lists = engine.tree("list");
  for (const archived of [false, true]) {
    for (const { key, name } of (await listsOf(lists, { ...part, archived })).rows) {
      add("list", key, name);
      for (const item of (await itemsOf(lists, key, part)).rows) add("item", item.key, item.text, key);
    }
  }
  for (const { key, text } of (await threadsOf(engine.tree("board"), part)).rows) {
    add("post", key, text ?? "");
  }
  for (const { key, question } of (await pollsOf(engine.tree("poll"), part)).rows) add("poll", key, question);
  const ours = `l/${pk}/`;
  for (const { key } of await engine.tree("dash").list({ from: ours, to: ours + END, ...part })) {
    const id = key.slice(ours.length);
    add("widget", id, id);
  }
  return found;
}
