/** Who may read changes in one step: whatever operation an admin dies at, everybody has the change or nobody. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { GroupAction } from "../../lib/app/groups/groups.ts";
import type { LocalApp } from "../../lib/app/local.ts";
import { emptyRows, type MemoryRows } from "../../lib/store/place/memory.ts";
import { GroupWorld } from "../app/groups/group_world.ts";
import { keyOf } from "../app/local/pair.ts";
import { type Fault, faultyPlace } from "../fakes/faulty_store.ts";

type Who = "alice" | "bob" | "carol" | "dave";
type Kept = Readonly<Record<Who, MemoryRows>>;

/** What a verb changes, as `standing` shows it. */
interface Verb {
  readonly name: GroupAction | "rotate-key";
  readonly about?: Who;
  /** Members, admins and epoch afterwards. */
  readonly after: readonly [members: Who[], admins: Who[], epoch: number];
}

const BEFORE: Verb["after"] = [["alice", "bob", "carol"], ["alice"], 0];
const VERBS: readonly Verb[] = [
  { name: "remove", about: "bob", after: [["alice", "carol"], ["alice"], 1] },
  { name: "rotate-key", after: [["alice", "bob", "carol"], ["alice"], 1] },
  { name: "approve", about: "dave", after: [["alice", "bob", "carol", "dave"], ["alice"], 0] },
  { name: "promote", about: "bob", after: [["alice", "bob", "carol"], ["alice", "bob"], 0] },
];

const copyOf = ({ rows, writes }: MemoryRows): MemoryRows => ({ rows: new Map(rows), writes });
const sortedKeys = (names: readonly Who[]): string[] => names.map(keyOf).sort();

/** A private group of three, and a fourth who waits, all of them closed. */
async function base(): Promise<{ kept: Kept; group: string }> {
  const world = new GroupWorld();
  const kept = { alice: emptyRows(), bob: emptyRows(), carol: emptyRows(), dave: emptyRows() };
  try {
    const alice = await world.member("alice", kept.alice);
    const made = await world.done(alice.groups.create({ name: "ops", kind: "private", join: "approval" }));
    const { group } = made;
    for (const name of ["bob", "carol", "dave"] as const) {
      const app = await world.member(name, kept[name]);
      await world.done(app.groups.join({ link: made.invite }));
      if (name !== "dave") await world.done(alice.groups.decide({ group, action: "approve", peer: app.pk }));
    }
    await world.pass(60_000);
    return { kept, group };
  } finally {
    await world.end();
  }
}

const standing = async (app: LocalApp, group: string): Promise<unknown[]> => {
  const { members, admins, key_epoch = 0 } = await app.groups.info({ group }) as {
    members: string[];
    admins: string[];
    key_epoch?: number;
  };
  return [[...members].sort(), [...admins].sort(), Number(key_epoch)];
};

/** Runs a verb with a death at its n-th operation. @returns Whether it had so many. */
async function dieAt(
  verb: Verb,
  how: Fault["how"],
  n: number,
  from: Awaited<ReturnType<typeof base>>,
): Promise<boolean> {
  const { group } = from;
  const rows = copyOf(from.kept.alice);
  const world = new GroupWorld();
  await world.pass(600_000); // later than all that was done
  const fault = { at: Infinity, how, onKill: () => world.hub.crash(keyOf("alice")) };
  let place!: ReturnType<typeof faultyPlace>;
  try {
    const alice = await world.member("alice", rows, (under) => place = faultyPlace(under, fault));
    const others = {
      bob: await world.member("bob", copyOf(from.kept.bob)),
      carol: await world.member("carol", copyOf(from.kept.carol)),
    };
    await world.pass(40_000);
    deepStrictEqual(await standing(others.carol, group), [
      ...BEFORE.slice(0, 2).map((names) => sortedKeys(names as Who[])),
      0,
    ]);
    fault.at = place.operations() + n;
    const peer = verb.about === undefined ? {} : { peer: keyOf(verb.about) };
    const doing = verb.name === "rotate-key"
      ? alice.groups.rotateKey({ group })
      : alice.groups.decide({ group, action: verb.name, ...peer });
    await world.done(doing.then(() => {}, () => {}));
    await world.pass(2_000);
    if (!place.tripped()) return false;
    const again = await world.member("alice", copyOf(rows));
    await world.pass(90_000);
    const seen = await standing(again, group);
    const shown = (
      [members, admins, epoch]: Verb["after"],
    ) => [sortedKeys(members), sortedKeys(admins), epoch];
    const isDone = JSON.stringify(seen) === JSON.stringify(shown(verb.after));
    if (!isDone) deepStrictEqual(seen, shown(BEFORE), `${verb.name}, ${how} ${n}: half of it`);
    deepStrictEqual(await standing(others.carol, group), seen, `${verb.name}, ${how} ${n}: carol`);
    const isOut = isDone && verb.name === "remove";
    strictEqual((await others.bob.groups.list())[0].status, isOut ? "revoked" : "active");
    if (!isOut) deepStrictEqual(await standing(others.bob, group), seen, `${verb.name}, ${how} ${n}: bob`);
    // Whoever is in reads what is said now, and nobody else.
    await world.done(others.carol.groups.send({ group, text: "after", waitMs: 10_000 }));
    await world.pass(10_000);
    deepStrictEqual(await world.texts(again, group), ["after"]);
    deepStrictEqual(await world.texts(others.bob, group), isOut ? [] : ["after"]);
    return true;
  } finally {
    await world.end();
  }
}

for (const verb of VERBS) {
  Deno.test(`${verb.name}: whatever operation its admin dies at, everybody has it or nobody`, async () => {
    const from = await base();
    let points = 0;
    for (const how of ["kill before", "kill after"] as const) {
      for (let n = 0; await dieAt(verb, how, n, from); n++) points++;
    }
    ok(points >= 2, `${points} points`);
  });
}
