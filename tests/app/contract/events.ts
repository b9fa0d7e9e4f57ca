/**
 * What holds for every {@link Events}, however it is made.
 *
 * @module
 */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { AppEvent } from "../../../lib/app/events/events.ts";
import { type Define, eventsUntil, isMessage } from "./support.ts";

/** Defines the tests. */
export function eventsContract(test: Define): void {
  test("gives every reader all events, without gap or repeat", async ({ alice, bob }, send) => {
    const all = Array.from({ length: 30 }, (_, i) => `m${i}`);
    const isLast = (event: AppEvent) => event.kind === "state" && event.position === all.length;
    const readers = [0, 1, 2].map(() => eventsUntil(alice, 0, isLast));
    for (const text of all) await send(text);
    const [first, ...others] = await Promise.all(readers);
    // A message is shown as it stands when its event is read; all else is the same for everybody.
    const essence = (events: readonly AppEvent[]) =>
      events.map((event) => event.kind === "message" ? [event.cursor, event.message.text] : event);
    for (const other of others) deepStrictEqual(essence(other), essence(first));
    const cursors = first.map(({ cursor }) => cursor);
    deepStrictEqual(cursors, [...new Set(cursors)].sort((a, b) => a - b));
    deepStrictEqual(
      first.flatMap((event) => event.kind === "message" ? [event.message.text] : []),
      all,
    );
    // In pieces: each goes on behind the cursor of the last one.
    const pieces: AppEvent[] = [];
    while (pieces.length < first.length) {
      pieces.push(...await eventsUntil(alice, pieces.at(-1)?.cursor ?? 0, () => true));
    }
    deepStrictEqual(essence(pieces), essence(first));
    const heard = await eventsUntil(bob, 0, isMessage("m29"));
    deepStrictEqual(heard.flatMap((event) => event.kind === "message" ? [event.message.text] : []), all);
  });

  test(
    "tells a reader whose cursor is of other events, and gives it everything",
    async ({ alice, bob }, send) => {
      for (const text of ["one", "two", "three"]) await send(text);
      const isThree = isMessage("three");
      const ours = await eventsUntil(alice, 0, isThree);
      const theirs = await eventsUntil(bob, 0, isThree);
      const [{ cursor }] = theirs;
      // One of another store, one beyond the end, one with a check that no event has.
      for (const foreign of [cursor, 999_000_000_000, ours[1].cursor + 1]) {
        const [first, ...rest] = await eventsUntil(alice, foreign, isThree);
        const { ts: _, ...lost } = first;
        deepStrictEqual(lost, { kind: "lost", foreign: true, cursor: 0 });
        deepStrictEqual(rest.map((event) => event.cursor), ours.map((event) => event.cursor));
      }
      const [next] = await eventsUntil(alice, ours[1].cursor, isThree);
      strictEqual(next.cursor, ours[2].cursor);
    },
  );

  test("ends a reader of events at its signal", async ({ alice }) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const seen = [];
    for await (const event of alice.events.follow(undefined, stop.signal)) seen.push(event);
    deepStrictEqual(seen, []);
  });
}
