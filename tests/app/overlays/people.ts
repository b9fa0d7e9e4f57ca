/**
 * Three people who say things in lists, bulletins, polls and dashboards at random, with each other and in a group, and
 * what happens to them and their messages meanwhile.
 *
 * @module
 */
import { type BackupLine, kept, read, written } from "../../../lib/app/backup.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { OVERLAY_STATES } from "../../../lib/app/overlays/has_overlays.ts";
import { Restore } from "../../../lib/app/restore.ts";
import type { KeeperState } from "../../../lib/overlay/generation.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../../lib/store/place/memory.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Clock } from "../../../lib/sys/clock.ts";
import type { Random } from "../../../lib/sys/random.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { quiet } from "../../fakes/quiet.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ChatWorld } from "../chat_world.ts";
import { pairOf } from "../groups/group_world.ts";
import { Program } from "../groups/person.ts";
import { party } from "../local/pair.ts";

/** Who they are. */
export const NAMES = ["alice", "bob", "carol"] as const;
/** One of them. */
export type Name = (typeof NAMES)[number];

/** One of them now. */
export interface Person {
  readonly name: Name;
  readonly pk: string;
  readonly app: LocalApp;
  readonly store: Store;
  readonly rows: MemoryRows;
  readonly program: Program;
  /** Up to where threads were read, by conversation and root. */
  readonly marks: Map<string, number>;
}

/** By how much clocks differ, milliseconds. */
const OFFSETS: Readonly<Record<Name, number>> = { alice: 0, bob: 90_000, carol: -3_700_000 };

/** All of them. */
export class People extends ChatWorld {
  /** Decides what happens. */
  readonly random: Random;
  /** What went wrong beside a call, or in one. */
  readonly faults: string[] = [];
  /** The group. */
  group = "";
  #count = 0;
  #opened = 0;
  readonly #people = new Map<Name, Person>();
  readonly #going = new Set<Promise<unknown>>();

  /** Nothing has happened. */
  constructor(readonly seed: number) {
    super();
    this.random = seededRandom(`overlays ${seed}`);
  }

  /** Opens all, and a group of theirs. */
  async begin(): Promise<void> {
    for (const name of NAMES) await this.#open(name, emptyRows(), new Map());
    const kind = this.pick(["public", "private"] as const);
    const [alice, ...others] = this.all;
    const made = await this.done(alice.app.groups.create({ name: "ops", kind, join: "link" }));
    this.group = made.group;
    for (const { app } of others) await this.done(app.groups.join({ link: made.invite }));
    await this.pass(5_000);
  }

  /** All of them. */
  get all(): Person[] {
    return NAMES.map((name) => this.#people.get(name)!);
  }

  /** A number that was not used before. */
  next(): number {
    return this.#count++;
  }

  /** A text that is nowhere else. */
  text(): string {
    return `~${this.next()}~`;
  }

  /** One of some. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random.fraction() * list.length)];
  }

  /** True once in so many times. */
  once(of: number): boolean {
    return this.random.fraction() * of < 1;
  }

  /** What somebody's clock says, milliseconds since 1970. */
  nowMs(name: Name): number {
    return Number(this.#clockOf(name).wallNs() / 1_000_000n);
  }

  #clockOf(name: Name): Clock {
    const { clock } = this;
    return {
      nowMs: () => clock.nowMs(),
      // Whole milliseconds: a program's clock goes a nanosecond further with each look at it.
      wallNs: () => (clock.wallNs() / 1_000_000n + BigInt(OFFSETS[name])) * 1_000_000n,
      after: (ms, run) => clock.after(ms, run),
    };
  }

  /** Starts somebody's program. */
  async #open(name: Name, rows: MemoryRows, marks: Map<string, number>): Promise<void> {
    const own = pairOf(name);
    const program = new Program({ hub: this.hub, clock: this.#clockOf(name), pk: own.pk });
    const onProblem = (error: Error): void => {
      if (program.isDead || error instanceof NetworkError) return;
      // Said of who goes on with a backup, or lost what was on its way to the disk.
      if (!/went on without what/.test(error.message)) this.faults.push(`${name}: ${error.stack}`);
    };
    const random = seededRandom(`${this.seed} ${name} ${this.#opened++}`);
    const options = { rows, own, onProblem, random, client: program.network };
    const { app, store, pk } = await this.done(party(this.hub, name, program.clock, options));
    this.#people.set(name, { name, pk, app, store, rows, marks, program });
    if (this.once(3)) await this.#disturb(store);
  }

  /** Rows of a conversation are of another version, or its changes were missed. */
  async #disturb({ values, commit }: Store): Promise<void> {
    for (const { name, value } of await values.list(OVERLAY_STATES)) {
      if (name === "" || this.once(2)) continue;
      const state = JSON.parse(fromUtf8(value)) as KeeperState;
      const { live, next } = state;
      const other: KeeperState = this.pick([
        { ...state, cursor: 1_000_000 },
        { ...state, ...(live && { live: { ...live, version: live.version - 1 } }) },
        { ...state, ...(next && { next: { ...next, version: next.version - 1 } }) },
      ]);
      await commit([{ kind: "value", room: OVERLAY_STATES, name, value: utf8(JSON.stringify(other)) }]);
    }
  }

  /** Ends a program in order, and starts the next one. */
  async restart({ name, app, rows, marks }: Person): Promise<void> {
    await this.done(app.close());
    this.hub.crash(pairOf(name).pk);
    await this.#open(name, rows, marks);
  }

  /** What is on its disk at this moment is what the next program finds. */
  async kill({ name, rows, marks, program }: Person): Promise<void> {
    const left = { rows: new Map(rows.rows), writes: rows.writes };
    program.die();
    await this.#open(name, left, marks);
  }

  /** Goes on with nothing but a backup. */
  async move(person: Person): Promise<void> {
    const { app, name, pk } = person;
    async function* whole(): AsyncGenerator<BackupLine> {
      yield { type: "dmsg-backup", version: 1, pk, ts: "2026-11-28T00:00:00Z" };
      yield* kept(() => Promise.resolve(app), { keys: true, onDamaged: () => {} });
    }
    const lines = await this.done(Array.fromAsync(read(written(whole()))));
    await this.done(app.close());
    this.hub.crash(pk);
    const rows = emptyRows();
    const random = seededRandom(`restore ${this.seed} ${this.#opened++}`);
    const place = memoryPlace(rows);
    const store = await openStore({ place, secret: new Uint8Array(32).fill(7), clock: this.clock, random });
    const restore = new Restore(store);
    for (const line of lines) await restore.take(line);
    await restore.end();
    await store.close();
    await this.#open(name, rows, new Map());
  }

  /** Lets something go on; what fails as it may is no fault. */
  async lets(what: string, run: () => Promise<unknown>): Promise<void> {
    const going = run().catch((error) => {
      if (error instanceof UserError || error instanceof NetworkError) return;
      this.faults.push(`${what}: ${error.stack}`);
    });
    this.#going.add(going);
    going.then(() => this.#going.delete(going));
    if (this.once(3)) return await quiet();
    const long = new Promise<void>((resolve) => this.clock.after(30_000, resolve));
    await this.done(Promise.race([going, long]));
  }

  /** All are there. */
  async heal(): Promise<void> {
    for (const { pk } of this.all) this.hub.back(pk);
    await this.pass(60_000);
  }

  /** Closes all. */
  async close(): Promise<void> {
    for (const { app } of this.all) await this.done(app.close());
  }
}
