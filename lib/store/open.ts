/**
 * A place and an identity's secret become a {@link Store}.
 *
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import { Folding } from "./journal/folding.ts";
import { Journal, type JournalParts } from "./journal/journal.ts";
import { JournalLog } from "./journal/log.ts";
import { replayAll, type ReplayParts } from "./journal/replay.ts";
import type { BodyReaders } from "./message.ts";
import { migrate } from "./migrate.ts";
import { PassedTime } from "./passed.ts";
import type { Place } from "./place/place.ts";
import { deriveSealKey, NAMES_INFO, openSeal, SEAL_INFO } from "./place/sealed.ts";
import { Vault } from "./place/vault.ts";
import { History } from "./reading/history.ts";
import { eventsOf, outboxOf, peersOf, seenOf, valuesOf } from "./reading/readers.ts";
import { Shelf } from "./reading/shelf.ts";
import { IdFilter } from "./rows/id_filter.ts";
import { Names } from "./rows/keys.ts";
import type { Store } from "./store.ts";
import { openGuarded } from "./writing/guarded.ts";
import { Writer } from "./writing/writer.ts";

/** What a store needs. */
export interface StoreParts extends BodyReaders {
  /** Where it keeps things; closed with the store. */
  readonly place: Place;
  /** The identity's secret, 32 bytes. It is not kept: two keys are derived from it. */
  readonly secret: Uint8Array;
  /** Wall time, how time passes, and when to write what lies in the journal into rows. */
  readonly clock: Pick<Clock, "nowMs" | "wallNs" | "after">;
  /** The first place of every commit; closed with the store. Without it each is written into rows at once. */
  readonly journal?: JournalOptions;
  /** Nonces, and names of writes. */
  readonly random: Random;
  /** Caps. */
  readonly limits?: StoreLimits;
}

/** The journal of a store. */
export interface JournalOptions extends Pick<JournalParts, "files" | "synced" | "setAside"> {}

/** A journal that is longer when the store is opened goes into rows at once: each start would read it again. */
const LONG_BYTES = 128 << 10;

/** Caps of a store. */
export interface StoreLimits {
  /** Newest events that are kept, default 20,000. */
  readonly events?: number;
  /** Entries of one peer's outbox; as many as there are by default. */
  readonly outboxEntries?: number;
  /** Bytes of bodies in one peer's outbox, default 64 MiB. Read when it is needed. */
  readonly outboxBytes?: number;
}

/**
 * Opens a store, and makes it when the place is empty. What a journal holds is taken in.
 * @throws {UserError} local: newer layout, another identity, damaged, unreadable; busy: another process holds it. The
 * place is closed then, and the journal's files.
 */
export async function openStore(options: StoreParts): Promise<Store> {
  const { place, secret, clock, random, limits = {} } = options;
  const close = (): void => {
    place.close();
    for (const file of options.journal?.files ?? []) file.close();
  };
  try {
    const seal = await openSeal(deriveSealKey(secret, SEAL_INFO), random);
    const names = new Names(deriveSealKey(secret, NAMES_INFO));
    const vault = new Vault(place, seal, random);
    await migrate(vault, seal, clock.wallNs());
    const ids = new IdFilter(vault);
    const guarded = await openGuarded(vault, ids, random);
    const shelf = new Shelf(vault, ids, guarded.head);
    const history = new History(shelf, names, () => shelf.head.generation, options);
    const outbox = {
      entries: limits.outboxEntries ?? Infinity,
      get bytes() {
        return limits.outboxBytes ?? 64 * 1024 * 1024;
      },
    };
    const opened = options.journal && await openJournal(options.journal, secret, random);
    const folding = opened && new Folding({ shelf, guarded, journal: opened.journal, clock: options.clock });
    const { passedNs } = guarded.head;
    const passed = new PassedTime(clock, passedNs === undefined ? undefined : BigInt(passedNs));
    const tidying = { shelf, names, history, clock };
    const parts = { ...tidying, guarded, ids, passed, outbox, maxEvents: limits.events ?? 20_000 };
    const writer = new Writer({ ...parts, journal: opened?.journal, folding });
    const peers = peersOf(shelf, names);
    if (opened && folding) {
      const replay: ReplayParts = {
        replay: (commits, when, mark) => writer.replay(commits, when, mark),
        passedNs: () => passed.ns,
        peers,
        get: (peer, position) => history.get(peer, position),
      };
      const written = guarded.head.journal;
      opened.journal.goOnBehind(written, await replayAll(replay, opened.found, written));
      if (opened.journal.bytes > LONG_BYTES) await folding.all();
    }
    const head = () => shelf.head;
    let closing: Promise<void> | undefined;
    return {
      messages: history,
      seen: seenOf(shelf, names, head, () => passed.ns),
      peers,
      outbox: outboxOf(shelf, names),
      values: valuesOf(shelf, names),
      events: eventsOf(shelf, history, head, (run) => writer.watch(run)),
      commit: (changes, options) => writer.commit(changes, options),
      sweep: () => writer.sweep(),
      passedNs: () => passed.ns,
      close: () => closing ??= writer.close().then(close),
    };
  } catch (error) {
    close();
    throw error;
  }
}

const openJournal = (options: JournalOptions, secret: Uint8Array, random: Random) =>
  Journal.open({ ...options, log: new JournalLog(secret), random });
