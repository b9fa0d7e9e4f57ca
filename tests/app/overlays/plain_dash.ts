/**
 * What dashboards are of a set of messages, the slow way, as `plain_views.ts` has lists.
 *
 * @module
 */
import { readCommands, writeCommands } from "../../../lib/overlay/announcement.ts";
import type { Entry } from "../../../lib/overlay/entry.ts";
import { DASHBOARD, INVITE } from "../../../lib/overlay/frame.ts";
import { readPace } from "../../../lib/overlay/pace.ts";
import { readWidget } from "../../../lib/overlay/widget.ts";
import { timeText } from "../../../lib/app/overlays/overlay_views.ts";
import { bySaid, inOrder, type Row, type Seen } from "./plain_views.ts";

/** What a conversation takes of bots. */
export function pace({ entries, admins }: Seen): Row & { intervalMs: number } {
  const last = entries.filter(({ overlay, author }) => overlay === DASHBOARD && admins.includes(author))
    .filter(({ data }) => readWidget(data) === undefined && readPace(data) !== undefined).sort(bySaid).at(-1);
  if (last === undefined) return { intervalMs: 10_000, maxBytes: 4096 };
  return { ...readPace(last.data)!, by: last.author, ts: timeText(last.stamp) };
}

const dash = ({ entries }: Seen): Entry[] =>
  entries.filter(({ overlay }) => overlay === DASHBOARD).sort(bySaid);

/** All widgets, by bot and id. */
export function widgets(seen: Seen): Row[] {
  const { intervalMs } = pace(seen);
  const byWidget = Map.groupBy(
    dash(seen).filter(({ data }) => readWidget(data) !== undefined),
    ({ author, data }) => `${author}/${readWidget(data)!.id}`,
  );
  return [...byWidget].sort(inOrder(([name]) => name)).map(([, all]) => {
    const kept = [...Map.groupBy(all, ({ stamp }) => Math.floor(stamp / intervalMs)).values()]
      .map((some) => some.at(-1)!);
    const [before, last] = [kept.at(-2), kept.at(-1)!];
    if (before !== undefined && last.stamp - before.stamp < intervalMs) kept.splice(-2, 1);
    const read = readWidget(last.data)!;
    return {
      bot: last.author,
      id: read.id,
      kind: read.kind,
      value: read.value,
      ts: timeText(last.stamp),
      stale: read.ageMs > 0 && seen.nowMs - last.stamp > read.ageMs,
      history: kept.slice(-60).map(({ data }) => readWidget(data)!)
        .filter(({ value, kind }) => typeof value === "number" && kind !== "since").map(({ value }) => value),
    };
  });
}

/** What bots announce, by bot. */
export function commands(seen: Seen): Row[] {
  const said = dash(seen).filter(({ data }) => readCommands(data) !== undefined);
  return [...Map.groupBy(said, ({ author }) => author)].sort(inOrder(([bot]) => bot))
    .map(([bot, all]) => ({
      bot,
      ts: timeText(all.at(-1)!.stamp),
      commands: readCommands(all.at(-1)!.data)!,
    }))
    .filter(({ commands }) => writeCommands(commands) !== writeCommands([]));
}

/** What bots say of the conversation. */
export const summary = (seen: Seen): string | undefined =>
  dash(seen).map(({ data }) => readWidget(data)?.summary).findLast((one) => one !== undefined);

/** Positions of invites, the newest first. */
export const invites = ({ entries }: Seen): number[] =>
  entries.filter(({ overlay }) => overlay === INVITE).map(({ position }) => position).sort((a, b) => b - a);
