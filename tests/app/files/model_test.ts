/**
 * Three people who offer each other files, alone and in a private group, take them, refuse them and change their minds,
 * while streams break and programs are killed: no file is another one than was offered or a part of it, a quota is never
 * passed, nothing lies about, and in the end both sides of a file say the same of it.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FileView } from "../../../lib/app/files/files.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows, type MemoryRows } from "../../../lib/store/place/memory.ts";
import type { FileDisk } from "../../../lib/sys/copies/received_files.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { MemoryFileDisk } from "../../fakes/file_disk.ts";
import { quiet } from "../../fakes/quiet.ts";
import { below, seededRandom } from "../../fakes/random.ts";
import { ChatWorld } from "../chat_world.ts";
import { pairOf } from "../groups/group_world.ts";
import { Program } from "../groups/person.ts";
import { party } from "../local/pair.ts";

const SEEDS = 4;
const STEPS = 50;
const NAMES = ["alice", "bob", "carol"] as const;
type Name = (typeof NAMES)[number];
const MAX_BYTES = 200_000;
const QUOTA_BYTES = 400_000;
const SIZES = [0, 1, 700, 60_000, 150_000, 210_000];

interface Person {
  readonly name: Name;
  readonly pk: string;
  readonly app: LocalApp;
  readonly rows: MemoryRows;
  readonly program: Program;
  /** What lies on its disk. */
  readonly disk: MemoryFileDisk;
}

class FilesWorld extends ChatWorld {
  readonly random;
  readonly faults: string[] = [];
  readonly #people = new Map<Name, Person>();
  readonly #going = new Map<Promise<unknown>, Program>();
  /** Who was killed: what its program did last it may not have told or noted. */
  readonly killed = new Set<Name>();
  /** Files that came and were deleted by their users. */
  readonly deleted = new Set<string>();
  /** All that was ever offered, by number. */
  readonly files = new Map<string, Uint8Array>();
  group = "";
  #count = 0;

  constructor(seed: number) {
    super();
    this.random = seededRandom(`files ${seed}`);
  }

  pick<T>(list: readonly T[]): T {
    return list[below(this.random, list.length)];
  }

  get all(): Person[] {
    return NAMES.map((name) => this.#people.get(name)!);
  }

  async begin(): Promise<void> {
    for (const name of NAMES) await this.start(name, emptyRows(), new MemoryFileDisk());
    const [alice, ...others] = this.all;
    const made = await this.done(alice.app.groups.create({ name: "ops", kind: "private", join: "link" }));
    this.group = made.group;
    for (const { app } of others) await this.done(app.groups.join({ link: made.invite }));
    await this.pass(5_000);
    const accepting = this.pick(this.all);
    for (const { pk } of this.all) {
      if (pk !== accepting.pk) await this.done(accepting.app.peers.decide({ peer: pk, accepted: true }));
    }
  }

  async start(name: Name, rows: MemoryRows, disk: MemoryFileDisk): Promise<void> {
    const own = pairOf(name);
    const program = new Program({ hub: this.hub, clock: this.clock, pk: own.pk });
    const accept = name === "bob" ? "accepted" : "ask";
    const policy = {
      accept,
      maxBytes: MAX_BYTES,
      quotaBytes: QUOTA_BYTES,
      peers: {},
      directory: `/${name}`,
    } as const;
    const { app, pk } = await this.done(party(this.hub, name, program.clock, {
      rows,
      own,
      client: program.network,
      files: { policy, disk: mortal(disk, program), windows: false },
      onProblem: (error) => {
        if (program.isDead || error instanceof NetworkError || error instanceof UserError) return;
        this.faults.push(`${name}: ${error.stack}`);
      },
    }));
    this.#people.set(name, { name, pk, app, rows, program, disk });
  }

  async restart({ name, app, rows, disk }: Person): Promise<void> {
    await this.done(app.close());
    await quiet();
    strictEqual(disk.unfinished, 0, `${name}: files that were begun`);
    await this.start(name, rows, disk);
  }

  async kill({ name, rows, disk, program }: Person): Promise<void> {
    const left = { rows: new Map(rows.rows), writes: rows.writes };
    this.killed.add(name);
    program.die();
    const next = new MemoryFileDisk();
    for (const [path, bytes] of disk.files) next.files.set(path, bytes);
    await this.start(name, left, next);
  }

  /** Begins something; what may go wrong is no fault. */
  async lets(person: Person, what: string, run: () => Promise<unknown>): Promise<void> {
    const going: Promise<unknown> = run().catch((error) => {
      if (error instanceof UserError || error instanceof NetworkError || error.name === "AbortError") return;
      if (!person.program.isDead) this.faults.push(`${person.name} ${what}: ${error.stack}`);
    });
    this.#going.set(going, person.program);
    going.then(() => this.#going.delete(going));
    if (this.random.fraction() < 0.3) {
      const soon = new Promise<void>((resolve) => this.clock.after(this.pick([1, 5_000]), resolve));
      await this.done(Promise.race([going, soon]));
    } else await quiet();
  }

  async send(person: Person): Promise<void> {
    const to = this.pick([this.group, ...this.all.filter((one) => one !== person).map(({ pk }) => pk)]);
    const number = this.#count++;
    const size = this.pick(SIZES);
    const bytes = new Uint8Array(size).fill(number % 251);
    bytes.set(new TextEncoder().encode(`${number} of ${person.name}`).subarray(0, size));
    const path = `/own/${person.name}/${this.pick(["f", "g", String(number)])}`;
    person.disk.files.set(path, bytes);
    this.files.set(`${number}`, bytes);
    const stop = new AbortController();
    if (this.random.fraction() < 0.1) this.clock.after(this.pick([1, 3000]), () => stop.abort());
    await this.lets(person, "sends", () => person.app.files.send({ conversation: to, path }, stop.signal));
  }

  async decide(person: Person): Promise<void> {
    const { files } = person.app;
    const offered = (await files.list({ limit: 100 })).filter(({ outgoing }) => !outgoing);
    if (offered.length === 0) return;
    const open = offered.filter(({ state }) => state !== "kept");
    const file = this.pick(open.length > 0 && this.random.fraction() < 0.9 ? open : offered);
    const what = this.random.fraction() < 0.75 ? "accept" : "refuse";
    await this.lets(person, what, () => files[what](file));
  }

  unmute({ pk }: Person): void {
    if (this.hub.muted.delete(pk)) this.hub.cut(pk);
  }

  /** The user deletes a file. */
  async delete({ name, app, disk }: Person): Promise<void> {
    const path = this.pick([...disk.files.keys(), ""]);
    disk.files.delete(path);
    const gone = (await app.files.list({ limit: 1000 })).find((one) => !one.outgoing && one.path === path);
    if (gone !== undefined) this.deleted.add(`${name} ${gone.id}`);
  }

  async step(): Promise<void> {
    const person = this.pick(this.all);
    const happens: readonly (readonly [weight: number, run: () => unknown])[] = [
      [6, () => this.send(person)],
      [8, () => this.decide(person)],
      [4, () => this.pass(this.pick([5, 400, 3000, 20_000, 55_000]))],
      [1, () => this.hub.leave(person.pk)],
      [2, () => this.hub.back(person.pk)],
      [2, () => this.hub.cut(person.pk)],
      [0.5, () => void this.hub.muted.add(person.pk)],
      [1, () => this.unmute(person)],
      [0.7, () => this.restart(person)],
      [0.7, () => this.kill(person)],
      [0.5, () => this.delete(person)],
    ];
    const sum = happens.reduce((all, [weight]) => all + weight, 0);
    let at = this.random.fraction() * sum;
    await happens.find(([weight]) => (at -= weight) < 0)![1]();
    this.look();
  }

  /** What must be so at any time. */
  look(): void {
    for (const { name, disk } of this.all) {
      const used = new Map<string, number>();
      for (const [path, bytes] of disk.files) {
        if (path.startsWith("/own/")) continue;
        const [, , of] = path.split("/");
        used.set(of, (used.get(of) ?? 0) + bytes.length);
        ok(this.#isOffered(bytes), `${name} has at ${path} what nobody has offered`);
        ok(bytes.length <= MAX_BYTES, `${name} has a file of ${bytes.length} bytes`);
      }
      for (const [of, bytes] of used) ok(bytes <= QUOTA_BYTES, `${name} has ${bytes} of ${of}`);
    }
  }

  #isOffered(bytes: Uint8Array): boolean {
    return [...this.files.values()].some((one) =>
      one.length === bytes.length && one.every((byte, i) => byte === bytes[i])
    );
  }

  /** All are there until nothing moves. */
  async heal(): Promise<void> {
    for (const person of this.all) {
      this.hub.back(person.pk);
      this.unmute(person);
    }
    await this.pass(200_000);
    for (const [, program] of this.#going) {
      if (!program.isDead) this.faults.push(`something of ${program.left} is still under way`);
    }
  }

  /** What must be so in the end. */
  async check(): Promise<void> {
    const views = new Map<Name, FileView[]>();
    for (const { name, app, disk } of this.all) {
      const list = await this.done(app.files.list({ limit: 1000 }));
      views.set(name, list);
      strictEqual(disk.unfinished, 0, `${name}: files that were begun`);
      strictEqual(disk.reading, 0, `${name}: files that are open`);
      const moving = list.filter(({ state }) => state === "moving" || state === "asked");
      deepStrictEqual(moving, [], `${name}: nothing moves any more`);
    }
    for (const from of this.all) {
      for (const ours of views.get(from.name)!.filter(({ outgoing }) => outgoing)) {
        if (ours.conversation === this.group) continue;
        const to = this.all.find(({ pk }) => pk === ours.conversation)!;
        const theirs = views.get(to.name)!.find(({ id, outgoing }) => !outgoing && id === ours.id);
        const said =
          `${from.name} → ${to.name} ${ours.id}: ${ours.state} (${ours.reason}), there ${theirs?.state} (${theirs?.reason})`;
        if (ours.state === "sent" && theirs?.state !== "kept" && !this.deleted.has(`${to.name} ${ours.id}`)) {
          this.faults.push(said);
        }
        if (theirs?.state === "kept") {
          const mayBe = ours.state === "sent" || ours.state === "unconfirmed" || this.killed.has(from.name) ||
            ours.reason === "the program ended" || ours.reason === "it was broken off here";
          if (!mayBe) this.faults.push(said);
        }
      }
    }
  }

  async close(): Promise<void> {
    for (const { app } of this.all) await this.done(app.close());
  }
}

/** A disk that a dead program changes no more. */
function mortal(disk: MemoryFileDisk, program: Program): FileDisk {
  const never = () => new Promise<never>(() => {});
  return {
    look: (directory, nowMs) => program.isDead ? never() : (void nowMs, disk.look(directory)),
    open: (path) => program.isDead ? never() : disk.open(path),
    create: async (directory, name) => {
      if (program.isDead) return await never();
      const target = await disk.create(directory, name);
      return {
        write: (bytes) => program.isDead ? never() : target.write(bytes),
        commit: (mode) => program.isDead ? never() : target.commit(mode),
        discard: () => program.isDead ? never() : target.discard(),
      };
    },
  };
}

Deno.test("Files that three offer each other are whole, within the quota, and said alike at both ends, whatever breaks", async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const world = new FilesWorld(seed);
    try {
      await world.begin();
      for (let i = 0; i < STEPS; i++) await world.step();
      await world.heal();
      world.look();
      await world.check();
      deepStrictEqual(world.faults, []);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
    await world.close();
  }
});
