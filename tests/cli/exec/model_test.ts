/**
 * Messages for `listen --exec`, with commands that fail and programs that are killed at any time: each is given to the
 * command until it succeeds and in its turn, none that was kept as done once more, and the mark that is kept says so.
 */
import fc from "fast-check";
import { ok, strictEqual } from "node:assert/strict";
import { ExecQueue } from "../../../cli/exec/queue.ts";
import { settle } from "../../fakes/clock.ts";
import { event, Kept } from "./kept_mark.ts";

const execStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("come" as const), who: event }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("end" as const), which: fc.nat(9), good: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pause" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("jobs" as const), jobs: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const) }) },
);
type ExecStep = typeof execStep extends fc.Arbitrary<infer One> ? One : never;

/** `listen --exec` over all its lives. */
class Exec {
  readonly kept = new Kept();
  readonly events: (string | undefined)[] = [];
  /** How often each has succeeded. */
  readonly good = new Map<number, number>();
  jobs = 2;
  life = { isDead: false };
  running: { cursor: number; end: (why: string | undefined) => void }[] = [];
  pauses: (() => void)[] = [];
  #given = 0;
  #giving = false;
  queue: ExecQueue = this.#begin();

  #begin(): ExecQueue {
    const life = this.life = { isDead: false };
    this.running = [];
    this.pauses = [];
    this.#given = this.kept.mark.cursor;
    this.#giving = false;
    const jobs = () => this.jobs;
    return new ExecQueue({
      get jobs() {
        return jobs();
      },
      run: (_, { cursor }) => {
        if (life.isDead) return new Promise(() => {});
        strictEqual(this.kept.says(cursor), false, `${cursor} was done and runs again`);
        const peer = this.events[cursor - 1];
        const before = this.events.slice(0, cursor - 1).flatMap((who, i) => who === peer ? [i + 1] : []);
        for (const other of before) {
          ok(this.good.has(other), `${cursor} runs before ${other} of the same peer`);
        }
        ok(this.running.every((one) => one.cursor !== cursor), `${cursor} runs twice at once`);
        return new Promise((resolve) => {
          const one = { cursor, end: (why: string | undefined): void => resolve(why) };
          this.running.push(one);
        });
      },
      pause: () => life.isDead ? new Promise(() => {}) : new Promise((go) => this.pauses.push(go)),
      save: (mark) => this.kept.save(mark, life),
      onFailure: () => {},
    }, this.kept.mark);
  }

  /** Tells it of events as long as it takes them. */
  async give(): Promise<void> {
    while (!this.#giving && this.#given < this.events.length) {
      const cursor = ++this.#given;
      const who = this.events[cursor - 1];
      if (who === undefined) this.queue.skip(cursor);
      else {
        this.#giving = true;
        const { life } = this;
        const taking = this.queue.add(cursor, who, "");
        taking.then(() => {
          if (life === this.life) this.#giving = false;
        }, () => {});
        await settle();
      }
    }
  }

  end(which: number, good: boolean): void {
    if (this.running.length === 0) return;
    const [{ cursor, end }] = this.running.splice(which % this.running.length, 1);
    if (good) this.good.set(cursor, (this.good.get(cursor) ?? 0) + 1);
    end(good ? undefined : "no");
  }

  kill(): void {
    this.life.isDead = true;
    this.kept.writes.splice(0);
    this.queue = this.#begin();
  }

  async take(step: ExecStep): Promise<void> {
    if (step.do === "come") this.events.push(step.who);
    if (step.do === "end") this.end(step.which, step.good);
    if (step.do === "write") this.kept.writes.shift()?.();
    if (step.do === "pause") this.pauses.shift()?.();
    if (step.do === "jobs") this.jobs = step.jobs;
    if (step.do === "kill") this.kill();
    await settle();
    await this.give();
    for (let cursor = 1; cursor <= this.events.length; cursor++) {
      const isOpen = this.events[cursor - 1] !== undefined && !this.good.has(cursor);
      if (isOpen) strictEqual(this.kept.says(cursor), false, `the mark says that ${cursor} is done`);
    }
  }

  #isQuiet(): boolean {
    return this.running.length + this.pauses.length + this.kept.writes.length === 0;
  }

  /** All goes well from now on. */
  async heal(): Promise<void> {
    for (let turns = 0; turns < 200; turns++) {
      if (this.#isQuiet()) break;
      this.pauses.shift()?.();
      this.end(0, true);
      this.kept.writes.shift()?.();
      await settle();
      await this.give();
    }
    for (const [i, who] of this.events.entries()) {
      if (who !== undefined) ok(this.good.has(i + 1), `${i + 1} was never given to the command`);
      if (who !== undefined) ok(this.kept.says(i + 1), `${i + 1} is not kept as done`);
    }
  }
}

Deno.test("Exec gives each message to the command until it succeeds, in turn, whatever is killed when", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(execStep, { maxLength: 60, size: "max" }), async (steps) => {
      const exec = new Exec();
      for (const step of steps) await exec.take(step);
      await exec.heal();
    }),
    { numRuns: 30, seed: 20261130 },
  );
});
