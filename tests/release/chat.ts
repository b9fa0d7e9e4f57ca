/**
 * What a released program is tried with: a network, a chat, and a stream long enough for the parts that are
 * loaded late (node:crypto, ML-KEM).
 *
 * @module
 */
import { haveIdentity } from "../script/have_identity.ts";
import { deepStrictEqual, fail, match, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { type Ended, Running } from "../e2e/network.ts";
import type { Stage } from "../script/script.ts";

const FREE = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
const STREAM_BYTES = 1 << 20;

/** A processor in software takes 2 s for a start, 8 to 18 s for a send. */
const SLOW_MS = 120_000;
/** The longest that the program waits for an ack. */
const ACK_WAIT = "60s";
/** The program gives a handshake 5 s, which such a processor does not always keep on a busy machine. */
const SLOW_ATTEMPTS = 5;

/** Starts commands; they all end with it. */
class Cast implements AsyncDisposable {
  readonly #all: Running[] = [];

  start(stage: Stage, args: readonly string[], patienceMs?: number): Running {
    const process = new Running(stage.start(args), patienceMs);
    this.#all.push(process);
    return process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#all) process.kill("SIGKILL");
    for (const process of this.#all) await process.ended();
  }
}

/** Runs it all on a stage; every process has ended when this resolves. */
export async function tryOut(stage: Stage): Promise<void> {
  await using cast = new Cast();
  for (const name of ["c", "d"]) haveIdentity(stage.home, name);
  const start = (...args: string[]): Running => cast.start(stage, args);
  const serve = start("serve", "--json", ...FREE);
  await serve.prints("stdout", "\n");
  const listen = start("listen", "--local", "--identity", "b", "--json");
  const { addr } = JSON.parse(await listen.prints("stdout", "\n"));
  const send = await start("send", "--local", addr, "hello").ended();
  strictEqual(send.status, 0, send.stderr);
  match(fromUtf8(send.stdout), /^Acked by /);
  await listen.prints("stdout", '"body":"hello"');
  const sink = start("nc", "-l", "5000", "--local", "--pq", "--identity", "c");
  const source = sourceTo((...args) => start(...args, "--local"), await addressOf(sink));
  strictEqual((await source.ended()).status, 0);
  await received(sink);
  for (const process of [listen, serve]) {
    process.kill("SIGTERM");
    strictEqual((await process.ended()).status, 143);
  }
}

/**
 * Runs a program that is slow here beside one that is not: it sends, takes a message, and streams. Every process has
 * ended when this resolves.
 */
export async function tryOutBeside(slow: Stage, fast: Stage): Promise<void> {
  await using cast = new Cast();
  haveIdentity(fast.home, "c");
  haveIdentity(slow.home, "d");
  const serve = cast.start(fast, ["serve", "--json", ...FREE]);
  const { discovery } = JSON.parse(await serve.prints("stdout", "\n"));
  const start = (stage: Stage) => (...args: string[]): Running =>
    cast.start(stage, [...args, "--discovery", discovery], stage === slow ? SLOW_MS : undefined);
  const wait = ["--wait", ACK_WAIT];
  for (const [sender, receiver] of [[slow, fast], [fast, slow]]) {
    const listen = start(receiver)("listen", "--identity", "b", "--json");
    const { addr } = JSON.parse(await listen.prints("stdout", "\n"));
    const send = await patiently(() => start(sender)("send", ...wait, addr, "hello"));
    match(fromUtf8(send.stdout), /^Acked by /);
    await listen.prints("stdout", '"body":"hello"');
    listen.kill("SIGTERM");
    strictEqual((await listen.ended()).status, 143);
  }
  const sink = start(fast)("nc", "-l", "5000", "--pq", "--identity", "c");
  const address = await addressOf(sink);
  await patiently(() => sourceTo(start(slow), address));
  await received(sink);
}

/** Again when the network was the reason. */
async function patiently(start: () => Running): Promise<Ended> {
  for (let attempt = 1;; attempt++) {
    const ended = await start().ended();
    if (ended.status === 0) return ended;
    if (attempt === SLOW_ATTEMPTS || ![3, 6].includes(ended.status)) fail(`${ended.status} ${ended.stderr}`);
  }
}

/** Where a listener with nothing to say can be reached. */
async function addressOf(sink: Running): Promise<string> {
  await sink.end();
  return /Listening on (\S+)\n/.exec(await sink.prints("stderr", "Listening on "))![1];
}

function sourceTo(start: (...args: string[]) => Running, address: string): Running {
  const source = start("nc", "-N", "--pq", "--identity", "d", address);
  // One that fails does not read it all.
  source.write(new Uint8Array(STREAM_BYTES).fill(7)).then(() => source.end(), () => {});
  return source;
}

async function received(sink: Running): Promise<void> {
  const { status, stdout, stderr } = await sink.ended();
  deepStrictEqual([status, stdout.length], [0, STREAM_BYTES], stderr);
}
