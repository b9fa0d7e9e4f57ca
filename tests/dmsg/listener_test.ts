/** A port's queue of streams. */
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ACCEPT_BACKLOG, Listener } from "../../lib/dmsg/streams/listener.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { settle } from "../fakes/clock.ts";

/** A listener, streams with a number, and what became of it: `reset 3`, `closed`. */
function setUp() {
  const log: string[] = [];
  const listener = new Listener(80, () => log.push("closed"));
  const stream = (n: number) => ({ n, reset: () => void log.push(`reset ${n}`) }) as unknown as DmsgStream;
  const numberOf = async (taken: Promise<DmsgStream | null>) =>
    (await taken as unknown as { n: number } | null)?.n;
  return { log, listener, stream, numberOf };
}

Deno.test("A listener gives streams in the order in which they came, to who asked first", async () => {
  const { log, listener, stream, numberOf } = setUp();
  const early = [listener.accept(), listener.accept()];
  for (const n of [1, 2, 3, 4]) listener.deliver(stream(n));
  deepStrictEqual(await Promise.all([...early, listener.accept(), listener.accept()].map(numberOf)), [
    1,
    2,
    3,
    4,
  ]);
  deepStrictEqual(log, []);
});

Deno.test("A listener whose queue is full takes one more when one was taken, and resets who was answered meanwhile", async () => {
  const { log, listener, stream, numberOf } = setUp();
  for (let n = 0; n < ACCEPT_BACKLOG; n++) {
    listener.checkRoom();
    listener.deliver(stream(n));
  }
  throws(() => listener.checkRoom(), { code: 401 });
  listener.deliver(stream(-1));
  deepStrictEqual(log, ["reset -1"]);
  strictEqual(await numberOf(listener.accept()), 0);
  listener.checkRoom();
  listener.deliver(stream(ACCEPT_BACKLOG));
  throws(() => listener.checkRoom(), { code: 401 });
  deepStrictEqual(log, ["reset -1"]);
});

Deno.test("A listener that is closed resets what waits and what still comes, and is closed once", async () => {
  const { log, listener, stream, numberOf } = setUp();
  for (const n of [1, 2]) listener.deliver(stream(n));
  listener.close();
  listener.close();
  deepStrictEqual(log, ["reset 1", "reset 2", "closed"]);
  throws(() => listener.checkRoom(), { code: 200 });
  listener.deliver(stream(3));
  strictEqual(log.at(-1), "reset 3");
  strictEqual(await numberOf(listener.accept()), undefined);
});

Deno.test("Who waits at a listener hears of its end, and a loop over it ends", async () => {
  const { listener, stream } = setUp();
  const seen: number[] = [];
  const loop = (async () => {
    for await (const one of listener) seen.push((one as unknown as { n: number }).n);
  })();
  for (const n of [1, 2]) listener.deliver(stream(n));
  await settle();
  const waiting = listener.accept();
  await settle();
  listener.close();
  await loop;
  deepStrictEqual([seen, await waiting], [[1, 2], null]);
});
