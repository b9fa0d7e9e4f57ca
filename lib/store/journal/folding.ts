/**
 * From the journal into rows: epochs are written one after the other, behind the commits that fill them.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import { UserError } from "../../wire/errors.ts";
import type { Shelf } from "../reading/shelf.ts";
import type { Guarded } from "../writing/guarded.ts";
import type { Journal } from "./journal.ts";

/** Epochs that wait for their write, at most: bounds memory, and what a start has to do after a crash. */
const MAX_WAITING = 24;
/** Bytes of them. */
const MAX_WAITING_BYTES = 12 << 20;
/** What was committed is in rows when nothing was for this time: whoever sends now need not wait for it. */
const REST_MS = 1000;
/** And after this time in any case. */
const LATEST_MS = 5000;
/** A write that has failed is tried again after this time. */
const AGAIN_MS = 2000;

/** What folding works with. */
export interface FoldingParts {
  /** What is kept. */
  readonly shelf: Shelf;
  /** Writes. */
  readonly guarded: Guarded;
  /** Is emptied behind the writes. */
  readonly journal: Journal;
  /** When to write what is little. */
  readonly clock: Pick<Clock, "after" | "nowMs">;
}

/** Writes epochs. */
export class Folding {
  readonly #parts: FoldingParts;
  #running: Promise<void> | undefined;
  #error: unknown;
  #cancel: (() => void) | undefined;
  #closed = false;
  /** When something was kept last. */
  #keptMs = 0;
  /** Resolves when an epoch is written, or can't be. */
  #changed = Promise.withResolvers<void>();

  /** Called when nothing was kept for a while. */
  onRest: () => void = () => this.turn();

  /** Nothing happens by itself. */
  constructor(parts: FoldingParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when there is room for another epoch.
   * @throws What writing fails with, when there is none.
   */
  async room(): Promise<void> {
    if (this.#error instanceof UserError && this.#error.kind === "busy") throw this.#error;
    while (this.#isFull) {
      await this.changed();
      if (this.#error !== undefined) throw this.#error;
    }
  }

  /** Whether the last write has failed; it is tried again. */
  get hasFailed(): boolean {
    return this.#error !== undefined;
  }

  /** Writes what waits. Resolves when an epoch is written, or can't be. */
  changed(): Promise<void> {
    const { promise } = this.#changed;
    void this.#run();
    return promise;
  }

  get #isFull(): boolean {
    const { waiting } = this.#parts.shelf;
    return waiting.length >= MAX_WAITING ||
      waiting.reduce((sum, { bytes }) => sum + bytes, 0) >= MAX_WAITING_BYTES;
  }

  /** Something was kept. @param isFull  An epoch waits for its write. */
  kept(isFull: boolean): void {
    this.#keptMs = this.#parts.clock.nowMs();
    if (isFull) return void this.#run();
    this.#rest(LATEST_MS);
  }

  /** What was kept so far is written from now on. */
  turn(): void {
    this.#parts.shelf.turn();
    void this.#run();
  }

  /**
   * Writes everything.
   * @throws {UserError} As `Guarded.write`: what is not in rows is still in the journal.
   */
  async all(): Promise<void> {
    const { shelf } = this.#parts;
    for (;;) {
      await this.#running;
      shelf.turn();
      if (shelf.waiting.length === 0) return;
      await this.#run();
      if (this.#error !== undefined) throw this.#error;
    }
  }

  /** Writes everything, as far as that is possible, and nothing afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.all().catch(() => {}); // it is in the journal
  }

  /** Writes when nothing was kept for a while. @param leftMs  The longest wait for that. */
  #rest(leftMs: number): void {
    if (this.#cancel || this.#closed) return;
    const { clock } = this.#parts;
    const fromMs = clock.nowMs();
    const waitMs = Math.min(leftMs, this.#keptMs + REST_MS - fromMs);
    this.#cancel = clock.after(waitMs, () => {
      this.#cancel = undefined;
      const nowMs = clock.nowMs();
      const stillMs = leftMs - (nowMs - fromMs);
      if (stillMs > 0 && this.#keptMs + REST_MS > nowMs) return this.#rest(stillMs);
      this.onRest();
    });
  }

  #again(): void {
    if (this.#cancel || this.#closed) return;
    this.#cancel = this.#parts.clock.after(AGAIN_MS, () => {
      this.#cancel = undefined;
      this.#parts.shelf.turn();
      void this.#run();
    });
  }

  #run(): Promise<void> {
    return this.#running ??= this.#writeAll().finally(() => this.#running = undefined);
  }

  async #writeAll(): Promise<void> {
    const { shelf, guarded, journal } = this.#parts;
    try {
      for (let epoch = shelf.waiting[0]; epoch; epoch = shelf.waiting[0]) {
        await guarded.ready();
        // The head must not name records that a power cut takes away.
        if (!journal.isBroken) await journal.settle();
        await guarded.write(epoch);
        shelf.written(epoch);
        this.#error = undefined; // whoever waits for room has it now
        this.#notify();
        // Behind each one: while somebody writes on and on there is always another one.
        if (epoch.mark) await journal.written(epoch.mark);
      }
      this.#error = undefined;
    } catch (error) {
      this.#error = error;
      this.#again();
      this.#notify();
    }
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
