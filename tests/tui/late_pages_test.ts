/**
 * A page is read at one moment and comes at a later one: events that are told in between know more than it does. In the
 * end the screen shows what is kept, and nothing goes back to what it was.
 */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { threadOf } from "../../tui/state/model.ts";
import type { Effect, Msg } from "../../tui/state/types.ts";
import { ALICE, Stage, withPerson } from "./stage.ts";

const ID = withPerson(ALICE);
type Page = Extract<Effect, { kind: "page" }>;
type Came = Omit<Extract<Msg, { kind: "page" }>, "nowMs">;

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("keep"), count: fc.constantFrom(1, 1, 2, 60) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("state"), at: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete"), at: fc.nat(60) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("events"), count: fc.constantFrom(1, 1, 2, 100) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("read"), count: fc.constantFrom(1, 2, 100) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("come"), count: fc.constantFrom(1, 1, 2, 100) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("key"), at: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("lost", "open", "forget") }) },
);
type Step = { readonly do: string; readonly count?: number; readonly at?: number };

/** A store whose pages are read and come at different times. */
class Late {
  readonly stage = new Stage(80, 12);
  readonly #events: AppEvent[] = [];
  readonly #read: Came[] = [];
  #asked = 0;
  #cursor = 100;

  constructor() {
    this.stage.begin();
    this.stage.held.add("page").add("read").add("unread").add("previews").add("conversations");
    this.take({ do: "open" });
  }

  get #list(): MessageView[] {
    return this.stage.stored.get(ALICE) ?? [];
  }

  take({ do: what, count = 1, at = 0 }: Step): void {
    const { stage } = this;
    const list = this.#list;
    const last = list.length - 1 - at;
    switch (what) {
      case "keep":
        for (let i = 0; i < count; i++) {
          const message = this.#keep();
          this.#tells({ kind: "message", message });
        }
        return;
      case "state":
        if (list[last]?.state !== "pending") return;
        list[last] = { ...list[last], state: "received" };
        return this.#tells({ kind: "state", peer: ALICE, position: last + 1, state: "received" });
      case "delete":
        if (last < 0) return;
        list[last] = { ...list[last], state: "deleted", text: "", reason: undefined };
        return this.#tells({ kind: "deleted", peer: ALICE, position: last + 1 });
      case "events":
        for (const event of this.#events.splice(0, count)) stage.tell({ kind: "event", event });
        return;
      case "read":
        for (let i = 0; i < count && this.#asked < stage.done.length; i++) {
          const effect = stage.done[this.#asked++];
          if (effect.kind === "page") this.#read.push(this.#page(effect));
        }
        return;
      case "come":
        for (const page of this.#read.splice(0, count)) stage.tell(page);
        return;
      case "key":
        return stage.type(["\x1b[5~", "\x1b[6~", "\x1b[5~", "\x1b[1;5F"][at]);
      case "open":
        return stage.tell({ kind: "command", name: "open", argument: "alice" });
      case "lost":
        return this.#tells({ kind: "lost" });
      case "forget":
        // Positions go on behind what is forgotten.
        stage.stored.set(ALICE, list.map((one) => ({ ...one, silent: true })));
        return this.#tells({ kind: "forgotten", peer: ALICE });
    }
  }

  #keep(): MessageView {
    this.stage.nowMs += 1;
    this.stage.keep(ALICE, { text: `said ${this.#cursor}`, outgoing: true, state: "pending" });
    return this.#list.at(-1)!;
  }

  #tells(event: object): void {
    const ts = new Date(this.stage.nowMs).toISOString();
    this.#events.push({ cursor: ++this.#cursor, ts, ...event } as AppEvent);
  }

  /** As pages.ts reads them. */
  #page({ id, where, position = 1 }: Page): Came {
    const all = this.#list.filter(({ silent }) => !silent);
    const upTo = this.#list.length;
    const [older, newer] = [
      all.filter((one) => one.position < position),
      all.filter((one) => one.position > position),
    ];
    if (where === "older") {
      return {
        kind: "page",
        id,
        where,
        messages: older.slice(-50),
        ended: { start: older.length < 50, end: false },
      };
    }
    if (where === "newer") {
      return {
        kind: "page",
        id,
        where,
        messages: newer.slice(0, 50),
        ended: { start: false, end: newer.length < 50 },
      };
    }
    strictEqual(where, "newest");
    return {
      kind: "page",
      id,
      where,
      messages: all.slice(-50),
      ended: { start: all.length < 50, end: true },
      upTo,
    };
  }

  /** All events and answers, until nothing is asked any more. */
  end(): void {
    this.take({ do: "open" });
    for (let i = 0; i < 100; i++) {
      const asked = this.#asked;
      for (const what of ["come", "events", "read", "come"]) this.take({ do: what, count: 1000 });
      if (this.#events.length === 0 && this.#asked === asked) return;
    }
    ok(false, "it asks without end");
  }

  look(): void {
    const { messages, atEnd } = threadOf(this.stage.model, ID);
    const kept = this.#list.filter(({ silent }) => !silent);
    const [from, to] = [messages[0]?.position ?? Infinity, messages.at(-1)?.position ?? 0];
    deepStrictEqual(
      messages.map(({ position, state }) => [position, state]),
      kept.filter(({ position }) => position >= from && position <= to)
        .map(({ position, state }) => [position, state]),
    );
    if (atEnd) strictEqual(messages.at(-1)?.position, kept.at(-1)?.position, "the newest is there");
  }
}

function play(steps: readonly Step[]): void {
  const late = new Late();
  for (const one of steps) late.take(one);
  late.end();
  late.look();
}

Deno.test("A page that is older than what was told takes nothing back, and misses nothing", () => {
  fc.assert(fc.property(fc.array(step, { minLength: 4, maxLength: 40, size: "max" }), play), {
    seed: Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261201),
    numRuns: Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 100),
  });
});

Deno.test("An ack that a page has shown is not taken back by an event from before it", () => {
  const late = new Late();
  late.take({ do: "keep" });
  late.take({ do: "state" });
  late.take({ do: "read", count: 100 });
  late.take({ do: "come", count: 100 });
  const state = (): string | undefined => threadOf(late.stage.model, ID).messages[0]?.state;
  strictEqual(state(), "received");
  for (const older of ["pending", "unconfirmed"] as const) {
    const event = {
      cursor: 1,
      ts: "2026-11-27T14:00:00Z",
      kind: "state",
      peer: ALICE,
      position: 1,
      state: older,
    };
    late.stage.tell({ kind: "event", event: event as AppEvent });
    strictEqual(state(), "received");
  }
});

Deno.test("The last line of a conversation is the newest one told of, whenever it was asked for, until that one goes", () => {
  const stage = new Stage(80, 12);
  stage.held.add("previews");
  stage.keep(ALICE, { text: "first" });
  stage.begin();
  const last = (): string | undefined => stage.model.conversations.find(({ id }) => id === ID)?.preview?.text;
  const [first] = stage.stored.get(ALICE)!;
  stage.receive(ALICE, { text: "second" });
  stage.tell({ kind: "preview", id: ID, message: first });
  strictEqual(last(), "second");
  stage.deleted(ALICE, 2);
  strictEqual(last(), "");
  stage.tell({ kind: "preview", id: ID, message: first });
  strictEqual(last(), "first");
});

/** Stories in which the screen showed something else. */
const FOUND: Record<string, readonly Step[]> = {
  "What was acked while the first page was on its way is acked": [
    { do: "keep" },
    { do: "read", count: 100 },
    { do: "state" },
    { do: "events", count: 100 },
    { do: "come", count: 100 },
  ],
  "What came while the page to the end was on its way is there": [
    { do: "keep", count: 200 },
    { do: "read", count: 100 },
    { do: "keep" },
    { do: "events", count: 100 },
    { do: "come", count: 1 },
  ],
};

for (const [name, steps] of Object.entries(FOUND)) Deno.test(name, () => play(steps));
