/**
 * The store's events as a stream that any number of readers follow, each at its own pace.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { Events } from "../../store/store.ts";
import { nextTurn } from "../../sys/turn.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import type { AppEvent } from "./events.ts";
import { numberIn, uncheckedCursor } from "./cursor.ts";
import { eventView } from "../views.ts";

/**
 * Events behind a cursor, then those to come. A slow reader costs nothing: each reads pages of the store. A cursor of
 * another store is told with `lost`, and everything that is kept follows.
 * @param since  A cursor, see `cursor.ts`; undefined starts with what is committed after this call.
 * @param signal  Ends it, without an error.
 */
export function followEvents(
  events: Events,
  clock: Pick<Clock, "wallNs">,
  since: number | undefined,
  signal: AbortSignal,
): AsyncIterable<AppEvent> {
  const last = events.last(); // of this moment
  const start = (): Promise<number | undefined> =>
    since === undefined ? Promise.resolve(last) : numberIn(events, since);
  return { [Symbol.asyncIterator]: () => follow(events, clock, start, signal) };
}

async function* follow(
  events: Events,
  clock: Pick<Clock, "wallNs">,
  start: () => Promise<number | undefined>,
  signal: AbortSignal,
): AsyncGenerator<AppEvent> {
  let more = Promise.withResolvers<void>();
  const wake = (): void => more.resolve();
  const unwatch = events.watch(wake);
  signal.addEventListener("abort", wake, { once: true });
  try {
    const found = await start();
    const now = (): string => formatGoTime(clock.wallNs());
    if (found === undefined) yield { kind: "lost", cursor: 0, ts: now(), foreign: true };
    for (let cursor = found ?? 0, told = found === undefined; !signal.aborted;) {
      more = Promise.withResolvers(); // before the read: what is committed during it wakes us
      const page = await events.since(cursor);
      const first = page.events[0]?.cursor ?? page.cursor + 1;
      if (page.lost && !told) yield { kind: "lost", cursor: uncheckedCursor(first - 1), ts: now() };
      told = false;
      for (const event of page.events) {
        if (signal.aborted) return;
        yield eventView(event);
      }
      if (page.cursor === cursor) {
        await more.promise;
        // Acks of what was just kept leave first, and what is kept meanwhile is read together.
        await nextTurn();
      }
      cursor = page.cursor;
    }
  } finally {
    unwatch();
    signal.removeEventListener("abort", wake);
  }
}
