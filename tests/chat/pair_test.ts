import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { newMessageId } from "../../lib/chat/outgoing.ts";
import { ChatLink } from "../../lib/chat/link.ts";
import type { LinkIn, LinkOut } from "../../lib/chat/link_types.ts";
import { Drive } from "../../lib/wire/drive.ts";
import type { Duplex, WireOut } from "../../lib/wire/machine.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { below, seededRandom } from "../fakes/random.ts";

type Event = Exclude<LinkOut, WireOut>;

/** A link in its shell; `keeps` decides what becomes of a message. */
function peer(duplex: Duplex, clock: FakeClock, keeps: (token: number) => Promise<boolean>) {
  const events: Event[] = [];
  const drive = new Drive<LinkIn, Event>(new ChatLink(), {
    duplex,
    clock,
    onEvent: (out) => {
      events.push(out);
      if (out.kind !== "received") return;
      keeps(out.token).then((kept) => drive.put({ kind: kept ? "stored" : "refused", token: out.token }));
    },
  });
  return { drive, events, done: drive.run() };
}

for (const seed of [1, 2, 3]) {
  Deno.test(`Two links exchange random messages over a pipe that cuts as it likes, seed ${seed}`, async () => {
    const random = seededRandom(seed);
    const clock = new FakeClock();
    const [left, right] = memoryDuplexPair({
      bufferBytes: 500,
      chunk: (available) => 1 + below(random, available),
    });
    const keeps = () => Promise.resolve(true);
    const peers = [peer(left, clock, keeps), peer(right, clock, keeps)];
    const sent: string[][] = [[], []];
    const waiting: string[][] = [[], []];
    for (let i = 0; i < 200; i++) {
      const from = below(random, 2);
      const text = `${i} ${"é<".repeat(below(random, 200))}`;
      const ack = random.fraction() < 0.5;
      if (ack) waiting[from].push(String(i));
      sent[from].push(text);
      const id = ack ? newMessageId(random) : undefined;
      peers[from].drive.put({ kind: "send", ref: String(i), text, id, ack, waitMs: 1000 });
      if (i % 10 === 0) await settle();
    }
    await Promise.all(peers.map(({ drive }) => drive.flushed()));
    while (peers.some(({ events }, i) => count(events, "acked") < waiting[i].length)) await settle();
    for (const side of [0, 1]) {
      const { events } = peers[side];
      deepStrictEqual(events.flatMap((e) => e.kind === "received" ? [e.message.body] : []), sent[1 - side]);
      deepStrictEqual(events.flatMap((e) => e.kind === "acked" ? [e.ref] : []).sort(), waiting[side].sort());
    }
    peers[0].drive.put({ kind: "close" });
    await Promise.all(peers.map(({ done }) => done));
    for (const { events } of peers) deepStrictEqual(events.at(-1), { kind: "ended" });
    strictEqual(clock.pendingTimers, 0);
  });
}

const count = (events: readonly Event[], kind: Event["kind"]): number =>
  events.filter((event) => event.kind === kind).length;

Deno.test("Link in its shell gives up by the clock, and when the connection is lost", async () => {
  const clock = new FakeClock();
  const [left, right] = memoryDuplexPair();
  const never = () => Promise.resolve(false);
  const [one, other] = [peer(left, clock, never), peer(right, clock, never)];
  one.drive.put({ kind: "send", ref: "A", text: "t", id: "a", ack: true, waitMs: 100 });
  one.drive.put({ kind: "send", ref: "B", text: "t", id: "b", ack: true, waitMs: 20_000 });
  await clock.advance(100);
  strictEqual(count(other.events, "received"), 2);
  deepStrictEqual(one.events.at(-1), { kind: "unconfirmed", ref: "A", id: "a", reason: "timeout" });
  left.break();
  await Promise.all([one.done, other.done]);
  deepStrictEqual(one.events.slice(-2), [
    { kind: "unconfirmed", ref: "B", id: "b", reason: "no ack" },
    { kind: "ended" },
  ]);
  ok(clock.pendingTimers === 0);
});
