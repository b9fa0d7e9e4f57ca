import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type ByteSink, Output } from "../../../cli/output/output.ts";
import { fromUtf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";

/** A sink whose reader can stand still; what it took goes to a list that several share. */
class Reader implements ByteSink {
  readonly #name: string;
  readonly #log: string[];
  #still: PromiseWithResolvers<void> | undefined;
  text = "";
  /** What the next writes throw. */
  errors: Error[] = [];
  /** Most bytes of one write. */
  takes = Infinity;

  constructor(name = "", log: string[] = []) {
    this.#name = name;
    this.#log = log;
  }

  standStill(): void {
    this.#still = Promise.withResolvers();
  }

  goOn(): void {
    this.#still?.resolve();
    this.#still = undefined;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const error = this.errors.shift();
    if (error) throw error;
    await this.#still?.promise;
    const taken = bytes.subarray(0, this.takes);
    this.text += fromUtf8(taken);
    this.#log.push(this.#name + fromUtf8(taken));
    return taken.length;
  }
}

function streams() {
  const log: string[] = [];
  const [out, err] = [new Reader("out ", log), new Reader("err ", log)];
  const clock = new FakeClock();
  return { log, out, err, clock, output: new Output({ out, err, clock }) };
}

Deno.test("Output keeps the order of what is said on both streams", async () => {
  const { log, output } = streams();
  for (const i of [1, 2, 3]) {
    output.err(`${i}`);
    output.out(`${i}`);
  }
  await output.flush();
  deepStrictEqual(log, ["err 1", "out 1", "err 2", "out 2", "err 3", "out 3"]);
});

Deno.test("Output writes the first line at once, and what follows in a burst together", async () => {
  const { log, clock, output } = streams();
  const say = async (text: string): Promise<void> => {
    output.out(text);
    await settle();
  };
  await say("1");
  await say("2");
  await say("3");
  deepStrictEqual(log, ["out 1"]);
  await clock.advance(11);
  deepStrictEqual(log, ["out 1"]);
  await clock.advance(1);
  deepStrictEqual(log, ["out 1", "out 23"]);
  await say("4");
  output.err("5");
  await settle();
  deepStrictEqual(log.slice(2), ["out 4", "err 5"], "a notice behind it waits for no burst");
  await say("6");
  await output.flush();
  deepStrictEqual(log.slice(4), ["out 6"], "nor does the end");
  await clock.advance(1000);
  await say("7");
  deepStrictEqual(log.slice(5), ["out 7"]);
});

Deno.test("Output holds what a reader that stands still does not take, and says when that is too much", async () => {
  const { out, output } = streams();
  out.standStill();
  let lines = 0;
  for (; output.hasRoom; lines++) output.out(`${lines} ${"x".repeat(100)}\n`);
  ok(lines * 103 < 80_000, "little is held");
  let told = false;
  const room = output.room().then(() => told = true);
  await settle();
  strictEqual(told, false);
  out.goOn();
  await room;
  await output.flush();
  deepStrictEqual(out.text.trim().split("\n").map((line) => parseInt(line)), [...Array(lines).keys()]);
});

Deno.test("Output to one stream goes on when nobody reads the other", async () => {
  const { out, err, clock, output } = streams();
  out.standStill();
  output.out("result");
  output.err("notice");
  await settle();
  strictEqual(err.text, "");
  await clock.advance(100);
  strictEqual(err.text, "notice");
  output.err(" and another");
  await settle();
  strictEqual(err.text, "notice and another");
  out.goOn();
  await output.flush();
  strictEqual(out.text, "result");
});

Deno.test("Output says every notice of a burst, however long, to who reads", async () => {
  const { err, output } = streams();
  for (let i = 0; i < 20_000; i++) output.err(`${i} ${"x".repeat(96)}\n`);
  await output.flush();
  deepStrictEqual(err.text.trim().split("\n").map((line) => parseInt(line)), [...Array(20_000).keys()]);
});

Deno.test("Output drops notices that nobody reads, and says how many", async () => {
  const { err, clock, output } = streams();
  err.standStill();
  output.err("\n");
  await clock.advance(100);
  for (let i = 0; i < 1000; i++) output.err(`${String(i).padStart(3, "0")}${"x".repeat(96)}\n`);
  err.goOn();
  await output.flush();
  const lines = err.text.trim().split("\n");
  const shown = lines.length - 1;
  ok(shown * 100 >= 64 * 1024 && shown < 700);
  strictEqual(lines.at(-1), `warning: ${1000 - shown} lines were not shown here, because nobody read them`);
  strictEqual(lines[shown - 1].slice(0, 3), String(shown - 1));
});

Deno.test("Output is written whole when the system takes it in pieces", async () => {
  const { out, output } = streams();
  out.takes = 1;
  output.out("hello");
  await output.flush();
  strictEqual(out.text, "hello");
});

Deno.test("Output waits for a slow reader of a pipe that does not block", async () => {
  const { out, clock, output } = streams();
  out.errors = [1, 2, 3].map(() => new Deno.errors.WouldBlock("again"));
  output.out("x");
  await clock.advance(100);
  strictEqual(out.text, "x");
});

Deno.test("Output ends quietly, once, when its reader left", async () => {
  const { out, err, output } = streams();
  const told: unknown[] = [];
  output.onLost = (why) => told.push(why);
  out.errors = [new Deno.errors.BrokenPipe("left")];
  err.errors = [new Deno.errors.BrokenPipe("left")];
  output.out("a");
  output.err("dropped");
  await output.flush();
  output.out("b");
  await Promise.all([output.flush(), output.room()]);
  deepStrictEqual([told, output.lost, out.text, err.text], [["closed"], "closed", "", ""]);
});

Deno.test("Output that can't be written is a local failure", async () => {
  const { out, output } = streams();
  out.errors = [new Error("No space left on device")];
  output.out("a");
  await output.flush();
  ok(output.lost instanceof UserError && output.lost.kind === "local");
});

Deno.test("Output of a log waits for a full disk as for a reader that stands still, and its end does not", async () => {
  const { out, err, clock, output } = streams();
  const told: unknown[] = [];
  output.onLost = (why) => told.push(why);
  output.waitsOn = ({ message }) => message === "full";
  [out.errors, err.errors] = [[new Error("full"), new Error("full")], [new Error("full")]];
  output.out("a\n".repeat(40_000));
  output.err("b");
  await clock.advance(999);
  deepStrictEqual([out.text, output.hasRoom], ["", false]);
  await clock.advance(3001);
  deepStrictEqual([out.text.length, err.text, output.hasRoom, told], [80_000, "b", true, []]);
  out.errors = Array.from({ length: 1000 }, () => new Error("full"));
  output.out("c");
  await clock.advance(10_000);
  const flushed = output.flush();
  await clock.advance(1000);
  strictEqual(await flushed, false);
  strictEqual(told.length, 1);
  const { out: other, output: log } = streams();
  log.waitsOn = ({ message }) => message === "full";
  other.errors = [new Deno.errors.BrokenPipe("left")];
  log.out("a");
  await log.flush();
  strictEqual(log.lost, "closed", "a reader that left is gone");
});

Deno.test("Output is given up at the end of an interrupted command, as soon as nothing moves", async () => {
  const { out, clock, output } = streams();
  out.standStill();
  output.out("x".repeat(40_000));
  let ended = false;
  const flushed = output.flush().then(() => ended = true);
  await clock.advance(60_000);
  strictEqual(ended, false, "a pager is waited for");
  output.hurry();
  await clock.advance(299);
  out.goOn();
  out.standStill();
  await settle();
  await clock.advance(299);
  strictEqual(ended, false, "it moved");
  await clock.advance(300);
  await flushed;
});
