/**
 * What people do in overlays at random.
 *
 * @module
 */
import type { Entry } from "../../../lib/overlay/entry.ts";
import { BULLETIN, DASHBOARD, encodeOverlay, LIST, POLL } from "../../../lib/overlay/frame.ts";
import { nameOfTwo } from "../../../lib/overlay/names.ts";
import { signatureOf } from "../../../lib/app/groups/room/kept_groups.ts";
import type { BoardChange, ListChange, PollChange } from "../../../lib/app/overlays/changes.ts";
import { entriesOf, keptBy } from "./checks.ts";
import type { People, Person } from "./people.ts";

/** Says something somewhere. */
export async function act(world: People): Promise<void> {
  const person = world.pick(world.all);
  const conversation = world.pick(placesOf(world, person));
  const others = world.all.filter(({ pk }) => conversation === world.group || pk === conversation);
  for (let i = 0; i < 3; i++) {
    const other = world.once(2) ? person : world.pick(others);
    await say(world, other, other === person || conversation === world.group ? conversation : person.pk);
  }
  const weighted: readonly (readonly [weight: number, () => Promise<unknown>])[] = [
    [8, () => say(world, person, conversation)],
    [4, () => sayOddly(world, person, conversation)],
    [2, () => remove(world, person, conversation)],
    [2, () => readThread(world, person, conversation)],
    [3, () => world.pass(world.pick([5, 400, 3000, 25_000, 120_000]))],
    [2, () => net(world, person)],
    [1, () => cancel(world, person)],
    [0.6, () => world.kill(person)],
    [0.4, () => world.restart(person)],
    [0.15, () => world.move(person)],
    [0.3, () => forget(world, person, conversation)],
    [0.3, () => block(world, person)],
    [0.5, () => decide(world, person)],
  ];
  const sum = weighted.reduce((all, [weight]) => all + weight, 0);
  let at = world.random.fraction() * sum;
  await weighted.find(([weight]) => (at -= weight) < 0)![1]();
}

/** Where somebody talks. */
export function placesOf(world: People, person: Person): string[] {
  return [world.group, world.group, ...world.all.filter(({ pk }) => pk !== person.pk).map(({ pk }) => pk)];
}

/** The id of something of an overlay, mostly of a thing and not of what is said of one. */
function keyIn(world: People, entries: readonly Entry[], overlay: number, data = ""): string {
  const all = entries.filter((one) => one.overlay === overlay && !("a" in one.extra));
  const some = all.filter((one) => one.data.includes(data));
  const among = some.length > 0 && !world.once(10) ? some : all.length > 0 ? all : entries;
  return (among.length === 0 ? undefined : world.pick(among))?.key ?? "0".repeat(16);
}

async function say(world: People, person: Person, conversation: string): Promise<void> {
  const { app: { overlays } } = person;
  const entries = await entriesOf(person, conversation);
  const id = (overlay: number, data?: string): string => keyIn(world, entries, overlay, data);
  const list = (): string => id(LIST, '"new"');
  const item = (): string => id(LIST, '"add"');
  const thing = (): string => world.once(4) ? list() : item();
  const saying = {
    conversation,
    waitMs: world.pick([0, 300, 3000]),
    ...(world.once(10) ? { key: world.pick(["a", "b"]) } : {}),
  };
  const soon = (): string =>
    new Date(world.nowMs(person.name) + world.pick([1000, 60_000, 600_000])).toISOString();
  const inList = (change: ListChange) => overlays.changeList({ ...saying, change });
  const board = (change: BoardChange) => overlays.changeBoard({ ...saying, change });
  const poll = (change: PollChange) => overlays.changePoll({ ...saying, change });
  const who = world.pick(world.all).pk;
  await world.lets(
    `${person.name} says`,
    world.pick<() => Promise<unknown>>([
      () => inList({ do: "new", text: world.text() }),
      () => inList({ do: "add", list: list(), text: world.text() }),
      () => inList({ do: "add", list: list(), text: world.text() }),
      () => inList({ do: world.pick(["check", "uncheck"]), id: item() }),
      () => inList({ do: world.pick(["remove", "restore", "archive", "unarchive"]), id: thing() }),
      () => inList({ do: "rename", id: thing(), text: world.text() }),
      () => inList({ do: "assign", id: item(), ...(world.once(3) ? {} : { assignee: who }) }),
      () =>
        inList({
          do: "move",
          id: item(),
          to: world.pick(["top", "bottom", "before", "after"]),
          beside: item(),
        }),
      () => board({ do: "post", text: world.text(), ...(world.once(3) ? { expires: soon() } : {}) }),
      () =>
        board({ do: "reply", id: id(BULLETIN), text: world.text() + "x".repeat(world.pick([0, 5, 400])) }),
      () => board({ do: "reply", id: id(BULLETIN), text: world.text() }),
      () =>
        board({
          do: "edit",
          id: id(BULLETIN),
          text: world.text(),
          ...(world.once(3) ? { expires: soon() } : {}),
        }),
      () => board({ do: world.pick(["withdraw", "pin", "unpin"]), id: id(BULLETIN) }),
      () =>
        poll({
          do: "new",
          text: world.text(),
          choices: ["a", "b", "c"],
          many: world.once(2),
          ...(world.once(3) ? { until: soon() } : {}),
        }),
      () => poll({ do: "vote", id: id(POLL, '"new"'), votes: world.pick([[], [0], [1], [0, 2]]) }),
      () => poll({ do: "vote", id: id(POLL, '"new"'), votes: world.pick([[], [0], [1], [0, 2]]) }),
      () => poll({ do: "close", id: id(POLL, '"new"') }),
      () =>
        overlays.publish({
          ...saying,
          widget: { id: world.pick(["cpu", "disk"]), kind: "number", value: world.next(), ageMs: 60_000 },
        }),
      () =>
        overlays.publish({
          ...saying,
          widget: { id: "cpu", kind: "switch", value: true, summary: world.text(), info: world.text() },
        }),
      () =>
        overlays.announce({ ...saying, commands: world.pick([[], [{ name: "up", help: world.text() }]]) }),
      () => overlays.setPace({ ...saying, intervalMs: world.pick([10_000, 30_000, 60_000]) }),
      () => overlays.sendInvite({ ...saying, peer: who }),
      () => overlays.sendInvite({ ...saying, group: world.group }),
      () => {
        const { position } = world.pick(entries.filter(({ own }) => !own)) ?? { position: 1 };
        return overlays.answerInvite({ conversation, position, answer: "refuse" });
      },
    ]),
  );
}

/** What a program of somebody else might say: with any stamp, hanging on anything, or on nothing that is here. */
async function sayOddly(world: People, person: Person, conversation: string): Promise<void> {
  const other = world.pick(world.all);
  const where = world.once(3) ? world.pick(placesOf(world, other)) : conversation;
  const names = await Promise.all(
    (await keptBy(other, where)).filter(({ body }) => body !== "").map((one) =>
      one.via === "group"
        ? signatureOf(other.store, where, one.id ?? "")
        : nameOfTwo(one.direction === "out" ? other.pk : one.peer, one.body, one.id)
    ),
  );
  const p = world.once(6) ? "f".repeat(32) : world.pick([...names, undefined]);
  const now = world.nowMs(person.name);
  const s = world.pick([
    now,
    now,
    now + 1,
    now - 5000,
    now + 3_600_000,
    1,
    Math.floor(now / 60_000) * 60_000,
    2 ** 51,
  ]);
  const [overlay, d, extra] = world.pick<readonly [number, unknown, Record<string, unknown>?]>([
    [LIST, { a: "new", l: world.text() }],
    [LIST, { a: "add", i: world.text() }],
    [LIST, { a: world.pick(["done", "undone", "remove", "restore", "archive", "unarchive"]) }],
    [LIST, { a: "rename", i: world.text() }],
    [LIST, { a: "move", r: world.pick(["1", "8", "f", "18c"]) }],
    [BULLETIN, world.text(), world.once(3) ? { x: now + world.pick([-5, 1000, 60_000]) } : {}],
    [BULLETIN, world.text(), { a: world.pick(["edit", "withdraw", "pin", "unpin"]) }],
    [POLL, { a: "new", q: world.text(), c: ["a", "b"], m: world.once(2) }],
    [POLL, { a: "vote", v: world.pick([[0], [1], [5], [0, 1]]) }],
    [POLL, { a: "close" }],
    [DASHBOARD, { w: world.pick(["cpu", "disk"]), k: "number", v: world.next() }],
    [DASHBOARD, { w: "disk", k: "text", v: world.text(), summary: world.text() }],
    [DASHBOARD, { c: world.pick([[], [["down", world.text()]]]) }],
    [DASHBOARD, { i: world.pick([10_000, 20_000, 5]), b: 1024 }],
    [DASHBOARD, { w: "no/such" }],
    [4711, world.text()],
  ]);
  const data = typeof d === "string" ? d : JSON.stringify(d);
  const said = encodeOverlay({
    overlay,
    data,
    fallback: `line ${world.text()}`,
    extra: { ...(world.once(8) ? {} : { s }), ...extra },
    ...(p === undefined ? {} : { parent: p }),
  });
  const again = world.once(6) ? world.pick(await keptBy(person, conversation))?.body : undefined;
  const body = again || said;
  const { groups, messages } = person.app;
  const waitMs = world.pick([0, 300, 3000]);
  const times = world.once(20) ? 40 : 1;
  for (let i = 0; i < times; i++) {
    const text = times === 1 ? body : body.replace("line ", `line ${i} `);
    await world.lets(
      `${person.name} says oddly`,
      conversation === world.group
        ? () => groups.send({ group: conversation, text, waitMs })
        : () => messages.send({ to: { pk: conversation, port: 1 }, text, waitMs, queue: true }),
    );
  }
}

async function remove(world: People, person: Person, conversation: string): Promise<void> {
  const there = (await keptBy(person, conversation)).filter(({ state }) => state !== "deleted");
  if (there.length === 0) return;
  const { position } = world.pick(there);
  const everywhere = world.once(2);
  await world.lets(
    `${person.name} removes`,
    () => person.app.messages.remove({ peer: conversation, position, everywhere }),
  );
}

async function readThread(world: People, person: Person, conversation: string): Promise<void> {
  const { rows } = await world.done(person.app.overlays.threads({ conversation, limit: 50 }));
  if (rows.length === 0) return;
  const { id } = world.pick(rows);
  const [newest] = await person.store.messages.newest(conversation, 1);
  await world.done(person.app.overlays.readThread({ conversation, id }));
  const key = `${conversation} ${id}`;
  person.marks.set(key, Math.max(person.marks.get(key) ?? 0, newest.position));
}

function net(world: People, { pk }: Person): Promise<void> {
  if (world.hub.away.has(pk)) world.hub.back(pk);
  else if (world.once(2)) world.hub.leave(pk);
  else world.hub.cut(pk);
  return Promise.resolve();
}

async function cancel(world: People, { app, name }: Person): Promise<void> {
  const waiting = await app.outbox.list();
  if (waiting.length === 0) return;
  const { message: { peer, position } } = world.pick(waiting);
  await world.lets(`${name} cancels`, () => app.outbox.cancel({ peer, position }));
  if (world.once(2)) await world.lets(`${name} retries`, () => app.outbox.retry({ peer, position }));
}

async function forget(world: People, { app, name, marks }: Person, conversation: string): Promise<void> {
  if (conversation === world.group) return;
  await world.lets(`${name} forgets`, () => app.messages.forget({ peer: conversation }));
  await world.pass(1000);
  for (const key of [...marks.keys()]) if (key.startsWith(conversation)) marks.delete(key);
}

async function block(world: People, { app, pk, name }: Person): Promise<void> {
  const other = world.pick(world.all.filter((one) => one.pk !== pk));
  await world.lets(
    `${name} blocks`,
    () => app.peers.decide({ peer: other.pk, ...(world.once(2) ? { blocked: true } : { accepted: true }) }),
  );
}

async function decide(world: People, { app, name, pk }: Person): Promise<void> {
  const peer = world.pick(world.all.filter((one) => one.pk !== pk)).pk;
  const action = world.pick(["promote", "demote", "mute", "unmute"] as const);
  await world.lets(`${name} decides`, () => app.groups.decide({ group: world.group, action, peer }));
}
