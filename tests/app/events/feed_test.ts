import { deepStrictEqual } from "node:assert/strict";
import { followEvents } from "../../../lib/app/events/event_feed.ts";
import type { EventPage, Events, StoreEvent } from "../../../lib/store/store.ts";
import { FakeClock } from "../../fakes/clock.ts";

Deno.test("Who follows from where nothing is kept any more is told of the gap once, and gets what there is", async () => {
  const peer = `02${"ab".repeat(32)}`;
  const read = (cursor: number): StoreEvent => ({ kind: "read", peer, position: cursor, cursor, atNs: 1n });
  const page = (cursor: number): EventPage => ({
    events: cursor < 500 ? [read(501), read(502)] : cursor < 503 ? [read(503)] : [],
    cursor: cursor < 500 ? 502 : 503,
    lost: cursor < 500,
  });
  const events: Events = {
    last: () => 503,
    since: (cursor) => Promise.resolve(page(cursor)),
    timeOf: () => Promise.resolve(undefined),
    watch: () => () => {},
  };
  const stop = new AbortController();
  const got: unknown[] = [];
  for await (const event of followEvents(events, new FakeClock(), 7 * 100_000, stop.signal)) {
    got.push(event.kind === "read" ? event.position : [event.kind, Math.floor(event.cursor / 100_000)]);
    if (got.length === 4) stop.abort();
  }
  deepStrictEqual(got, [["lost", 500], 501, 502, 503]);
});
