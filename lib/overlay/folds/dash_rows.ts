/**
 * What a dashboard's fold has made, to be shown.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { DEFAULT_PACE, type PaceSetting } from "../pace.ts";
import { END, type Tree } from "../tree.ts";
import { readWidget, type Widget } from "../widget.ts";
import { type BotCommand, readCommands } from "../announcement.ts";
import { COMMANDS, type KeptValue, lastPlace } from "./dash.ts";
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
const MAX_HISTORY = 60;

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

/** What a bot announces. */
export interface CommandsRow {
  /** Which bot. */
  readonly bot: PublicKeyHex;
  /** When it was said, by its bot's clock. */
  readonly stamp: number;
  /** Its commands, in its order; one at least. */
  readonly commands: readonly BotCommand[];
}

/** What bots announce, by bot; those that announce nothing any more are not among them. */
export async function commandsOf(tree: Tree, part: Part = {}): Promise<Rows<CommandsRow>> {
  const all = { from: "c/", to: `c/${END}` };
  const rows: CommandsRow[] = [];
  for (const { key } of await tree.list({ ...all, ...part })) {
    const bot = key.slice(2);
    const [stamp, , data] = (await tree.last(`h/${bot}/${COMMANDS}/`))!.value as KeptValue;
    rows.push({ bot, stamp, commands: readCommands(data)! });
  }
  return { total: await tree.count(all.from, all.to), rows };
}

/** What a conversation takes, and who has set that. */
export interface PaceRow extends PaceSetting {
  /** Left out: nobody has. */
  readonly by?: PublicKeyHex;
  /** When, by its setter's clock. */
  readonly stamp?: number;
}

/** What a conversation takes: the last word of those who decide in it, by stamp, then key. */
export async function paceOf(tree: Tree, admins: readonly PublicKeyHex[]): Promise<PaceRow> {
  const said = await Promise.all(admins.map(async (by) => {
    const row = await tree.last(`g/${by}/`);
    if (row === undefined) return [];
    const [, , stamp, key] = row.key.split("/");
    const [intervalMs, maxBytes] = row.value as [number, number];
    return [{ order: `${stamp}/${key}`, pace: { intervalMs, maxBytes, by, stamp: parseInt(stamp, 16) } }];
  }));
  const last = said.flat().sort((a, b) => a.order < b.order ? -1 : 1).at(-1);
  return last?.pace ?? DEFAULT_PACE;
}

/** The data of what a bot announced last, that of no commands too; undefined: it never did. */
export async function announcedBy(tree: Tree, bot: PublicKeyHex): Promise<string | undefined> {
  return ((await tree.last(`h/${bot}/${COMMANDS}/`))?.value as KeptValue | undefined)?.[2];
}

/**
 * When a bot last said something of a widget, by its stamp; undefined: never.
 * @param widget  Its id, or {@link COMMANDS}.
 */
export async function lastSaidOf(tree: Tree, bot: PublicKeyHex, widget: string): Promise<number | undefined> {
  return await tree.get(lastPlace(bot, widget)) as number | undefined;
}
