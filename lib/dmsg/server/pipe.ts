/**
 * A server's copying of raw bytes between two streams, with backpressure end to end.
 *
 * What a client sends is kept until the other side's window takes it, and only then credited: a slow reader slows
 * its sender down and nobody else. A FIN is passed on; the other direction stays open.
 *
 * @see specification dmsg §9.2
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import { sleep } from "../../sys/clock.ts";
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

/** Copies one direction. */
class Direction implements ConduitSink {
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

/** How long a pipe with one finished direction may be silent (specification dmsg §8.2 has the same 5 minutes). */
const HALF_OPEN_MS = 300_000;

/** An end that is still there when the other one is gone. */
export interface Alone {
  /** It. */
  readonly stream: MuxStream;
  /** Resolves when it has ended, too, or was given up. */
  readonly ended: Promise<void>;
}

/**
 * Copies both ways until both directions have ended, one fails, or a half-open pipe is silent for 5 minutes.
 * A FIN is passed on behind the bytes before it; a failure resets both streams at once. Who is gone behind its FIN is
 * waited for no more: its peer gets the FIN, and a reset when it still sends.
 * @param a  The initiator's stream, behind its request. What it sends counts against `aAllows`.
 * @param b  The responder's stream, behind its response. What it sends counts against `bAllows`.
 * @returns When nothing is copied any more; an end that is still there is whoever counts streams to go on counting.
 *   Never rejects: how a relayed stream ends is the clients' affair.
 * @see specification dmsg §9.2, 5 and 6
 */
export function pipe(
  a: MuxStream,
  b: MuxStream,
  clock: Clock,
  aAllows: Allowance,
  bAllows: Allowance,
): Promise<Alone | undefined> {
  return new Promise((resolve) => {
    let open = 2;
    let cancel = (): void => {};
    let halfOpenMs = 0;
    /** Streams whose FIN was passed on, and streams that are gone. */
    const [finished, gone] = [new Set<MuxStream>(), new Set<MuxStream>()];
    const over = (alone?: Alone): void => {
      open = 0;
      cancel();
      resolve(alone);
    };
    const fail = (): void => {
      if (open === 0) return;
      over(); // first: the resets end both directions, which is no news then
      a.reset();
      b.reset();
    };
    const leave = (from: MuxStream, to: MuxStream): void => {
      if (open === 0 || !finished.has(from) || !gone.has(from)) return;
      // One that has ended what it sends tells of no other end.
      const isDone = (to === a ? forth : back).hasEnded;
      if (isDone) to.release();
      over(isDone ? undefined : { stream: to, ended: leftAlone(to, clock) });
    };
    const ended = (from: MuxStream, to: MuxStream) => (error?: Error): void => {
      if (open === 0) return;
      if (error) return fail();
      to.finish();
      open--;
      finished.add(from);
      halfOpenMs = clock.nowMs();
      if (open > 0) {
        watch();
        return leave(from, to);
      }
      over();
      a.release();
      b.release();
    };
    const forth = new Direction(a, b, clock, aAllows, ended(a, b));
    const back = new Direction(b, a, clock, bAllows, ended(b, a));
    const watch = (): void => {
      const silentMs = clock.nowMs() - Math.max(halfOpenMs, forth.lastMs, back.lastMs);
      if (silentMs >= HALF_OPEN_MS) return fail();
      cancel = clock.after(HALF_OPEN_MS - silentMs, watch);
    };
    for (const [from, to] of [[a, b], [b, a]]) {
      from.onceGone(() => {
        gone.add(from);
        leave(from, to);
      });
    }
    a.attach(forth);
    b.attach(back);
  });
}

/** A stream whose other side is gone: it has its FIN, and 5 minutes to end by itself. @returns When it has ended. */
function leftAlone(stream: MuxStream, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      stream.release();
      resolve();
    };
    const cancel = clock.after(HALF_OPEN_MS, end);
    stream.attach({ bytes: () => stream.reset(), end });
  });
}
