/**
 * Anything is typed, pasted, received and run, at any size, by somebody who looks at nothing.
 *
 * @module
 */
import fc from "fast-check";
import { COMMANDS } from "../../tui/commands/mod.ts";
import { ALICE, BOB, CAROL, type Stage, withPerson } from "./stage.ts";

const DAY_MS = 86_400_000;
const PRINTED = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
/** Without Ctrl+Z. */
const CONTROLS = Array.from({ length: 25 }, (_, i) => String.fromCharCode(1 + i));
const KEYS =
  "\r|\t|\x1b|\x1b[Z|\x1b[A|\x1b[B|\x1b[C|\x1b[D|\x1b[5~|\x1b[6~|\x1b[H|\x1b[F|\x1b[1;3A|\x1b[1;3B|\x1b[1;5A|\x7f|\x1b\r|\x1b[3~|\x1bOP|\x1b[I|\x1b[O|\x1bo|\x1bu|\x1bp|\x1be|\x1bn|日|👍🏽|\x1b[200~x\ry\n\u202e\x07z\x1b[201~|\x1b[<0;5;5M|\x1b[<64;10;10M|\x1b[<65;10;10M|\x1b[<35;1000;1000M"
    .split("|");

const texts = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      " ",
      "hello",
      "a\nb\nc",
      "\ttab\tz",
      "x".repeat(500),
      "word ".repeat(200),
      "日本語".repeat(40),
      "שלום",
    ],
    ...[
      "👨‍👩‍👧‍👦".repeat(20),
      "z\u0300\u0301\u0302".repeat(100),
      "\u200b\u200d\ufe0f",
      "\u202eevil\u202c",
      "\x1b[31mred",
    ],
    "[invite] x\nskychat:invite:QUJD",
  ),
  fc.string({ unit: "grapheme" }),
);
const peer = fc.constantFrom(ALICE, BOB, CAROL, `02${"d4".repeat(32)}`);
const short = (least: number, most: number, often: number) =>
  fc.oneof(fc.integer({ min: 1, max: often }), fc.integer({ min: least, max: most }));

const TS = "2026-11-27T10:00:00Z";
const id = withPerson(ALICE);
const key = fc.constantFrom("a", "b", "c").map((digit) => digit.repeat(16));
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 6 });
const window = fc.option(fc.record({ from: fc.nat(100_000), total: fc.nat(200_000) }), { nil: undefined });
const last = fc.record({
  author: peer,
  what: fc.constantFrom("new", "text", "who", "rank"),
  ts: fc.constant(TS),
});
const made = { id: key, author: peer, ts: fc.constant(TS), last };
const list = fc.record({ ...made, name: texts, archived: fc.boolean(), items: fc.nat(9), done: fc.nat(9) });
const item = fc.record({
  ...made,
  text: texts,
  done: fc.boolean(),
  assignee: fc.option(peer, { nil: undefined }),
});
const post = fc.record({ ...made, text: fc.option(texts, { nil: undefined }), depth: fc.nat(10_000) });
const thread = fc.record({
  ...made,
  text: texts,
  depth: fc.constant(0),
  replies: fc.nat(1e5),
  unread: fc.nat(1e5),
  expired: fc.boolean(),
  lastTs: fc.constant(TS),
});
const choice = fc.record({ text: texts, votes: fc.nat(9), voters: few(peer) });
const poll = fc.record({
  ...{ ...made, question: texts, choices: few(choice), many: fc.boolean(), voters: fc.nat(99) },
  over: fc.boolean(),
});
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, min: -1e15, max: 1e15 }));
const valued = fc.oneof(
  fc.record({
    kind: fc.constantFrom("number" as const, "gauge" as const, "bar" as const, "since" as const),
    value: number,
  }),
  fc.record({ kind: fc.constant("text" as const), value: texts }),
  fc.record({ kind: fc.constant("switch" as const), value: fc.boolean() }),
  fc.record({
    kind: fc.constant("spark" as const),
    value: fc.array(number, { minLength: 1, maxLength: 120 }),
  }),
  fc.record({
    kind: fc.constant("table" as const),
    value: fc.array(fc.array(texts, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 }),
  }),
);
const widget = fc.tuple(
  valued,
  fc.record({
    ...{ id: texts, bot: peer, title: texts, ts: fc.constant(TS), stale: fc.boolean(), history: few(number) },
    level: fc.constantFrom("good" as const, "warning" as const, "alarm" as const),
  }),
).map(([value, rest]) => ({ ...rest, ...value }));
const invite = fc.record({
  ...{ ...made, position: fc.nat(9), reason: texts },
  state: fc.constantFrom("new" as const, "refused" as const, "used-up" as const, "unusable" as const),
  offer: fc.option(fc.record({ kind: fc.constant("contact" as const), pk: peer }), { nil: undefined }),
});
/** All that overlays show of a conversation. */
const shared = fc.record({
  ...{ id: fc.constant(id), lists: few(list), threads: few(thread), posts: window, polls: few(poll) },
  list: fc.record({ view: list, items: few(item), window }),
  said: fc.record({
    title: texts,
    rows: few(
      fc.record({ author: peer, what: fc.constantFrom("text", "who"), ts: fc.constant(TS), value: texts }),
    ),
  }),
  thread: fc.record({ root: thread, replies: few(post), window }),
  ...{ widgets: few(widget), invites: few(invite) },
}, { requiredKeys: ["id"] });
const OVERLAYS = fc.constantFrom(
  "lists",
  "board",
  "polls",
  "dash",
  "invites",
  "outbox",
  "requests",
  "person",
);

/** Something that happens to a stage. */
export type Act = (stage: Stage) => void;
const act = <T>(weight: number, arbitrary: fc.Arbitrary<T>, run: (stage: Stage, value: T) => void) => ({
  weight,
  arbitrary: arbitrary.map((value): Act => {
    const act: Act = (stage) => run(stage, value);
    return Object.assign(act, { toString: () => JSON.stringify(value) });
  }),
});

/** What happens to one. */
export const acts: fc.Arbitrary<Act> = fc.oneof(
  act(2, fc.constantFrom(...PRINTED), (stage, key) => stage.type(key)),
  act(2, fc.constantFrom(...CONTROLS), (stage, key) => stage.type(key)),
  act(6, fc.constantFrom(...KEYS), (stage, key) => stage.type(key)),
  act(2, fc.tuple(short(1, 220, 12), short(1, 60, 6)), (stage, size) => stage.resize(...size)),
  act(3, fc.tuple(peer, texts, fc.boolean()), (stage, [peer, text, outgoing]) => {
    stage.receive(peer, { text, outgoing });
  }),
  act(3, fc.tuple(fc.constantFrom(...Object.keys(COMMANDS)), texts), (stage, [name, argument]) => {
    stage.tell({ kind: "command", name, argument });
  }),
  act(2, fc.constantFrom(0, 100, 60_000, DAY_MS, 400 * DAY_MS), (stage, ms) => {
    stage.nowMs += ms;
    stage.tell({ kind: "tick" });
  }),
  act(
    1,
    fc.tuple(peer, fc.nat(5), fc.constantFrom("failed", "read", "pending", "unconfirmed")),
    (stage, [peer, at, state]) => {
      if ((stage.stored.get(peer)?.length ?? 0) > at) stage.state(peer, at + 1, state, "a reason");
    },
  ),
  act(1, texts, (stage, text) => stage.problem(text, 1000)),
  act(3, fc.tuple(OVERLAYS, shared, fc.boolean()), (stage, [name, shared, opens]) => {
    stage.tell({ kind: "command", name: "open", argument: "alice" });
    stage.tell({ kind: "command", name, argument: "" });
    stage.tell({ kind: "shared", shared });
    if (opens) stage.type("\r");
    stage.tell({ kind: "shared", shared });
  }),
  act(1, fc.tuple(texts, texts), (stage, [what, why]) => stage.tell({ kind: "failed", what, why })),
);
