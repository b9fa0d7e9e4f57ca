/**
 * What a dashboard's fold has made, to be shown.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { END, type Tree } from "../tree.ts";
import { readWidget, type Widget } from "../widget.ts";
import type { KeptValue } from "./dash.ts";
import type { Part, Rows } from "./list_rows.ts";

/** A widget with its last values. */
export interface WidgetRow extends Widget {
  /** Whose it is. */
  readonly bot: PublicKeyHex;
  /** When its value was said, by its bot's clock. */
  readonly stamp: number;
  /** Its last numbers, one an interval at most, the oldest first; none of a widget that is no number. */
  readonly history: readonly { readonly stamp: number; readonly value: number }[];
}

/** Values of a history. */
export const MAX_HISTORY = 60;

/** All widgets, by bot and id. */
export async function widgetsOf(tree: Tree, part: Part = {}): Promise<Rows<WidgetRow>> {
  const all = { from: "l/", to: `l/${END}` };
  const rows: WidgetRow[] = [];
  for (const { key } of await tree.list({ ...all, ...part })) {
    const [, bot, id] = key.split("/");
    const from = `h/${bot}/${id}/`;
    const kept = await tree.list({ from, to: from + END, limit: MAX_HISTORY, reverse: true });
    const said = kept.flatMap(({ value }) => {
      const [stamp, , data] = value as KeptValue;
      const widget = readWidget(data);
      return widget === undefined ? [] : [{ stamp, widget }];
    }).reverse();
    const last = said.at(-1);
    if (last === undefined) continue;
    const history = said.flatMap(({ stamp, widget: { value, kind } }) =>
      typeof value === "number" && kind !== "since" ? [{ stamp, value }] : []
    );
    rows.push({ ...last.widget, bot, stamp: last.stamp, history });
  }
  return { total: await tree.count(all.from, all.to), rows };
}

/** What its bots last said in short of a conversation; undefined: nothing. */
export async function summaryOf(tree: Tree): Promise<string | undefined> {
  return (await tree.last("s/"))?.value as string | undefined;
}

/** When a bot last said something of a widget, by its stamp; undefined: never. */
export async function lastSaidOf(tree: Tree, bot: PublicKeyHex, widget: string): Promise<number | undefined> {
  return await tree.get(`l/${bot}/${widget}`) as number | undefined;
}
