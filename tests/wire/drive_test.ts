import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { Drive, type DriveOptions } from "../../lib/wire/drive.ts";
import type { Duplex, Machine, WireIn, WireOut } from "../../lib/wire/machine.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";

type In = { readonly kind: "say"; readonly text: string } | { readonly kind: "leave" };
type Out = { readonly kind: "heard"; readonly text: string };

/** Writes what it is told to say, tells what it hears, and writes `tick` at its deadline. */
class Echo implements Machine<In | WireIn, Out | WireOut> {
  deadlineMs: number | undefined;
  readonly inputs: string[] = [];
  handle(input: In | WireIn, nowMs: number): (Out | WireOut)[] {
    this.inputs.push(input.kind);
    switch (input.kind) {
      case "say":
        return [{ kind: "write", bytes: utf8(input.text) }];
      case "leave":
        return [{ kind: "write", bytes: utf8("bye") }, { kind: "close" }];
      case "bytes":
        return [{ kind: "heard", text: fromUtf8(input.bytes) }];
      case "tick":
        this.deadlineMs = undefined;
        return [{ kind: "write", bytes: utf8(`tick@${nowMs}`) }];
      case "eof":
        return [{ kind: "heard", text: "<eof>" }];
    }
  }
}

/** A duplex that notes each write; a write waits until `release` when `gated`. */
class Recording implements Duplex {
  readonly writes: string[] = [];
  gated = false;
  closed = false;
  fails = false;
  #held: (() => void)[] = [];
  read(): Promise<Uint8Array | null> {
    return new Promise(() => {});
  }
  async write(bytes: Uint8Array): Promise<void> {
    this.writes.push(fromUtf8(bytes));
    if (this.fails) throw new Error("broken");
    if (this.gated) await new Promise<void>((resolve) => this.#held.push(resolve));
  }
  closeWrite(): Promise<void> {
    return Promise.resolve();
  }
  close(): void {
    this.closed = true;
  }
  release(): void {
    this.#held.shift()?.();
  }
}

function start(duplex: Duplex, more: Partial<DriveOptions<Out>> = {}) {
  const machine = new Echo();
  const clock = new FakeClock(0);
  const heard: string[] = [];
  const drive = new Drive<In, Out>(machine, {
    duplex,
    clock,
    onEvent: (out) => heard.push(out.text),
    ...more,
  });
  return { machine, clock, heard, drive };
}

/** Whether a promise has resolved by now. */
async function resolved(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true);
  await settle();
  return done;
}

Deno.test("Drive joins small writes of one turn and keeps their order", async () => {
  const duplex = new Recording();
  const { drive } = start(duplex);
  for (const text of ["a", "b", "c"]) drive.put({ kind: "say", text });
  await settle();
  drive.put({ kind: "say", text: "d" });
  await settle();
  deepStrictEqual(duplex.writes, ["abc", "d"]);
});

Deno.test("Drive writes a long array alone and in its place", async () => {
  const duplex = new Recording();
  const { drive } = start(duplex);
  const long = "x".repeat(20_000);
  for (const text of ["a", "b", long, "c", "d"]) drive.put({ kind: "say", text });
  await settle();
  deepStrictEqual(duplex.writes, ["ab", long, "cd"]);
});

Deno.test("Drive writes one thing at a time", async () => {
  const duplex = new Recording();
  duplex.gated = true;
  const { drive } = start(duplex);
  drive.put({ kind: "say", text: "first" });
  await settle();
  drive.put({ kind: "say", text: "second" });
  await settle();
  deepStrictEqual(duplex.writes, ["first"]);
  duplex.release();
  await settle();
  deepStrictEqual(duplex.writes, ["first", "second"]);
});

Deno.test("Drive.flushed waits for a write that is under way", async () => {
  const duplex = new Recording();
  duplex.gated = true;
  const { drive } = start(duplex);
  strictEqual(await resolved(drive.flushed()), true, "nothing to wait for");
  drive.put({ kind: "say", text: "first" });
  const early = drive.flushed();
  await settle();
  const late = drive.flushed(); // everything is taken from the queue, but not written
  strictEqual(await resolved(Promise.race([early, late])), false);
  duplex.release();
  strictEqual(await resolved(Promise.all([early, late])), true);
});

Deno.test("Drive.flushed does not wait for what is written later", async () => {
  const duplex = new Recording();
  duplex.gated = true;
  const { drive } = start(duplex);
  drive.put({ kind: "say", text: "first" });
  await settle();
  const flushed = drive.flushed();
  drive.put({ kind: "say", text: "second" });
  duplex.release();
  strictEqual(await resolved(flushed), true);
  strictEqual(await resolved(drive.flushed()), false);
});

Deno.test("Drive handles inputs that an event's handler gives, in order", async () => {
  const duplex = new Recording();
  const order: string[] = [];
  const { drive, machine } = start(duplex, {
    onEvent: ({ text }) => {
      order.push(`>${text}`);
      if (text === "1") {
        drive.put({ kind: "bytes", bytes: utf8("2") });
        drive.put({ kind: "say", text: "reply" });
      }
      order.push(`<${text}`);
    },
  });
  drive.put({ kind: "bytes", bytes: utf8("1") });
  await settle();
  deepStrictEqual(order, [">1", "<1", ">2", "<2"], "one handler ends before the next starts");
  deepStrictEqual(machine.inputs, ["bytes", "bytes", "say"]);
  deepStrictEqual(duplex.writes, ["reply"]);
});

Deno.test("Drive feeds what it reads and then one eof", async () => {
  const [near, far] = memoryDuplexPair();
  const { drive, heard, machine } = start(near);
  const running = drive.run();
  await far.write(utf8("hi"));
  await far.closeWrite();
  await running;
  deepStrictEqual(heard, ["hi", "<eof>"]);
  deepStrictEqual(machine.inputs, ["bytes", "eof"]);
});

Deno.test("Drive tells a broken pipe as eof, once for both directions", async () => {
  const [near] = memoryDuplexPair();
  const { drive, machine } = start(near);
  const running = drive.run();
  near.break();
  drive.put({ kind: "say", text: "too late" });
  await running;
  await settle();
  deepStrictEqual(machine.inputs.filter((kind) => kind === "eof"), ["eof"]);
  strictEqual(await resolved(drive.flushed()), true);
});

Deno.test("Drive does not hide a mistake in an event's handler", async () => {
  const [near, far] = memoryDuplexPair();
  const { drive } = start(near, {
    onEvent: () => {
      throw new TypeError("a mistake");
    },
  });
  const running = drive.run();
  await far.write(utf8("x"));
  await rejects(running, /a mistake/);
  strictEqual(await far.read(), null, "the duplex is closed");
});

Deno.test("Drive closes after the writes before the close", async () => {
  const duplex = new Recording();
  duplex.gated = true;
  const { drive } = start(duplex);
  drive.put({ kind: "leave" });
  await settle();
  deepStrictEqual([duplex.writes, duplex.closed], [["bye"], false]);
  duplex.release();
  await settle();
  strictEqual(duplex.closed, true);
  drive.put({ kind: "say", text: "ignored" });
  await settle();
  deepStrictEqual(duplex.writes, ["bye"]);
});

Deno.test("Drive ends a write that stalls for 10 s", async () => {
  const duplex = new Recording();
  duplex.gated = true;
  const { drive, clock, heard } = start(duplex);
  drive.put({ kind: "say", text: "stuck" });
  drive.put({ kind: "say", text: "behind" });
  await clock.advance(9_999);
  deepStrictEqual([duplex.closed, heard], [false, []]);
  const flushed = drive.flushed();
  await clock.advance(1);
  deepStrictEqual([duplex.closed, heard], [true, ["<eof>"]]);
  strictEqual(await resolved(flushed), true, "nobody waits for ever");
  duplex.release();
  await settle();
  deepStrictEqual(duplex.writes, ["stuckbehind"]);
});

Deno.test("Drive gives no stall to a write that ends in time", async () => {
  const duplex = new Recording();
  const { drive, clock } = start(duplex);
  drive.put({ kind: "say", text: "a" });
  await clock.advance(60_000);
  deepStrictEqual([duplex.closed, clock.pendingTimers], [false, 0]);
});

Deno.test("Drive ends its wait when a write fails", async () => {
  const duplex = new Recording();
  duplex.fails = true;
  const { drive, heard } = start(duplex);
  drive.put({ kind: "say", text: "a" });
  strictEqual(await resolved(drive.flushed()), true);
  deepStrictEqual(heard, ["<eof>"]);
});

Deno.test("Drive ticks at the deadline and follows it when it moves", async () => {
  const duplex = new Recording();
  const { drive, clock, machine } = start(duplex);
  machine.deadlineMs = 100;
  drive.put({ kind: "say", text: "a" });
  machine.deadlineMs = 250;
  await clock.advance(50);
  drive.put({ kind: "say", text: "b" });
  await clock.advance(150);
  deepStrictEqual(duplex.writes, ["a", "b"], "the first deadline is off");
  await clock.advance(50);
  deepStrictEqual(duplex.writes, ["a", "b", "tick@250"]);
  await clock.advance(10_000);
  strictEqual(clock.pendingTimers, 0, "the watch for stalls ends when nothing is written");
});

Deno.test("Drive sets one timer for many deadlines that move away, and none is missed", async () => {
  const duplex = new Recording();
  let timers = 0;
  class Counting extends FakeClock {
    override after(delayMs: number, run: () => void): () => void {
      timers++;
      return super.after(delayMs, run);
    }
  }
  const clock = new Counting(0);
  const { machine, drive } = start(duplex, { clock });
  const say = (text: string, deadlineMs?: number): void => {
    machine.deadlineMs = deadlineMs;
    drive.put({ kind: "say", text });
  };
  say("a", 1000);
  timers = 0;
  for (let i = 1; i < 50; i++) {
    say("b");
    say("c", 1000 + i);
    await clock.advance(1);
  }
  strictEqual(timers, 1, "the stall watch of the writes");
  await clock.advance(951 + 48);
  strictEqual(machine.inputs.includes("tick"), false);
  await clock.advance(1);
  strictEqual(machine.inputs.filter((kind) => kind === "tick").length, 1);
  say("d", 1e6);
  say("e", 1100);
  await clock.advance(51);
  strictEqual(
    machine.inputs.filter((kind) => kind === "tick").length,
    2,
    "a nearer one has a timer of its own",
  );
});

Deno.test("Drive sets no timer after its end", async () => {
  const duplex = new Recording();
  const { drive, clock, machine } = start(duplex);
  machine.deadlineMs = 100;
  drive.put({ kind: "leave" });
  await settle();
  await clock.advance(1_000);
  deepStrictEqual([machine.inputs, clock.pendingTimers], [["leave"], 0]);
});

Deno.test("Drive ends with a peer that makes it answer and does not read", async () => {
  const duplex = new Recording();
  duplex.gated = true;
  const { drive, heard } = start(duplex);
  const pong = "x".repeat(256);
  for (let i = 0; i < 4096; i++) drive.put({ kind: "say", text: pong });
  await settle();
  strictEqual(duplex.closed, false, "1 MiB may wait");
  drive.put({ kind: "say", text: pong });
  await settle();
  strictEqual(duplex.closed, true);
  deepStrictEqual(heard, ["<eof>"]);
});

Deno.test("Drive does not count long writes, which wait for their window", async () => {
  const duplex = new Recording();
  duplex.gated = true;
  const { drive } = start(duplex);
  for (let i = 0; i < 1000; i++) drive.put({ kind: "say", text: "x".repeat(4_000) });
  await settle();
  strictEqual(duplex.closed, false);
});

Deno.test("Drive ticks a machine whose deadline comes before the first byte", async () => {
  const duplex = new Recording();
  const machine = new Echo();
  machine.deadlineMs = 0;
  const clock = new FakeClock(5);
  void new Drive<In, Out>(machine, { duplex, clock, onEvent: () => {} }).run();
  await clock.advance(0);
  await settle();
  deepStrictEqual(duplex.writes, ["tick@5"]);
});
