/** Random sequences of changes, against a plain model; closed and opened again in between. */
import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Change, MessageState, StoredMessage } from "../../lib/store/store.ts";
import { ANN, BEN, fileKind, memoryKind, queuedFor, text, withWorld, type World } from "./support.ts";

/** A conversation as a list. */
interface Model {
  readonly messages: StoredMessage[];
  last: number;
  queued: number[];
}

const peers = [ANN, BEN];
const peer = fc.constantFrom(...peers);
const place = fc.record({ peer, from: fc.nat(400) });
type Step =
  | { do: "burst"; peer: string; count: number; size: number; queue: boolean }
  | { do: "id"; peer: string; id: number; body: string }
  | { do: "state"; peer: string; from: number; state: MessageState }
  | { do: "delete" | "unqueue"; peer: string; from: number }
  | { do: "forget"; peer: string }
  | { do: "reopen" };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("burst" as const),
      peer,
      count: fc.integer({ min: 1, max: 140 }),
      size: fc.constantFrom(0, 10, 300, 1500),
      queue: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("id" as const), peer, id: fc.nat(3), body: fc.string() }),
  },
  {
    weight: 3,
    arbitrary: place.chain((at) =>
      fc.constantFrom("read", "failed", "received").map((state) => ({ do: "state", ...at, state } as Step))
    ),
  },
  {
    weight: 2,
    arbitrary: place.chain((at) =>
      fc.constantFrom("delete", "unqueue").map((name) => ({ do: name, ...at } as Step))
    ),
  },
  { weight: 1, arbitrary: peer.map((peer) => ({ do: "forget", peer } as Step)) },
  { weight: 1, arbitrary: fc.constant({ do: "reopen" } as Step) },
);

for (const [kind, numRuns] of [[memoryKind, 12], [fileKind, 5]] as const) {
  Deno.test(`${kind.name} store does what a plain list does`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 14 }),
        (steps) => withWorld(kind, (world) => check(world, steps)),
      ),
      { numRuns, seed: 20261123 },
    );
  });
}

async function check(world: World, steps: readonly Step[]): Promise<void> {
  const models = new Map<string, Model>(peers.map((peer) => [peer, { messages: [], last: 0, queued: [] }]));
  const ids = new Map<string, { body: string; position: number }>();
  for (const step of steps) {
    if (step.do === "reopen") await world.reopen();
    else await take(world, step, models.get(step.peer)!, ids);
  }
  for (const again of [false, true]) {
    if (again) await world.reopen();
    for (const [peer, { messages, queued }] of models) {
      deepStrictEqual(await world.store.messages.newest(peer, 1e6), messages);
      const some = messages.slice(-70, -20);
      deepStrictEqual(await world.store.messages.before(peer, messages.at(-20)?.position ?? 0, 50), some);
      deepStrictEqual((await queuedFor(world.store.outbox, peer)).map(({ position }) => position), queued);
    }
    await world.store.sweep();
  }
}

async function take(
  { store }: World,
  step: Exclude<Step, { do: "reopen" }>,
  model: Model,
  ids: Map<string, { body: string; position: number }>,
): Promise<void> {
  const { peer } = step;
  const add = ({ message }: ReturnType<typeof text>) => {
    model.messages.push({ ...message, position: ++model.last });
  };
  const at = "from" in step ? model.messages[step.from] : undefined;
  const position = at?.position ?? 1_000_000;
  const commit = async (change: Change) => (await store.commit([change])).ok;

  switch (step.do) {
    case "burst": {
      const changes = Array.from(
        { length: step.count },
        (_, i) => text(peer, `${i}${"y".repeat(step.size)}`),
      );
      if (step.queue) changes[0] = { ...changes[0], queue: { dueNs: 0n } };
      deepStrictEqual((await store.commit(changes)).ok, true);
      if (step.queue) model.queued.push(model.last + 1);
      changes.forEach(add);
      break;
    }
    case "id": {
      const known = ids.get(`${peer} ${step.id}`);
      const change = text(peer, step.body, { id: `${step.id}` });
      const result = await store.commit([change]);
      if (known) {
        const reason = known.body === step.body ? "repeat" : "conflict";
        deepStrictEqual(result, { ok: false, reason, position: known.position });
      } else {
        add(change);
        ids.set(`${peer} ${step.id}`, { body: step.body, position: model.last });
      }
      break;
    }
    case "state": {
      const isOk = at !== undefined && at.state !== "deleted";
      const state = step.state as Exclude<MessageState, "deleted">;
      deepStrictEqual(await commit({ kind: "state", peer, position, state }), isOk);
      if (isOk) model.messages[step.from] = { ...at, state };
      break;
    }
    case "delete":
      deepStrictEqual(await commit({ kind: "delete", peer, position }), at !== undefined);
      if (at) model.messages[step.from] = { ...at, body: "", state: "deleted" };
      model.queued = model.queued.filter((queued) => queued !== position);
      break;
    case "unqueue":
      deepStrictEqual(await commit({ kind: "unqueue", peer, position }), model.queued.includes(position));
      model.queued = model.queued.filter((queued) => queued !== position);
      break;
    case "forget":
      deepStrictEqual(await commit({ kind: "forget", peer }), true);
      model.messages.length = 0;
      model.queued = [];
  }
}
