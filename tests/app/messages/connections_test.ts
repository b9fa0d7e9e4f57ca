import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type Connection, Connections } from "../../../lib/app/messages/connections.ts";

class Fake implements Connection {
  ended = false;
  busy = false;
  constructor(readonly name: string) {}
  close(): void {
    this.ended = true;
  }
}

const ALICE = { pk: "02aa", port: 1 };
const BOB = { pk: "02bb", port: 1 };

function table(): { connections: Connections<Fake>; get: (name: string) => Promise<Fake> } {
  const connections = new Connections<Fake>();
  const get = (name: string) =>
    connections.get(ALICE, () => {
      const made = new Fake(name);
      connections.add(ALICE, made);
      return Promise.resolve(made);
    });
  return { connections, get };
}

Deno.test("Connections give the newest, whoever made it", async () => {
  const { connections, get } = table();
  const first = await get("dialled");
  strictEqual(await get("not needed"), first);
  const accepted = new Fake("accepted");
  connections.add(ALICE, accepted);
  strictEqual(await get("not needed"), accepted);
  connections.add(BOB, new Fake("bob's"));
  strictEqual(await get("not needed"), accepted);
  deepStrictEqual(first.ended, false, "an older one may still carry acks");
});

Deno.test("What follows on something without an outcome goes the same way, while that is possible", async () => {
  const { connections, get } = table();
  const first = await get("dialled");
  first.busy = true;
  const accepted = new Fake("accepted");
  connections.add(ALICE, accepted);
  strictEqual(await get("not needed"), first);
  first.busy = false;
  strictEqual(await get("not needed"), accepted);
  accepted.busy = true;
  connections.add(ALICE, new Fake("third"));
  strictEqual(await get("not needed"), accepted);
  accepted.ended = true;
  strictEqual((await get("not needed")).name, "third");
  const [, second] = connections.all();
  second.ended = false;
  connections.evict(second); // it was silent for too long
  strictEqual((await get("not needed")).name, "third");
});

Deno.test("What was forgotten is given to nobody, and a dial that was overtaken is waited for by nobody", async () => {
  const connections = new Connections<Fake>();
  const slow = Promise.withResolvers<Fake>();
  const first = connections.get(ALICE, () => slow.promise);
  const accepted = new Fake("accepted");
  connections.add(ALICE, accepted);
  strictEqual(await first, accepted);
  accepted.ended = true;
  connections.remove(accepted);
  const anew = new Fake("anew");
  const second = connections.get(ALICE, () => {
    connections.add(ALICE, anew);
    return Promise.resolve(anew);
  });
  strictEqual(await second, anew);
  connections.remove(anew); // it goes on for what may still come, and is not ended
  deepStrictEqual([connections.ready(ALICE), connections.all()], [undefined, []]);
  slow.reject(new Error("too late"));
});

Deno.test("Connections dial once for those who ask meanwhile, and again after a failure", async () => {
  const connections = new Connections<Fake>();
  let dials = 0;
  const dial = () => {
    dials++;
    return Promise.reject(new Error("no"));
  };
  const outcomes = await Promise.allSettled([connections.get(ALICE, dial), connections.get(ALICE, dial)]);
  deepStrictEqual(outcomes.map(({ status }) => status), ["rejected", "rejected"]);
  strictEqual(dials, 1);
  await connections.get(ALICE, dial).catch(() => {});
  strictEqual(dials, 2);
});

Deno.test("Connections that ended, were evicted or removed are not given out", async () => {
  const { connections, get } = table();
  const first = await get("1");
  first.ended = true;
  const second = await get("2");
  strictEqual(second.name, "2");
  connections.evict(second);
  strictEqual((await get("3")).name, "3");
  deepStrictEqual(connections.all().map(({ name }) => name), ["1", "2", "3"]);
  connections.evict(first); // not the newest: nothing happens
  strictEqual((await get("4")).name, "3");
  for (const connection of connections.all()) connections.remove(connection);
  deepStrictEqual(connections.all(), []);
});

Deno.test("Connections beyond 4 of a peer end that peer's oldest, beyond 256 the oldest of all", () => {
  const { connections } = table();
  const ofAlice = Array.from({ length: 5 }, (_, i) => new Fake(`alice ${i}`));
  for (const connection of ofAlice) connections.add(ALICE, connection);
  deepStrictEqual(ofAlice.map(({ ended }) => ended), [true, false, false, false, false]);
  for (let i = 0; i < 252; i++) connections.add({ pk: `02${i}`, port: 1 }, new Fake("other"));
  deepStrictEqual([connections.all().length, ofAlice[1].ended], [256, false]);
  connections.add(BOB, new Fake("one more"));
  deepStrictEqual([connections.all().length, ofAlice[1].ended, ofAlice[2].ended], [256, true, false]);
});
