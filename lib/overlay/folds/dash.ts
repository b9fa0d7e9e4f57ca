/**
 * Dashboards: of each widget of each bot one value an interval, the last one in it, however many came.
 *
 * @see lib/overlay/README.md "Dashboards"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { digits } from "../entry.ts";
import type { Fold } from "../fold.ts";
import { DASHBOARD } from "../frame.ts";
import { END, type Tree } from "../tree.ts";
import { readWidget, widgetOf, writeWidget } from "../widget.ts";

/** Of a bot that says more than one value in this time, by its stamps, the last one is kept. */
export const INTERVAL_MS = 10_000;

/** A kept value: `h/<author>/<widget>/<interval>`. */
export type KeptValue = readonly [stamp: number, key: string, data: string];

/** Dashboards as rows; keys and values stand in README.md. */
export const dashFold: Fold = {
  overlay: DASHBOARD,
  async take(tree, { key, author, stamp, data }) {
    const widget = readWidget(data);
    if (widget === undefined) return;
    const of = `${author}/${widget.id}`;
    await tree.put(`m/${key}`, [author, widget.id, stamp]);
    await tree.put(`r/${of}/${digits(stamp)}/${key}`, 0);
    if (widget.summary !== undefined) await tree.put(`s/${digits(stamp)}/${key}`, widget.summary);
    const place = placeOf(of, stamp);
    const kept = await tree.get(place) as KeptValue | undefined;
    if (kept !== undefined && !isLater(stamp, key, kept)) return;
    await tree.put(place, [stamp, key, writeWidget(widgetOf(widget))]);
    await showLast(tree, of);
  },
  async drop(tree, key) {
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
    await showLast(tree, of);
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
      const widget = entry && readWidget(entry.data);
      if (entry === undefined || widget?.id !== id) continue; // it goes as well, in a moment
      await tree.put(placeOf(of, entry.stamp), [entry.stamp, key, writeWidget(widgetOf(widget))]);
      await showLast(tree, of);
      break;
    }
    return true;
  },
};

const isLater = (stamp: number, key: string, [other, otherKey]: KeptValue): boolean =>
  stamp > other || stamp === other && key > otherKey;

const placeOf = (of: string, stamp: number): string => `h/${of}/${digits(Math.floor(stamp / INTERVAL_MS))}`;

/** Which widgets there are: `l/<author>/<widget>`. */
async function showLast(tree: Tree, of: string): Promise<void> {
  const last = await tree.last(`h/${of}/`);
  if (last === undefined) await tree.delete(`l/${of}`);
  else await tree.put(`l/${of}`, (last.value as KeptValue)[0]);
}
