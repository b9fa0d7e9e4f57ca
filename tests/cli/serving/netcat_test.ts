import { deepStrictEqual, rejects } from "node:assert/strict";
import { Interrupted, OutputClosed } from "../../../cli/exit.ts";
import {
  type Conversation,
  converse,
  InputNotTaken,
  SharedInput,
  type TalkStream,
} from "../../../cli/serving/netcat.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import type { Duplex } from "../../../lib/wire/machine.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";

/** A reader that gives what a test puts in. */
class Typed {
  readonly #given: (string | null)[] = [];
  #wake: (() => void) | undefined;
  reads = 0;
  type(...texts: (string | null)[]): this {
    this.#given.push(...texts);
    this.#wake?.();
    return this;
  }
  async read(into: Uint8Array): Promise<number | null> {
    this.reads++;
    while (this.#given.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    const text = this.#given.shift()!;
    if (text === null) return null;
    into.set(utf8(text));
    return text.length;
  }
}

/** Both ends of a conversation: `peer` is the other side, `log` what became of our stream. */
function stage(
  changes: Partial<Conversation> = {},
): { talk: Conversation; peer: Duplex; typed: Typed; said: string[]; log: string[]; clock: FakeClock } {
  const [ours, peer] = memoryDuplexPair();
  const log: string[] = [];
  const said: string[] = [];
  const typed = new Typed();
  const clock = new FakeClock();
  const stream: TalkStream = {
    read: () => ours.read(),
    write: (bytes) => ours.write(bytes),
    closeWrite: () => (log.push("fin"), ours.closeWrite()),
    close: () => (log.push("close"), ours.close()),
    reset: () => (log.push("reset"), ours.close()),
    ping: () => (log.push("ping"), Promise.resolve(1)),
  };
  const output = {
    write: (bytes: Uint8Array) => {
      const count = Math.min(3, bytes.length); // a pipe takes some of it
      said.push(fromUtf8(bytes.subarray(0, count)));
      return Promise.resolve(count);
    },
  };
  const talk: Conversation = {
    stream,
    input: new SharedInput(typed),
    output,
    inputIsTerminal: false,
    finishAtEnd: false,
    quitMs: undefined,
    clock,
    signal: new AbortController().signal,
    ...changes,
  };
  return { talk, peer, typed, said, log, clock };
}

const isOver = async (work: Promise<unknown>): Promise<boolean> => {
  let over = false;
  work.then(() => over = true, () => over = true);
  await settle();
  return over;
};

Deno.test("A conversation ends when the peer has finished and the input has ended, with every byte handed over", async () => {
  const { talk, peer, typed, said, log } = stage();
  const work = converse(talk);
  await peer.write(utf8("hello"));
  await peer.closeWrite();
  deepStrictEqual(await isOver(work), false);
  typed.type("late words", null);
  await work;
  deepStrictEqual(said, ["hel", "lo"]);
  deepStrictEqual(fromUtf8((await peer.read())!), "late words");
  deepStrictEqual(log, ["fin", "ping", "close"]);
});

Deno.test("A conversation goes on after the end of the input until the peer has finished", async () => {
  const { talk, peer, typed, said, log } = stage();
  const work = converse(talk);
  typed.type("question", null);
  deepStrictEqual(await isOver(work), false);
  deepStrictEqual(log, []);
  await peer.write(utf8("yes"));
  await peer.closeWrite();
  await work;
  deepStrictEqual(said, ["yes"]);
});

Deno.test("A conversation ends its output with the peer's end, while its input goes on", async () => {
  const said: string[] = [];
  const { talk, peer, typed, log } = stage({ endOutput: () => said.push("end"), finishAtEnd: true });
  const work = converse({
    ...talk,
    output: { write: (bytes) => Promise.resolve(said.push(fromUtf8(bytes)) && bytes.length) },
  });
  await peer.write(utf8("question"));
  await peer.closeWrite();
  deepStrictEqual(await isOver(work), false);
  deepStrictEqual(said, ["question", "end"]);
  typed.type("answer", null);
  await work;
  deepStrictEqual([fromUtf8((await peer.read())!), await peer.read()], ["answer", null]);
  deepStrictEqual(log, ["fin", "fin", "ping", "close"]);
});

Deno.test("A conversation has two writes under way, and what they hold stays as it is", async () => {
  const { talk, peer, typed } = stage({ finishAtEnd: true });
  const written: { bytes: Uint8Array; resolve(): void }[] = [];
  const write = (bytes: Uint8Array) => new Promise<void>((resolve) => written.push({ bytes, resolve }));
  const work = converse({ ...talk, stream: { ...talk.stream, write } });
  typed.type("one", "two", "three", "four", null);
  await settle();
  deepStrictEqual(written.map(({ bytes }) => fromUtf8(bytes)), ["one", "two"]);
  written[0].resolve();
  await settle();
  deepStrictEqual(written.slice(1).map(({ bytes }) => fromUtf8(bytes)), ["two", "three"]);
  written[1].resolve();
  written[2].resolve();
  await settle();
  deepStrictEqual(fromUtf8(written[3].bytes), "four");
  deepStrictEqual(await isOver(peer.read()), false); // no end before the last write
  written[3].resolve();
  await peer.closeWrite();
  await work;
});

Deno.test("A write that fails ends a conversation while the input is silent, and takes nothing more of it", async () => {
  const { talk, peer, typed, log } = stage();
  const gone = new NetworkError("stream was reset", { retry: true, reason: "closed" });
  const failing = { ...talk.stream, write: () => Promise.reject(gone) };
  await peer.closeWrite();
  const work = converse({ ...talk, stream: failing });
  const failed = rejects(work, /was reset/);
  typed.type("lost with the connection");
  deepStrictEqual([await isOver(work), log.at(-1)], [true, "reset"]);
  await failed;
  const next = stage({ input: talk.input });
  const second = converse(next.talk);
  typed.type("for the next", null);
  deepStrictEqual(fromUtf8((await next.peer.read())!), "for the next");
  await next.peer.closeWrite();
  await second;
});

Deno.test("A conversation tells the peer of the end of the input when it is asked to", async () => {
  const { talk, peer, typed, log } = stage({ finishAtEnd: true });
  const work = converse(talk);
  typed.type("all", null);
  deepStrictEqual(fromUtf8((await peer.read())!), "all");
  deepStrictEqual(await peer.read(), null);
  deepStrictEqual([await isOver(work), log], [false, ["fin"]]);
  await peer.closeWrite();
  await work;
});

Deno.test("A conversation quits some time after the end of the input", async () => {
  const { talk, typed, log, clock } = stage({ quitMs: 500 });
  const work = converse(talk);
  await settle();
  await clock.advance(10_000);
  typed.type(null);
  await settle();
  await clock.advance(499);
  deepStrictEqual(await isOver(work), false);
  await clock.advance(1);
  await work;
  deepStrictEqual(log, ["fin", "ping", "close"]);
});

Deno.test("A conversation that quits hands over the rest of its input while that moves, and gives up when it does not", async () => {
  for (const [stuckAt, end] of [[0, "reset"], [1, "reset"], [2, "close"]] as const) {
    const { talk, peer, typed, log, clock } = stage({ quitMs: 0, finishAtEnd: true });
    const written: (() => void)[] = [];
    const write = () => new Promise<void>((resolve) => written.push(resolve));
    const work = converse({ ...talk, stream: { ...talk.stream, write } });
    const failed = end === "reset" ? rejects(work, InputNotTaken) : work;
    typed.type("one", "two", null);
    await settle();
    for (let i = 0; i < stuckAt; i++) {
      await clock.advance(9_999);
      deepStrictEqual(await isOver(work), false);
      written[i]();
      await settle();
    }
    if (end === "reset") {
      await clock.advance(20_000);
      await failed;
    }
    await failed;
    deepStrictEqual(log.at(-1), end);
    peer.close();
  }
});

Deno.test("A conversation that quits does not wait for ever for what another process has of its input", async () => {
  const { talk, typed, log, clock } = stage({ quitMs: 0 });
  const work = converse({
    ...talk,
    stream: { ...talk.stream, closeWrite: () => new Promise<void>(() => {}) },
  });
  const failed = rejects(work, InputNotTaken);
  typed.type("with the owner", null);
  await settle();
  await clock.advance(9_999);
  deepStrictEqual(await isOver(work), false);
  await clock.advance(1);
  await failed;
  deepStrictEqual(log, ["reset"]);
});

Deno.test("A conversation from a terminal ends with the peer; what is typed later belongs to the next one", async () => {
  const first = stage({ inputIsTerminal: true });
  const work = converse(first.talk);
  await first.peer.closeWrite();
  await work;
  const next = stage({ inputIsTerminal: true, input: first.talk.input });
  const second = converse(next.talk);
  first.typed.type("for the second");
  deepStrictEqual(fromUtf8((await next.peer.read())!), "for the second");
  await next.peer.closeWrite();
  await second;
  deepStrictEqual(first.typed.reads, 2); // never two reads at once
});

Deno.test("A conversation delivers what came before the stream broke, then says so", async () => {
  const { talk, peer, typed, said, log } = stage();
  const work = converse(talk);
  await peer.write(utf8("abc"));
  peer.close();
  typed.type("into the void", "and more");
  await rejects(work, NetworkError);
  deepStrictEqual([said, log.at(-1)], [["abc"], "reset"]);
});

Deno.test("A conversation ends when nobody reads its output, and when that can't be written", async () => {
  for (
    const [thrown, expected] of [
      [new Deno.errors.BrokenPipe(), OutputClosed],
      [new Error("no space"), UserError],
    ] as const
  ) {
    const { talk, peer, log } = stage({ output: { write: () => Promise.reject(thrown) } });
    const work = converse(talk);
    await peer.write(utf8("x"));
    await rejects(work, expected);
    deepStrictEqual(log, ["reset"]);
  }
});

Deno.test("A conversation whose input can't be read is no end of file for the peer", async () => {
  const input = new SharedInput({ read: () => Promise.reject(new Error("it is a directory")) });
  const { talk, log } = stage({ input });
  await rejects(converse(talk), /Cannot read standard input: it is a directory/);
  deepStrictEqual(log, ["reset"]);
});

Deno.test("A signal resets a conversation in a pipe and closes one of a terminal", async () => {
  for (const [inputIsTerminal, end] of [[false, "reset"], [true, "close"]] as const) {
    const controller = new AbortController();
    const { talk, log } = stage({ inputIsTerminal, signal: controller.signal });
    const work = converse(talk);
    await settle();
    controller.abort(new Interrupted("signal"));
    await rejects(work, Interrupted);
    deepStrictEqual(log, [end]);
  }
});

Deno.test("A conversation counts what the stream and the output have taken, also when it breaks", async () => {
  const traffic = { sent: 0, received: 0 };
  const { talk, peer, typed } = stage({ traffic });
  const work = converse(talk);
  typed.type("four", "more");
  await peer.write(utf8("hello"));
  deepStrictEqual(await isOver(work), false);
  deepStrictEqual(traffic, { sent: 8, received: 5 });
  const broken = {
    ...talk.stream,
    write: () => Promise.reject(new NetworkError("gone", { retry: false, reason: "closed" })),
  };
  const [later, typing] = [{ sent: 0, received: 0 }, new Typed().type("lost")];
  await rejects(
    converse({
      ...talk,
      stream: { ...broken, read: () => Promise.resolve(null) },
      input: new SharedInput(typing),
      traffic: later,
    }),
  );
  deepStrictEqual(later, { sent: 0, received: 0 });
});
