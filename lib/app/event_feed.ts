/**
 * The store's events as a stream that any number of readers follow, each at its own pace.
 *
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import type { Events } from "../store/store.ts";
import { formatGoTime } from "../wire/go_time.ts";
import type { AppEvent } from "./app.ts";
import { eventView } from "./views.ts";

/**
 * Events behind a cursor, then those to come. A slow reader costs nothing: each reads pages of the store.
 * @param since  A cursor; undefined starts with what is committed after this call.
 * @param signal  Ends it, without an error.
 * @throws {UserError} usage: the store has never given out such a cursor (at the first step).
 */
export function followEvents(
  events: Events,
  clock: Pick<Clock, "wallNs">,
  since: number | undefined,
  signal: AbortSignal,
): AsyncIterable<AppEvent> {
  const start = since ?? events.last();
  return { [Symbol.asyncIterator]: () => follow(events, clock, start, signal) };
}

async function* follow(
  events: Events,
  clock: Pick<Clock, "wallNs">,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<AppEvent> {
  let more = Promise.withResolvers<void>();
  const wake = (): void => more.resolve();
  const unwatch = events.watch(wake);
  signal.addEventListener("abort", wake, { once: true });
  try {
    for (let cursor = start; !signal.aborted;) {
      more = Promise.withResolvers(); // before the read: what is committed during it wakes us
      const page = await events.since(cursor);
      const first = page.events[0]?.cursor ?? page.cursor + 1;
      if (page.lost) yield { kind: "lost", cursor: first - 1, ts: formatGoTime(clock.wallNs()) };
      for (const event of page.events) {
        if (signal.aborted) return;
        yield eventView(event);
      }
      if (page.cursor === cursor) await more.promise;
      cursor = page.cursor;
    }
  } finally {
    unwatch();
    signal.removeEventListener("abort", wake);
  }
}
