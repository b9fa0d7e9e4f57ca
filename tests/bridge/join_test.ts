import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { type Breakable, type Carried, join } from "../../lib/bridge/join.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { type MemoryDuplex, type MemoryDuplexOptions, memoryDuplexPair } from "../fakes/duplex.ts";

/** The end that is joined, which counts how it ended, and the end of who talks through it. */
function side(options?: MemoryDuplexOptions) {
  const [inner, outer] = memoryDuplexPair(options);
  const ends: string[] = [];
  const joined: Breakable = {
    read: () => inner.read(),
    write: (bytes) => inner.write(bytes),
    closeWrite: () => inner.closeWrite(),
    close: () => {
      ends.push("close");
      inner.close();
    },
    reset: () => {
      ends.push("reset");
      inner.break();
    },
  };
  return { joined, outer, ends, inner };
}

async function all(duplex: MemoryDuplex): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let bytes = await duplex.read(); bytes !== null; bytes = await duplex.read()) {
    parts.push(bytes.slice());
  }
  return fromUtf8(concat(...parts));
}

function world(options?: MemoryDuplexOptions, idleMs = 1000) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const [near, far] = [side(options), side(options)];
  const carried: Carried = { forth: 0, back: 0 };
  const joined = join(near.joined, far.joined, { clock, idleMs, signal: stop.signal }, carried);
  joined.catch(() => {});
  return { clock, stop, near, far, joined, carried };
}

for (const chunk of [1, 3, 4096]) {
  Deno.test(`A question's end passes and the answer still comes, in pieces of ${chunk}`, async () => {
    const { near, far, joined, carried, clock } = world({ chunk: () => chunk });
    await near.outer.write(utf8("question"));
    await near.outer.closeWrite();
    strictEqual(await all(far.outer), "question");
    await far.outer.write(utf8("the answer"));
    await far.outer.closeWrite();
    strictEqual(await all(near.outer), "the answer");
    await joined;
    deepStrictEqual([near.ends, far.ends, carried], [["close"], ["close"], { forth: 8, back: 10 }]);
    strictEqual(clock.pendingTimers, 0, "nothing waits for a standstill any more");
  });
}

Deno.test("A reader that stands still stops its sender: a bounded part is in between", async () => {
  const { near, far, carried, stop } = world({ bufferBytes: 1000 });
  const piece = new Uint8Array(500);
  let written = 0;
  void (async () => {
    for (;;) {
      await near.outer.write(piece);
      written += piece.length;
    }
  })().catch(() => {});
  await settle();
  const stood = written;
  deepStrictEqual([stood <= 4000, carried.forth <= 1500], [true, true]);
  for (let read = 0; read < 10_000; read += (await far.outer.read())!.length);
  strictEqual(written >= 8000, true);
  stop.abort(new Error("over"));
});

Deno.test("A side that breaks breaks the other one off, and the error says what it was", async () => {
  for (const which of ["near", "far"] as const) {
    const { near, far, joined } = world();
    ({ near, far })[which].outer.break();
    await rejects(joined, /connection is lost/);
    deepStrictEqual([near.ends, far.ends], [["reset"], ["reset"]]);
  }
});

Deno.test("Who takes nothing more is still heard to the end; the one who sends learns that bytes are missing", async () => {
  const { near, far, joined } = world();
  await far.outer.write(utf8("too large, go away"));
  far.outer.close(); // both directions, as a service that answers early does
  await settle();
  await near.outer.write(utf8("upload")).catch(() => {});
  await rejects(joined, NetworkError);
  deepStrictEqual([near.ends, far.ends], [["reset"], ["reset"]]);
});

Deno.test("An answer that still comes when nothing more is taken is heard to its end, and then what broke is told", async () => {
  const near = side();
  const pieces = Array.from({ length: 3 }, () => Promise.withResolvers<Uint8Array | null>());
  let next = 0;
  const ends: string[] = [];
  const far: Breakable = {
    read: () => pieces[next++].promise,
    write: () =>
      Promise.reject(new NetworkError("it takes nothing more", { retry: false, reason: "closed" })),
    closeWrite: () => Promise.resolve(),
    close: () => void ends.push("close"),
    reset: () => void ends.push("reset"),
  };
  const clock = new FakeClock();
  const joined = join(near.joined, far, { clock, signal: new AbortController().signal });
  joined.catch(() => {});
  await near.outer.write(utf8("upload"));
  await settle();
  for (const [i, text] of ["too large, ", "go away"].entries()) {
    pieces[i].resolve(utf8(text));
    strictEqual(fromUtf8((await near.outer.read())!), text);
  }
  deepStrictEqual([near.ends, ends], [[], []]);
  pieces[2].resolve(null);
  strictEqual(await near.outer.read(), null);
  await rejects(joined, /it takes nothing more/);
  deepStrictEqual([near.ends, ends], [["reset"], ["reset"]]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("What stood still for too long is given up; what moves now and then is not", async () => {
  const { near, far, joined, clock } = world();
  for (let i = 0; i < 5; i++) {
    await clock.advance(900);
    await near.outer.write(utf8("x"));
    strictEqual(fromUtf8((await far.outer.read())!), "x");
  }
  await clock.advance(1100);
  await rejects(joined, { reason: "timeout", message: "nothing has moved for 1 s" });
  deepStrictEqual([near.ends, far.ends], [["reset"], ["reset"]]);
});

Deno.test("Without a limit, or with one of years, it may stand still for years", async () => {
  for (const idleMs of [0, 999_999_999 * 3_600_000]) {
    const { near, far, joined, clock } = world({}, idleMs);
    for (let day = 0; day < 60; day++) await clock.advance(24 * 3_600_000);
    await near.outer.closeWrite();
    await far.outer.closeWrite();
    await joined;
  }
});

Deno.test("The signal breaks both off", async () => {
  const { near, far, joined, stop } = world();
  stop.abort(new Error("the key was taken from the list"));
  await rejects(joined, /taken from the list/);
  deepStrictEqual([near.ends, far.ends], [["reset"], ["reset"]]);
});

Deno.test("A peer that has ended its direction and takes nothing more is gone in 5 minutes; one that takes little is not", async () => {
  for (const takes of [false, true]) {
    const { clock, near, far, joined } = world({}, 0);
    const outcome = joined.then(() => "an end", (error: Error) => error.message);
    let written = 0;
    const writing = (async () => {
      for (; written < 60; written++) await near.outer.write(new Uint8Array(8192));
      await near.outer.closeWrite();
    })().catch(() => {});
    await far.outer.closeWrite();
    for (let s = 0; s < 290; s += 10) {
      await clock.advance(10_000);
      if (takes) await far.outer.read();
    }
    if (!takes) {
      ok(written < 60, `${written}`);
      deepStrictEqual(near.ends, []);
      await clock.advance(20_000);
      match(await outcome, /the peer has ended its side, and takes nothing more/);
      deepStrictEqual([near.ends, far.ends], [["reset"], ["reset"]]);
      continue;
    }
    await clock.advance(290_000);
    while (await far.outer.read());
    await writing;
    strictEqual(await outcome, "an end");
  }
});

Deno.test("A peer that has ended its direction has 5 minutes behind the last of what it took, in the middle of a write as well", async () => {
  const clock = new FakeClock();
  const [near, far] = [side(), side()];
  let moved = 0;
  const peer = Object.defineProperty({ ...far.joined }, "moved", { get: () => moved }) as Breakable;
  peer.write = () => new Promise(() => {});
  const joined = join(near.joined, peer, { clock, idleMs: 0, signal: new AbortController().signal });
  const outcome = joined.then(() => "an end", (error: Error) => error.message);
  await near.outer.write(utf8("much"));
  await far.outer.closeWrite();
  for (let minutes = 0; minutes < 30; minutes += 4, moved++) await clock.advance(4 * 60_000);
  deepStrictEqual(near.ends, []);
  await clock.advance(6 * 60_000);
  match(await outcome, /takes nothing more/);
  strictEqual(clock.pendingTimers, 0);
});
