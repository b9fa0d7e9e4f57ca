/** A peer whose machine is gone without a word: what is joined to it hears of a break, and others go on. */
import { deepStrictEqual, match, ok, rejects } from "node:assert/strict";
import { join } from "../../lib/bridge/join.ts";
import { ANSWER_STALL_MS, webGet } from "../../lib/bridge/web_client.ts";
import { openWebServer, type WebHandler } from "../../lib/bridge/web_server.ts";
import type { FakeClient } from "../fakes/dmsg.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { Bench } from "../dmsg/bench.ts";
import { settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { breakable } from "./web.ts";

const NEVER = new AbortController().signal;
/** A server looks at its sessions every 30 s, and waits 10 s for an answer; the rest is on the way. */
const NOTICED_MS = 45_000;

/** Host and caller on one server, and a program of the machine on either side that is joined to their stream. */
async function joined() {
  const bench = new Bench();
  await bench.server(90);
  const [host, caller] = [await bench.published(1), bench.client(2)];
  const [dialled, taken] = await bench.streams(caller, host, 5000);
  const sides = [dialled, taken].map((stream) => {
    const [inner, program] = memoryDuplexPair();
    const over = join(breakable(inner), stream, { clock: bench.clock, signal: NEVER });
    over.catch(() => {});
    return { program, over };
  });
  return { bench, host, caller, near: sides[0], far: sides[1] };
}

/** From now on nothing comes from its machine or reaches it, and nobody is told. */
const vanish = ({ world }: Bench, { host }: FakeClient): void => {
  for (const { connection } of world.network.connections({ from: host })) connection.silence();
};

for (const who of ["host", "caller"] as const) {
  Deno.test(`When the ${who}'s machine vanishes the other side's program hears of a break within 45 s`, async () => {
    const parties = await joined();
    const { bench, host, near, far } = parties;
    await near.program.write(utf8("question"));
    await bench.clock.advance(100);
    match(fromUtf8((await far.program.read())!), /^question$/);
    const other = await bench.streams(bench.client(3), host, 5001);
    vanish(bench, parties[who]);
    const left = who === "host" ? near : far;
    const heard = left.program.read().then(() => "an end", ({ name }) => name);
    const tookMs = await bench.took(left.over, 2 * NOTICED_MS);
    ok(tookMs <= NOTICED_MS, `${tookMs} ms`);
    await rejects(left.over, { name: "NetworkError" });
    deepStrictEqual(await heard, "NetworkError");
    if (who === "host") return;
    // Somebody else's stream to the host goes on.
    await other[0].write(utf8("still here"));
    await bench.clock.advance(100);
    match(fromUtf8((await other[1].read())!), /^still here$/);
  });
}

Deno.test("An answer whose host vanishes in the middle is given up and no end; who answers gives up a caller that vanishes", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [host, caller] = [await bench.published(1), bench.client(2)];
  const [dialled, taken] = await bench.streams(caller, host, 80);
  const gone: string[] = [];
  const handler: WebHandler = {
    answer: (_request, answer, _caller, signal) => {
      answer.writeHead(200, { "Content-Length": 100 });
      answer.write("half");
      signal.addEventListener("abort", () => gone.push("gone"));
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  };
  const { clock } = bench;
  const server = await openWebServer({
    clock,
    handler,
    onAnswered: ({ pk }, { whole }) => gone.push(pk, `${whole}`),
  });
  const served = server.serve(taken, { pk: caller.dmsg.pk }, NEVER);
  const asked = { host: `${host.dmsg.pk}:80`, target: "/", fields: [] };
  const { body } = await bench.done(webGet(dialled, clock, asked, NEVER));
  const pieces = body[Symbol.asyncIterator]();
  match(fromUtf8((await pieces.next()).value!), /^half$/);
  const rest = Promise.resolve(pieces.next()).then(() => "an end", ({ name }) => name);
  await settle();
  vanish(bench, host);
  const tookMs = await bench.took(rest, 2 * ANSWER_STALL_MS);
  ok(tookMs <= NOTICED_MS, `${tookMs} ms`);
  deepStrictEqual(await rest, "NetworkError");
  await bench.done(served, 2 * ANSWER_STALL_MS);
  await settle();
  deepStrictEqual(gone, ["gone", caller.dmsg.pk, "false"]);
});
