import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Gate } from "../../../cli/exec/gate.ts";
import { ExecQueue, type ExecQueueParts } from "../../../cli/exec/queue.ts";
import type { Mark } from "../../../lib/bot/inbox.ts";

/** A queue whose commands end when the test says so. */
function newQueue(
  jobs: number,
  start: Mark = { cursor: 0, done: [] },
  how: Pick<ExecQueueParts, "once" | "gate"> = {},
) {
  const running = new Map<string, PromiseWithResolvers<string | undefined>>();
  const marks: Mark[] = [];
  const told: string[] = [];
  const queue = new ExecQueue({
    ...how,
    jobs,
    run: (line) => {
      const command = Promise.withResolvers<string | undefined>();
      running.set(line, command);
      return command.promise;
    },
    pause: () => Promise.resolve(),
    save: (mark) => Promise.resolve(void marks.push(mark)),
    onFailure: (peer, pauseMs, _, why) => void told.push(`${peer} ${pauseMs} ${why}`),
  }, start);
  const end = async (line: string, success = true): Promise<void> => {
    const command = running.get(line)!;
    running.delete(line);
    command.resolve(success ? undefined : "failed");
    await settle();
  };
  return { queue, running, marks, told, end };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

Deno.test("Exec runs messages of one peer in order, and of several at once", async () => {
  const { queue, running, end } = newQueue(4);
  await queue.add(1, "a", "a1");
  await queue.add(2, "a", "a2");
  await queue.add(3, "b", "b1");
  await settle();
  deepStrictEqual([...running.keys()], ["a1", "b1"]);
  await end("a1");
  deepStrictEqual([...running.keys()], ["b1", "a2"]);
});

Deno.test("Exec runs no more commands at once than it may", async () => {
  const { queue, running, end } = newQueue(2);
  for (const [i, peer] of ["a", "b", "c"].entries()) await queue.add(i + 1, peer, peer);
  await settle();
  deepStrictEqual([...running.keys()], ["a", "b"]);
  await end("b");
  deepStrictEqual([...running.keys()], ["a", "c"]);
});

Deno.test("Exec runs a command that fails again, with longer pauses, before the peer's next message", async () => {
  const { queue, running, told, end } = newQueue(4);
  await queue.add(1, "a", "a1");
  await queue.add(2, "a", "a2");
  await settle();
  await end("a1", false);
  await end("a1", false);
  deepStrictEqual([...running.keys()], ["a1"]);
  deepStrictEqual(told, ["a 1000 failed", "a 2000 failed"]);
  await end("a1");
  deepStrictEqual([...running.keys()], ["a2"]);
});

Deno.test("Exec's mark never passes a message that is not done, and a restart skips what is", async () => {
  const { queue, marks, end } = newQueue(4, { cursor: 4, done: [] });
  await queue.add(5, "a", "a1");
  await queue.add(6, "b", "b1");
  queue.skip(7);
  await queue.add(8, "c", "c1");
  await settle();
  await end("b1");
  await end("c1");
  deepStrictEqual(marks.at(-1), { cursor: 4, done: [6, 8] });
  const again = newQueue(4, marks.at(-1));
  for (const [cursor, peer] of [[5, "a"], [6, "b"], [8, "c"]] as const) {
    await again.queue.add(cursor, peer, peer);
  }
  await settle();
  deepStrictEqual([...again.running.keys()], ["a"]);
  await end("a1");
  deepStrictEqual(marks.at(-1), { cursor: 8, done: [] });
  await queue.idle();
});

Deno.test("Exec takes no more than 256 messages that are not done", async () => {
  const { queue, end } = newQueue(1);
  for (let i = 1; i < 256; i++) await queue.add(i, "a", `${i}`);
  let taken = false;
  const last = queue.add(256, "a", "256").then(() => taken = true);
  await settle();
  strictEqual(taken, false);
  await end("1");
  await last;
});

Deno.test("Exec tells when its mark can't be kept", async () => {
  const queue = new ExecQueue({
    jobs: 1,
    run: () => Promise.resolve(undefined),
    pause: () => Promise.resolve(),
    save: () => Promise.reject(new Error("disk full")),
    onFailure: () => {},
  }, { cursor: 0, done: [] });
  await queue.add(1, "a", "a");
  await rejects(queue.failed, /disk full/);
});

Deno.test("Exec's mark begins anew when what follows is not behind it", async () => {
  const { queue, running, marks, end } = newQueue(4, { cursor: 900, done: [905, 7] });
  queue.restart(0);
  await queue.add(7, "a", "a1");
  await settle();
  deepStrictEqual([...running.keys()], ["a1"]);
  await end("a1");
  deepStrictEqual(marks.at(-1), { cursor: 7, done: [] });
});

Deno.test("Exec that is full keeps nothing of the commands that are done, and tells when there will be no room", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  let cursor = 0;
  let isLast = false;
  const queue = new ExecQueue({
    jobs: 1,
    run: async () => {
      await setImmediate(); // a turn, as a command takes; a timer's is a thousand times as long, and there are thousands
      return isLast ? await Promise.reject(new Error("no shell")) : undefined;
    },
    pause: () => Promise.resolve(),
    save: () => Promise.resolve(),
    onFailure: () => {},
  }, { cursor: 0, done: [] });
  const handOver = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) await queue.add(++cursor, "a", "x");
    collect();
    collect();
    return Deno.memoryUsage().heapUsed;
  };
  const before = await handOver(300);
  const grown = await handOver(3000) - before;
  ok(grown < 3000 * 150, `${grown} bytes: it was 310 a command`);
  isLast = true;
  await rejects(handOver(2), /no shell/);
});

Deno.test("Exec that runs each once leaves what has failed, and what its peer sent behind it, for the next one", async () => {
  const { queue, running, marks, told, end } = newQueue(4, undefined, { once: true });
  for (const [cursor, peer] of [[1, "a"], [2, "b"], [3, "a"], [4, "b"]] as const) {
    strictEqual(await queue.add(cursor, peer, `${peer}${cursor}`), true);
  }
  await settle();
  await end("a1", false);
  await end("b2");
  deepStrictEqual([...running.keys()], ["b4"]);
  await end("b4");
  await queue.add(5, "a", "a5");
  queue.skip(6);
  await queue.idle();
  await queue.keep();
  deepStrictEqual([running.size, told, queue.isStopped], [0, ["a 1000 failed"], true]);
  deepStrictEqual(marks.at(-1), { cursor: 0, done: [2, 4] });
  const next = newQueue(4, marks.at(-1), { once: true });
  for (const [cursor, peer] of [[1, "a"], [2, "b"], [3, "a"], [4, "b"], [5, "a"]] as const) {
    await next.queue.add(cursor, peer, `${peer}${cursor}`);
  }
  next.queue.skip(6);
  for (const line of ["a1", "a3", "a5"]) {
    await settle();
    deepStrictEqual([...next.running.keys()], [line]);
    await next.end(line);
  }
  await next.queue.idle();
  await next.queue.keep();
  deepStrictEqual([next.marks.at(-1), next.queue.isStopped], [{ cursor: 6, done: [] }, false]);
});

Deno.test("Exec that runs each once takes no more when too many are left, and goes on while some may succeed", async () => {
  const { queue, end } = newQueue(1, undefined, { once: true });
  const taken: (boolean | undefined)[] = [];
  const adding = (async () => {
    for (let cursor = 1; cursor <= 300; cursor++) taken.push(await queue.add(cursor, "a", `a${cursor}`));
  })();
  await settle();
  strictEqual(taken.length, 255, "the last waits for room");
  await end("a1");
  strictEqual(taken.length, 256);
  await end("a2", false);
  await adding;
  deepStrictEqual([taken[256], taken.indexOf(false)], [false, 256]);
  await queue.idle();
});

Deno.test("Several queues that share their places run no more commands at once than one does", async () => {
  const gate = new Gate({ jobs: 2 });
  const [one, other] = [newQueue(2, undefined, { gate }), newQueue(2, undefined, { gate })];
  for (const [i, peer] of ["a", "b", "c"].entries()) {
    await one.queue.add(i + 1, peer, peer);
    await other.queue.add(i + 1, peer, peer);
  }
  await settle();
  deepStrictEqual([[...one.running.keys()], [...other.running.keys()]], [["a"], ["a"]]);
  await one.end("a");
  deepStrictEqual([[...one.running.keys()], [...other.running.keys()]], [["b"], ["a"]]);
});

Deno.test("What is dealt with at once is so once, over all runs", async () => {
  const { queue, marks } = newQueue(1, { cursor: 3, done: [5] });
  deepStrictEqual([queue.pass(4), queue.pass(5), queue.pass(6)], [true, false, true]);
  await queue.keep();
  deepStrictEqual(marks.at(-1), { cursor: 6, done: [] });
});
