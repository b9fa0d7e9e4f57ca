/**
 * What a released program is tried with: a network, a chat, and a stream long enough for the parts that are
 * loaded late (node:crypto, ML-KEM).
 *
 * @module
 */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { Running } from "../e2e/network.ts";
import type { Stage } from "../script/script.ts";

const FREE = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
const STREAM_BYTES = 1 << 20;

/** Runs it all on a stage; every process has ended when this resolves. */
export async function tryOut(stage: Stage): Promise<void> {
  const all: Running[] = [];
  const start = (...args: string[]): Running => {
    const process = new Running(stage.start(args));
    all.push(process);
    return process;
  };
  try {
    const serve = start("serve", "--json", ...FREE);
    await serve.prints("stdout", "\n");
    const listen = start("listen", "--local", "--identity", "b", "--json");
    const { addr } = JSON.parse(await listen.prints("stdout", "\n"));
    const send = await start("send", "--local", addr, "hello").ended();
    strictEqual(send.status, 0, send.stderr);
    match(fromUtf8(send.stdout), /^Acked by /);
    await listen.prints("stdout", '"body":"hello"');
    await stream(start);
    for (const process of [listen, serve]) {
      process.kill("SIGTERM");
      strictEqual((await process.ended()).status, 130);
    }
  } finally {
    for (const process of all) process.kill("SIGKILL");
    for (const process of all) await process.ended();
  }
}

async function stream(start: (...args: string[]) => Running): Promise<void> {
  const sink = start("nc", "-l", "5000", "--local", "--pq", "--identity", "c");
  const [, address] = /Listening on (\S+)\n/.exec(await sink.prints("stderr", "Listening on "))!;
  const source = start("nc", "-N", "--local", "--pq", "--identity", "d", address);
  await source.write(new Uint8Array(STREAM_BYTES).fill(7));
  await source.end();
  await sink.end();
  const [sent, received] = await Promise.all([source.ended(), sink.ended()]);
  deepStrictEqual([sent.status, received.status], [0, 0], sent.stderr + received.stderr);
  strictEqual(received.stdout.length, STREAM_BYTES);
}
