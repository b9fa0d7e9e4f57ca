/** What is said over an owner that dies is said once: whatever operation of its disk it dies at. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import type { LocalApp } from "../../lib/app/local.ts";
import { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { OwnerGone } from "../../lib/owner/rpc/errors.ts";
import { emptyRows, type MemoryRows } from "../../lib/store/place/memory.ts";
import { GroupWorld } from "../app/groups/group_world.ts";
import { keyOf } from "../app/local/pair.ts";
import { type Fault, faultyPlace } from "../fakes/faulty_store.ts";
import { seededRandom } from "../fakes/random.ts";

type Kept = { readonly alice: MemoryRows; readonly bob: MemoryRows; readonly group: string };

/** What is said, and what it gives: an id, whoever answers. */
interface Verb {
  readonly name: string;
  readonly say: (app: App, group: string) => Promise<{ readonly id: string }>;
}

const WAIT = { waitMs: 5_000 };
const VERBS: readonly Verb[] = [
  { name: "group send", say: (app, group) => app.groups.send({ group, text: "hello", ...WAIT }) },
  {
    name: "list new in a group",
    say: (app, conversation) =>
      app.overlays.changeList({ conversation, ...WAIT, change: { do: "new", text: "milk" } }),
  },
  {
    name: "board post to a person",
    say: (app) =>
      app.overlays.changeBoard({ conversation: keyOf("bob"), ...WAIT, change: { do: "post", text: "ad" } }),
  },
];

const copyOf = ({ rows, writes }: MemoryRows): MemoryRows => ({ rows: new Map(rows), writes });

async function base(): Promise<Kept> {
  const world = new GroupWorld();
  const kept = { alice: emptyRows(), bob: emptyRows() };
  try {
    const alice = await world.member("alice", kept.alice);
    const bob = await world.member("bob", kept.bob);
    const { group, invite } = await world.done(
      alice.groups.create({ name: "ops", kind: "public", join: "link" }),
    );
    await world.done(bob.groups.join({ link: invite }));
    await world.pass(5_000);
    return { ...kept, group };
  } finally {
    await world.end();
  }
}

/** The same app, whose calls end when its process does. */
function mortal(app: LocalApp, death: Promise<never>): App {
  const dying = <M extends object>(member: M): M =>
    new Proxy(member, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => Promise.race([method.apply(target, args), death]);
      },
    });
  return { ...app, groups: dying(app.groups), overlays: dying(app.overlays), closed: app.closed } as App;
}

/** @returns Whether it died before it had answered. */
async function dieAt({ name, say }: Verb, how: Fault["how"], n: number, from: Kept): Promise<boolean> {
  const { group } = from;
  const world = new GroupWorld();
  await world.pass(60_000); // later than all that was done
  const rows = copyOf(from.alice);
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => {});
  const fault = {
    at: Infinity,
    how,
    onKill: () => {
      world.hub.crash(keyOf("alice"));
      death.reject(new OwnerGone());
    },
  };
  let place!: ReturnType<typeof faultyPlace>;
  try {
    const bob = await world.member("bob", copyOf(from.bob));
    const first = await world.member("alice", rows, (under) => place = faultyPlace(under, fault));
    await world.pass(5_000);
    let next: LocalApp | undefined;
    const release = () => Promise.resolve();
    const request = {
      paths: undefined,
      command: "send",
      resident: false,
      open: () => Promise.resolve(first),
      clock: world.clock,
      random: seededRandom(`${name} ${n}`),
      signal: new AbortController().signal,
    };
    const kept = new KeptApp(
      request,
      { app: mortal(first, death.promise), role: "client", release },
      async () => ({ app: next = await world.member("alice", copyOf(rows)), role: "client", release }),
    );
    fault.at = place.operations() + n;
    const said = await world.done(say(kept, group));
    if (next === undefined) return false; // it had answered before it died
    await world.pass(60_000);
    const texts = async (app: LocalApp) =>
      (await world.done(app.messages.history({ limit: 99 }))).map(({ text }) => text);
    const [ours, theirs] = [await texts(next), await texts(bob)];
    strictEqual(ours.length, 1, `${name}, ${how} ${n}: ${ours}`);
    deepStrictEqual(theirs, ours, `${name}, ${how} ${n}`);
    ok(said.id !== "", `${name}, ${how} ${n}`);
    return true;
  } finally {
    await world.end();
  }
}

for (const verb of VERBS) {
  Deno.test(`${verb.name}: whatever operation the owner dies at, it is said once`, async () => {
    const from = await base();
    let points = 0;
    for (const how of ["kill before", "kill after"] as const) {
      for (let n = 0; await dieAt(verb, how, n, from); n++) points++;
    }
    ok(points >= 2, `${points} points`);
  });
}
