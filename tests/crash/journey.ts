/**
 * A journey of messages between two identities, with one fault somewhere: who is killed is started again, who is
 * refused asks again, as people, scripts and service managers do.
 *
 * @module
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import { uncheckedCursor } from "../../lib/app/events/cursor.ts";
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { LocalApp } from "../../lib/app/local.ts";
import type { AppNetwork } from "../../lib/app/node/app_network.ts";
import { emptyRows } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import type { Clock } from "../../lib/sys/clock.ts";
import type { LogFile } from "../../lib/sys/files/log_file.ts";
import { keyOf, party } from "../app/local/pair.ts";
import { ChatHub } from "../fakes/chat_hub.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { diskFull, type Fault } from "../fakes/faulty_store.ts";
import { quiet } from "../fakes/quiet.ts";

/** Who is hit, and where: a store, or the file in which a reader of events keeps them with their cursors. */
export type Target = "alice" | "bob" | "reader of alice" | "reader of bob";

/** One fault of a journey. */
export interface Hit {
  readonly target: Target;
  readonly at: number;
  /** `cut`: the connections of that side break, and it lives on. */
  readonly how: Fault["how"] | "cut";
}

/** Operations of each target in a journey. */
export type Counts = Record<Target, number>;

/** What goes from alice to bob: the first while both are there, the others while bob is away. */
const TEXTS = ["m0", "m1", "m2", "m3", "m4", "m5"];
/** What bob answers. */
const ANSWERS = ["r1", "r2"];
/** The longest journey with one fault has two pauses of a retry plan in it. */
const LONGEST_MS = 600_000;
const PAUSE_MS = 1000;

/** An identity: a store that stays, and processes that come and go. */
class Person {
  readonly pk: string;
  readonly rows = emptyRows();
  /** Of its journal. */
  readonly disk = new Disk();
  /** What the reader has in its file. */
  readonly read: AppEvent[] = [];
  operations = 0;
  readerOperations = 0;
  starts = 0;
  #app: Promise<LocalApp> | undefined;
  #die: (() => void) | undefined;
  #life = Promise.withResolvers<never>();

  constructor(readonly name: "alice" | "bob", readonly world: Journey) {
    this.pk = keyOf(name);
  }

  /** The process that runs, or the next one. */
  app(): Promise<LocalApp> {
    return this.#app ??= this.#start();
  }

  /** Asks the process; killed processes and refusals don't count. */
  async ask<T>(what: (app: App) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.living(what(await this.app()));
      } catch {
        await this.world.pause();
      }
    }
  }

  /** Waits for something unless the process is killed. */
  living<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    return Promise.race([promise, this.#life.promise]);
  }

  /** The process ends without a word: its connections break, its timers and waits are gone. */
  kill(): void {
    this.#die?.();
  }

  /** Follows events from what its file has, for ever. */
  async follow(fault: Hit | undefined): Promise<void> {
    for (let killed = false; !this.world.over;) {
      const stop = new AbortController();
      try {
        const events = (await this.app()).events.follow(this.read.at(-1)?.cursor ?? 0, stop.signal)
          [Symbol.asyncIterator]();
        for (;;) {
          const { value, done } = await this.living(events.next());
          if (done) break;
          killed = this.readerOperations++ === fault?.at;
          if (killed && fault?.how === "kill before") break;
          this.read.push(value);
          if (killed) break;
        }
      } catch { /* the process was killed, or could not read: the reader comes back */ }
      stop.abort();
      await this.world.pause();
    }
  }

  async #start(): Promise<LocalApp> {
    const { hub } = this.world;
    // The looks at the end are no points: how many operations come before them differs a little between runs.
    const hit = this.world.looking ? undefined : this.world.hit;
    let alive = true;
    this.starts++;
    const life = this.#life = Promise.withResolvers<never>();
    life.promise.catch(() => {});
    const die = this.#die = (): void => {
      if (!alive) return;
      alive = false;
      hub.crash(this.pk);
      this.#app = undefined;
      life.reject(new Error("killed"));
    };
    const fault = hit?.target === this.name ? hit : undefined;
    /** Counts an operation. @returns What goes wrong with it. */
    const next = (): Hit["how"] | undefined => {
      if (!alive) return "kill before";
      const isHit = this.operations++ === fault?.at;
      if (isHit && fault?.how === "cut") hub.cut(this.pk);
      return isHit ? fault?.how : undefined;
    };
    const isLost = (how: Hit["how"] | undefined): boolean => how !== undefined && how !== "cut";
    const isDone = (how: Hit["how"] | undefined): boolean => how === "kill after" || how === "lost answer";
    const ends = (how: Hit["how"] | undefined): Error => {
      if (how?.startsWith("kill")) die();
      return diskFull();
    };
    const counted =
      <A extends unknown[], R>(run: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
        const how = next();
        if (!isLost(how)) return await run(...args);
        if (isDone(how)) await run(...args);
        throw ends(how);
      };
    const countedPlace = (place: Place): Place => ({
      ...place,
      read: counted(place.read),
      stamped: counted(place.stamped),
      async *list(range, options) {
        await counted(() => Promise.resolve())();
        yield* place.list(range, options);
      },
      write: counted(place.write),
    });
    const countedFile = (file: LogFile): LogFile => {
      // What an append can't do it takes back, so a lost answer is none there.
      const now = <A extends unknown[]>(run: (...args: A) => void) => (...args: A): void => {
        const how = next();
        if (!isLost(how) || how === "kill after") run(...args);
        if (isLost(how)) throw ends(how);
      };
      return { ...file, append: now(file.append), sync: counted(file.sync) };
    };
    const dead = (file: LogFile): LogFile => ({
      ...file,
      cut: (length) => {
        if (alive) file.cut(length);
      },
    });
    const [first, second] = this.disk.files.map((file) => countedFile(dead(file)));
    try {
      const { app } = await this.living(party(hub, this.name, mortal(this.world.clock, () => alive), {
        rows: this.rows,
        place: countedPlace,
        journal: { files: [first, second], synced: true },
        settings: { receipts: true },
        client: mortalNetwork(hub.client(this.pk), () => alive),
      }));
      return app;
    } catch (error) {
      die();
      throw error;
    }
  }
}

/** Time for one process: nothing of it happens after its end. */
const mortal = (clock: Clock, alive: () => boolean): Clock => ({
  nowMs: () => clock.nowMs(),
  wallNs: () => clock.wallNs(),
  after: (ms, run) => clock.after(ms, () => alive() && run()),
});

const mortalNetwork = (network: AppNetwork, alive: () => boolean): AppNetwork => ({
  ...network,
  dial: (to, signal) => alive() ? network.dial(to, signal) : new Promise(() => {}),
});

/** One journey. */
export class Journey {
  readonly hub = new ChatHub();
  readonly clock = new FakeClock();
  readonly hit: Hit | undefined;
  readonly alice: Person;
  readonly bob: Person;
  /** Whether the end is looked at, without faults. */
  looking = false;
  over = false;

  constructor(hit?: Hit) {
    this.hit = hit;
    this.alice = new Person("alice", this);
    this.bob = new Person("bob", this);
  }

  /** From the first message to the last look at both stores. @returns How many operations there were. */
  async run(): Promise<Counts> {
    const { alice, bob, hit } = this;
    const fault = (target: Target): Hit | undefined => hit?.target === target ? hit : undefined;
    const readers = [alice, bob].map((one) => one.follow(fault(`reader of ${one.name}`)));
    await this.#until(this.#talk());
    const counts = {
      alice: alice.operations,
      bob: bob.operations,
      "reader of alice": alice.readerOperations,
      "reader of bob": bob.readerOperations,
    };
    // What a failed write has left in doubt is judged at the next start.
    this.looking = true;
    for (const one of [alice, bob]) one.kill();
    await this.#until(this.#settled());
    for (const one of [alice, bob]) await this.#until(this.#check(one));
    this.over = true;
    for (const one of [alice, bob]) await this.#until(one.app().then((app) => app.close()));
    for (const one of [alice, bob]) one.kill();
    await this.#until(Promise.all(readers));
    return counts;
  }

  /** Resolves a moment later. */
  pause(): Promise<void> {
    return new Promise((resolve) => void this.clock.after(PAUSE_MS, resolve));
  }

  async #talk(): Promise<void> {
    const { alice, bob, hub } = this;
    await bob.ask((app) => app.node.status());
    await this.#send(alice, bob, [TEXTS[0]], ["acked"]);
    hub.leave(bob.pk);
    await this.#send(alice, bob, TEXTS.slice(1), ["acked", "queued"]);
    hub.back(bob.pk);
    await this.#arrived(bob, TEXTS);
    await this.#send(bob, alice, ANSWERS, ["acked", "queued"]);
    await this.#arrived(alice, ANSWERS);
    await bob.ask((app) => app.messages.markRead({ peer: alice.pk }));
    await this.#settled();
  }

  /** As a script that repeats `send --id --queue` until its status is one that it takes for an answer. */
  async #send(from: Person, to: Person, texts: readonly string[], enough: readonly string[]): Promise<void> {
    for (const text of texts) {
      for (let state = ""; !enough.includes(state);) {
        const request = { to: { pk: to.pk, port: 1 }, text, waitMs: 1000, key: text, queue: true };
        ({ state } = await from.ask((app) => app.messages.send(request)));
        if (!enough.includes(state)) await this.pause();
      }
    }
  }

  /** Waits until the reader has seen texts. */
  async #arrived(at: Person, wanted: readonly string[]): Promise<void> {
    const seen = (text: string): boolean =>
      at.read.some((event) => event.kind === "message" && event.message.text === text);
    while (!wanted.every(seen)) await this.pause();
  }

  async #texts(at: Person): Promise<string[]> {
    const history = await at.ask((app) => app.messages.history({ limit: 99 }));
    return history.filter(({ outgoing }) => !outgoing).map(({ text }) => text);
  }

  /** Waits until nobody has anything to send. */
  async #settled(): Promise<void> {
    for (const one of [this.alice, this.bob]) {
      while ((await one.ask((app) => app.outbox.list())).length > 0) await this.pause();
    }
  }

  /** Everything once and in order, truthful states, and a reader that has what the store has. */
  async #check(one: Person): Promise<void> {
    const name = JSON.stringify(this.hit ?? "no fault");
    const app = await one.app();
    const [outgoing, incoming] = one.name === "alice" ? [TEXTS, ANSWERS] : [ANSWERS, TEXTS];
    deepStrictEqual(await this.#texts(one), incoming, `${name}: what ${one.name} has got`);
    const sent = (await app.messages.history({ limit: 99 })).filter((message) => message.outgoing);
    deepStrictEqual(sent.map(({ text }) => text), outgoing, `${name}: what ${one.name} has sent`);
    for (const { state, text } of sent) {
      ok(state === "received" || state === "read", `${name}: ${text} of ${one.name} is ${state}`);
    }
    const last = (await app.events.cursor())!;
    while ((one.read.at(-1)?.cursor ?? 0) < last) await this.pause();
    const kept: AppEvent[] = [];
    const stop = new AbortController();
    for await (const event of app.events.follow(0, stop.signal)) {
      kept.push(event);
      if (event.cursor === last) break;
    }
    const numbers = one.read.map(({ cursor }) => Math.floor(cursor / uncheckedCursor(1)));
    deepStrictEqual(numbers, kept.map((_, i) => i + 1), `${name}: cursors`);
    deepStrictEqual(one.read.map(essence), kept.map(essence), `${name}: events of ${one.name}`);
  }

  /** Moves the clock until a promise is settled. */
  async #until<T>(promise: Promise<T>): Promise<T> {
    const endMs = this.clock.nowMs() + LONGEST_MS;
    let settled = false;
    promise.then(() => settled = true, () => settled = true);
    for (;;) {
      await quiet();
      if (settled) return await promise;
      const { nextTimerMs = Infinity } = this.clock;
      ok(nextTimerMs < endMs, `${JSON.stringify(this.hit)}: it does not come to an end`);
      await this.clock.advance(Math.max(0, nextTimerMs - this.clock.nowMs()));
    }
  }
}

/** A message that is looked at later has moved on; all else of an event stays. */
function essence(event: AppEvent): unknown {
  if (event.kind !== "message") return event;
  const { message: { peer, position, text, id, outgoing } } = event;
  return { cursor: event.cursor, peer, position, text, id, outgoing };
}
