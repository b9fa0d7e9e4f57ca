/**
 * All lanes: what a restart has found, and when each of them runs again: at its time, when its peer gives a sign of
 * life, and when our network is back.
 *
 * @see lib/app/README.md "A lane"
 * @module
 */
import { afterRestart } from "../../chat/outbox.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Queued, StoredMessage } from "../../store/store.ts";
import { DIRECT_NS, type Job, RETRY_WAIT_MS } from "./job.ts";
import { Lane } from "./lane.ts";
import type { LaneParts } from "./lane_parts.ts";
import { PeerWatch, type PeerWatchParts } from "./peer_watch.ts";

/** Lanes that run by themselves at the same time: a program that comes back must not dial everybody at once. */
const MAX_BUSY = 8;
/** Messages that are read together at the start: their bodies, up to 64 KiB each, are in memory until then. */
const AT_ONCE = 128;

/** What the lanes work with. */
export interface OutboxRunParts extends Omit<LaneParts, "onIdle" | "clock"> {
  /** Time for the runner's timer. */
  readonly clock: Clock;
  /** Whether lanes run by themselves. */
  readonly resident: boolean;
  /** As {@link PeerWatchParts.mark}; without it entries are not looked at. */
  readonly mark?: PeerWatchParts["mark"];
}

/** The lanes of an identity. */
export class OutboxRun {
  readonly #parts: OutboxRunParts;
  readonly #lanes = new Map<PublicKeyHex, Lane>();
  readonly #watch: PeerWatch | undefined;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  /** Nothing happens before {@link start}. */
  constructor(parts: OutboxRunParts) {
    this.#parts = parts;
    const { mark, clock, random, resident } = parts;
    if (!mark || !resident) return;
    const awaited = (): PublicKeyHex[] =>
      [...this.#lanes.values()].filter(({ isStalled }) => isStalled).map(({ peer }) => peer);
    this.#watch = new PeerWatch({ clock, random, mark, awaited, onSign: (peer) => this.peerIsBack(peer) });
  }

  /**
   * Takes up what is in the store. What may have been written before a crash is left unconfirmed, unless its peer keeps
   * one copy.
   * @throws {UserError} local: the store can't be read or written.
   */
  async start(): Promise<void> {
    const { store } = this.#parts;
    for (const [peer, all] of Map.groupBy(await store.outbox.list(), (entry) => entry.peer)) {
      for (let at = 0; at < all.length; at += AT_ONCE) {
        const entries = all.slice(at, at + AT_ONCE);
        const messages = await store.messages.many(peer, entries.map(({ position }) => position));
        for (const [i, entry] of entries.entries()) {
          const job = await this.#found(entry, messages[i]);
          if (job) this.lane(peer).add(job);
        }
      }
    }
    this.#arm();
  }

  /** The lane of a peer with messages in it. */
  find(peer: PublicKeyHex): Lane | undefined {
    return this.#lanes.get(peer);
  }

  /** The lane of a peer; the caller puts something into it in the same turn. */
  lane(peer: PublicKeyHex): Lane {
    const found = this.#lanes.get(peer);
    if (found) return found;
    const lane: Lane = new Lane(peer, { ...this.#parts, onIdle: () => this.#idle(lane) });
    this.#lanes.set(peer, lane);
    return lane;
  }

  /** Messages that wait or are under way, those of one peer in order. */
  jobs(): { readonly peer: PublicKeyHex; readonly job: Job }[] {
    return [...this.#lanes.values()].flatMap(({ peer, jobs }) => jobs.map((job) => ({ peer, job })));
  }

  /** A peer has given a sign of life: its messages leave now. */
  peerIsBack(peer: PublicKeyHex): void {
    const lane = this.#lanes.get(peer);
    if (this.#parts.resident && lane?.jobs.length) lane.wake();
  }

  /** Our network is there: what failed because it was not is tried now. */
  networkIsBack(): void {
    if (!this.#parts.resident) return;
    for (const lane of this.#lanes.values()) if (lane.isOffline || lane.isBusy) lane.wake();
  }

  /** Ends the timer, and waits for what is under way; end the connections first. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#watch?.close();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.idle()));
  }

  async #found(entry: Queued, message: StoredMessage | undefined): Promise<Job | undefined> {
    const { store, book } = this.#parts;
    const { peer, position, addedNs, dueNs, attempts, bytes } = entry;
    const state = message?.state;
    const at = { peer, position };
    if (state !== "pending" && state !== "sent") {
      await store.commit([{ kind: "unqueue", ...at }]);
      return undefined;
    }
    const direct = dueNs === DIRECT_NS;
    const marked = state === "sent";
    const once = (await book.get(peer)).once ?? false;
    if (afterRestart({ direct, marked }, once) === "unconfirmed") {
      const reason = "the program ended before its ack";
      await store.commit([{ kind: "state", ...at, state: "unconfirmed", reason }, {
        kind: "unqueue",
        ...at,
      }]);
      return undefined;
    }
    const written = direct || marked;
    return {
      position,
      kind: "queued",
      addedNs,
      dueNs, // of one that was not queued: so far ahead that it is due now
      attempts,
      written,
      isDoubtful: once, // no mark was made before its write
      state,
      bytes,
      waitMs: RETRY_WAIT_MS,
    };
  }

  #idle(lane: Lane): void {
    if (lane.isEmpty && this.#lanes.get(lane.peer) === lane) this.#lanes.delete(lane.peer);
    this.#watch?.watch();
    this.#arm();
  }

  #arm(): void {
    const { resident, clock } = this.#parts;
    this.#cancelTimer?.();
    if (this.#closed || !resident) return;
    const nowNs = clock.wallNs();
    let earliest: bigint | undefined;
    let busy = 0;
    for (const lane of this.#lanes.values()) {
      if (lane.isBusy) busy++;
      const dueNs = lane.dueAt(nowNs);
      if (dueNs !== undefined && (earliest === undefined || dueNs < earliest)) earliest = dueNs;
    }
    if (earliest === undefined || busy >= MAX_BUSY) return; // the next lane that stands still arms it
    // No plan is further ahead than the longest pause: the clock is looked at that often, and wall time may jump.
    const delayMs = Math.ceil(Number(earliest - nowNs) / 1e6);
    this.#cancelTimer = clock.after(Math.max(0, delayMs), () => this.#tick());
  }

  #tick(): void {
    const nowNs = this.#parts.clock.wallNs();
    let busy = [...this.#lanes.values()].filter(({ isBusy }) => isBusy).length;
    for (const lane of this.#lanes.values()) {
      if (busy >= MAX_BUSY) break;
      const dueNs = lane.dueAt(nowNs);
      if (dueNs === undefined || dueNs > nowNs) continue;
      lane.run(false);
      busy++;
    }
    this.#arm();
  }
}
