/**
 * Events for one reader, at its own pace.
 *
 * @module
 */
import type { AppEvent } from "../../app/events/events.ts";
import type { Clock } from "../../sys/clock.ts";
import type { House } from "./house.ts";

/** A reader that takes longer for one event is left behind, and gets what it missed from the store. */
const SLOW_READER_MS = 1_000;

/**
 * Gives a reader the app's events, one when it has taken the one before.
 * @param since  As {@link Events.follow}.
 * @param stop  Ends it, without an error.
 * @param give  Resolves when the reader has room for more.
 * @throws What the app's events throw, and what `give` throws.
 */
export async function followEvents(
  { app, clock }: Pick<House, "app" | "clock">,
  since: number | undefined,
  stop: AbortSignal,
  give: (event: AppEvent) => Promise<void>,
): Promise<void> {
  let cursor = since;
  for (let slow = true; slow && !stop.aborted;) {
    slow = false;
    const turn = new AbortController();
    for await (const event of app.events.follow(cursor, AbortSignal.any([stop, turn.signal]))) {
      cursor = event.cursor;
      const given = give(event);
      if (await isSoon(given, clock)) continue;
      // What an app may queue for us meanwhile has no bound: leave, and come back when there is room.
      slow = true;
      turn.abort();
      await given;
      break;
    }
  }
}

function isSoon(given: Promise<void>, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(SLOW_READER_MS, () => resolve(false));
    given.then(() => resolve(true), reject).finally(cancel);
  });
}
