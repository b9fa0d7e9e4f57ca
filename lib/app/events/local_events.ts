/**
 * What happens, in this process: events of the store, and of the network, which become events of the store.
 *
 * @module
 */
import type { ClientEvent } from "../../dmsg/client.ts";
import type { Clock } from "../../sys/clock.ts";
import type { PeerFacts, Store } from "../../store/store.ts";
import { lastCursor } from "./cursor.ts";
import { followEvents } from "./event_feed.ts";
import type { AppEvent, Events } from "./events.ts";

/** See {@link Events}. */
export class LocalEvents implements Events {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #stop: AbortSignal;

  /** Nobody follows. @param stop  Ends all readers. */
  constructor({ store, clock, stop }: { store: Store; clock: Clock; stop: AbortSignal }) {
    this.#store = store;
    this.#clock = clock;
    this.#stop = stop;
  }

  /** See {@link Events.follow}. */
  follow(since: number | undefined, signal: AbortSignal): AsyncIterable<AppEvent> {
    return followEvents(this.#store.events, this.#clock, since, AbortSignal.any([signal, this.#stop]));
  }

  /** See {@link Events.cursor}. */
  cursor(): Promise<number> {
    return lastCursor(this.#store.events);
  }

  /** Keeps what the dmsg client tells. @throws What the store throws. */
  async keep({ kind: name, ...rest }: ClientEvent): Promise<void> {
    await this.#store.commit([{ kind: "network", name, detail: plain(rest) }]);
  }
}

/** What of a client's event goes into the store. */
function plain(detail: Record<string, unknown>): PeerFacts {
  const entries = Object.entries(detail).map(([name, value]) => {
    if (value instanceof Error) return [name, value.message];
    if (Array.isArray(value)) return [name, value.join(" ")];
    return [name, value];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
