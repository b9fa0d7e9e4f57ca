/**
 * A server's copying of raw bytes from one stream to another, with backpressure end to end: what a client sends is kept
 * until the other side's window takes it, and only then credited, so a slow reader slows its sender down and nobody else.
 *
 * @see specification dmsg §9.2
 * @module
 */
import { type Clock, sleep } from "../../sys/clock.ts";
import type { ConduitSink } from "../../wire/machine.ts";
import type { MuxStream } from "../../yamux/mux_stream.ts";

/** One buffer on its way; half a window, so that a full window is two of them. */
const BUFFER_BYTES = 128 * 1024;
/** Below this a buffer is made to fit: chat must not cost 128 KiB a message. */
const SMALL_BYTES = 4 * 1024;

/** How much a client may have waiting, and how fast it may send. */
export interface Allowance {
  /**
   * Accounts for bytes that wait in the server.
   * @returns false when the client is over its limit; the stream is then reset.
   */
  hold(bytes: number): boolean;
  /** Those bytes have left. */
  release(bytes: number): void;
  /**
   * How long to wait before crediting bytes, in milliseconds; 0 when the client is within its rate.
   */
  delayMs(bytes: number): number;
}

interface Waiting {
  buffer: Uint8Array;
  used: number;
}

/** Copies one direction, from where it is attached. */
export class Direction implements ConduitSink {
  readonly #from: MuxStream;
  readonly #to: MuxStream;
  readonly #clock: Clock;
  readonly #allowance: Allowance;
  readonly #onEnd: (error?: Error) => void;
  readonly #waiting: Waiting[] = [];
  #spare: Uint8Array | undefined;
  #running = false;
  #ended: { error?: Error } | undefined;
  /** When bytes last moved. */
  lastMs: number;

  /** Whether its source sends nothing more. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Nothing is copied yet. @param onEnd  Told once: its source sends nothing more and all of it has left, or it has failed. */
  constructor(
    from: MuxStream,
    to: MuxStream,
    clock: Clock,
    allowance: Allowance,
    onEnd: (error?: Error) => void,
  ) {
    this.#from = from;
    this.#to = to;
    this.#clock = clock;
    this.#allowance = allowance;
    this.#onEnd = onEnd;
    this.lastMs = clock.nowMs();
  }

  /** What its source has sent. */
  bytes(view: Uint8Array): void {
    if (this.#ended) return;
    if (!this.#allowance.hold(view.length)) return this.#stop(new Error("client is over its buffer limit"));
    this.#append(view);
    if (!this.#running) {
      this.#running = true;
      // A turn later: all frames of one socket read leave as one.
      queueMicrotask(() => this.#run());
    }
  }

  /** Its source has ended. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = { error };
    if (error || !this.#running) this.#finish();
  }

  #append(view: Uint8Array): void {
    const head = this.#to.headroomBytes;
    const last = this.#waiting.at(-1);
    if (last && last.used + view.length <= last.buffer.length) {
      last.buffer.set(view, last.used);
      last.used += view.length;
      return;
    }
    const bulk = view.length > SMALL_BYTES;
    // A few bytes that wait get little more than they need; each further buffer is twice the one before.
    const little = Math.max(2 * view.length, Math.min(BUFFER_BYTES, 2 * (last?.buffer.length ?? 0)));
    const size = bulk ? Math.max(BUFFER_BYTES, view.length) : little;
    const spare = this.#spare && size >= BUFFER_BYTES && this.#spare.length >= head + size
      ? this.#spare
      : undefined;
    if (spare) this.#spare = undefined;
    const buffer = spare ?? new Uint8Array(head + size);
    buffer.set(view, head);
    this.#waiting.push({ buffer, used: head + view.length });
  }

  async #run(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await this.#send(next);
    } catch (error) {
      return this.#stop(error as Error);
    }
    this.#running = false;
    if (this.#ended) this.#finish();
  }

  async #send(next: Waiting): Promise<void> {
    const head = this.#to.headroomBytes;
    let from = 0; // payload begins at from + head; its header overwrites bytes that have left already
    try {
      while (from + head < next.used) {
        const room = await this.#to.writable(1);
        const count = Math.min(room, next.used - from - head);
        await this.#to.send(next.buffer.subarray(from, from + head + count));
        from += count;
        this.#allowance.release(count);
        const delayMs = this.#allowance.delayMs(count);
        if (delayMs > 0) await sleep(this.#clock, delayMs);
        this.lastMs = this.#clock.nowMs();
        this.#from.consumed(count);
      }
    } finally {
      this.#allowance.release(next.used - head - from); // what did not leave, when the stream broke
    }
    if (next.buffer.length >= head + BUFFER_BYTES) this.#spare = next.buffer;
  }

  #stop(error: Error): void {
    this.#ended = { error };
    this.#finish();
  }

  #finish(): void {
    const head = this.#to.headroomBytes;
    for (const left of this.#waiting.splice(0)) this.#allowance.release(left.used - head);
    this.#onEnd(this.#ended?.error);
  }
}
