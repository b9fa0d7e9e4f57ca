/**
 * Runs one Machine over one Duplex: the program's only read, write and timer loop.
 *
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { concat } from "./bytes.ts";
import { NetworkError } from "./errors.ts";
import type { Duplex, Machine, WireIn, WireOut } from "./machine.ts";

/** A write that takes longer than this ends everything (specification dmsg §8.2). */
const WRITE_STALL_MS = 10_000;
/** Small writes that wait together go out as one, up to this many bytes. */
const COALESCE_BYTES = 16 * 1024;

/**
 * Writes up to this size count as small: acks, pings, credit. Longer ones wait for the window by themselves; so do
 * relayed frames of this size, one a stream, and no session has streams enough to reach the limit with them.
 */
const SMALL_BYTES = 256;
/**
 * Small writes that may wait. A peer that makes us answer (pings, messages to ack) and does not read would else fill
 * the memory until the stall is noticed.
 */
const MAX_SMALL_BYTES = 1024 * 1024;

/** What a drive needs besides the machine. */
export interface DriveOptions<Out> {
  /** Read, written and closed by the drive alone. */
  readonly duplex: Duplex;
  /** For the machine's deadline and for stalled writes. */
  readonly clock: Clock;
  /** Takes the machine's own outputs, in order. Byte views are only valid during the call. */
  readonly onEvent: (out: Out) => void;
}

/** What inputs and outputs are told apart by. */
export type Kinds = { readonly kind: string };

/**
 * Owns the loop of one machine. Inputs are handled at once and in order, also when an event's handler gives new
 * ones; writes leave in the order of their outputs.
 */
export class Drive<In extends Kinds, Out extends Kinds> {
  readonly #machine: Machine<In | WireIn, Out | WireOut>;
  readonly #options: DriveOptions<Out>;
  readonly #events: Out[] = [];
  #dispatching = false;
  #queue: Uint8Array[] = [];
  #queued = 0;
  /** Bytes of the small writes in the queue. */
  #smallBytes = 0;
  #written = 0;
  #writing = false;
  #flushWaiters: { upTo: number; resolve(): void }[] = [];
  /** Writing failed or stalled: nothing leaves any more. */
  #broken = false;
  #eofGiven = false;
  #closing = false;
  #closed = false;
  #cancelTimer: (() => void) | undefined;
  #cancelStall: (() => void) | undefined;
  /** When the write that is under way began. */
  #writingSinceMs: number | undefined;
  /** When the timer fires that is set. */
  #timerMs: number | undefined;

  /** The machine belongs to the drive from now on; {@link run} starts reading. */
  constructor(machine: Machine<In | WireIn, Out | WireOut>, options: DriveOptions<Out>) {
    this.#machine = machine;
    this.#options = options;
  }

  /**
   * Gives the machine an input. Ignored after the close.
   * @returns The machine's own outputs for this input; `onEvent` gets them too, in its turn.
   */
  put(input: In | WireIn): Out[] {
    if (this.#closed) return [];
    const own: Out[] = [];
    for (const out of this.#machine.handle(input, this.#options.clock.nowMs())) {
      if (out.kind === "write") this.#enqueue((out as WireOut & { kind: "write" }).bytes);
      else if (out.kind === "close") this.#close();
      else own.push(out as Out);
    }
    this.#events.push(...own);
    this.#dispatch();
    this.#setTimer();
    return own;
  }

  /** Resolves when everything that was written so far is handed to the duplex, or the duplex has ended. */
  flushed(): Promise<void> {
    if (this.#closed || this.#broken || this.#written === this.#queued) return Promise.resolve();
    return new Promise((resolve) => this.#flushWaiters.push({ upTo: this.#queued, resolve }));
  }

  /**
   * Reads until the end of the duplex and feeds the machine. Resolves when the duplex has ended; a broken pipe is
   * an `eof` to the machine, not an error here. The machine gets one `eof`, whichever direction ended first.
   * @throws What the machine or an event's handler throws: a mistake in our code. The duplex is closed then.
   */
  async run(): Promise<void> {
    this.#setTimer(); // a peer that never writes must not keep a machine from its first tick
    for (;;) {
      const bytes = await this.#options.duplex.read().catch(() => null);
      if (bytes === null || this.#closed) break;
      try {
        this.put({ kind: "bytes", bytes });
      } catch (mistake) {
        this.#end();
        throw mistake;
      }
    }
    this.#eof();
  }

  #eof(): void {
    if (this.#eofGiven) return;
    this.#eofGiven = true;
    this.put({ kind: "eof" });
  }

  #dispatch(): void {
    if (this.#dispatching) return; // the outer call goes on with what was just added
    this.#dispatching = true;
    try {
      for (let i = 0; i < this.#events.length; i++) this.#options.onEvent(this.#events[i]);
    } finally {
      this.#events.length = 0;
      this.#dispatching = false;
    }
  }

  #enqueue(bytes: Uint8Array): void {
    if (this.#broken) return;
    if (bytes.length <= SMALL_BYTES) this.#smallBytes += bytes.length;
    // After this call: the machine's other outputs are still to be handled.
    if (this.#smallBytes > MAX_SMALL_BYTES) queueMicrotask(() => this.#stalled());
    this.#queue.push(bytes);
    this.#queued++;
    if (this.#writing) return;
    this.#writing = true;
    // A turn later: what one burst of events writes (a SYN and its first data, acks) leaves together.
    queueMicrotask(() => this.#flush());
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closed) {
      const count = this.#batch();
      const batch = this.#queue.splice(0, count);
      this.#writingSinceMs = this.#options.clock.nowMs();
      this.#watchStall();
      try {
        await this.#options.duplex.write(count === 1 ? batch[0] : concat(...batch));
      } catch {
        this.#break();
        break;
      } finally {
        this.#writingSinceMs = undefined;
      }
      if (this.#broken) break;
      for (const bytes of batch) if (bytes.length <= SMALL_BYTES) this.#smallBytes -= bytes.length;
      // Only now: a caller of `flushed` reuses its buffer as soon as the promise resolves.
      this.#written += count;
      this.#wake();
    }
    this.#writing = false;
    if (this.#closing) this.#end();
  }

  /** How many arrays leave in the next write: a long one alone, or several small ones joined. */
  #batch(): number {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && bytes + this.#queue[count].length <= COALESCE_BYTES) {
      bytes += this.#queue[count++].length;
    }
    return Math.max(1, count);
  }

  /** The duplex takes nothing any more: nobody waits for what is queued, and the machine hears of the end. */
  #break(): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#queue.length = 0;
    this.#written = this.#queued;
    this.#wake();
    this.#eof();
  }

  #wake(): void {
    if (this.#flushWaiters.length === 0) return;
    const ready = this.#flushWaiters.filter((waiter) => waiter.upTo <= this.#written);
    if (ready.length === 0) return;
    this.#flushWaiters = this.#flushWaiters.filter((waiter) => waiter.upTo > this.#written);
    for (const waiter of ready) waiter.resolve();
  }

  /** One timer for many writes: it looks whether the write that is under way by then began too long ago. */
  #watchStall(): void {
    if (this.#cancelStall !== undefined || this.#writingSinceMs === undefined || this.#broken) return;
    const { clock } = this.#options;
    const leftMs = this.#writingSinceMs + WRITE_STALL_MS - clock.nowMs();
    this.#cancelStall = clock.after(leftMs, () => {
      this.#cancelStall = undefined;
      const sinceMs = this.#writingSinceMs;
      if (sinceMs !== undefined && clock.nowMs() - sinceMs >= WRITE_STALL_MS) this.#stalled();
      else this.#watchStall();
    });
  }

  #stalled(): void {
    this.#options.duplex.close();
    this.#break();
  }

  /** Ends the duplex once the writes before the close are out. */
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (!this.#writing) this.#end();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelStall?.();
    this.#options.duplex.close();
    this.#written = this.#queued;
    this.#wake();
  }

  /**
   * A timer that is set stays, when the deadline moves away from it or goes: it looks again when it fires. An ack is
   * there long before its deadline, and setting a timer for each costs more than the message.
   */
  #setTimer(): void {
    const deadline = this.#machine.deadlineMs;
    if (this.#closed || deadline === undefined || deadline >= (this.#timerMs ?? Infinity)) return;
    this.#cancelTimer?.();
    this.#timerMs = deadline;
    const { clock } = this.#options;
    this.#cancelTimer = clock.after(deadline - clock.nowMs(), () => {
      this.#timerMs = undefined;
      if ((this.#machine.deadlineMs ?? Infinity) <= clock.nowMs()) this.put({ kind: "tick" });
      else this.#setTimer();
    });
  }
}

/** The error of a duplex that is used after its end. */
export const endedError = (what: string): NetworkError =>
  new NetworkError(`${what} has ended`, { retry: true, reason: "closed" });
