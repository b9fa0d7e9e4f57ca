/**
 * Messages of ours to one peer, written in the order in which they were kept. The store has each of them with an
 * outbox entry until its outcome is known, so a crash leaves nothing in doubt that it need not.
 *
 * @see lib/app/README.md "A lane"; lib/chat/outbox.ts
 * @module
 */
import { dueAfterJumps, type Next } from "../../chat/outbox.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change } from "../../store/store.ts";
import { NetworkError } from "../../wire/errors.ts";
import { attempt, type Standing } from "./attempt.ts";
import { type Behind, Entrance } from "./entrance.ts";
import { type Job, RETRY_WAIT_MS, type Settled, type Tried } from "./job.ts";
import type { LaneParts } from "./lane_parts.ts";
import { keepOutcome, nextOf, takenBack } from "./outcome.ts";

/** For so long after a failure nothing new makes another attempt: who writes line by line would dial for each. */
const REST_MS = 2000;

/** One peer's messages. */
export class Lane implements Behind {
  /** The peer. */
  readonly peer: PublicKeyHex;
  readonly #parts: LaneParts;
  #jobs: Job[] = [];
  readonly #waiters = new Map<Job, ((settled: Settled) => void)[]>();
  readonly #entrance: Entrance;
  #changed = Promise.withResolvers<void>();
  #pumping = false;
  /** Due times don't count until something fails. */
  #forced = false;
  #wakes = 0;
  /** Whether the last failure was of our network, not of the peer. */
  #offline = false;
  /** The last failure, while what waits for it to pass is in the lane. */
  #stalled: { readonly atMs: number; readonly reason: string } | undefined;

  /** An empty lane. */
  constructor(peer: PublicKeyHex, parts: LaneParts) {
    this.peer = peer;
    this.#parts = parts;
    this.#entrance = new Entrance(this);
  }

  /** Messages that have no outcome yet, in order. */
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** Whether nothing is here and nothing comes. */
  get isEmpty(): boolean {
    return this.#jobs.length === 0 && this.#entrance.keeping === 0 && !this.#pumping;
  }

  /** Whether an attempt is under way. */
  get isBusy(): boolean {
    return this.#pumping || this.#jobs.some(({ away }) => away);
  }

  /** Whether it waits for our network. */
  get isOffline(): boolean {
    return this.#offline;
  }

  /** Whether messages wait until their peer is back. */
  get isStalled(): boolean {
    return !this.#pumping && this.#stalled !== undefined && this.#jobs.length > 0 && !this.#offline;
  }

  /**
   * When it should run, nanoseconds since 1970; undefined when it runs already or has nothing to do.
   * @param nowNs  The wall clock, read once: a plan that a jump has left far ahead is due at just this time.
   */
  dueAt(nowNs: bigint): bigint | undefined {
    if (this.#pumping || this.#isFailing) return undefined;
    const job = this.#jobs.find(({ away }) => !away);
    return job && dueAfterJumps(job.dueNs, nowNs);
  }

  /**
   * Keeps a message, or looks for one that is kept, and puts it into the lane, in the order of the calls.
   * @param bytes  Of its body.
   * @param prepare  Begins the commit.
   * @param job  Makes the job once it is kept; undefined leaves the lane as it is.
   * @returns The result of the commit.
   */
  keep<R>(
    bytes: number,
    prepare: () => Promise<{ readonly committing: Promise<R> }>,
    job: (result: R) => Job | undefined,
  ): Promise<{ readonly result: R; readonly settled?: Promise<Settled> }> {
    return this.#entrance.keep(bytes, prepare, (result, isDropped) => {
      const made = job(result);
      if (!made) return { result };
      if (isDropped) return { result, settled: Promise.resolve({ next: takenBack }) };
      if (!this.#jobs.includes(made)) this.#jobs.push(made);
      const settled = this.outcome(made);
      this.#start(made);
      return { result, settled };
    }, () => this.#left());
  }

  #left(): void {
    this.#notify();
    if (!this.#pumping) this.#parts.onIdle();
  }

  /** Takes everything out, also what is still being kept. @param commit  Comes behind what is kept of that. */
  drop(next: Next, commit: () => Promise<unknown>): Promise<void> {
    for (const job of this.#jobs) this.take(job, next);
    return this.#entrance.drop(commit, () => this.#left());
  }

  /**
   * Runs the lane for what has come. Behind others that wait in the queue it shares their attempt, and when one has
   * failed just now there is none: it is told at once that it waits too.
   */
  #start(job: Job): void {
    const first = this.#jobs[0];
    if (job.kind !== "queued" || first === job || first.kind !== "queued") return this.run(true);
    if (first.away) return this.run(false);
    const stalled = this.#stalled;
    if (!stalled || this.#parts.clock.nowMs() - stalled.atMs >= REST_MS) return this.run(true);
    this.#wait(job, stalled.reason);
  }

  /** Its body is in the store. Nobody waits for it any more: its attempt waits for the ack as later ones do. */
  #wait(job: Job, reason: string): void {
    const { dueNs, attempts, written } = job;
    Object.assign(job, { waitMs: RETRY_WAIT_MS, message: undefined });
    this.#settle(job, { next: { kind: "later", dueNs, attempts, written, reason } });
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

  /** Takes a job out, with an outcome that came by another way. @param kept  Settles before that is told. */
  take(job: Job, next: Next, kept?: Promise<void>): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
    if (kept === undefined) this.#settle(job, { next });
    else kept.catch(() => {}).then(() => this.#settle(job, { next }));
    this.#notify();
  }

  /** See {@link Behind.held}. */
  held(): { readonly count: number; readonly bytes: number } {
    const held = this.#jobs.filter(({ away, message }) => away || message);
    return { count: held.length, bytes: held.reduce((sum, job) => sum + job.bytes, 0) };
  }

  /** See {@link Behind.changed}. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Resolves when nothing is being kept and no attempt is under way. */
  async idle(): Promise<void> {
    while (this.isBusy || this.#entrance.keeping > 0) await this.#changed.promise;
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
    let job: Job | undefined;
    for (const one of this.#jobs) {
      if (one.failing && one.kind === "queued") return undefined; // its end runs the lane again
      if (!one.away) job ??= one;
    }
    if (!job || job.kind !== "queued" || this.#forced) return job;
    const nowNs = this.#parts.clock.wallNs();
    return dueAfterJumps(job.dueNs, nowNs) <= nowNs ? job : undefined;
  }

  /** Resolves when the message is written, or has its outcome. The next one follows on the same connection. */
  async #attempt(job: Job): Promise<void> {
    const nowNs = this.#parts.clock.wallNs();
    job.away = true;
    job.wakes = this.#wakes;
    const isEarly = job.kind === "queued" && dueAfterJumps(job.dueNs, nowNs) > nowNs;
    job.plannedNs = isEarly ? job.dueNs : undefined;
    const written = Promise.withResolvers<void>();
    const done = attempt(this.#parts, this.peer, job, () => this.#standing(job), written.resolve)
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

  #standing(job: Job): ReturnType<Standing> {
    if (!this.#jobs.includes(job)) return "taken back";
    return this.#isFailing ? "overtakes" : "goes";
  }

  async #after(job: Job, tried: Tried): Promise<void> {
    if (!this.#jobs.includes(job)) return; // its outcome came by another way
    if (tried.kind === "gone") return this.take(job, takenBack);
    const next = await nextOf(this.#parts, this.peer, job, tried);
    const { error = undefined, once = undefined } = tried.kind === "too old" ? {} : tried;
    const facts = once === undefined ? [] : await this.#parts.book.onceChange(this.peer, once);
    const isAway = tried.kind === "unwritten" || next.kind === "later";
    this.#offline = error instanceof NetworkError && error.reason === "no-network";
    const stalls = isAway && job.wakes === this.#wakes;
    if (isAway) this.#forced = !stalls;
    const reason = next.kind === "done" ? "" : next.reason;
    this.#stalled = stalls ? { atMs: this.#parts.clock.nowMs(), reason } : undefined;
    await this.#keepOutcome(job, next, facts);
    this.#parts.onOutcome(next);
    job.away = job.failing = false;
    if (next.kind === "later") {
      const { dueNs, attempts, written } = next;
      Object.assign(job, { dueNs, attempts, written, waitMs: RETRY_WAIT_MS, message: undefined });
    } else {
      this.#jobs = this.#jobs.filter((other) => other !== job);
    }
    this.#settle(job, { next, ...(error ? { error } : {}) });
    if (stalls) await this.#stall(reason, error);
    this.#notify();
    this.run(false);
  }

  /** The peer is away: those behind are not tried one by one. */
  async #stall(reason: string, error: Error | undefined): Promise<void> {
    const waiting = this.#jobs.filter(({ away }) => !away);
    const failed: Next = { kind: "over", state: "failed", reason };
    this.#jobs = this.#jobs.filter((job) => job.away || job.kind === "queued");
    await Promise.all(waiting.map(async (job) => {
      if (job.kind === "queued") return this.#wait(job, reason);
      const over: Next = job.written ? { ...failed, state: "unconfirmed" } : failed;
      await this.#keepOutcome(job, over, []);
      this.#settle(job, { next: over, ...(error ? { error } : {}) });
    }));
  }

  async #keepOutcome(job: Job, next: Next, facts: readonly Change[]): Promise<void> {
    try {
      await keepOutcome(this.#parts.book, this.peer, job, next, facts);
    } catch (error) {
      this.#parts.onProblem(error as Error);
    }
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
