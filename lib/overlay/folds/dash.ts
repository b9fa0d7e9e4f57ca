/**
 * Dashboards: of each widget of each bot one value an interval, the last one in it, however many came. What commands a
 * bot announces is kept as the value of a widget without a name.
 *
 * @see lib/overlay/README.md "Dashboards"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { digits } from "../entry.ts";
import { readCommands, writeCommands } from "../announcement.ts";
import type { Fold } from "../fold.ts";
import { DASHBOARD } from "../frame.ts";
import { INTERVAL_MS, readPace } from "../pace.ts";
import { END, type Tree } from "../tree.ts";
import { readWidget, widgetOf, writeWidget } from "../widget.ts";

/** In the place of a widget's id: what commands its bot announces. No widget has it. */
export const COMMANDS = "";
/** What a bot says that has no more of them. */
const NO_COMMANDS = writeCommands([]);

/** A kept value: `h/<author>/<widget>/<interval>`. */
export type KeptValue = readonly [stamp: number, key: string, data: string];

/** Dashboards as rows; keys and values stand in README.md. */
export const dashFold: Fold = {
  overlay: DASHBOARD,
  async take(tree, { key, author, stamp, data }) {
    const value = valueIn(data);
    if (value === undefined) return await takePace(tree, key, author, stamp, data);
    const of = `${author}/${value.id}`;
    await tree.put(`m/${key}`, [author, value.id, stamp]);
    await tree.put(`r/${of}/${digits(stamp)}/${key}`, 0);
    if (value.summary !== undefined) await tree.put(`s/${digits(stamp)}/${key}`, value.summary);
    const place = placeOf(of, stamp);
    const kept = await tree.get(place) as KeptValue | undefined;
    if (kept !== undefined && !isLater(stamp, key, kept)) return;
    await tree.put(place, [stamp, key, value.data]);
    await showLast(tree, author, value.id);
  },
  async drop(tree, key) {
    const pace = await tree.get(`b/${key}`) as string | undefined;
    if (pace !== undefined) {
      await tree.delete(`b/${key}`);
      await tree.delete(pace);
      return;
    }
    const said = await tree.get(`m/${key}`) as [PublicKeyHex, string, number] | undefined;
    if (said === undefined) return;
    const [author, id, stamp] = said;
    const of = `${author}/${id}`;
    await tree.delete(`m/${key}`);
    await tree.delete(`r/${of}/${digits(stamp)}/${key}`);
    await tree.delete(`s/${digits(stamp)}/${key}`);
    const place = placeOf(of, stamp);
    const kept = await tree.get(place) as KeptValue | undefined;
    if (kept?.[1] !== key) return;
    await tree.delete(place);
    await tree.put(`w/${place.slice(2)}`, 0);
    await showLast(tree, author, id);
  },
  async step(tree, _nowMs, read) {
    const [owed] = await tree.list({ from: "w/", to: `w/${END}`, limit: 1 });
    if (owed === undefined) return false;
    await tree.delete(owed.key);
    const [, author, id, interval] = owed.key.split("/");
    const of = `${author}/${id}`;
    const start = parseInt(interval, 16) * INTERVAL_MS;
    const range = { from: `r/${of}/${digits(start)}/`, to: `r/${of}/${digits(start + INTERVAL_MS)}/` };
    for (const row of await tree.list({ ...range, reverse: true })) {
      const key = row.key.split("/")[4];
      const entry = await read(key);
      const value = entry && valueIn(entry.data);
      if (entry === undefined || value?.id !== id) continue; // it goes as well, in a moment
      await tree.put(placeOf(of, entry.stamp), [entry.stamp, key, value.data]);
      await showLast(tree, author, id);
      break;
    }
    return true;
  },
};

/** What an author says that a conversation takes: `g/<author>/<s>/<key>`; who reads it knows whose word counts. */
async function takePace(tree: Tree, key: string, author: string, stamp: number, data: string): Promise<void> {
  const pace = readPace(data);
  if (pace === undefined) return;
  const place = `g/${author}/${digits(stamp)}/${key}`;
  await tree.put(place, [pace.intervalMs, pace.maxBytes]);
  await tree.put(`b/${key}`, place);
}

const isLater = (stamp: number, key: string, [other, otherKey]: KeptValue): boolean =>
  stamp > other || stamp === other && key > otherKey;

const placeOf = (of: string, stamp: number): string => `h/${of}/${digits(Math.floor(stamp / INTERVAL_MS))}`;

/** Where it stands when the last value of a widget, or the last announcement of a bot, was said. */
export const lastPlace = (author: string, id: string): string =>
  id === COMMANDS ? `c/${author}` : `l/${author}/${id}`;

/** Which widgets there are, and who announces commands. */
async function showLast(tree: Tree, author: string, id: string): Promise<void> {
  const last = await tree.last(`h/${author}/${id}/`);
  const [stamp, , data] = (last?.value ?? []) as Partial<KeptValue>;
  if (stamp === undefined || data === NO_COMMANDS) await tree.delete(lastPlace(author, id));
  else await tree.put(lastPlace(author, id), stamp);
}

/** What is kept of a message: of which widget, and its data without what is said once. */
function valueIn(data: string): { id: string; data: string; summary?: string } | undefined {
  const widget = readWidget(data);
  if (widget !== undefined) {
    return { id: widget.id, data: writeWidget(widgetOf(widget)), summary: widget.summary };
  }
  const commands = readCommands(data);
  return commands && { id: COMMANDS, data: writeCommands(commands) };
}
