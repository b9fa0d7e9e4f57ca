/**
 * What is unread, where events and answers come when they come: a message is kept, its event follows later, and what was
 * asked meanwhile may know of it already. In the end the picker counts what the store counts.
 */
import fc from "fast-check";
import { deepStrictEqual, ok } from "node:assert/strict";
import type { AppEvent } from "../../lib/app/events/events.ts";
import { idOf } from "../../tui/state/model.ts";
import type { Effect } from "../../tui/state/types.ts";
import { ALICE, BOB, CAROL, Stage } from "./stage.ts";

const PEERS = [ALICE, BOB, CAROL] as const;
const peer = fc.nat(PEERS.length - 1);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("keep" as const),
      peer,
      count: fc.constantFrom(1, 1, 1, 3, 70, 450),
      kind: fc.constantFrom("in", "in", "in", "out", "silent"),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("events" as const), count: fc.constantFrom(1, 1, 2, 1000) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("answers" as const), count: fc.constantFrom(1, 1, 2, 1000) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), peer }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("key" as const),
      key: fc.constantFrom(
        "\x1b",
        "\t",
        "\x1b[5~",
        "\x1b[6~",
        "\x1b[F",
        "\x1b[A",
        "\x1b[B",
        "\r",
        "x",
        "\x1b[1;3A",
        "\x1bu",
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("elsewhere" as const), peer, at: fc.nat(500) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), peer, at: fc.nat(100) }) },
  /** What was hidden is shown again by a new message: its place is no line any more. */
  { weight: 2, arbitrary: fc.record({ do: fc.constant("again" as const), peer, at: fc.nat(10) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("resize" as const),
      columns: fc.constantFrom(40, 80, 120),
      rows: fc.constantFrom(6, 24, 60),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("focus" as const), focused: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ do: "names" as const }, { do: "bottom" as const }, { do: "lost" as const }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

const LATER: readonly Effect["kind"][] = [
  "conversations",
  "page",
  "previews",
  "unread",
  "read",
  "send",
  "date",
  "search",
];

/** An App whose events and answers come when they come. */
class Slow {
  readonly stage = new Stage(100, 24);
  readonly #events: AppEvent[] = [];
  #asked = 0;
  #cursor = 1000;

  constructor() {
    this.stage.begin();
    for (const kind of LATER) this.stage.held.add(kind);
    this.#asked = this.stage.done.length;
    this.stage.tell({ kind: "focus", focused: true });
  }

  take(one: Step): void {
    const { stage } = this;
    stage.nowMs += 10;
    switch (one.do) {
      case "keep":
        for (let i = 0; i < one.count; i++) this.#keep(PEERS[one.peer], one.kind);
        return;
      case "events":
        for (const event of this.#events.splice(0, one.count)) {
          // A message is told as it is by then.
          const now = event.kind === "message"
            ? { ...event, message: stage.stored.get(event.message.peer)![event.message.position - 1] }
            : event;
          stage.tell({ kind: "event", event: now });
        }
        return;
      case "answers":
        for (let i = 0; i < one.count && this.#asked < stage.done.length; i++) this.#answer();
        return;
      case "open":
        return stage.tell({ kind: "command", name: "open", argument: ["alice", "bob", CAROL][one.peer] });
      case "key":
        return stage.type(one.key);
      case "elsewhere":
        return this.#read(PEERS[one.peer], (stage.stored.get(PEERS[one.peer])?.length ?? 0) - one.at);
      case "remove": {
        const list = stage.stored.get(PEERS[one.peer]) ?? [];
        const at = list.length - 1 - one.at;
        if (at < 0 || list[at].silent) return;
        list[at] = { ...list[at], state: "deleted", text: "" };
        return this.#tells({ kind: "deleted", peer: PEERS[one.peer], position: at + 1 });
      }
      case "again": {
        const list = stage.stored.get(PEERS[one.peer]) ?? [];
        const at = list.length - 1 - one.at;
        if (at < 0 || list[at].silent || list[at].outgoing) return;
        list[at] = { ...list[at], state: "deleted", text: "", silent: true };
        this.#tells({ kind: "deleted", peer: PEERS[one.peer], position: at + 1 });
        return this.#keep(PEERS[one.peer], "in");
      }
      case "resize":
        return stage.resize(one.columns, one.rows);
      case "focus":
        return stage.tell({ kind: "focus", focused: one.focused });
      case "bottom":
        return stage.tell({ kind: "command", name: "bottom", argument: "" });
      case "names":
        return stage.tell({ kind: "names", names: new Map(stage.model.names) });
      case "lost":
        return this.#tells({ kind: "lost" });
    }
  }

  #keep(peer: string, kind: string): void {
    const { stage } = this;
    stage.nowMs += 1;
    const said = { text: `said ${this.#cursor}`, outgoing: kind === "out" };
    stage.keep(peer, kind === "silent" ? { ...said, silent: true } : said);
    this.#tells({ kind: "message", message: stage.stored.get(peer)!.at(-1)! });
  }

  #tells(event: object): void {
    const ts = new Date(this.stage.nowMs).toISOString();
    this.#events.push({ cursor: ++this.#cursor, ts, ...event } as AppEvent);
  }

  #read(peer: string, upTo: number): void {
    const { readTo, stored } = this.stage;
    const position = Math.min(upTo, stored.get(peer)?.length ?? 0);
    if (position <= (readTo.get(peer) ?? 0)) return;
    readTo.set(peer, position);
    this.#tells({ kind: "read", peer, position });
  }

  #answer(): void {
    const effect = this.stage.done[this.#asked++];
    if (effect.kind === "read") {
      return this.#read(PEERS.find((one) => idOf(one) === effect.id)!, effect.position);
    }
    if (effect.kind === "send") {
      this.#keep(PEERS.find((one) => idOf(one) === effect.id)!, "out");
      return this.stage.tell({ kind: "sent", id: effect.id, local: effect.local });
    }
    if (effect.kind === "page") return this.#page(effect);
    if (effect.kind === "unread") {
      let left = effect.count;
      const position = this.#lines(effect).findLast(({ outgoing }) => !outgoing && --left === 0)?.position;
      if (position === undefined) return this.#page({ kind: "page", id: effect.id, where: "newest" });
      return this.#page({ kind: "page", id: effect.id, where: "unread", position });
    }
    if (LATER.includes(effect.kind)) this.stage.answer(effect);
  }

  #lines({ id }: { readonly id: string }) {
    return (this.stage.stored.get(id.slice("person:".length)) ?? []).filter(({ silent }) => !silent);
  }

  /** As pages.ts reads them. */
  #page(effect: Extract<Effect, { kind: "page" }>): void {
    const { id, where, position = 1 } = effect;
    const all = this.#lines(effect);
    const [older, newer] = [
      all.filter((one) => one.position < position),
      all.filter((one) => one.position > position),
    ];
    const upTo = this.stage.stored.get(id.slice("person:".length))?.length;
    const page = {
      newest: { messages: all.slice(-50), ended: { start: all.length < 50, end: true }, upTo },
      older: { messages: older.slice(-50), ended: { start: older.length < 50, end: false } },
      newer: { messages: newer.slice(0, 50), ended: { start: false, end: newer.length < 50 } },
    }[where as "older"] ?? {
      messages: [...all.filter((one) => one.position <= position).slice(-26), ...newer.slice(0, 25)],
      ended: { start: older.length < 25, end: newer.length < 25 },
      position,
    };
    this.stage.tell({ kind: "page", id, where, ...page });
  }

  /** All events and answers, until nothing is asked any more. */
  end(): void {
    for (let i = 0; i < 100; i++) {
      const asked = this.#asked;
      this.take({ do: "events", count: 1000 });
      this.take({ do: "answers", count: 1000 });
      if (this.#events.length === 0 && this.#asked === asked) return;
    }
    ok(false, "it asks without end");
  }

  look(): void {
    const { model, readTo, stored } = this.stage;
    const { anchor, atEnd } = model.threads[model.open ?? ""] ?? {};
    const isSeen = model.focused && model.overlays.length === 0 && model.focus !== "picker" && atEnd;
    if (isSeen && anchor === undefined) {
      deepStrictEqual(
        model.conversations.find(({ id }) => id === model.open)?.unread ?? 0,
        0,
        "what is seen is read",
      );
    }
    for (const peer of PEERS) {
      const list = stored.get(peer) ?? [];
      const read = readTo.get(peer) ?? 0;
      const unread = list.filter(({ outgoing, position, silent }) =>
        !outgoing && !silent && position > read
      ).length;
      const found = model.conversations.find(({ key }) => key === peer)?.unread ?? 0;
      deepStrictEqual([peer.slice(0, 4), found], [peer.slice(0, 4), unread]);
    }
  }
}

function play(steps: readonly Step[]): void {
  const slow = new Slow();
  for (const one of steps) slow.take(one);
  slow.end();
  slow.look();
}

Deno.test("What is unread is counted once, in whatever order events and answers come", () => {
  fc.assert(fc.property(fc.array(step, { minLength: 4, maxLength: 40, size: "max" }), play), {
    seed: Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130),
    numRuns: Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 60),
  });
});

/** Stories in which the picker counted something else. */
const FOUND: Record<string, readonly Step[]> = {
  "What an answer knows of already is not counted again with its event": [
    { do: "keep", peer: 0, count: 1, kind: "in" },
    { do: "lost" },
    { do: "keep", peer: 1, count: 1, kind: "in" },
    { do: "events", count: 2 },
    { do: "keep", peer: 0, count: 1, kind: "in" },
    { do: "answers", count: 1000 },
  ],
  "A message that a page shows before its event has come is marked as read": [
    { do: "open", peer: 0 },
    { do: "keep", peer: 0, count: 1, kind: "in" },
    { do: "answers", count: 1000 },
  ],
  "What is hidden and shown again is one": [
    { do: "keep", peer: 0, count: 1, kind: "in" },
    { do: "events", count: 1 },
    { do: "again", peer: 0, at: 0 },
  ],
  "What is read elsewhere, far above what is loaded, leaves all behind it unread": [
    { do: "keep", peer: 0, count: 70, kind: "in" },
    { do: "keep", peer: 0, count: 450, kind: "in" },
    { do: "focus", focused: false },
    { do: "events", count: 1000 },
    { do: "open", peer: 0 },
    { do: "answers", count: 1000 },
    { do: "bottom" },
    { do: "answers", count: 1000 },
    { do: "elsewhere", peer: 0, at: 500 },
  ],
};

for (const [name, steps] of Object.entries(FOUND)) Deno.test(name, () => play(steps));
