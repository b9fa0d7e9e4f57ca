/**
 * Dashboards: of each widget of each bot one value an interval, the last one in it, however many came; the last of all
 * takes the place of the one before it when that is less than an interval older. The interval is told by who reads, who
 * knows whose word about it counts. What commands a bot announces is kept as the value of a widget
 * without a name.
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

/** The interval that rows are thinned by, when it is not the least one. */
const INTERVAL = "k";
/** Up to where rows have been thinned by a new interval: the first row that has not. */
const THINNED = "v";
/** Intervals that a step thins. */
const STEP_INTERVALS = 8;

/** A kept value: `h/<author>/<widget>/<stamp>`. */
export type KeptValue = readonly [stamp: number, key: string, data: string];

/** Of a value whose place the last one has taken: `n/<author>/<widget>`. It is read again when others come between. */
type LeftOut = readonly [stamp: number, key: string];

/** Dashboards as rows; keys and values stand in README.md. */
export const dashFold: Fold = {
  overlay: DASHBOARD,
  looseOf: (_, key) => Promise.resolve([`m/${key}`, `b/${key}`]),
  async take(tree, { key, author, stamp, data }) {
    const value = valueIn(data);
    if (value === undefined) return await takePace(tree, key, author, stamp, data);
    const of = `${author}/${value.id}`;
    tree.loose.put(`m/${key}`, [author, value.id, stamp]);
    await tree.put(`r/${of}/${digits(stamp)}/${key}`, 0);
    if (value.summary !== undefined) await tree.put(`s/${digits(stamp)}/${key}`, value.summary);
    const kept = await keptIn(tree, of, stamp);
    if (kept !== undefined && !isLater(stamp, key, kept)) return;
    if (kept !== undefined) await leave(tree, of, kept);
    await tree.put(placeOf(of, stamp), [stamp, key, value.data]);
    await showLast(tree, author, value.id);
  },
  async drop(tree, key) {
    const pace = await tree.loose.get(`b/${key}`) as string | undefined;
    if (pace !== undefined) {
      tree.loose.drop(`b/${key}`);
      await tree.delete(pace);
      return;
    }
    const said = await tree.loose.get(`m/${key}`) as [PublicKeyHex, string, number] | undefined;
    if (said === undefined) return;
    const [author, id, stamp] = said;
    const of = `${author}/${id}`;
    tree.loose.drop(`m/${key}`);
    await tree.delete(`r/${of}/${digits(stamp)}/${key}`);
    await tree.delete(`s/${digits(stamp)}/${key}`);
    const kept = await keptIn(tree, of, stamp);
    if (kept?.[1] !== key) return;
    await leave(tree, of, kept);
    await tree.put(owedPlace(of, stamp), 0);
    await showLast(tree, author, id);
  },
  async step(tree, _nowMs, read) {
    const [owed] = await tree.list({ from: "w/", to: `w/${END}`, limit: 1 });
    if (owed === undefined) return await thinSome(tree, read);
    await tree.delete(owed.key);
    const [, author, id, stamp] = owed.key.split("/");
    await keepLast(tree, author, id, parseInt(stamp, 16), read);
    await showLast(tree, author, id);
    return true;
  },
};

/** Reads a message again. */
type Read = Parameters<Fold["step"]>[2];

/** What rows are thinned by, milliseconds. */
export const intervalOf = async (tree: Tree): Promise<number> =>
  await tree.get(INTERVAL) as number | undefined ?? INTERVAL_MS;

/** From now on one value is kept in so many milliseconds; rows follow in steps. Not a message: a rebuilt tree is told it again. */
export async function thin(tree: Tree, intervalMs: number): Promise<void> {
  if (intervalMs === await intervalOf(tree)) return;
  if (intervalMs === INTERVAL_MS) await tree.delete(INTERVAL);
  else await tree.put(INTERVAL, intervalMs);
  await tree.put(THINNED, "r/");
}

async function thinSome(tree: Tree, read: Read): Promise<boolean> {
  let from = await tree.get(THINNED) as string | undefined;
  if (from === undefined) return false;
  for (let i = 0; i < STEP_INTERVALS; i++) {
    const [row] = await tree.list({ from, to: `r/${END}`, limit: 1 });
    if (row === undefined) {
      await tree.delete(THINNED);
      return true;
    }
    const [, author, id, stamp] = row.key.split("/");
    const { to } = await keepLast(tree, author, id, parseInt(stamp, 16), read);
    await showLast(tree, author, id);
    from = `r/${author}/${id}/${digits(to)}/`;
  }
  await tree.put(THINNED, from);
  return true;
}

/** Of the interval that a stamp lies in only the last value is kept. */
async function keepLast(tree: Tree, author: string, id: string, stamp: number, read: Read): Promise<Span> {
  const of = `${author}/${id}`;
  const span = spanOf(await intervalOf(tree), stamp);
  const kept = await tree.list({ from: placeOf(of, span.from), to: placeOf(of, span.to) });
  for (const { key } of kept) await tree.delete(key);
  const leftOut = await leftOutOf(tree, of);
  if (isIn(span, leftOut)) await tree.delete(`n/${of}`);
  const range = { from: `r/${of}/${digits(span.from)}/`, to: `r/${of}/${digits(span.to)}/`, reverse: true };
  for (let skip = 0;; skip++) {
    const [row] = await tree.list({ ...range, limit: 1, skip });
    if (row === undefined) return span;
    const key = row.key.split("/")[4];
    const known = kept.map(({ value }) => value as KeptValue).find(([, one]) => one === key);
    const value = known ?? await valueAgain(id, key, read);
    if (value === undefined) continue; // it goes as well, in a moment
    await tree.put(placeOf(of, value[0]), [...value]);
    return span;
  }
}

async function valueAgain(id: string, key: string, read: Read): Promise<KeptValue | undefined> {
  const entry = await read(key);
  const value = entry && valueIn(entry.data);
  return entry === undefined || value?.id !== id ? undefined : [entry.stamp, key, value.data];
}

/** What an author says that a conversation takes: `g/<author>/<s>/<key>`; who reads it knows whose word counts. */
async function takePace(tree: Tree, key: string, author: string, stamp: number, data: string): Promise<void> {
  const pace = readPace(data);
  if (pace === undefined) return;
  const place = `g/${author}/${digits(stamp)}/${key}`;
  await tree.put(place, [pace.intervalMs, pace.maxBytes]);
  tree.loose.put(`b/${key}`, place);
}

const isLater = (stamp: number, key: string, [other, otherKey]: KeptValue | LeftOut): boolean =>
  stamp > other || stamp === other && key > otherKey;

const placeOf = (of: string, stamp: number): string => `h/${of}/${digits(stamp)}`;
const owedPlace = (of: string, stamp: number): string => `w/${of}/${digits(stamp)}`;

const leftOutOf = async (tree: Tree, of: string): Promise<LeftOut | undefined> =>
  await tree.get(`n/${of}`) as LeftOut | undefined;

/** A value that holds no more in its interval. */
async function leave(tree: Tree, of: string, [stamp, key]: LeftOut | KeptValue): Promise<void> {
  if ((await leftOutOf(tree, of))?.[1] === key) await tree.delete(`n/${of}`);
  else await tree.delete(placeOf(of, stamp));
}

/** From one stamp to before another. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const isIn = ({ from, to }: Span, value: LeftOut | undefined): boolean =>
  value !== undefined && value[0] >= from && value[0] < to;

function spanOf(intervalMs: number, stamp: number): Span {
  const from = stamp - stamp % intervalMs;
  return { from, to: from + intervalMs };
}

/** What holds in the interval that a stamp lies in, shown or left out. */
async function keptIn(tree: Tree, of: string, stamp: number): Promise<KeptValue | LeftOut | undefined> {
  const span = spanOf(await intervalOf(tree), stamp);
  const [row] = await tree.list({ from: placeOf(of, span.from), to: placeOf(of, span.to), limit: 1 });
  if (row !== undefined) return row.value as KeptValue;
  const leftOut = await leftOutOf(tree, of);
  return isIn(span, leftOut) ? leftOut : undefined;
}

/** Where it stands when the last value of a widget, or the last announcement of a bot, was said. */
export const lastPlace = (author: string, id: string): string =>
  id === COMMANDS ? `c/${author}` : `l/${author}/${id}`;

/** Which widgets there are, and who announces commands. */
async function showLast(tree: Tree, author: string, id: string): Promise<void> {
  const last = await leaveOut(tree, `${author}/${id}`);
  if (last === undefined || last[2] === NO_COMMANDS) await tree.delete(lastPlace(author, id));
  else await tree.put(lastPlace(author, id), last[0]);
}

/**
 * Leaves the value before the last one out when that is less than an interval younger. So a flood of a minute leaves
 * 60 / interval values wherever in an interval it begins, and the right last one.
 * @returns The last value.
 */
async function leaveOut(tree: Tree, of: string): Promise<KeptValue | undefined> {
  const rows = await tree.list({ from: `h/${of}/`, to: `h/${of}/${END}`, reverse: true, limit: 2 });
  const [last, before] = rows.map(({ value }) => value as KeptValue);
  const intervalMs = await intervalOf(tree);
  const isNear = ([stamp]: LeftOut | KeptValue): boolean => stamp < last[0] && last[0] - stamp < intervalMs;
  const leftOut = await leftOutOf(tree, of);
  if (leftOut !== undefined) {
    if (last !== undefined && isNear(leftOut) && !(before?.[0] > leftOut[0])) return last;
    await tree.delete(`n/${of}`);
    await tree.put(owedPlace(of, leftOut[0]), 0);
  }
  if (before === undefined || !isNear(before)) return last;
  await tree.delete(placeOf(of, before[0]));
  await tree.put(`n/${of}`, [before[0], before[1]]);
  return last;
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
