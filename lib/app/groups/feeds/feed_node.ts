/**
 * What carries a group's feeds: ours to whoever may read it, and those that we follow to us.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { FeedChange, FeedLeaf, Leaves } from "../../../cxo/feed/change.ts";
import type { GroupOut } from "../../../group/group_types.ts";
import { type Clock, sleep } from "../../../sys/clock.ts";
import type { GroupExtra, KeptHead } from "../room/kept_groups.ts";

/** A feed of ours as it was kept, and where it is carried. */
export interface CarriedFeed {
  /** Of all its feeds. */
  readonly port: number;
  /** Its newest Root. */
  readonly head: KeptHead;
  /** What it holds, path and value. */
  readonly leaves: Leaves;
}

/** How one followed feed stands, or a holder. */
export interface FeedState {
  /** Whether there is a connection with its owner, or it. */
  readonly connected: boolean;
  /** Whether the first try to reach its owner, or it, has not ended yet. */
  readonly reaching: boolean;
  /** When something of it last came, wall clock in nanoseconds; undefined: never. */
  readonly heardNs: bigint | undefined;
  /** When it was last read up to a newest Root, at its owner or a holder, the clock's `nowMs`; undefined: never. */
  readonly readMs: number | undefined;
}

/** What a carrier tells. Calls must not throw. */
export interface FeedEvents {
  /** Leaves of a followed feed (or of ours, when we had lost them) that are new or have changed. */
  leaves(feed: PublicKeyHex, leaves: readonly FeedLeaf[]): void;
  /** A followed feed was read up to its newest Root, with leaves or without. */
  filled?(feed: PublicKeyHex): void;
  /** Somebody has begun to read our feed. */
  read?(reader: PublicKeyHex): void;
  /** Somebody wants to read our feed, and may not. */
  knocked?(peer: PublicKeyHex): void;
  /** The owner of a followed feed does not let us read it. */
  refused?(owner: PublicKeyHex): void;
  /** A reader fetched a leaf of our feed. */
  fetched(reader: PublicKeyHex, path: string): void;
  /** Our feed's next Root: it is shown to nobody before this is kept. */
  head(head: KeptHead): Promise<void>;
  /** Who may no longer read our feed has been cut off. */
  parted(peers: readonly PublicKeyHex[]): void;
  /** For the log. */
  problem(error: Error): void;
}

/** Who connects reads what is there within this time, the Root that follows a Sub a second later included. */
const SERVED_MS = 2_000;

/** Who has asked for something of a Root asks for what that leads to within this time, however far away. */
const NEXT_MS = 1_000;
/** So often it is looked whether somebody still reads. */
const LOOK_MS = 50;

/** Whether somebody may be just reading our feed. @param nowMs  The clock's. @param withinMs  Since something was last taken. */
export const isServing = (feeds: FeedNode | undefined, nowMs: number, withinMs = SERVED_MS): boolean =>
  feeds?.servedMs !== undefined && nowMs - feeds.servedMs < withinMs;

/**
 * Waits until who has fetched something of ours has all: a reader uses nothing of a Root before that, and begins anew
 * elsewhere when we are gone. For a program that ends then.
 * @param endMs  No longer than until then, the clock's `nowMs`.
 */
export async function takenWhole(
  feeds: FeedNode | undefined,
  clock: Clock,
  endMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const all = feeds?.untilNow(); // where others talk on and on there is always something new
  while (isServing(feeds, clock.nowMs(), NEXT_MS) && clock.nowMs() < endMs && !signal?.aborted) {
    await sleep(clock, LOOK_MS);
  }
  all?.();
}

/** Tells a carrier what follows for it, but who may read. */
export function tellNode(feeds: FeedNode | undefined, outs: readonly GroupOut[]): void {
  for (const out of outs) {
    if (out.kind === "follow") feeds?.follow(out.feeds);
    else if (out.kind === "held") feeds?.also(out.holder === undefined ? [] : [out.holder], out.feeds);
    else if (out.kind === "reread") feeds?.reread();
  }
}

/** Carries the feeds of one group or pair. */
export interface FeedNode {
  /** Changes our feed: one new Root, pushed to all readers. */
  publish(changes: readonly FeedChange[]): void;
  /** Follows these feeds and no others; connects again by itself. */
  follow(feeds: readonly PublicKeyHex[]): void;
  /**
   * Says who may read our feed; undefined: everybody. Who may no longer gets the last Root and is cut off.
   * @param leaving  Who could not any more when this program began, and may not have learnt it: they have longer.
   */
  allow(readers: readonly PublicKeyHex[] | undefined, leaving?: readonly PublicKeyHex[]): void;
  /**
   * Who holds feeds for their owners: they may read ours, and what we follow is asked for at them as well.
   * @param feeds  What is asked for at them alone.
   */
  also(holders: readonly PublicKeyHex[], feeds?: readonly PublicKeyHex[]): void;
  /** Gives all leaves of all followed feeds once more, as far as they are here. */
  reread(): void;
  /** How a feed or a holder stands; undefined: it is neither followed nor one. */
  state(feed: PublicKeyHex): FeedState | undefined;
  /**
   * When somebody last came or took something here, or had something new to take, the clock's `nowMs`; undefined: nobody
   * is connected.
   */
  readonly servedMs: number | undefined;
  /** What is published from now on is not counted in {@link servedMs}. @returns Call it to count all again. */
  untilNow(): () => void;
  /** Waits until a reader, whichever or this one, has fetched what was published from now on. @returns false: not in time. */
  delivered(timeoutMs: number, by?: PublicKeyHex): Promise<boolean>;
  /** Waits until a reader has all that was published, when there is one; before a feed goes of its owner's own wish. */
  parting(timeoutMs: number): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * What makes a feed that may show something else what it is in the store, which may have kept what it said it had not.
 * @param paths  Whose leaves are in doubt. @param kept  All leaves, as they are kept.
 */
export const asKept = (paths: ReadonlySet<string>, kept: Leaves): FeedChange[] =>
  [...paths].map((path) => {
    const value = kept.get(path);
    return value === undefined ? { kind: "drop", path } : { kind: "put", path, value };
  });

/**
 * Who has still to learn that it may not read any more.
 * @param readers  Who may; undefined: everybody.
 * @param parted  Those who had the time for it.
 */
export const stillLeaving = (
  { leaving }: GroupExtra,
  readers: readonly PublicKeyHex[] | undefined,
  parted: readonly PublicKeyHex[],
): Pick<GroupExtra, "leaving"> => ({
  leaving: leaving.filter((pk) => readers !== undefined && !readers.includes(pk) && !parted.includes(pk)),
});
