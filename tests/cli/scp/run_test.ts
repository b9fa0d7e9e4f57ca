import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import type { RunOptions } from "../../../cli/scp/plan/job.ts";
import type { Pace } from "../../../cli/scp/run/pace.ts";
import { runJobs } from "../../../cli/scp/run/run.ts";
import { Progress, type ProgressEvent } from "../../../cli/scp/told/progress.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { loadSha256 } from "../../../lib/crypto/digest.ts";
import { serveStream } from "../../../lib/scp/host.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { patiently } from "../../fakes/patiently.ts";

const MIB = 2 ** 20;
const digest = await loadSha256();
const away = new NetworkError("no server knows it", { retry: true, reason: "unreachable" });

/**
 * A host and a file, and what the peer does at each dial: the bytes after which its stream breaks, an error, or
 * something with its files, which may say what happens when bytes of a file have come.
 * @param read  Whether we may read there, too.
 */
async function staged(
  dials: readonly (number | Error | ((root: string) => void | (() => void)))[],
  run: (stage: {
    top: string;
    clock: FakeClock;
    go: (options?: Partial<RunOptions> & { size?: number }, jobs?: number) => ReturnType<typeof runJobs>;
    notices: string[];
    dialled: () => number;
    progress: () => (number | undefined)[];
  }) => Promise<void>,
  read = true,
): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const clock = new FakeClock();
  const notices: string[] = [];
  let dialled = 0;
  const bytes = new Uint8Array(3 * MIB + 5).map((_, i) => (i * 7 + (i >> 11)) & 255);
  await Deno.mkdir(`${top}/root`);
  await Deno.writeFile(`${top}/f`, bytes);
  // One for all streams, as in a host: a stream takes a file over from the one before.
  const tree = systemTree(`${top}/root`);
  const serving: Promise<unknown>[] = [];
  const ends: (() => void)[] = [];
  const dial = (): Promise<AppStream> => {
    const what = dials[Math.min(dialled++, dials.length - 1)];
    if (what instanceof Error) return Promise.reject(what);
    const atRead = typeof what === "function" ? what(`${top}/root`) : undefined;
    const most = typeof what === "number" ? what : Infinity;
    const [near, far] = memoryDuplexPair();
    ends.push(() => near.break());
    serving.push(serveStream(far, { tree, read, write: true }, { clock, peer: "me", digest }));
    let sent = 0;
    return Promise.resolve({
      ...near,
      async read() {
        const bytes = await near.read();
        if (bytes && bytes.length > 1000) atRead?.(); // of the file, and no frame
        return bytes;
      },
      async write(part: Uint8Array) {
        sent += part.length;
        if (sent > most) near.break();
        await near.write(part);
      },
    } as unknown as AppStream);
  };
  let last: ProgressEvent | undefined;
  const progress = new Progress(clock, { draw: () => {}, event: (event) => void (last = event) });
  try {
    await run({
      top,
      clock,
      notices,
      dialled: () => dialled,
      progress() {
        progress.clear();
        progress.begin("");
        return [last!.bytes, last!.total];
      },
      go: ({ size, ...options } = {}, jobs = 1) =>
        runJobs(Array.from({ length: jobs }, (_, i) => ({ local: `${top}/f`, remote: `f${i}`, size })), {
          direction: "upload",
          jobs: 1,
          streams: 1,
          overwrite: "refuse",
          verify: false,
          extended: true,
          preserve: false,
          ...options,
        }, {
          context: { clock, signal: new AbortController().signal } as unknown as Context,
          dial,
          peer: "alice",
          pk: "02",
          progress,
          digest,
          onOutcome: () => {},
          onNotice: (text) => void notices.push(text),
        }),
    });
  } finally {
    for (const end of ends) end();
    await Promise.all(serving); // what a host still writes would come into a directory that is being removed
    await Deno.remove(top, { recursive: true });
  }
}

Deno.test("A copy goes on inside the command when the peer or its server went away for a minute", async () => {
  await staged(
    [2 * MIB + 100_000, away, away, away, away, away, Infinity],
    async ({ top, clock, go, notices }) => {
      const [outcome] = await patiently(clock, go());
      strictEqual(outcome.state, "copied", outcome.failure?.message);
      strictEqual(outcome.attempts, 7);
      ok(outcome.resumed! >= MIB, `${outcome.resumed}`);
      deepStrictEqual(await Deno.readFile(`${top}/root/f0`), await Deno.readFile(`${top}/f`));
      ok(notices[0].includes("trying again in 1 s"), notices[0]);
    },
  );
});

Deno.test("A peer that stays away ends the command after two minutes, and status and cause say so", async () => {
  await staged([2 * MIB, away], async ({ clock, go, dialled }) => {
    const began = clock.nowMs();
    const [outcome] = await patiently(clock, go());
    deepStrictEqual([outcome.state, outcome.failure?.why], ["failed", "unreachable"]);
    ok(clock.nowMs() - began >= 120_000 && clock.nowMs() - began < 150_000);
    ok(dialled() < 20);
  });
});

Deno.test("A peer that was never there is not waited for, and --retries counts", async () => {
  await staged([away], async ({ go, dialled }) => {
    strictEqual((await go())[0].failure?.why, "unreachable");
    strictEqual(dialled(), 1);
  });
  await staged([2 * MIB, away], async ({ clock, go, dialled }) => {
    strictEqual((await patiently(clock, go({ retries: 2 })))[0].failure?.why, "unreachable");
    strictEqual(dialled(), 3);
  });
});

Deno.test("A peer that can't be had is asked for one file, and the others fail like it", async () => {
  for (const direction of ["upload", "download"] as const) {
    await staged([away], async ({ go, dialled }) => {
      const outcomes = await go({ direction, overwrite: "replace" }, 5);
      deepStrictEqual(outcomes.map(({ failure }) => failure?.why), Array(5).fill("unreachable"));
      deepStrictEqual([outcomes.map(({ attempts }) => attempts), dialled()], [[1, 0, 0, 0, 0], 1]);
    });
  }
  // It was there, and has gone.
  await staged([Infinity, Infinity, away], async ({ clock, go, dialled }) => {
    const outcomes = await patiently(clock, go({ retries: 0 }, 4));
    deepStrictEqual(outcomes.map(({ state }) => state), ["copied", "copied", "failed", "failed"]);
    strictEqual(dialled(), 3);
  });
});

Deno.test("The files behind the one that broke wait for the peer as well", async () => {
  await staged([Infinity, away, away, Infinity], async ({ clock, go }) => {
    const outcomes = await patiently(clock, go({}, 3));
    deepStrictEqual(outcomes.map(({ state }) => state), ["copied", "copied", "copied"]);
  });
});

Deno.test("What is verified is taken up again like any other copy, and a host of ours tells what it has", async () => {
  await staged([2 * MIB + 100_000, Infinity], async ({ top, clock, go, dialled }) => {
    const [outcome] = await patiently(clock, go({ verify: true }));
    strictEqual(outcome.state, "copied", outcome.failure?.message);
    ok(outcome.resumed! >= MIB, `${outcome.resumed}`);
    strictEqual(dialled(), 3, "the copy, what was left of it, and the digest");
    deepStrictEqual(await Deno.readFile(`${top}/root/f0`), await Deno.readFile(`${top}/f`));
    // Of a pull the file here is compared as it lies on the disk.
    const [back] = await patiently(clock, go({ verify: true, direction: "download", overwrite: "replace" }));
    strictEqual(back.state, "copied", back.failure?.message);
    strictEqual(dialled(), 5);
  });
});

Deno.test("A host that has something else than was copied is told apart when it is verified", async () => {
  const change = (root: string): void => Deno.writeTextFileSync(`${root}/f0`, "something else");
  for (const extended of [true, false]) {
    await staged([Infinity, change], async ({ clock, go }) => {
      const [{ state, failure }] = await patiently(clock, go({ verify: true, extended, retries: 0 }));
      deepStrictEqual([state, failure?.why], ["failed", "broken"]);
    });
  }
  // A pull that differs stays for its user to see, and is not tried over it: only --force would replace it.
  for (const overwrite of ["refuse", "keep"] as const) {
    await staged([Infinity, Infinity, change, Infinity], async ({ top, clock, go, dialled }) => {
      await patiently(clock, go());
      const bytes = await Deno.readFile(`${top}/f`);
      await Deno.remove(`${top}/f`);
      const [{ state, failure, attempts }] = await patiently(
        clock,
        go({ direction: "download", verify: true, overwrite }),
      );
      deepStrictEqual([state, failure?.message, attempts, dialled()], [
        "failed",
        "alice: what it gives back is not what was copied",
        1,
        3,
      ]);
      deepStrictEqual(await Deno.readFile(`${top}/f`), bytes);
    });
  }
});

Deno.test("A host that lets nobody read has what was copied all the same, which is said when it can't be compared", async () => {
  for (const extended of [true, false]) {
    await staged([Infinity], async ({ top, clock, go, dialled }) => {
      const [{ state, failure, attempts }] = await patiently(clock, go({ verify: true, extended }));
      deepStrictEqual([state, failure?.why, attempts, dialled()], ["failed", "remote", 1, 2]);
      match(
        failure!.message,
        /^alice: it was copied, but can't be compared: remote: open: permission denied$/,
      );
      match(failure!.hint!, /--verify/);
      deepStrictEqual(await Deno.readFile(`${top}/root/f0`), await Deno.readFile(`${top}/f`));
    }, false);
  }
  await staged([Infinity], async ({ top, clock, go }) => {
    const size = 10;
    await Deno.writeFile(`${top}/f`, new Uint8Array(size));
    for (
      const { state, failure } of await patiently(clock, go({ verify: true, isExtended: true, size }, 3))
    ) {
      strictEqual(state, "failed");
      match(failure!.message, /^alice: it was copied, but can't be compared: /);
    }
  }, false);
});

Deno.test("A file whose size shows when it is copied counts once, however often it is tried", async () => {
  const change = (root: string): void => Deno.writeTextFileSync(`${root}/f0`, "something else");
  await staged([Infinity, change, Infinity], async ({ clock, go, progress }) => {
    const [{ state, attempts }] = await patiently(clock, go({ verify: true }));
    deepStrictEqual([state, attempts, ...progress()], ["copied", 2, 3 * MIB + 5, 3 * MIB + 5]);
  });
  await staged([Infinity, Infinity, change, Infinity], async ({ clock, go, progress }) => {
    await patiently(clock, go());
    const [before] = progress();
    const [{ state, attempts }] = await patiently(
      clock,
      go({ direction: "download", verify: true, overwrite: "replace" }),
    );
    const [bytes, total] = progress();
    deepStrictEqual([state, attempts, bytes! - before!, total], ["copied", 2, 14, 14]);
  });
});

Deno.test("A copy that differs is made again with --no-clobber, too: what lies there is ours", async () => {
  const change = (root: string): void => Deno.writeTextFileSync(`${root}/f0`, "something else");
  // A look, the copy, what it asks for, the copy again and what that asks for.
  await staged([Infinity, Infinity, change, Infinity], async ({ top, clock, go, dialled }) => {
    const [{ state, attempts }] = await patiently(clock, go({ verify: true, overwrite: "keep" }));
    deepStrictEqual([state, attempts, dialled()], ["copied", 2, 5]);
    deepStrictEqual(await Deno.readFile(`${top}/root/f0`), await Deno.readFile(`${top}/f`));
  });
});

Deno.test("An empty directory is made also where --no-clobber has left every file as it is", async () => {
  await staged([Infinity], async ({ top, clock, go, notices }) => {
    await patiently(clock, go());
    const empty = { local: `${top}/e`, remote: "e", mode: 0o755, mtimeMs: 1, isEmpty: true };
    const outcomes = await patiently(clock, go({ overwrite: "keep", directories: [empty] }));
    deepStrictEqual(outcomes.map(({ state }) => state), ["skipped"]);
    ok((await Deno.stat(`${top}/root/e`)).isDirectory);
    deepStrictEqual(notices, []);
  });
});

Deno.test("Whether a local file is there is looked at before the peer is asked for it", async () => {
  for (const overwrite of ["refuse", "keep"] as const) {
    await staged([Infinity], async ({ go, dialled }) => {
      const [{ state, failure }] = await go({ direction: "download", overwrite });
      strictEqual(state, overwrite === "keep" ? "skipped" : "failed");
      if (overwrite === "refuse") match(failure!.message, /is there already$/);
      strictEqual(dialled(), 0);
    });
  }
});

Deno.test("A local file that comes while a pull is under way stays, and is told as one that was there", async () => {
  const came = (root: string): void => Deno.writeTextFileSync(`${root}/../f`, "other");
  for (const extended of [true, false]) {
    for (const overwrite of ["refuse", "keep"] as const) {
      await staged([Infinity, came], async ({ top, clock, go, dialled }) => {
        await patiently(clock, go());
        await Deno.remove(`${top}/f`);
        const [{ state, failure }] = await patiently(
          clock,
          go({ direction: "download", overwrite, extended }),
        );
        deepStrictEqual(
          [state, failure?.why],
          overwrite === "keep" ? ["skipped", undefined] : ["failed", "local"],
        );
        strictEqual(dialled(), 2);
        strictEqual(await Deno.readTextFile(`${top}/f`), "other");
      });
    }
  }
});

Deno.test("A file that changes at the host while it is pulled is asked for again, like one that changes here", async () => {
  // A line comes to its end once the first bytes of it are here.
  const grows = (root: string) => {
    let isDone = false;
    return () => {
      if (!isDone) Deno.writeTextFileSync(`${root}/f0`, "more", { append: true });
      isDone = true;
    };
  };
  for (const times of [1, 3]) {
    const dials = [Infinity, ...Array(times).fill(grows), Infinity];
    await staged(dials, async ({ top, clock, go, dialled, notices }) => {
      await patiently(clock, go());
      const pulling = go({ direction: "download", overwrite: "replace" });
      const [{ state, failure, attempts }] = await patiently(clock, pulling);
      deepStrictEqual([dialled(), notices.length], times === 1 ? [3, 1] : [4, 2]);
      if (times === 3) {
        match(failure!.hint!, /when nothing writes to it/);
        return deepStrictEqual([state, failure!.why, attempts], ["failed", "broken", 3]);
      }
      deepStrictEqual([state, attempts], ["copied", 2]);
      deepStrictEqual(await Deno.readFile(`${top}/f`), await Deno.readFile(`${top}/root/f0`));
    });
  }
});

Deno.test("A file that gets shorter while it is pushed goes as it is then, in the next try, to any host", async () => {
  const shrinks = (root: string) => Deno.truncateSync(`${root}/../f`, 2 * MIB);
  for (const extended of [true, false]) {
    await staged([shrinks, Infinity], async ({ top, clock, go, notices }) => {
      const [{ state, failure, attempts, bytes }] = await patiently(clock, go({ extended }));
      deepStrictEqual([state, failure, attempts, bytes], ["copied", undefined, 2, 2 * MIB]);
      deepStrictEqual(await Deno.readFile(`${top}/root/f0`), await Deno.readFile(`${top}/f`));
      deepStrictEqual(notices, [`${top}/f: the file became shorter while it was read; trying again in 1 s`]);
    });
  }
  // One that never comes to rest is left, with what to do.
  let size = 3 * MIB;
  const ever = (root: string) => Deno.truncateSync(`${root}/../f`, size -= MIB / 2);
  await staged([ever], async ({ clock, go, dialled }) => {
    const [{ state, failure }] = await patiently(clock, go());
    deepStrictEqual([state, failure?.why, dialled()], ["failed", "local", 3]);
    match(failure!.hint!, /when nothing writes to it/);
  });
});

Deno.test("A file that gets shorter while it is pulled comes as it is then, in the next try", async () => {
  const shrinks = (root: string) => () => Deno.truncateSync(`${root}/f0`, 2 * MIB);
  await staged([shrinks, Infinity], async ({ top, clock, go, notices }) => {
    await Deno.copyFile(`${top}/f`, `${top}/root/f0`);
    const [{ state, failure, attempts, bytes }] = await patiently(
      clock,
      go({ direction: "download", overwrite: "replace" }),
    );
    deepStrictEqual([state, failure, attempts, bytes], ["copied", undefined, 2, 2 * MIB]);
    deepStrictEqual(await Deno.readFile(`${top}/f`), await Deno.readFile(`${top}/root/f0`));
    const why = "remote: the file became shorter while it was read";
    deepStrictEqual(notices, [`alice:f0: ${why}; trying again in 1 s`]);
  });
});

Deno.test("A pull that was too slow for a visor's host says so when it is broken off, and no other one does", async () => {
  // The host goes behind what lies in the windows.
  const breaks = () => {
    let reads = 0;
    return () => {
      if (++reads > 1) throw new NetworkError("stream was reset", { retry: true, reason: "closed" });
    };
  };
  for (
    const [extended, bytes, isSlow] of [[false, 20_000, true], [false, 40_000, false], [
      true,
      20_000,
      false,
    ]] as const
  ) {
    await staged([Infinity, breaks], async ({ clock, go }) => {
      await patiently(clock, go());
      const pace = {
        allow: (wanted: number) => sleep(clock, 10_000).then(() => Math.min(wanted, bytes)),
        resumed: () => Promise.resolve(false),
      } as unknown as Pace;
      const pulling = go({ direction: "download", overwrite: "replace", retries: 0, extended, pace });
      const [{ failure }] = await patiently(clock, pulling);
      deepStrictEqual([failure!.why, /^A visor's host ends/.test(failure!.hint!)], ["broken", isSlow]);
      if (!isSlow) match(failure!.message, / was broken off after \d.* of 3\.0 MiB: stream was reset$/);
    });
  }
});
