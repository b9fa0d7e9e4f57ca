import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Head } from "../../lib/cxo/node/publisher.ts";
import type { NodeOut } from "../../lib/cxo/node/types.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { below, seededRandom } from "../fakes/random.ts";
import type { Model } from "./helpers.ts";
import { keyOf, type Member, rootName, World } from "./world.ts";

/** What a member's disk holds: the model writes it, as the application would. */
interface Disk {
  head: Head | undefined;
  leaves: Map<string, Uint8Array>;
}

/** How a run went. */
interface Tally {
  readonly puts: number;
  readonly restarts: number;
  readonly cuts: number;
  readonly dials: number;
}

/**
 * A minute of members that all publish and follow each other, on links that break and dials that fail, with
 * duplicate connections, restarts with and without a disk, clocks that are off, and Roots that wait for their disk.
 * Then the trouble ends, and everybody must have the same of everybody.
 */
function simulate(seed: number, count: number, minutes: number): Tally {
  const random = seededRandom(`cxo ${seed}`);
  const world = new World({ seed, delayMs: 20, dialLoss: 0.2, cut: seed % 2 === 0 });
  const disks = new Map<Member, Disk>();
  /** By reader and feed: what its changes add up to. */
  const views = new Map<string, Model>();
  const tally = { puts: 0, restarts: 0, cuts: 0 };
  const keys = Array.from({ length: count }, (_, i) => keyOf(i + 1));

  world.onEvent = (member, event) => {
    if (event.kind === "commit") {
      const disk = disks.get(member)!;
      disk.head = event.head;
      applyTo(disk.leaves, event.changes);
      world.after(below(random, 30), () => member.up && commit(member, event));
    }
    if (event.kind === "filled") follow(views, member, event);
  };
  const commit = (member: Member, event: NodeOut & { kind: "commit" }): void => {
    if (disks.get(member)!.head === event.head) world.put(member, { kind: "committed" });
  };
  const start = (member: Member): void => {
    const { head, leaves } = disks.get(member)!;
    const list = [...leaves].map(([path, value]) => ({ path, value }));
    world.put(member, { kind: "own", durable: true, leaves: list, ...(head ? { head } : {}) });
    for (const pk of keys) if (pk !== member.pk) world.put(member, { kind: "follow", feed: pk, peers: [pk] });
  };
  for (const [i, pk] of keys.entries()) {
    const member = world.add(pk, {}, BigInt(i % 3 - 1) * 3n * 365n * 86_400_000_000_000n);
    disks.set(member, { head: undefined, leaves: new Map() });
  }
  const members = [...world.members.values()];
  for (const member of members) start(member);

  const trouble = (): void => {
    const member = members[below(random, count)];
    const dice = random.fraction();
    if (dice < 0.55) {
      world.put(member, {
        kind: "put",
        path: `m/${below(random, 40)}/${tally.puts++}`,
        value: utf8(`v${below(random, 99)}`),
      });
    } else if (dice < 0.6) {
      world.put(member, { kind: "prune", path: `m/${below(random, 40)}` });
    } else if (dice < 0.85) {
      const conns = [...member.conns.keys()];
      if (conns.length > 0) world.break(member, conns[below(random, conns.length)]);
      tally.cuts++;
    } else if (dice < 0.93) {
      const other = members[below(random, count)];
      if (other !== member) world.connect(member, other); // a duplicate, unless there is none
    } else {
      restart(world, member, disks.get(member)!, views, dice > 0.97);
      tally.restarts++;
      start(member);
    }
  };
  for (let atMs = 0; atMs < minutes * 60_000; atMs += 350) {
    trouble();
    world.run(350);
  }
  world.run(120_000);
  for (const owner of members) {
    for (const reader of members) {
      if (reader === owner) continue;
      const what = `seed ${seed}: ${reader.pk.slice(-2)} reads ${owner.pk.slice(-2)}`;
      strictEqual(rootName(reader, owner.pk), rootName(owner, owner.pk), what);
      deepStrictEqual(
        sorted(views.get(`${reader.pk} ${owner.pk}`)),
        sorted(world.model(owner, owner.pk)),
        what,
      );
    }
    deepStrictEqual(sorted(world.model(owner, owner.pk)), sorted(texts(disks.get(owner)!.leaves)), "disk");
    strictEqual(owner.conns.size, count - 1, "one connection for each peer");
  }
  return { ...tally, dials: world.dials };
}

/** A crash, and a new process: with its disk, or without its feed's. Readers' views start anew as well. */
function restart(world: World, member: Member, disk: Disk, views: Map<string, Model>, isLost: boolean): void {
  if (isLost) {
    disk.head = undefined;
    disk.leaves.clear();
  }
  for (const key of views.keys()) if (key.startsWith(member.pk)) views.delete(key);
  world.add(member.pk, {}, member.skewNs);
}

function applyTo(leaves: Map<string, Uint8Array>, changes: (NodeOut & { kind: "commit" })["changes"]): void {
  for (const { path, value } of changes) {
    if (value !== null) leaves.set(path, value);
    else {for (const leaf of leaves.keys()) {
        if (leaf === path || leaf.startsWith(`${path}/`)) leaves.delete(leaf);
      }}
  }
}

function follow(views: Map<string, Model>, member: Member, event: NodeOut & { kind: "filled" }): void {
  const key = `${member.pk} ${event.feed}`;
  const view = views.get(key) ?? new Map<string, string>();
  views.set(key, view);
  for (const { kind, path, value } of event.changes) {
    strictEqual(view.has(path), kind !== "inserted", `${kind} ${path}`);
    if (kind === "removed") view.delete(path);
    else view.set(path, fromUtf8(value));
  }
}

const texts = (leaves: Map<string, Uint8Array>): Model =>
  new Map([...leaves].map(([path, value]) => [path, fromUtf8(value)]));
const sorted = (model: Model | undefined): [string, string][] => [...model ?? []].sort();

Deno.test("Nodes agree after lost connections, duplicates, restarts with and without a disk, and clocks years off", () => {
  const total = { puts: 0, restarts: 0, cuts: 0, dials: 0 };
  for (let seed = 1; seed <= 8; seed++) {
    const tally = simulate(seed, 3, 1);
    for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += tally[name];
  }
  simulate(101, 5, 1);
  ok(total.restarts > 40 && total.cuts > 200, JSON.stringify(total));
  console.log(`8 seeds of 3 nodes, 1 of 5: ${JSON.stringify(total)}`);
});
