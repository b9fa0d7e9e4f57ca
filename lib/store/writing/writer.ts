/**
 * Group commits: what comes while a write is under way shares the next one, which is a record of the journal. Between
 * them run the chores that keep the rows tidy.
 *
 * @module
 */
import { codeBytes } from "../journal/change_code.ts";
import type { Folding } from "../journal/folding.ts";
import type { Journal } from "../journal/journal.ts";
import { MAX_RECORD_BYTES } from "../journal/log.ts";
import type { Moment, PassedTime } from "../passed.ts";
import { turned } from "../reading/ids.ts";
import type { IdFilter } from "../rows/id_filter.ts";
import type { JournalMark } from "../rows/records.ts";
import type { Change, CommitOptions, CommitResult } from "../store.ts";
import { Chores, quietly } from "../tidying/chores.ts";
import type { TidyParts } from "../tidying/step.ts";
import { pruneEvents } from "../tidying/tidy.ts";
import { type Answer, type Call, planCalls } from "./burst.ts";
import type { Draft } from "./draft.ts";
import type { Guarded } from "./guarded.ts";
import type { OutboxLimits } from "./planning.ts";

/** So much time that has passed is worth a write of its own. */
const KEEP_TIME_NS = 10_000_000_000n;
/** Calls that one write joins at most: bounds the time until the first one knows its result. */
const MAX_JOINED = 200;
/** A lane hands its messages over one after the other, so many steps of promises apart at the most. */
const GATHER_STEPS = 16;
/** What a writer works with. */
export interface WriterParts extends Omit<TidyParts, "take" | "pause" | "reached"> {
  /** Where it writes. */
  readonly guarded: Guarded;
  /** The first place of every commit; without one they are written into rows at once. */
  readonly journal?: Journal;
  /** Behind the journal. */
  readonly folding?: Folding;
  /** Which ids are certainly new. */
  readonly ids: IdFilter;
  /** Both times. */
  readonly passed: PassedTime;
  /** Of each peer. */
  readonly outbox: OutboxLimits;
  /** How many of the newest events are kept. */
  readonly maxEvents: number;
}

/** Writes changes, one group after the other. */
export class Writer {
  readonly #parts: WriterParts;
  #calls: Call[] = [];
  readonly #chores: Chores;
  readonly #watchers = new Set<(cursor: number) => void>();
  #running: Promise<void> | undefined;
  #closed = false;

  /** A writer of an open store. */
  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#chores = new Chores({
      ...parts,
      take: (draft) => this.#takeTidy(draft),
      group: async () => {
        if (this.#calls.length > 0) await this.#group();
      },
      isAsked: () => this.#calls.length > 0,
    });
    // When it is closed, what is left is written by the end of that.
    if (parts.folding) {
      parts.folding.onRest = () => void this.chore(() => this.#chores.turn()).catch(() => {});
    }
  }

  /** Writes changes, all or nothing. @see Store.commit */
  commit(changes: readonly Change[], { early }: CommitOptions = {}): Promise<CommitResult> {
    return this.#ask((resolve, reject) => this.#calls.push({ changes, early, resolve, reject }));
  }

  /** Runs a chore between commits; settles as it does. */
  chore(run: () => Promise<void>): Promise<void> {
    return this.#ask((resolve, reject) => this.#chores.push(() => run().then(resolve, reject)));
  }

  /** Calls back after commits with events. @see Events.watch */
  watch(run: (cursor: number) => void): () => void {
    this.#watchers.add(run);
    return () => void this.#watchers.delete(run);
  }

  /** Waits until everything that was asked for is done; later calls are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await quietly(() => this.#keepTime());
    await this.#parts.folding?.close();
  }

  /** Tidies everything, between commits, and then learns what the first message would wait for. @see Store.sweep */
  async sweep(): Promise<void> {
    await this.chore(async () => {
      await this.#chores.sweep(this.#parts.passed.ns);
      await this.#keepTime();
    });
    try {
      await this.#parts.ids.ready();
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  #ask<T>(queue: (resolve: (result: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    if (this.#closed) return Promise.reject(new TypeError("the store is closed"));
    // The loop starts a moment later, so calls of the same turn share a write.
    this.#running ??= Promise.resolve().then(() => this.#run());
    this.#chores.asked();
    return new Promise(queue);
  }

  async #run(): Promise<void> {
    this.#chores.begin();
    try {
      while (this.#calls.length > 0 || !this.#chores.isEmpty) {
        await this.#chores.pause();
        await this.#chores.next();
      }
    } finally {
      // In the same turn as the last look at the queues: a call that comes later starts the loop again.
      this.#running = undefined;
    }
  }

  /** Waits for those who ask one after the other in this turn: each would pay for a sync of its own. */
  async #gather(): Promise<void> {
    for (let count = 0; count < this.#calls.length && this.#calls.length < MAX_JOINED;) {
      count = this.#calls.length;
      for (let i = 0; i < GATHER_STEPS; i++) await undefined;
    }
  }

  async #group(): Promise<void> {
    const { shelf, folding, maxEvents, passed } = this.#parts;
    await this.#gather();
    const calls = this.#joined();
    const answers: Answer[] = [];
    const untidy = new Set<string>();
    const before = shelf.head.cursor;
    const when = passed.moment;
    try {
      await folding?.room();
      if (!this.#parts.journal) await this.#look();
      const draft = shelf.draft();
      await planCalls({ ...this.#parts, untidy }, draft, when, calls, answers);
      if (draft.hasWrites) {
        pruneEvents(draft, maxEvents);
        await this.#keep(draft, when, answers);
      } else if (answers.some(({ call }) => !call.early)) {
        await this.#parts.journal?.settle(); // a `repeat` may be of something that was kept early
      }
    } catch (error) {
      // Without an answer the place could not be read, which holds for all.
      return this.#fail(answers.length > 0 ? answers.map(({ call }) => call) : calls, error);
    }
    this.#calls = this.#calls.slice(answers.length);
    // Only now, also what was refused: a `repeat` may be of a message of this very write.
    for (const { tell } of answers) tell();
    const { cursor } = shelf.head;
    if (cursor > before) { for (const run of this.#watchers) run(cursor); }
    this.#chores.committed(untidy);
  }

  /**
   * The first of those that wait, so many as a record holds for certain, and one at least. What they write is not the
   * same as what they say: a value that is replaced twice is one row.
   */
  #joined(): Call[] {
    const calls: Call[] = [];
    let bytes = 0;
    for (const call of this.#calls) {
      for (const change of call.changes) bytes += codeBytes(change);
      if (calls.length > 0 && (bytes > MAX_RECORD_BYTES || calls.length === MAX_JOINED)) break;
      calls.push(call);
    }
    return calls;
  }

  /** Keeps a plan: in the journal, else in rows. */
  async #keep(draft: Draft, when: Moment, answers: readonly Answer[]): Promise<void> {
    const { journal } = this.#parts;
    if (!journal) return await this.#write(draft);
    const commits = answers.flatMap(({ call: { changes }, positions }) =>
      positions ? [{ changes, positions }] : []
    );
    const early = answers.every(({ call }) => call.early);
    draft.mark = await journal.burst({ ...when, commits }, early);
    this.#parts.folding!.kept(!this.#parts.shelf.take(draft));
  }

  /** Lets the head know how much time has passed, when nothing else was written for a while, or is about to be. */
  async #keepTime(): Promise<void> {
    const { passed, shelf, folding, guarded } = this.#parts;
    // A head that has nothing but a new time is written with no epoch.
    const isWaiting = shelf.waiting.length > 0 || shelf.current.hasWrites;
    const { passedNs = 0 } = isWaiting ? shelf.head : guarded.head;
    if (passed.ns - BigInt(passedNs) < KEEP_TIME_NS) return;
    await folding?.all();
    await this.#look(); // also where no epoch waited: the last write of this kind may have happened without an answer
    const draft = shelf.draft();
    draft.head = turned(draft.head, passed.ns);
    await this.#write(draft);
  }

  /** Into rows at once. */
  async #write(draft: Draft): Promise<void> {
    const { guarded, shelf } = this.#parts;
    try {
      await guarded.write(draft);
    } catch (error) {
      shelf.forget();
      throw error;
    }
    shelf.written(draft);
  }

  /** What became of a write that has failed. */
  async #look(): Promise<void> {
    const { guarded, shelf } = this.#parts;
    if (await guarded.ready()) shelf.reset(guarded.head);
  }

  /**
   * Plans what a record of the journal holds once more, without keeping it there again.
   * @param commits  The changes of each.
   * @param mark  The place behind the record.
   * @returns What became of them.
   */
  async replay(
    commits: readonly (readonly Change[])[],
    when: Moment,
    mark?: JournalMark,
  ): Promise<readonly CommitResult[]> {
    const { shelf, folding, maxEvents, passed } = this.#parts;
    passed.goOnBehind(when.passedNs);
    const outbox = { entries: Infinity, bytes: Infinity };
    const untidy = new Set<string>();
    const results: CommitResult[] = [];
    let left = commits.map((changes) => ({
      changes,
      resolve: (result: CommitResult) => void results.push(result),
      reject: (error: unknown) => {
        throw error;
      },
    }));
    do {
      await folding?.room();
      const draft = shelf.draft();
      const answers: Answer[] = [];
      await planCalls({ ...this.#parts, outbox, untidy }, draft, when, left, answers);
      for (const { tell } of answers) tell();
      // Another build may have had room for more of them in a plan.
      left = left.slice(answers.length);
      pruneEvents(draft, maxEvents);
      draft.mark = left.length === 0 ? mark : undefined;
      if (draft.hasWrites) this.#take(draft);
    } while (left.length > 0);
    for (const peer of untidy) this.#chores.tidyLater(peer);
    return results;
  }

  /** What is only moved needs no place in the journal. */
  async #takeTidy(draft: Draft): Promise<void> {
    const { journal, folding } = this.#parts;
    if (!journal) {
      await this.#look();
      return await this.#write(draft);
    }
    await folding!.room();
    this.#take(draft);
  }

  #take(draft: Draft): void {
    this.#parts.folding!.kept(!this.#parts.shelf.take(draft));
  }

  #fail(calls: readonly Call[], error: unknown): void {
    this.#calls = this.#calls.filter((call) => !calls.includes(call));
    for (const { reject } of calls) reject(error);
  }
}
