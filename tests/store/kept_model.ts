/**
 * What a store must have after changes, as plain values: random changes, what each makes of the model, and what a store
 * has, in the same form.
 *
 * @module
 */
import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Change, MessageState, Store } from "../../lib/store/store.ts";
import { ANN, BEN, queuedFor, text } from "./support.ts";

/** A message, and whether an event tells of it. */
interface KeptMessage {
  readonly position: number;
  readonly body: string;
  readonly state: MessageState;
  readonly id?: string;
  readonly isTold: boolean;
}

/** What can be read of a store; values are the byte that they are filled with. */
export interface Kept {
  readonly messages: Record<string, KeptMessage[]>;
  readonly queued: Record<string, number[]>;
  readonly values: Record<string, number>;
}

/** All that is known of it: also what the next message's position follows, and where each id of a peer was given. */
export interface Model extends Kept {
  readonly last: Record<string, number>;
  readonly ids: Record<string, { readonly body: string; readonly position: number }>;
  /** How many things were said, so that no two are alike. */
  said: number;
}

const PEERS = [ANN, BEN];
const peer = fc.constantFrom(...PEERS);
const which = { peer, from: fc.nat(100) };
const [VALUE_BYTES, ID_EVERY] = [700, 3];

/** A change by what it is about; one of a message that is not there is none. */
export const change = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("say" as const),
      peer,
      count: fc.integer({ min: 1, max: 60 }),
      size: fc.constantFrom(0, 0, 200, 3000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("queue" as const), peer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unqueue" as const), peer, from: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("state" as const),
      ...which,
      state: fc.constantFrom("received" as const, "read" as const, "failed" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("value" as const), name: fc.nat(3), size: fc.nat(3) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), ...which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("both" as const), ...which, name: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("forget" as const), peer }) },
);

/** One of {@link change}. */
export type ModelChange = typeof change extends fc.Arbitrary<infer One> ? One : never;

/** Of a store in which nothing was ever kept. */
export const emptyModel = (): Model => ({
  messages: { [ANN]: [], [BEN]: [] },
  queued: { [ANN]: [], [BEN]: [] },
  values: {},
  last: { [ANN]: 0, [BEN]: 0 },
  ids: {},
  said: 0,
});

/** What to commit for a change, and the model behind it; undefined: it is about nothing that is there. */
export function planned(one: ModelChange, before: Model): { changes: Change[]; model: Model } | undefined {
  const model = structuredClone(before);
  if (one.do === "value") {
    if (one.size === 0) {
      delete model.values[one.name];
      return { changes: [valueOf(one.name, undefined)], model };
    }
    return { changes: [valued(model, one.name, one.size * VALUE_BYTES)], model };
  }
  const { peer } = one;
  const at = "from" in one ? model.messages[peer][one.from] : undefined;
  const position = at === undefined || at.state === "deleted" ? undefined : at.position;
  switch (one.do) {
    case "say": {
      const bodyOf = () => `said ${model.said}${"x".repeat(one.size)}`;
      const changes = Array.from({ length: one.count }, () => {
        const id = model.said % ID_EVERY === 0 ? undefined : `id${model.said}`;
        const { body, position } = said(model, peer, { body: bodyOf(), state: "received", id });
        if (id !== undefined) model.ids[`${peer} ${id}`] = { body, position };
        return text(peer, body, { id });
      });
      return { changes, model };
    }
    case "queue": {
      const id = `out${model.said}`;
      const { position, body } = said(model, peer, { body: `queued ${model.said}`, state: "pending", id });
      model.queued[peer].push(position);
      const queue = { dueNs: 5n };
      return { changes: [text(peer, body, { direction: "out", state: "pending", id, queue })], model };
    }
    case "unqueue": {
      const waits = model.queued[peer][one.from];
      if (waits === undefined) return undefined;
      unqueue(model, peer, waits);
      return { changes: [{ kind: "unqueue", peer, position: waits }], model };
    }
    case "state": {
      if (position === undefined) return undefined;
      model.messages[peer][one.from] = { ...at!, state: one.state };
      return { changes: [{ kind: "state", peer, position, state: one.state }], model };
    }
    case "delete": {
      if (position === undefined) return undefined;
      model.messages[peer][one.from] = { ...at!, body: "", state: "deleted" };
      unqueue(model, peer, position);
      return { changes: [{ kind: "delete", peer, position }], model };
    }
    case "both": {
      if (position !== undefined) model.messages[peer][one.from] = { ...at!, state: "read" };
      const value = valued(model, one.name, 10);
      const { body } = said(model, peer, { body: `beside ${model.said}`, state: "received" });
      const state: Change[] = position === undefined
        ? []
        : [{ kind: "state", peer, position, state: "read" }];
      return { changes: [value, text(peer, body), ...state], model };
    }
    case "forget":
      model.messages[peer] = [];
      model.queued[peer] = [];
      return { changes: [{ kind: "forget", peer }], model };
  }
}

/** The model behind a message that was sent without the store. */
export function sentWithout(before: Model, peer: string, body: string, state: MessageState): Model {
  const model = structuredClone(before);
  said(model, peer, { body, state });
  return model;
}

/** What a store has; each message is told by one event at most, and the events are in order. */
export async function keptIn({ messages, outbox, values, events }: Store): Promise<Kept> {
  const page = await events.since(0, 1e6);
  strictEqual(page.lost, false);
  const told = new Set<string>();
  let last = 0;
  for (const event of page.events) {
    ok(event.cursor > last && event.cursor <= events.last(), `cursor ${event.cursor} behind ${last}`);
    last = event.cursor;
    if (event.kind !== "message") continue;
    const name = `${event.message.peer} ${event.message.position}`;
    ok(!told.has(name), `told twice: ${name}`);
    told.add(name);
  }
  const kept: Kept = { messages: {}, queued: {}, values: {} };
  for (const peer of PEERS) {
    kept.messages[peer] = (await messages.newest(peer, 1e6)).map(({ position, body, state, id }) => ({
      ...{ position, body, state, isTold: told.has(`${peer} ${position}`) },
      ...(id !== undefined && { id }),
    }));
    kept.queued[peer] = (await queuedFor(outbox, peer)).map(({ position }) => position);
  }
  for (const { name, value } of await values.list("room")) kept.values[name] = value[0];
  return kept;
}

/** What a store in this state has, as {@link keptIn} says it. */
export const keptOf = ({ messages, queued, values }: Model): Kept => ({ messages, queued, values });

function said(
  model: Model,
  peer: string,
  { body, state, id }: { body: string; state: MessageState; id?: string },
): { position: number; body: string } {
  const position = ++model.last[peer];
  model.said++;
  model.messages[peer].push({ position, body, state, ...(id !== undefined && { id }), isTold: true });
  return { position, body };
}

function valued(model: Model, name: number, bytes: number): Change {
  const byte = ++model.said & 255;
  model.values[name] = byte;
  return valueOf(name, new Uint8Array(bytes).fill(byte));
}

const valueOf = (name: number, value: Uint8Array | undefined): Change => ({
  ...{ kind: "value", room: "room", name: `${name}`, value },
});

function unqueue(model: Model, peer: string, position: number): void {
  model.queued[peer] = model.queued[peer].filter((waits) => waits !== position);
}
