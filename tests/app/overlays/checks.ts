/**
 * What somebody sees of a conversation against what it has to be.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { signatureOf } from "../../../lib/app/groups/room/kept_groups.ts";
import { senderOf } from "../../../lib/app/groups/room/message_id.ts";
import { OVERLAY_STATES } from "../../../lib/app/overlays/has_overlays.ts";
import type { PartView } from "../../../lib/app/overlays/overlays.ts";
import { type Entry, entryOf } from "../../../lib/overlay/entry.ts";
import type { StoredMessage } from "../../../lib/store/store.ts";
import { fromUtf8 } from "../../../lib/wire/bytes.ts";
import { quiet } from "../../fakes/quiet.ts";
import type { People, Person } from "./people.ts";
import * as dash from "./plain_dash.ts";
import * as plain from "./plain_views.ts";

/** All that somebody has kept of a conversation, as it was said. */
export async function keptBy({ store }: Person, conversation: string): Promise<StoredMessage[]> {
  return await store.messages.newest(conversation, 10_000);
}

/** The messages of overlays that count, each once. */
export async function entriesOf(person: Person, conversation: string): Promise<Entry[]> {
  const isGroup = conversation.includes("-");
  const byKey = new Map<string, Entry>();
  for (const message of await keptBy(person, conversation)) {
    const { state, reason, direction, peer, id = "", position, body, atNs } = message;
    if (state === "deleted" || state === "failed" || state === "cancelled" && reason === undefined) continue;
    const own = direction === "out";
    const author = own ? person.pk : isGroup ? senderOf(id) : peer;
    const signature = isGroup ? await signatureOf(person.store, conversation, id) ?? "" : undefined;
    const kept = { position, own, author, body, atMs: Number(atNs / 1_000_000n) };
    const entry = entryOf(isGroup ? "group" : "person", {
      ...kept,
      ...(signature === undefined ? { id: message.id } : { signature }),
    });
    if (entry === undefined) continue;
    const before = byKey.get(entry.key);
    if (before === undefined || before.isChosen && !entry.isChosen) byKey.set(entry.key, entry);
  }
  return [...byKey.values()];
}

type Rows = readonly object[];
type Ask = (part: { limit: number; skip: number }) => Promise<PartView<object>>;

/** All rows, part by part, forwards and backwards: each once, no part empty, and the same number of them said each time. */
async function walked(world: People, ask: Ask, what: string): Promise<Rows> {
  const limit = 1 + Math.floor(world.random.fraction() * 6);
  const there: object[] = [];
  let total = 0;
  do {
    const part = await ask({ limit, skip: there.length });
    if (there.length > 0) strictEqual(part.total, total, `${what}: total`);
    total = part.total;
    strictEqual(part.rows.length, Math.min(limit, total - there.length), `${what}: rows at ${there.length}`);
    there.push(...part.rows);
  } while (there.length < total);
  const back: object[] = [];
  for (let end = total; end > 0; end -= Math.min(end, limit)) {
    const skip = Math.max(0, end - limit);
    back.unshift(...(await ask({ limit: end - skip, skip })).rows);
  }
  deepStrictEqual(back, there, `${what}: backwards`);
  strictEqual((await ask({ limit: 5, skip: total })).rows.length, 0, `${what}: behind the end`);
  return there;
}

/** Everything that somebody sees of a conversation. @throws {AssertionError} It is something else. */
export async function check(world: People, person: Person, conversation: string): Promise<void> {
  const { events } = person.store;
  for (let turns = 0; turns < 20; turns++) {
    const before = events.last();
    try {
      return await checkNow(world, person, conversation);
    } catch (error) {
      if (events.last() === before) throw error; // otherwise something came meanwhile
    }
    await quiet();
  }
}

async function checkNow(world: People, person: Person, conversation: string): Promise<void> {
  const { app: { overlays, groups }, name, pk, store } = person;
  const isGroup = conversation.includes("-");
  const about = `${name} ${isGroup ? "group" : conversation.slice(0, 6)}`;
  const admins = isGroup
    ? (await groups.members({ group: conversation })).flatMap(({ pk, role }) => role === "member" ? [] : [pk])
    : [pk, conversation];
  const entries = await entriesOf(person, conversation);
  const marks = new Map([...person.marks].flatMap(([where, position]) => {
    const [in_, root] = where.split(" ");
    return in_ === conversation ? [[root, position] as const] : [];
  }));
  const seen: plain.Seen = { entries, nowMs: world.nowMs(name), admins, marks };
  const all = (ask: Ask, what: string) => walked(world, ask, `${about}: ${what}`);
  const same = (is: unknown, must: unknown, what: string) => deepStrictEqual(is, must, `${about}: ${what}`);
  for (const archived of [false, true]) {
    const rows = await all((part) => overlays.lists({ conversation, archived, ...part }), "lists");
    same(rows, plain.lists(seen, archived), `lists ${archived}`);
    for (const { id } of rows as { id: string }[]) {
      const items = await all((part) => overlays.items({ conversation, list: id, ...part }), "items");
      same(items, plain.items(seen, id), `items of ${id}`);
      for (const { id } of items as { id: string }[]) {
        same(await overlays.said({ conversation, id }), plain.said(seen, id), `said of ${id}`);
      }
    }
  }
  for (const expired of [false, true]) {
    const rows = await all((part) => overlays.threads({ conversation, expired, ...part }), "threads");
    const must = plain.threads(seen, expired);
    same(rows.map(whole), must.map(cutText), `threads ${expired}`);
    for (const [i, { id }] of (rows as { id: string }[]).entries()) {
      same(await overlays.thread({ conversation, id }), must[i], `thread ${id}`);
      for (const newest of [false, true]) {
        const rows = await all((part) => overlays.replies({ conversation, id, newest, ...part }), "replies");
        const all_ = plain.replies(seen, id);
        same(rows, newest ? all_.reverse() : all_, `replies ${id}`);
      }
    }
  }
  const pins = (await overlays.pinned({ conversation })).map(({ id }) => id).sort();
  same(pins, plain.pinned(seen), "pinned");
  same(await all((part) => overlays.polls({ conversation, ...part }), "polls"), plain.polls(seen), "polls");
  same(await overlays.pace({ conversation }), dash.pace(seen), "pace");
  const widgets = await all((part) => overlays.widgets({ conversation, ...part }), "widgets");
  same(
    (widgets as Record<string, unknown>[]).map(({ bot, id, kind, value, ts, stale, history }) => ({
      ...{ bot, id, kind, value, ts, stale, history },
    })),
    dash.widgets(seen),
    "widgets",
  );
  const commands = await all((part) => overlays.commands({ conversation, ...part }), "commands");
  same(commands, dash.commands(seen), "commands");
  same((await overlays.summary({ conversation })).summary, dash.summary(seen), "summary");
  const invites = await all((part) => overlays.invites({ conversation, ...part }), "invites");
  same((invites as { position: number }[]).map(({ position }) => position), dash.invites(seen), "invites");
  await nothingIsLeft(person, conversation, about);
  ok(await store.values.get(OVERLAY_STATES, conversation) !== undefined || entries.length === 0);
}

const whole = ({ cut: _cut, ...row }: object & { cut?: boolean }): object => row;
const cutText = (row: Record<string, unknown>): object =>
  typeof row.text === "string" ? { ...row, text: row.text.slice(0, 280) } : row;

/** What went from the log went from the rows. */
async function nothingIsLeft(person: Person, conversation: string, about: string): Promise<void> {
  const there = new Set((await keptBy(person, conversation)).flatMap(({ body }) => marksIn(body)));
  const rows = await person.store.values.list(`overlay ${conversation}`);
  const gone = rows.flatMap(({ value }) => marksIn(fromUtf8(value))).filter((mark) => !there.has(mark));
  deepStrictEqual(gone, [], `${about}: texts of messages that are gone`);
}

const marksIn = (text: string): string[] => text.match(/~\d+~/g) ?? [];
