/** Words of lists, boards and polls: what peers wrote is made harmless. */
import { ok, strictEqual } from "node:assert/strict";
import { parseUntil } from "../../../lib/wire/until.ts";
import {
  itemShown,
  listSaid,
  listShown,
  overlayDone,
  pollShown,
  postShown,
} from "../../../cli/words/overlays.ts";
import { localTime } from "../../../cli/words/people.ts";
import { encodeOverlay } from "../../../lib/overlay/frame.ts";
import { shownText } from "../../../lib/overlay/shown.ts";

const PK = `02${"ab".repeat(32)}`;
const EVIL = "a\u001b[31m\u202eb\nc";
const TS = "2026-11-23T10:00:00Z";
const last = { author: PK, what: "new", ts: TS };
const isHarmless = (text: string): boolean => !text.includes("\u001b") && !text.includes("\u202e");

Deno.test("The lines of a post stand one under the other, and none can pass for what we say of it", () => {
  const id = "0".repeat(16);
  const post = { id, author: PK, ts: TS, text: "one\n  two\\n", parent: "1".repeat(16), author_alias: "bob" };
  const facts = `${id.slice(0, 8)}  bob, ${localTime(TS)}`;
  strictEqual(postShown({ ...post, depth: 0 }), `one\n|   two\\\\n\n  ${facts}`);
  strictEqual(postShown({ ...post, depth: 1 }), `  one\n  |   two\\\\n\n    ${facts}`);
});

Deno.test("What a list gives to us is said to be ours, and not a key's", () => {
  const item = { id: "0".repeat(16), text: "cake", done: false, author: PK, ts: TS, last, assignee: PK };
  strictEqual(itemShown({ ...item, list: "Chores", number: 1, ours: true }), "  1 [ ] cake  → you");
  strictEqual(itemShown({ ...item, list: "Chores", number: 1 }), `  1 [ ] cake  → ${PK.slice(0, 8)}…`);
  const said = { author: PK, ts: TS, what: "who", value: PK, author_alias: "bob" } as const;
  strictEqual(listSaid({ ...said, to_us: true }), `${localTime(TS)} bob gave it to you`);
});

Deno.test("Lists, posts and polls show no control or bidi character of a peer", () => {
  const item = { id: "0".repeat(16), text: EVIL, done: true, author: PK, ts: TS, last, assignee: PK };
  ok(isHarmless(itemShown({ ...item, list: EVIL, number: 1, assignee_alias: EVIL })));
  const list = {
    id: "0".repeat(16),
    name: EVIL,
    author: PK,
    ts: TS,
    archived: false,
    items: 2,
    done: 1,
    last,
  };
  ok(isHarmless(listShown(list)));
  ok(
    isHarmless(
      postShown({ id: "0".repeat(16), author: PK, ts: TS, text: EVIL, depth: 2, parent: "1".repeat(16) }),
    ),
  );
  const thread = {
    id: "0".repeat(16),
    author: PK,
    ts: TS,
    text: "x",
    depth: 0,
    replies: 2,
    unread: 1,
    expired: false,
  };
  const shown = postShown({
    ...thread,
    last_ts: "2026-11-24T10:00:00Z",
    expires: "2026-12-01T10:00:00Z",
    pinned: true,
  });
  const [grew, end] = ["2026-11-24T10:00:00Z", "2026-12-01T10:00:00Z"].map(localTime);
  ok(shown.endsWith(`, 2 answers, last ${grew}, 1 new, pinned, until ${end}`), shown);
  const choices = [{ text: EVIL, votes: 1, voters: [PK] }];
  const poll = {
    id: "0".repeat(16),
    author: PK,
    ts: TS,
    question: EVIL,
    choices,
    many: true,
    voters: 1,
    over: false,
  };
  ok(isHarmless(pollShown(poll)));
  const done = {
    id: "0".repeat(16),
    state: "queued",
    position: 1,
    reason: EVIL,
    conversation: PK,
    did: "add",
  } as const;
  ok(isHarmless(overlayDone({ ...done, line: `[list] added ${EVIL} to x` })));
  const { id: _, position: __, ...notSaid } = done;
  strictEqual(
    overlayDone({ ...notSaid, state: "replaced", line: "[dash] load: 1" }),
    "load: 1, not published: a later value went in its place",
  );
});

Deno.test("A message of an overlay is shown without its frame, one of an unknown number with it", () => {
  const framed = (overlay: number): string =>
    encodeOverlay({ overlay, data: "d", fallback: "made x", extra: { s: 5 } });
  strictEqual(shownText(framed(2)), "made x");
  strictEqual(shownText(framed(77)), "[kind 77] made x");
  strictEqual(shownText("hello\nworld"), "hello\nworld");
  strictEqual(shownText('{"a":1}'), '{"a":1}');
  strictEqual(shownText('{"o":1,"d":"hey there!"}'), "hey there!");
});

Deno.test("An end is a span from now, a date or a time", () => {
  strictEqual(parseUntil("2d")(0n), "1970-01-03T00:00:00Z");
  strictEqual(parseUntil("2026-12-24")(0n), "2026-12-24T23:59:59Z");
  strictEqual(parseUntil("2026-12-24T18:00:00Z")(0n), "2026-12-24T18:00:00Z");
});
