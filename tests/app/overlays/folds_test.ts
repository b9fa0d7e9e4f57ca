/** What folds make of messages that come and go in any order, against what they have to make of those that are there. */
import { deepStrictEqual } from "node:assert/strict";
import * as views from "../../../lib/app/overlays/overlay_views.ts";
import { type Entry, entryOf } from "../../../lib/overlay/entry.ts";
import {
  pinnedOf,
  postRowOf,
  repliesOf,
  type ThreadRow,
  threadsOf,
} from "../../../lib/overlay/folds/board_rows.ts";
import { commandsOf, paceOf, summaryOf, widgetsOf } from "../../../lib/overlay/folds/dash_rows.ts";
import { itemsOf, listsOf, saidOf } from "../../../lib/overlay/folds/list_rows.ts";
import { pollsOf } from "../../../lib/overlay/folds/poll_rows.ts";
import { INVITE } from "../../../lib/overlay/frame.ts";
import { Conversation, PEOPLE } from "../../overlay/kept.ts";
import { Dice, talk } from "../../overlay/talk.ts";
import { denseTalk } from "./dense_talk.ts";
import * as dash from "./plain_dash.ts";
import * as plain from "./plain_views.ts";

/** Pins and paces of these count. */
const ADMINS = PEOPLE.slice(1, 4);

/** What counts of a log: of each message the first position. */
function entriesOf({ log, scope }: Conversation): Entry[] {
  const byKey = new Map<string, Entry>();
  for (const [, kept] of [...log].sort(([a], [b]) => a - b)) {
    const entry = entryOf(scope, kept);
    if (entry !== undefined && !byKey.has(entry.key)) byKey.set(entry.key, entry);
  }
  return [...byKey.values()];
}

/** All that surfaces would show. */
async function check(here: Conversation, marks: ReadonlyMap<string, number>, what: string): Promise<void> {
  const { engine } = here;
  await engine.settle();
  const seen: plain.Seen = { entries: entriesOf(here), nowMs: engine.nowMs, admins: ADMINS, marks };
  const same = (is: unknown, must: unknown, about: string) => deepStrictEqual(is, must, `${what}: ${about}`);
  const list = engine.tree("list");
  for (const archived of [false, true]) {
    const { rows, total } = await listsOf(list, { archived, limit: 1000 });
    same(rows.map(views.listView), plain.lists(seen, archived), "lists");
    same(total, rows.length, "lists are counted");
    for (const { key } of rows) {
      const { rows } = await itemsOf(list, key, { limit: 1000 });
      same(rows.map(views.itemView), plain.items(seen, key), "items");
      for (const { key } of rows) {
        same((await saidOf(list, key)).map(views.saidView), plain.said(seen, key), "what was said");
      }
    }
  }
  const board = engine.tree("board");
  for (const expired of [false, true]) {
    const { rows, total } = await threadsOf(board, { expired, limit: 1000 });
    same(rows.map(views.threadView), plain.threads(seen, expired), "threads");
    same(total, rows.length, "threads are counted");
    for (const { key } of rows) {
      const { rows } = await repliesOf(board, key, { limit: 1000 });
      same(rows.map(views.postView), plain.replies(seen, key), "answers");
      const found = await postRowOf(board, key);
      same(
        views.threadView(found!.row as ThreadRow),
        plain.threads(seen).find(({ id }) => id === key),
        "one thread",
      );
    }
  }
  const pins = (await pinnedOf(board, ADMINS)).map(({ key }) => key).sort();
  same(pins, plain.pinned(seen), "pins");
  const polls = await pollsOf(engine.tree("poll"), { limit: 1000 });
  same(polls.rows.map((row) => views.pollView(row, engine.nowMs)), plain.polls(seen), "polls");
  const tree = engine.tree("dash");
  same(views.paceView(await paceOf(tree, ADMINS)), dash.pace(seen), "pace");
  const { intervalMs } = dash.pace(seen);
  await engine.thin(intervalMs);
  await engine.settle();
  const widgets = (await widgetsOf(tree, { limit: 1000 })).rows.map((row) =>
    views.widgetView(row, engine.nowMs)
  );
  same(
    widgets.map(({ bot, id, kind, value, ts, stale, history }) => ({
      bot,
      id,
      kind,
      value,
      ts,
      stale,
      history,
    })),
    dash.widgets(seen),
    "widgets",
  );
  same(
    (await commandsOf(tree, { limit: 1000 })).rows.map(views.commandsView),
    dash.commands(seen),
    "commands",
  );
  same(await summaryOf(tree), dash.summary(seen), "summary");
  same((await engine.newest(INVITE, 1000)).map(({ position }) => position), dash.invites(seen), "invites");
}

/** Messages come in any order, some twice, some go and come again, while time passes and threads are read. */
export async function comeAndGo(seed: number): Promise<void> {
  const dice = new Dice(seed + 1);
  const all = dice.below(2) === 0 ? talk(dice, 20 + dice.below(120)) : denseTalk(dice, 20 + dice.below(120));
  const near = dice.below(2) === 0;
  const log = [...(near ? all : dice.shuffled(all)), ...all.filter(() => dice.below(10) === 0)];
  const here = new Conversation("group", dice.one(PEOPLE));
  const marks = new Map<string, number>();
  const positions = log.map((_, i) => i + 1);
  const order = dice.below(2) === 0 ? positions : dice.shuffled(positions);
  for (const [i, position] of order.entries()) {
    await here.set(position, log[position - 1]);
    const some = dice.one(order.slice(0, i + 1));
    if (dice.below(5) === 0) await here.set(some, undefined);
    if (dice.below(8) === 0) await here.set(some, log[some - 1]);
    if (dice.below(10) === 0) here.engine.tick(900 + dice.below(700));
    if (dice.below(15) === 0) await here.reopen();
    if (dice.below(5) === 0) {
      const { rows } = await threadsOf(here.engine.tree("board"), { limit: 50 });
      if (rows.length > 0) {
        const { key } = dice.one(rows);
        const upTo = 1 + dice.below(some);
        await here.engine.markThread(key, upTo);
        marks.set(key, Math.max(marks.get(key) ?? 0, upTo));
      }
    }
    if (dice.below(40) === 0) await check(here, marks, `seed ${seed}, at ${i}`);
  }
  await check(here, marks, `seed ${seed}`);
}

Deno.test("Folds make of messages that come and go in any order what follows from those that are there", async () => {
  for (let seed = 0; seed < 40; seed++) await comeAndGo(seed);
});
