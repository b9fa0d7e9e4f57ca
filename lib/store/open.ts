/**
 * A place and an identity's secret become a {@link Store}.
 *
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import { openGuarded } from "./guarded.ts";
import { History } from "./history.ts";
import { Names } from "./keys.ts";
import { migrate } from "./migrate.ts";
import type { Place } from "./place.ts";
import { eventsOf, outboxOf, peersOf, seenOf, valuesOf } from "./readers.ts";
import { deriveSealKey, NAMES_INFO, openSeal, SEAL_INFO } from "./sealed.ts";
import type { Store } from "./store.ts";
import { tidyAll } from "./tidy.ts";
import { Vault } from "./vault.ts";
import { Writer } from "./writer.ts";

/** What a store needs. */
export interface StoreParts {
  /** Where it keeps things; closed with the store. */
  readonly place: Place;
  /** The identity's secret, 32 bytes. It is not kept: two keys are derived from it. */
  readonly secret: Uint8Array;
  /** Wall time. */
  readonly clock: Pick<Clock, "wallNs">;
  /** Nonces, and names of writes. */
  readonly random: Random;
  /** Caps. */
  readonly limits?: StoreLimits;
}

/** Caps of a store. */
export interface StoreLimits {
  /** Newest events that are kept, default 20,000. */
  readonly events?: number;
  /** Entries of one peer's outbox; as many as there are by default. */
  readonly outboxEntries?: number;
  /** Bytes of bodies in one peer's outbox, default 64 MiB. */
  readonly outboxBytes?: number;
}

/**
 * Opens a store, and makes it when the place is empty.
 * @throws {UserError} local: newer layout, another identity, damaged, unreadable; busy: another process holds it. The
 * place is closed then.
 */
export async function openStore({ place, secret, clock, random, limits = {} }: StoreParts): Promise<Store> {
  try {
    const seal = await openSeal(deriveSealKey(secret, SEAL_INFO), random);
    const names = new Names(deriveSealKey(secret, NAMES_INFO));
    const vault = new Vault(place, seal, random);
    await migrate(vault, seal, clock.wallNs());
    const guarded = await openGuarded(vault, random);
    const history = new History(vault, names, () => guarded.head.generation);
    const outbox = {
      entries: limits.outboxEntries ?? Infinity,
      bytes: limits.outboxBytes ?? 64 * 1024 * 1024,
    };
    const parts = { guarded, names, history, clock, outbox, maxEvents: limits.events ?? 20_000 };
    const writer = new Writer(parts);
    const head = () => guarded.head;
    let closing: Promise<void> | undefined;
    return {
      messages: history,
      seen: seenOf(vault, names, head, () => clock.wallNs()),
      peers: peersOf(vault, names),
      outbox: outboxOf(vault, names),
      values: valuesOf(vault, names),
      events: eventsOf(vault, history, head, (run) => writer.watch(run)),
      commit: (changes) => writer.commit(changes),
      sweep: () => writer.chore(() => tidyAll(parts, clock.wallNs())),
      close: () => closing ??= writer.close().then(() => place.close()),
    };
  } catch (error) {
    place.close();
    throw error;
  }
}
