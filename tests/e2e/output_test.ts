import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { networkTest, type TestNetwork } from "./network.ts";

/** More than pipe and program hold together. */
const LINES = 60;
const TEXTS = Array.from({ length: LINES }, (_, i) => `${String(i).padStart(2, "0")}${"x".repeat(5000)}`);

/** A command whose output nobody reads until it is asked for. */
function unread(network: TestNetwork, identity: string, ...args: string[]) {
  const child = network.stage.start([...args, "--local", "--identity", identity]);
  return {
    child,
    async read(until: string): Promise<string> {
      const reader = child.stdout.getReader();
      const decoder = new TextDecoder();
      let text = "";
      while (!text.includes(until)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`no "${until}" in ${text.slice(-300)}`);
        text += decoder.decode(value, { stream: true });
      }
      reader.releaseLock();
      return text;
    },
    async end(signal: Deno.Signal): Promise<string | null> {
      child.kill(signal);
      const ended = await child.status;
      await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.stdin.close().catch(() => {})]);
      return ended.signal;
    },
  };
}

/** For what takes a second where nobody else works, and would not come at all if it waited for the reader. */
const SOON_MS = 30_000;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const startMs = performance.now();
  const value = await work;
  ok(performance.now() - startMs < ms, `it took ${Math.round(performance.now() - startMs)} ms`);
  return value;
}

networkTest(
  "listen whose output nobody reads goes on: acks, status, signals; later the reader misses nothing",
  async (network) => {
    const listen = unread(network, "a", "listen", "--json");
    const { addr } = JSON.parse(await listen.read("\n"));
    const sent = await network.run("b", ["chat", addr], TEXTS.map((text) => `${text}\n`).join(""));
    strictEqual(sent.status, 0, sent.err);
    const { registered, inbound_msg_count: count } = JSON.parse(
      await within(SOON_MS, network.look("a", "status", "--json")),
    );
    deepStrictEqual([registered, count], [true, LINES]);
    const lines = (await listen.read(TEXTS.at(-1)!)).trim().split("\n").map((line) => JSON.parse(line));
    deepStrictEqual(lines.filter(({ type }) => type === "msg").map(({ body }) => body).sort(), TEXTS);
    // And once more nobody reads: it ends at a signal all the same.
    strictEqual(
      (await network.run("b", ["chat", addr], TEXTS.map((text) => `${text}\n`).join(""))).status,
      0,
    );
    strictEqual(await within(SOON_MS, listen.end("SIGTERM")), "SIGTERM");
  },
);

networkTest("history whose output nobody reads has given the identity back", async (network) => {
  const { process: other, pk } = await network.resident("b", "listen");
  strictEqual((await network.run("a", ["chat", pk], TEXTS.map((text) => `${text}\n`).join(""))).status, 0);
  other.kill("SIGTERM");
  const history = network.stage.start(["history", "--limit", "0", "--identity", "a"]);
  const reader = history.stdout.getReader();
  const first = (await reader.read()).value!; // it prints: from here on nobody reads
  const { running } = JSON.parse(await within(SOON_MS, network.look("a", "status", "--json")));
  strictEqual(running, false);
  let text = fromUtf8(first);
  for (let { value } = await reader.read(); value; { value } = await reader.read()) text += fromUtf8(value);
  deepStrictEqual([...text.matchAll(/\] (\d\d)x{5000}$/gm)].map((found) => +found[1]).sort((a, b) => a - b), [
    ...Array(LINES).keys(),
  ]);
  strictEqual((await history.status).code, 0);
  await Promise.all([history.stderr.cancel(), history.stdin.close()]);
});
