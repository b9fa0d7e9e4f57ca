/**
 * Messages of ours to one peer, written in the order in which they were kept. The store has each of them with an
 * outbox entry until its outcome is known, so a crash leaves nothing in doubt that it need not.
 *
 * @see lib/app/README.md "A lane"; lib/chat/outbox.ts
 * @module
 */
import { afterAttempt, type Attempt, dueAfterJumps, gaveUp, isTooOld, type Next } from "../chat/outbox.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import type { Change, MessageState, Store, StoredMessage } from "../store/store.ts";
import { NetworkError } from "../wire/errors.ts";
import type { PeerBook } from "./peer_book.ts";

/** Messages of one peer that are kept or under way at once; more wait until there is room. */
const MAX_UNDER_WAY = 128;
/** Their bytes: half of what the store's outbox holds for one peer. */
const MAX_UNDER_WAY_BYTES = 2 * 1024 * 1024;
/** How long a later attempt waits for its ack (specification skychat §a.3 "Receipts without blocking"). */
export const RETRY_WAIT_MS = 20_000;
/** From these states an ack or a hand-over moves a message on; `read` is further than both. */
const UNREAD: readonly MessageState[] = ["pending", "sent", "unconfirmed", "failed", "cancelled"];

/** What carries a message: port 1 or port 9001. */
export type Carry = (
  message: StoredMessage,
  options: {
    /** For the ack; 0 waits only until the next hop has it. */
    readonly waitMs: number;
    /** Awaited before the write; nothing is written when it throws. */
    readonly beforeWrite: () => Promise<void>;
    /** The message may have left from now on. */
    readonly onWritten: () => void;
  },
) => Promise<Carried>;

/** Where a message went. */
export type Carried =
  | { readonly kind: "acked"; readonly once: boolean }
  | { readonly kind: "handed-over" }
  | { readonly kind: "unanswered"; readonly reason: string };

/** What a lane works with. */
export interface LaneParts {
  /** Where the messages are. */
  readonly store: Store;
  /** What is known of the peer. */
  readonly book: PeerBook;
  /** Wall time. */
  readonly clock: Pick<Clock, "wallNs">;
  /** Jitter. */
  readonly random: Random;
  /** Takes a message to the peer. */
  readonly carry: Carry;
  /** The store failed. Must not throw. */
  readonly onProblem: (error: Error) => void;
  /** An attempt has its outcome. */
  readonly onOutcome: (next: Next) => void;
  /** The lane stands still. */
  readonly onIdle: () => void;
}

/** What became of a message for those who wait for it. */
export interface Settled {
  /** What follows. */
  readonly next: Next;
  /** Why nothing was written. */
  readonly error?: Error;
}

/** A message in a lane. */
export interface Job {
  /** Which message. */
  readonly position: number;
  /** `queued`: until it arrives; `direct`: one attempt; `again`: one more attempt, asked for by hand. */
  readonly kind: "queued" | "direct" | "again";
  /** When it was kept, nanoseconds since 1970. */
  readonly addedNs: bigint;
  /** When it is tried next; counts for `queued` only. */
  dueNs: bigint;
  /** Attempts so far. */
  attempts: number;
  /** Whether it may have left. */
  written: boolean;
  /** The state that the store has. */
  state: MessageState;
  /** Bytes of its body. */
  readonly bytes: number;
  /** For the ack of the next attempt. */
  waitMs: number;
  /** The message itself; read from the store when it is not here. */
  message?: StoredMessage;
  /** Whether an attempt is under way. */
  away?: boolean;
  /** How often the lane had been woken when that began. */
  wakes?: number;
  /** That attempt has failed, and what follows is not kept yet. Later ones must not overtake it meanwhile. */
  failing?: boolean;
}

type Tried =
  | (Attempt & { readonly once?: boolean; readonly error?: Error })
  | { readonly kind: "gone" }
  | { readonly kind: "too old" };

/** The message was taken back or forgotten. */
class Gone extends Error {}

/** One peer's messages. */
export class Lane {
  /** The peer. */
  readonly peer: PublicKeyHex;
  readonly #parts: LaneParts;
  #jobs: Job[] = [];
  readonly #waiters = new Map<Job, ((settled: Settled) => void)[]>();
  #turn: Promise<unknown> = Promise.resolve();
  #changed = Promise.withResolvers<void>();
  /** Messages that are on their way into the store, or wait for room. */
  #keeping = 0;
  #committing = 0;
  #committingBytes = 0;
  #pumping = false;
  /** Due times don't count until something fails. */
  #forced = false;
  #wakes = 0;
  /** Whether the last failure was of our network, not of the peer. */
  #offline = false;

  /** An empty lane. */
  constructor(peer: PublicKeyHex, parts: LaneParts) {
    this.peer = peer;
    this.#parts = parts;
  }

  /** Messages that have no outcome yet, in order. */
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** Whether nothing is here and nothing comes. */
  get isEmpty(): boolean {
    return this.#jobs.length === 0 && this.#keeping === 0 && !this.#pumping;
  }

  /** Whether an attempt is under way. */
  get isBusy(): boolean {
    return this.#pumping || this.#jobs.some(({ away }) => away);
  }

  /** Whether it waits for our network. */
  get isOffline(): boolean {
    return this.#offline;
  }

  /** When it should run, nanoseconds since 1970; undefined when it runs already or has nothing to do. */
  get dueNs(): bigint | undefined {
    if (this.#pumping || this.#isFailing) return undefined;
    const job = this.#jobs.find(({ away }) => !away);
    return job && dueAfterJumps(job.dueNs, this.#parts.clock.wallNs());
  }

  /**
   * Keeps a message and puts it into the lane. Calls are taken one after the other, while their commits overlap.
   * @param bytes  Of its body.
   * @param prepare  Begins the commit.
   * @param job  Makes the job once it is kept; undefined leaves the lane as it is.
   * @returns The result of the commit.
   */
  async keep<R>(
    bytes: number,
    prepare: () => Promise<{ readonly committing: Promise<R> }>,
    job: (result: R) => Job | undefined,
  ): Promise<{ readonly result: R; readonly settled?: Promise<Settled> }> {
    this.#keeping++;
    let counted = 0;
    try {
      const prepared = this.#turn.then(() => this.#room()).then(() => {
        counted = 1;
        this.#committing++;
        this.#committingBytes += bytes;
        return prepare();
      });
      this.#turn = prepared.catch(() => {});
      const result = await (await prepared).committing;
      const made = job(result);
      if (!made) return { result };
      this.#jobs.push(made);
      const settled = this.outcome(made);
      this.run(true);
      return { result, settled };
    } finally {
      this.#keeping--;
      this.#committing -= counted;
      this.#committingBytes -= counted * bytes;
      this.#notify();
      if (!this.#pumping) this.#parts.onIdle();
    }
  }

  /** Puts in what a restart has found, or what is to be sent again. */
  add(job: Job): void {
    this.#jobs.push(job);
  }

  /** The job of a message. */
  find(position: number): Job | undefined {
    return this.#jobs.find((job) => job.position === position);
  }

  /** Resolves when a job's next attempt has its outcome, or the job is taken out. */
  outcome(job: Job): Promise<Settled> {
    return new Promise((resolve) => {
      this.#waiters.set(job, [...this.#waiters.get(job) ?? [], resolve]);
    });
  }

  /** Writes what can be written. @param force  Now, whatever was planned. */
  run(force: boolean): void {
    this.#forced ||= force;
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#pump();
  }

  /** Peer or network are back: what waits is tried now, also when an attempt from before fails only now. */
  wake(): void {
    this.#wakes++;
    this.run(true);
  }

  /** Takes a job out, with an outcome that came by another way. */
  take(job: Job, next: Next): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
    this.#settle(job, { next });
    this.#notify();
  }

  /** Resolves when nothing is being kept and no attempt is under way. */
  async idle(): Promise<void> {
    while (this.isBusy || this.#keeping > 0) await this.#changed.promise;
  }

  /** Whether an attempt that is made again has failed just now. */
  get #isFailing(): boolean {
    return this.#jobs.some(({ kind, failing }) => kind === "queued" && failing);
  }

  async #pump(): Promise<void> {
    for (let job = this.#ready(); job; job = this.#ready()) await this.#attempt(job);
    this.#pumping = this.#forced = false;
    this.#notify();
    this.#parts.onIdle();
  }

  /** The first that is not under way, when its time has come: later ones wait for it. */
  #ready(): Job | undefined {
    if (this.#isFailing) return undefined; // its end runs the lane again
    const job = this.#jobs.find(({ away }) => !away);
    if (!job || job.kind !== "queued" || this.#forced) return job;
    const nowNs = this.#parts.clock.wallNs();
    return dueAfterJumps(job.dueNs, nowNs) <= nowNs ? job : undefined;
  }

  /** Resolves when the message is written, or has its outcome. The next one follows on the same connection. */
  async #attempt(job: Job): Promise<void> {
    job.away = true;
    job.wakes = this.#wakes;
    const written = Promise.withResolvers<void>();
    const done = this.#carry(job, written.resolve)
      .then((tried) => {
        job.failing = tried.kind === "unanswered" || tried.kind === "unwritten";
        return this.#after(job, tried);
      })
      .catch((error) => {
        this.#parts.onProblem(error);
        this.take(job, { kind: "over", state: "failed", reason: (error as Error).message });
      });
    await Promise.race([written.promise, done]);
  }

  async #carry(job: Job, onWritten: () => void): Promise<Tried> {
    const { store, book, carry, clock } = this.#parts;
    let written = false;
    try {
      const message = job.message ?? await store.messages.get(this.peer, job.position);
      if (!message || message.state === "deleted") return { kind: "gone" };
      if (job.kind === "queued" && isTooOld(job, clock.wallNs())) return { kind: "too old" };
      if ((await book.get(this.peer)).blocked) return { kind: "unwritten", reason: "blocked", retry: true };
      const options = {
        waitMs: job.waitMs,
        beforeWrite: () => this.#mark(job),
        onWritten: () => {
          written = true;
          onWritten();
        },
      };
      return await carry(message, options);
    } catch (cause) {
      const error = cause as Error;
      if (error instanceof Gone) return { kind: "gone" };
      if (written) return { kind: "unanswered", reason: error.message };
      // Our own end is no reason to give a message up.
      const retry = !(error instanceof NetworkError) || error.retry || error.reason === "closed";
      return { kind: "unwritten", reason: error.message, retry, error };
    }
  }

  /** What a crash during the write must find in the store. A peer that keeps one copy needs no mark. */
  async #mark(job: Job): Promise<void> {
    const { store, book } = this.#parts;
    const { position, kind } = job;
    const state = kind === "queued" ? "sent" : "unconfirmed";
    if (!this.#jobs.includes(job)) throw new Gone();
    if (this.#isFailing) throw unsent(this.peer);
    if (kind === "direct" || job.written || job.state === state) return;
    if (kind === "queued" && (await book.get(this.peer)).once) return;
    const result = await store.commit([{ kind: "state", peer: this.peer, position, state }]);
    if (!result.ok) throw new Gone();
    job.state = state;
  }

  async #after(job: Job, tried: Tried): Promise<void> {
    if (!this.#jobs.includes(job)) return; // its outcome came by another way
    if (tried.kind === "gone") return this.take(job, takenBack);
    const next = await this.#next(job, tried);
    const { error = undefined, once = undefined } = tried.kind === "too old" ? {} : tried;
    const facts = once === undefined ? [] : await this.#parts.book.onceChange(this.peer, once);
    const isAway = tried.kind === "unwritten" || next.kind === "later";
    this.#offline = error instanceof NetworkError && error.reason === "no-network";
    const stalls = isAway && job.wakes === this.#wakes;
    if (isAway) this.#forced = !stalls;
    await this.#write(job, next, facts);
    this.#parts.onOutcome(next);
    job.away = job.failing = false;
    if (next.kind === "later") {
      const { dueNs, attempts, written } = next;
      Object.assign(job, { dueNs, attempts, written, waitMs: RETRY_WAIT_MS });
    } else {
      this.#jobs = this.#jobs.filter((other) => other !== job);
    }
    this.#settle(job, { next, ...(error ? { error } : {}) });
    if (stalls) await this.#stall(next, error);
    this.#notify();
    this.run(false);
  }

  async #next(job: Job, tried: Exclude<Tried, { kind: "gone" }>): Promise<Next> {
    const { book, clock, random } = this.#parts;
    if (tried.kind === "too old") return gaveUp(job.written);
    const once = tried.once ?? (await book.get(this.peer)).once ?? false;
    const facts = { once, nowNs: clock.wallNs(), fraction: random.fraction() };
    return afterAttempt({ ...job, queued: job.kind === "queued" }, tried, facts);
  }

  /** The peer is away: those behind are not tried one by one. */
  async #stall(next: Next, error: Error | undefined): Promise<void> {
    const reason = next.kind === "done" ? "" : next.reason;
    const waiting = this.#jobs.filter(({ away }) => !away);
    const failed: Next = { kind: "over", state: "failed", reason };
    this.#jobs = this.#jobs.filter((job) => job.away || job.kind === "queued");
    await Promise.all(waiting.map(async (job) => {
      if (job.kind === "queued") {
        const { dueNs, attempts, written } = job;
        return this.#settle(job, { next: { kind: "later", dueNs, attempts, written, reason } });
      }
      const over: Next = job.written ? { ...failed, state: "unconfirmed" } : failed;
      await this.#write(job, over, []);
      this.#settle(job, { next: over, ...(error ? { error } : {}) });
    }));
  }

  /** Keeps an outcome. A store that fails leaves the older state: after a restart the message is judged again. */
  async #write(job: Job, next: Next, facts: readonly Change[]): Promise<void> {
    const { book, onProblem } = this.#parts;
    const at = { peer: this.peer, position: job.position };
    try {
      if (next.kind === "later") {
        const state = next.written ? "sent" : "pending";
        const { dueNs, attempts } = next;
        const moved: Change[] = job.state === state ? [] : [{ kind: "state", ...at, state }];
        await book.commit([{ kind: "queue", ...at, dueNs, attempts }, ...moved]);
        job.state = state;
        return;
      }
      const reason = next.kind === "over" ? { reason: next.reason } : {};
      const state: Change = { kind: "state", ...at, state: next.state, from: UNREAD, ...reason };
      const unqueue: Change[] = job.kind === "again" ? [] : [{ kind: "unqueue", ...at }];
      const result = await book.commit([state, ...unqueue, ...facts]);
      // Read before its ack was handled, or taken back meanwhile: only the entry goes.
      if (!result.ok) await book.commit(unqueue);
      if (!result.ok && facts.length > 0) await book.commit(facts);
    } catch (error) {
      onProblem(error as Error);
    }
  }

  async #room(): Promise<void> {
    const isFull = (): boolean => {
      if (!this.isBusy && this.#committing === 0) return false;
      const bytes = this.#jobs.reduce((sum, job) => sum + job.bytes, this.#committingBytes);
      return this.#jobs.length + this.#committing >= MAX_UNDER_WAY || bytes >= MAX_UNDER_WAY_BYTES;
    };
    while (isFull()) await this.#changed.promise;
  }

  #settle(job: Job, settled: Settled): void {
    const waiters = this.#waiters.get(job) ?? [];
    this.#waiters.delete(job);
    for (const tell of waiters) tell(settled);
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

const unsent = (peer: PublicKeyHex): NetworkError =>
  new NetworkError(`Cannot send to ${peer}: the connection ended`, { retry: true, reason: "unreachable" });

const takenBack: Next = { kind: "over", state: "failed", reason: "it was taken back" };
