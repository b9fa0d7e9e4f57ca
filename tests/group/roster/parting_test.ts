/** What one member gives another by hand: decisions to who was put out, and what waits for its turn here. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeBody } from "../../../lib/chat/body.ts";
import type { KnownDecision } from "../../../lib/group/roster/decision_book.ts";
import { type Domain, encodeMutation } from "../../../lib/group/roster/governance.ts";
import { newestDecisions, partingOf } from "../../../lib/group/roster/parting.ts";
import { HEARTBEAT_TEXT } from "../../../lib/group/talk/leaf.ts";
import { MAX_PARKED, Parking } from "../../../lib/group/talk/parking.ts";
import { isRelayable } from "../../../lib/group/talk/relay.ts";
import { fromUtf8 } from "../../../lib/wire/bytes.ts";
import { GROUP } from "../sim/world.ts";

const [FOUNDER, BOB, CAROL] = ["a", "b", "c"].map((digit) => `02${digit.repeat(64)}`);

/** What each decision does: let in 1 and put out 2 of the roster, ban 1 and allow 2 of mod. */
const decided = (
  ...said: (readonly [Domain, op: number, peer: string, issuer?: string])[]
): KnownDecision[] =>
  said.map(([domain, op, peer, issuer = FOUNDER], i) => ({
    id: String(i),
    domain,
    mutation: {
      groupId: GROUP,
      op,
      peer,
      parentSeq: 0n,
      issuedAtNs: BigInt(1_000 + i),
      issuer,
      signature: new Uint8Array(65),
    },
  }));

/** Which of the decisions are given. */
const given = (decisions: readonly KnownDecision[], leaves: ReturnType<typeof partingOf>): number[] =>
  leaves.map(({ path, value }) => {
    const at = decisions.findIndex(({ mutation }) => fromUtf8(encodeMutation(mutation)) === fromUtf8(value));
    ok(path.startsWith(`${decisions[at].domain}/`));
    return at;
  });

Deno.test("Who was put out is given all up to that, and nothing of what came later", () => {
  const history = decided(
    ["roster", 1, BOB], // 0
    ["roster", 1, CAROL],
    ["roster", 2, CAROL], // 2
    ["roster", 1, CAROL],
    ["admin", 1, BOB],
    ["mod", 1, CAROL], // 5: a ban
    ["roster", 2, CAROL],
    ["admin", 2, BOB],
    ["roster", 2, BOB], // 8
  );
  const shuffled = [...history].reverse();
  deepStrictEqual(given(history, partingOf(shuffled, CAROL)), [0, 1, 2, 3, 4, 5]);
  deepStrictEqual(given(history, partingOf(shuffled, BOB)), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  deepStrictEqual(given(history, partingOf(shuffled, CAROL, 4)), [0, 1]);
  for (const skip of [6, 7, 1_000_000]) deepStrictEqual(partingOf(shuffled, CAROL, skip), []);
  deepStrictEqual(given(history, newestDecisions(shuffled, 7)), [0, 1]);
});

Deno.test("Who is in, was never in, or was banned as a stranger is given nothing; who was let in anew is", () => {
  const stranger = decided(["roster", 1, BOB], ["mod", 1, CAROL], ["roster", 2, BOB]);
  deepStrictEqual(partingOf(stranger, CAROL), []);
  deepStrictEqual(partingOf(decided(["roster", 1, BOB], ["roster", 1, CAROL]), BOB), []);
  // One that did not know of its removal has let it in later.
  const back = decided(["roster", 1, BOB], ["roster", 2, BOB], ["roster", 1, BOB], ["admin", 1, CAROL]);
  deepStrictEqual(given(back, partingOf(back, BOB)), [0, 1]);
});

Deno.test("Who was let in by an admin that was out already is given what put that one out", () => {
  for (const cut of [["roster", 2, BOB], ["mod", 1, BOB], ["admin", 2, BOB]] as const) {
    const history = decided(
      ["roster", 1, BOB], // 0
      ["admin", 1, BOB],
      cut, // 2
      ["roster", 1, CAROL, BOB],
      ["admin", 1, BOB],
    );
    deepStrictEqual(given(history, partingOf(history, CAROL)), [0, 1, 2]);
  }
});

Deno.test("A frame holds 64 of them, and 40 KiB: the newest first, the others behind them", () => {
  const history = decided(
    ["roster", 1, BOB],
    ...Array.from({ length: 150 }, () => ["admin", 1, CAROL] as const),
    ["roster", 2, BOB],
  );
  const pages: number[] = [];
  for (let skip = 0, page; (page = partingOf(history, BOB, skip)).length > 0; skip += page.length) {
    ok(page.length <= 64);
    ok(page.reduce((sum, { path, value }) => sum + path.length + value.length, 0) <= 40_960);
    pages.unshift(...given(history, page));
  }
  deepStrictEqual(pages, history.map((_, i) => i));
});

Deno.test("What can't be judged waits once under its name, the oldest goes for the newest, and that is told", () => {
  const room = new Parking<number>();
  for (let i = 0; i < MAX_PARKED; i++) room.put(`${i}`, i);
  room.put("0", 99);
  deepStrictEqual([room.size, room.get("0"), room.takeLost()], [MAX_PARKED, 0, false]);
  room.put("new", 1);
  deepStrictEqual([room.size, room.has("0"), room.has("1"), room.takeLost()], [
    MAX_PARKED,
    false,
    true,
    true,
  ]);
  strictEqual(room.takeLost(), false, "told once");
  deepStrictEqual(room.takeAll().slice(0, 2), [1, 2]);
  strictEqual(room.size, 0);
});

Deno.test("A founder says nothing for others that is no message, or that only they may say", () => {
  strictEqual(isRelayable("hello", 0n), true);
  strictEqual(isRelayable("hello", 2n ** 63n - 1n), true);
  const not: [string, bigint][] = [
    ["", 1n],
    [HEARTBEAT_TEXT, 1n],
    ["hello", -1n],
    ["hello", 2n ** 63n],
    [encodeBody({ kind: "delete", toTsNano: 5n }), 1n],
  ];
  for (const [text, tsNs] of not) strictEqual(isRelayable(text, tsNs), false, `${text} ${tsNs}`);
});
