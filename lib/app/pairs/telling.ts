/**
 * Steps of pairing as they are said: once, waiting for an answer, and again to whom has not got them.
 *
 * @see lib/app/README.md "Pairs"
 * @module
 */
import type { PairControl } from "../../chat/control.ts";
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { isForgotten } from "../../pair/contact_invite.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { PeerWatch, type PeerWatchParts } from "../outbox/peer_watch.ts";
import { type AskedBy, askedBy } from "./asked_by.ts";
import type { PairRoom } from "./pair_room.ts";

/** What they are said with. */
export interface TellingParts {
  /** Us. */
  readonly own: KeyPair;
  /** By which invites we ask. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Whether this program stays: what was not handed over, or has no answer, is said again. */
  readonly resident: boolean;
  /** Says a step to a peer. @throws {NetworkError} It is not to be reached. */
  readonly tell: (peer: PublicKeyHex, frame: PairControl) => Promise<void>;
  /** Spreads looks at entries. */
  readonly random: Random;
  /** As {@link PeerWatchParts.mark}; without it entries are not looked at. */
  readonly mark?: PeerWatchParts["mark"];
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
  /** Pairs that are open. */
  readonly rooms: ReadonlyMap<PublicKeyHex, PairRoom>;
}

/** How long an answer is waited for. */
const ANSWER_MS = 20_000;
/** Between two looks at what is to be said again. */
const LOOK_MS = 60_000;
/** After each time it takes twice as long, and at most this, as what waits in the outbox. */
const MAX_PAUSE_MS = 600_000;

/** See the module. */
export class Telling {
  readonly #parts: TellingParts;
  /** Who waits for a peer's answer. */
  readonly #waiting = new Map<PublicKeyHex, Set<() => void>>();
  /** Who is being asked. */
  readonly #asking = new Set<PublicKeyHex>();
  readonly #pauses = new Map<PublicKeyHex, { readonly fromMs: number; readonly ms: number }>();
  readonly #watch: PeerWatch | undefined;
  #over: (room: PairRoom, asked: AskedBy) => Promise<void> = () => Promise.resolve();
  #cancel: (() => void) | undefined;

  /** Nothing is said yet. */
  constructor(parts: TellingParts) {
    this.#parts = parts;
    const { clock, mark, random, resident } = parts;
    if (mark === undefined || !resident) return;
    const awaited = (): PublicKeyHex[] => [...this.#pauses.keys()].filter((peer) => this.#asks(peer));
    this.#watch = new PeerWatch({ clock, random, mark, awaited, onSign: (peer) => this.isBack(peer) });
  }

  /** Says no more by itself. */
  close(): void {
    this.#cancel?.();
    this.#watch?.close();
  }

  /** A peer has given a sign of life: whom our asking has not reached is asked now, and not only after the pause. */
  isBack(peer: PublicKeyHex): void {
    if (!this.#asks(peer)) return;
    const pause = this.#pauses.get(peer);
    if (pause !== undefined) this.#pauses.set(peer, { ...pause, ms: LOOK_MS / 2 });
    this.#again(this.#parts.rooms.get(peer)!).catch(this.#parts.onProblem);
  }

  #asks(peer: PublicKeyHex): boolean {
    return this.#parts.rooms.get(peer)?.record.status === "pending";
  }

  /** Says a step. @returns Whether the peer could be told. */
  async told(peer: PublicKeyHex, frame: PairControl): Promise<boolean> {
    try {
      await this.#parts.tell(peer, frame);
      return true;
    } catch {
      return false;
    }
  }

  /** Asks a peer, by the invite that we have of it. @returns Whether it could be asked. */
  async ask(room: PairRoom): Promise<boolean> {
    const { own, rooms, store } = this.#parts;
    const { peer } = room.record;
    this.#asking.add(peer);
    try {
      const invite = (await askedBy(store, peer))?.link;
      const sent = await this.told(peer, { type: "pair-invite", fromPk: own.pk, invite });
      if (sent && rooms.get(peer) === room) await room.handle({ kind: "invited" });
      return sent;
    } finally {
      this.#asking.delete(peer);
    }
  }

  /** Asks, and waits a little for the answer. @returns Whether it could be asked. */
  async answered(room: PairRoom): Promise<boolean> {
    const { peer } = room.record;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(peer) ?? new Set();
    this.#waiting.set(peer, waiting.add(resolve));
    try {
      if (!await this.ask(room)) return false;
      const cancel = this.#parts.clock.after(ANSWER_MS, resolve);
      await promise;
      cancel();
      return true;
    } finally {
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(peer);
    }
  }

  /** A peer has said something: who waits for that looks again. */
  heard(peer: PublicKeyHex): void {
    this.#pauses.delete(peer);
    this.#waiting.get(peer)?.forEach((done) => done());
  }

  /**
   * Asks again, now and then, whom our asking has not reached, and by an invite who has not answered, until a day behind
   * its end.
   * @param over  Told of one that is over.
   */
  askAgain(over: (room: PairRoom, asked: AskedBy) => Promise<void>): void {
    const { clock, onProblem, resident, rooms } = this.#parts;
    if (!resident) return;
    this.#over = over;
    this.#cancel = clock.after(LOOK_MS, () => {
      for (const room of rooms.values()) {
        if (room.record.status === "pending") this.#again(room).catch(onProblem);
      }
      this.askAgain(over);
    });
  }

  async #again(room: PairRoom): Promise<void> {
    const { clock, store } = this.#parts;
    const { peer, isInviteSent } = room.record;
    const asked = await askedBy(store, peer);
    if (asked !== undefined && isForgotten(asked, clock.wallNs())) return await this.#over(room, asked);
    if (asked === undefined && isInviteSent) return;
    if (this.#asking.has(peer)) return; // reaching it is a sign of life, too
    const nowMs = clock.nowMs();
    const pause = this.#pauses.get(peer);
    if (pause !== undefined && nowMs < pause.fromMs + pause.ms) return;
    const ms = Math.min(MAX_PAUSE_MS, (pause?.ms ?? LOOK_MS / 2) * 2);
    this.#pauses.set(peer, { fromMs: nowMs, ms });
    await this.ask(room);
    this.#watch?.watch();
  }
}
