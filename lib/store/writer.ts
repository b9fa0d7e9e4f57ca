/**
 * Group commits: what comes while a write is under way shares the next one. Between them run the chores that keep
 * the rows tidy.
 *
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { UserError } from "../wire/errors.ts";
import { apply, keysToRead } from "./apply.ts";
import type { Draft } from "./draft.ts";
import type { Guarded } from "./guarded.ts";
import type { History } from "./history.ts";
import { turned } from "./ids.ts";
import type { Names } from "./keys.ts";
import { type ApplyContext, type OutboxLimits, Refused } from "./planning.ts";
import type { Change, CommitResult } from "./store.ts";
import { pruneEvents, tidyConversation, type TidyParts } from "./tidy.ts";

/** Calls that one write joins at most: bounds the time until the first one knows its result. */
const MAX_JOINED = 200;

/** What a writer works with. */
export interface WriterParts extends TidyParts {
  /** Where it writes. */
  readonly guarded: Guarded;
  /** Makes keys. */
  readonly names: Names;
  /** Finds what is to be changed. */
  readonly history: History;
  /** Wall time. */
  readonly clock: Pick<Clock, "wallNs">;
  /** Of each peer. */
  readonly outbox: OutboxLimits;
  /** How many of the newest events are kept. */
  readonly maxEvents: number;
}

interface Call {
  readonly changes: readonly Change[];
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

/** A call that was planned or refused, and how to say so. */
interface Answer {
  readonly call: Call;
  readonly tell: () => void;
}

/** Writes changes, one group after the other. */
export class Writer {
  readonly #parts: WriterParts;
  #calls: Call[] = [];
  readonly #chores: (() => Promise<void>)[] = [];
  readonly #watchers = new Set<(cursor: number) => void>();
  #running: Promise<void> | undefined;
  #closed = false;

  /** A writer of an open store. */
  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Writes changes, all or nothing. @see Store.commit */
  commit(changes: readonly Change[]): Promise<CommitResult> {
    return this.#ask((resolve, reject) => this.#calls.push({ changes, resolve, reject }));
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
  }

  #ask<T>(queue: (resolve: (result: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    if (this.#closed) return Promise.reject(new TypeError("the store is closed"));
    // The loop starts a moment later, so calls of the same turn share a write.
    this.#running ??= Promise.resolve().then(() => this.#run());
    return new Promise(queue);
  }

  async #run(): Promise<void> {
    try {
      while (this.#calls.length > 0 || this.#chores.length > 0) {
        if (this.#calls.length > 0) await this.#group();
        await this.#chores.shift()?.();
      }
    } finally {
      // In the same turn as the last look at the queues: a call that comes later starts the loop again.
      this.#running = undefined;
    }
  }

  async #group(): Promise<void> {
    const calls = this.#calls.slice(0, MAX_JOINED);
    const answers: Answer[] = [];
    const untidy = new Set<string>();
    const before = this.#parts.guarded.head.cursor;
    try {
      const draft = await this.#parts.guarded.draft();
      await this.#plan(draft, calls, answers, untidy);
      if (draft.hasWrites) {
        pruneEvents(draft, this.#parts.maxEvents);
        await this.#parts.guarded.write(draft);
      }
    } catch (error) {
      // Without an answer the place could not be read, which holds for all.
      return this.#fail(answers.length > 0 ? answers.map(({ call }) => call) : calls, error);
    }
    this.#calls = this.#calls.slice(answers.length);
    // Only now, also what was refused: a `repeat` may be of a message of this very write.
    for (const { tell } of answers) tell();
    const { cursor } = this.#parts.guarded.head;
    if (cursor > before) { for (const run of this.#watchers) run(cursor); }
    for (const peer of untidy) this.#chores.push(() => this.#tidy(peer));
  }

  #fail(calls: readonly Call[], error: unknown): void {
    this.#calls = this.#calls.filter((call) => !calls.includes(call));
    for (const { reject } of calls) reject(error);
  }

  /** Plans as many calls as fit one write. */
  async #plan(
    draft: Draft,
    calls: readonly Call[],
    answers: Answer[],
    untidy: Set<string>,
  ): Promise<void> {
    const { names, history, outbox, clock } = this.#parts;
    const nowNs = clock.wallNs();
    draft.head = turned(draft.head, nowNs);
    const context: ApplyContext = { names, history, outbox, nowNs, untidy };
    const { generation } = draft.head;
    // One read for all of a burst; what it brings is known to the draft.
    await draft.plain(
      calls.flatMap(({ changes }) => changes.flatMap((change) => keysToRead(change, names, generation))),
    );
    for (const call of calls) {
      const fork = draft.fork();
      const tell = await outcome(fork, call, context);
      if (tell.ok && !draft.fits(fork)) {
        if (answers.length > 0) return;
        answers.push({ call, tell: () => call.reject(new RangeError("too much for one commit")) });
        return;
      }
      if (tell.ok) draft.take(fork);
      answers.push({ call, tell: tell.tell });
    }
  }

  /** A failure of the place harms nobody here: the rows stay where they are until the next time. */
  async #tidy(peer: string): Promise<void> {
    try {
      await tidyConversation(this.#parts, peer);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
}

/** Plans one call on its own fork. @returns How to answer it, and whether the fork counts. */
async function outcome(
  fork: Draft,
  { changes, resolve, reject }: Call,
  context: ApplyContext,
): Promise<{ ok: boolean; tell: () => void }> {
  const positions: number[] = [];
  try {
    for (const change of changes) {
      const position = await apply(fork, change, context);
      if (position !== undefined) positions.push(position);
    }
    const { cursor } = fork.head;
    return { ok: true, tell: () => resolve({ ok: true, cursor, positions }) };
  } catch (error) {
    if (!(error instanceof Refused)) return { ok: false, tell: () => reject(error) };
    const { reason, position } = error;
    const at = position === undefined ? {} : { position };
    return { ok: false, tell: () => resolve({ ok: false, reason, ...at }) };
  }
}
