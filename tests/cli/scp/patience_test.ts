/** How long a copy is tried again, and that several at once are tried in turn where the line is narrow. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Patience, type Seen, type Try, tryAll, tryOne } from "../../../cli/scp/run/patience.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";

const away = () => new NetworkError("gone", { retry: true, reason: "closed" });
const never = new AbortController().signal;

/** Copies by one command to one peer. */
class Bench {
  readonly clock = new FakeClock();
  readonly seen: Seen = { wasReached: true, isExtended: true };
  readonly said: [string, number][] = [];
  moved = 0;

  patience(retries?: number): Patience {
    return new Patience(retries, this.clock, this.seen);
  }

  one<T>(patience: Patience, run: (attempt: Try) => Promise<T>, signal = never) {
    const { clock } = this;
    return tryOne({
      context: { clock, signal },
      patience,
      progress: { moved: (bytes) => void (this.moved += bytes) },
      explain: (error) => error,
      onAgain: (error, pauseMs) => void this.said.push([error.message, pauseMs]),
    }, run);
  }
}

/** Lets time pass until a promise is settled. */
async function done<T>({ clock }: Bench, work: Promise<T>): Promise<T> {
  let isOver = false;
  work.then(() => isOver = true, () => isOver = true);
  for (let turns = 0; !isOver; turns++) {
    ok(turns < 10_000, "it never ends");
    await clock.advance(100);
  }
  return await work;
}

Deno.test("Pauses between tries double up to 15 s, and a peer that is away is given up after two minutes without progress", async () => {
  const bench = new Bench();
  const tried = await done(bench, bench.one(bench.patience(), () => Promise.reject(away())));
  ok("error" in tried && tried.error instanceof NetworkError);
  deepStrictEqual(bench.said.map(([, ms]) => ms / 1000), [1, 2, 4, 8, 15, 15, 15, 15, 15, 15, 15]);
  strictEqual(tried.attempt.number, 12);
});

Deno.test("Only bytes beyond those of every earlier try are progress, and what a failed try moved is taken back", async () => {
  const bench = new Bench();
  let tries = 0;
  const tried = await done(
    bench,
    bench.one(bench.patience(), async (attempt) => {
      await sleep(bench.clock, 30_000, never);
      attempt.onBytes(++tries <= 4 ? tries * 10 : 40);
      throw away();
    }),
  );
  // The fifth and later ones came no further than the fourth: 120 s after that one it is over.
  ok("error" in tried);
  strictEqual(tried.attempt.number, 7);
  strictEqual(bench.moved, 0);
});

Deno.test("A number of retries is kept to, also at a peer that was never there; what can't become better is not tried again", async () => {
  const bench = new Bench();
  bench.seen.wasReached = false;
  const fails = (error: Error, retries?: number) =>
    done(bench, bench.one(bench.patience(retries), () => Promise.reject(error))).then(({ attempt }) =>
      attempt.number
    );
  deepStrictEqual([await fails(away(), 0), await fails(away(), 3), await fails(away())], [1, 4, 1]);
  const busy = new UserError("busy", { kind: "busy", hint: "" });
  const refused = new UserError("no", { kind: "refused", hint: "" });
  deepStrictEqual([await fails(busy), await fails(refused), await fails(refused, 3)], [3, 1, 1]);
});

Deno.test("The end of the command ends a pause, with its reason", async () => {
  const bench = new Bench();
  const abort = new AbortController();
  const tried = bench.one(bench.patience(), () => Promise.reject(away()), abort.signal);
  const ended = rejects(tried, /told to stop/);
  await bench.clock.advance(500);
  abort.abort(new Error("told to stop"));
  await ended;
  strictEqual(bench.said.length, 1);
});

/** How many of three that fail once, after some time and bytes each, run at once at the second try. */
async function atOnce(tookMs: number, bytes: number, count = 3): Promise<number> {
  const bench = new Bench();
  let running = 0;
  let most = 0;
  await done(
    bench,
    Promise.all(Array.from({ length: count }, () =>
      bench.one(bench.patience(), async (attempt) => {
        if (attempt.number === 1) {
          await sleep(bench.clock, tookMs, never);
          attempt.onBytes(bytes);
          throw away();
        }
        most = Math.max(most, ++running);
        await sleep(bench.clock, 5000, never);
        running--;
      }))),
  );
  strictEqual(bench.moved, 0);
  return most;
}

Deno.test("Several that lost a narrow line go one after the other; where it was fast, or broke soon, all at once", async () => {
  strictEqual(await atOnce(30_000, 100_000), 1);
  strictEqual(await atOnce(30_000, 10_000_000), 3, "the line carries them");
  strictEqual(await atOnce(10_000, 1000), 3, "no server ends a session that soon for want of an answer");
});

Deno.test("Who waits for its turn does not lose its patience", async () => {
  const bench = new Bench();
  let first = true;
  const copy = (isLong: boolean) =>
    bench.one(bench.patience(), async ({ number }) => {
      if (number === 1) {
        await sleep(bench.clock, 30_000, never);
        throw away();
      }
      if (isLong) await sleep(bench.clock, 600_000, never);
      else if (first) {
        first = false;
        throw away();
      }
    });
  const all = await done(bench, Promise.all([copy(true), copy(false)]));
  deepStrictEqual(all.map((tried) => ["value" in tried, tried.attempt.number]), [[true, 2], [true, 3]]);
});

Deno.test("Files that go in turn are given up as well when their peer stays away", async () => {
  const bench = new Bench();
  const copy = () =>
    bench.one(bench.patience(), async ({ number }) => {
      if (number === 1) await sleep(bench.clock, 30_000, never);
      throw away();
    });
  const all = await done(bench, Promise.all([copy(), copy()]));
  ok(all.every((tried) => "error" in tried && tried.attempt.number < 15));
});

Deno.test("Of files that go together those that are left fail with the last error, and the others are not tried again", async () => {
  const bench = new Bench();
  const left = new Set([0, 1, 2]);
  const failed: [number, string][] = [];
  const pauses: number[] = [];
  let tries = 0;
  await done(
    bench,
    tryAll({
      context: { clock: bench.clock, signal: never },
      patience: bench.patience(2),
      left,
      explain: (error) => error,
      onAgain: (_, pauseMs) => void pauses.push(pauseMs),
      fail: (at, error) => {
        left.delete(at);
        failed.push([at, (error as Error).message]);
      },
    }, () => {
      left.delete(0);
      return Promise.reject(new NetworkError(`gone ${++tries}`, { retry: true, reason: "closed" }));
    }),
  );
  deepStrictEqual(failed, [[1, "gone 3"], [2, "gone 3"]]);
  deepStrictEqual(pauses, [1000, 2000]);
});
