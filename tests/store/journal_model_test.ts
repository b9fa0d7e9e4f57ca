/**
 * Random sequences over a store with a journal, killed, closed, swept and left alone in between, and with messages that
 * are sent without it, against a plain model.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { Journal } from "../../lib/store/journal.ts";
import { JournalLog } from "../../lib/store/journal_log.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Change, Store } from "../../lib/store/store.ts";
import { Disk } from "../fakes/disk.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, SECRET, text } from "./support.ts";

const peer = fc.constantFrom(ANN, BEN);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("say" as const), peer, count: fc.integer({ min: 1, max: 90 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("value" as const), name: fc.nat(3), size: fc.nat(3) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), peer, from: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("forget" as const), peer }) },
  { weight: 2, arbitrary: fc.constant({ do: "sweep" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("rest" as const), ms: fc.constantFrom(500, 1500, 20_000) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "close" as const }) },
  { weight: 3, arbitrary: fc.constant({ do: "kill" as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("lean" as const), peer, closes: fc.boolean() }) },
);

/** What must be there. */
class Model {
  readonly messages = new Map<string, { position: number; body: string }[]>([[ANN, []], [BEN, []]]);
  readonly last = new Map<string, number>([[ANN, 0], [BEN, 0]]);
  readonly values = new Map<string, number>();
}

Deno.test("A store with a journal does what a plain model does, wherever it is killed, closed and swept", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (steps) => {
      const clock = new FakeClock();
      let disk = new Disk();
      const open = (): Promise<Store> =>
        openStore({
          place: disk.place(),
          secret: SECRET,
          clock,
          random: seededRandom(opened++),
          journal: {
            files: disk.files,
            synced: true,
            setAside: () => Promise.reject(new Error("not damaged")),
          },
        });
      let opened = 0;
      let store = await open();
      const model = new Model();
      let told = 0;
      for (const one of steps) {
        if (one.do === "say") {
          const all = model.messages.get(one.peer)!;
          const changes = Array.from({ length: one.count }, (): Change => {
            const position = model.last.get(one.peer)! + 1;
            model.last.set(one.peer, position);
            all.push({ position, body: `${one.peer.slice(2, 4)} ${position}` });
            return text(one.peer, all.at(-1)!.body, position % 3 === 0 ? {} : { id: `${position}` });
          });
          ok((await store.commit(changes)).ok);
        } else if (one.do === "value") {
          const name = `${one.name}`;
          if (one.size === 0) model.values.delete(name);
          else model.values.set(name, ++told);
          const value = one.size === 0 ? undefined : new Uint8Array(one.size * 700).fill(told);
          ok((await store.commit([{ kind: "value", room: "room", name, value }])).ok);
        } else if (one.do === "delete") {
          const message = model.messages.get(one.peer)![one.from];
          if (message === undefined) continue;
          ok((await store.commit([{ kind: "delete", peer: one.peer, position: message.position }])).ok);
          message.body = "";
        } else if (one.do === "forget") {
          ok((await store.commit([{ kind: "forget", peer: one.peer }])).ok);
          model.messages.set(one.peer, []);
        } else if (one.do === "sweep") await store.sweep();
        else if (one.do === "rest") await clock.advance(one.ms);
        else {
          if (one.do === "close" || (one.do === "lean" && one.closes)) await store.close();
          disk = new Disk(disk.image());
          if (one.do === "lean") {
            const position = model.last.get(one.peer)! + 1;
            model.last.set(one.peer, position);
            const body = `lean ${position}`;
            model.messages.get(one.peer)!.push({ position, body });
            await sendWithout(disk, one.peer, body, opened++);
            disk = new Disk(disk.image());
          }
          store = await open();
          await check(store, model);
        }
      }
      await check(store, model);
      await store.close();
    }),
    { numRuns: 6, seed: 16 },
  );
});

/** As a plain send does that opens no store. */
async function sendWithout({ files }: Disk, peer: string, body: string, seed: number): Promise<void> {
  const random = seededRandom(1000 + seed);
  const log = new JournalLog(SECRET);
  const { journal } = await Journal.open({ files, log, random, synced: true, onlyAdds: true });
  const { next } = journal.message({ peer, body, atNs: 5n, form: "text", via: "dmsg" });
  await journal.outcome(next - 1, { state: "sent" });
}

async function check({ messages, values, events }: Store, model: Model): Promise<void> {
  for (const [peer, wanted] of model.messages) {
    const found = await messages.newest(peer, 1e6);
    deepStrictEqual(found.map(({ position, body }) => ({ position, body })), wanted);
  }
  const found = (await values.list("room")).map(({ name, value }) => [name, value[0]]);
  deepStrictEqual(found, [...model.values].map(([name, n]) => [name, n & 255]).sort());
  deepStrictEqual((await events.since(0, 1e6)).lost, false);
}
