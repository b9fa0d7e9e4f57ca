/**
 * One connection in memory that behaves like a socket on a clock: latency, segments, a send buffer, an end that
 * travels behind the data, and losses of every kind.
 *
 * @module
 */
import type { Clock } from "../../lib/sys/clock.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Duplex } from "../../lib/wire/machine.ts";

/** How a connection behaves; the functions are called for each segment. */
export interface ConnectionOptions {
  readonly clock: Clock;
  /** Time on the way, milliseconds; order is kept whatever it says. */
  readonly latencyMs: () => number;
  /** Cuts writes into segments: bytes of the next one, 1 or more. Default: as written. */
  readonly segment?: (available: number) => number;
  /** Bytes on the way and unread before a write waits. Default 64 KiB. */
  readonly bufferBytes?: number;
}

interface Flight {
  readonly atMs: number;
  /** Null is the end. */
  readonly bytes: Uint8Array | null;
}

/** One direction. */
class Lane {
  readonly #options: ConnectionOptions;
  readonly #flight: Flight[] = [];
  readonly #arrived: Uint8Array[] = [];
  #unread = 0;
  #lastMs = 0;
  #cancel: (() => void) | undefined;
  #silent = false;
  #ended = false;
  #readError: Error | undefined;
  #writeError: Error | undefined;
  /** What the last read gave; it is only valid until the next one. */
  #lent: Uint8Array | undefined;
  #wake: (() => void)[] = [];
  /** The reader is gone: what arrives is answered by a reset. */
  onRefused: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  async read(): Promise<Uint8Array | null> {
    this.#lent?.fill(0xee);
    this.#lent = undefined;
    while (this.#arrived.length === 0) {
      if (this.#readError) throw this.#readError;
      if (this.#ended) return null;
      await this.#changed();
    }
    const part = this.#arrived.shift()!;
    this.#unread -= part.length;
    this.#notify();
    return this.#lent = part;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#writeError) throw this.#writeError;
    // Copied late: a caller that changes its array before the promise resolves shows up as damage.
    await Promise.resolve();
    for (let at = 0; at < bytes.length;) {
      const left = bytes.length - at;
      const count = Math.min(left, Math.max(1, this.#options.segment?.(left) ?? left));
      this.#send(bytes.slice(at, at + count));
      at += count;
    }
    while (this.#unread > (this.#options.bufferBytes ?? 64 * 1024)) {
      await this.#changed();
      if (this.#writeError) throw this.#writeError;
    }
  }

  /** Sends the end behind the data; nothing can be written any more. */
  finish(): void {
    if (this.#writeError) return;
    this.#writeError = closed();
    this.#send(null);
    this.#notify();
  }

  /** Nothing arrives any more, and nobody is told. */
  silence(): void {
    this.#silent = true;
    this.#flight.length = 0;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The reading end fails, after what has arrived. */
  breakReading(error: Error): void {
    this.#readError ??= error;
    this.#notify();
  }

  /** The writing end fails. */
  breakWriting(error: Error): void {
    this.#writeError ??= error;
    this.#notify();
  }

  /** The reading end is closed: what has arrived is dropped, what arrives later is refused. */
  closeReading(): void {
    this.#arrived.length = 0;
    this.#readError = closed();
    this.#notify();
  }

  #send(bytes: Uint8Array | null): void {
    this.#unread += bytes?.length ?? 0;
    if (this.#silent) return;
    const { clock, latencyMs } = this.#options;
    this.#lastMs = Math.max(this.#lastMs, clock.nowMs() + latencyMs());
    this.#flight.push({ atMs: this.#lastMs, bytes });
    this.#arm();
  }

  #arm(): void {
    if (this.#cancel || this.#flight.length === 0) return;
    const { clock } = this.#options;
    this.#cancel = clock.after(this.#flight[0].atMs - clock.nowMs(), () => this.#arrive());
  }

  #arrive(): void {
    this.#cancel = undefined;
    const nowMs = this.#options.clock.nowMs();
    while (this.#flight.length > 0 && this.#flight[0].atMs <= nowMs) {
      const { bytes } = this.#flight.shift()!;
      if (bytes === null) this.#ended = true;
      else if (this.#readError) this.onRefused?.();
      else this.#arrived.push(bytes);
    }
    this.#arm();
    this.#notify();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}

const closed = (): NetworkError =>
  new NetworkError("connection is closed", { retry: false, reason: "closed" });
const lost = (): NetworkError => new NetworkError("connection is lost", { retry: true, reason: "closed" });

/** A connection with both of its ends. */
export class Connection {
  /** The dialling end and the accepting end. */
  readonly ends: readonly [Duplex, Duplex];
  readonly #clock: Clock;
  readonly #forth: Lane;
  readonly #back: Lane;
  readonly #closed = [false, false];
  #cut = false;

  /** An open connection. */
  constructor(options: ConnectionOptions) {
    this.#clock = options.clock;
    this.#forth = new Lane(options);
    this.#back = new Lane(options);
    this.ends = [this.#end(0), this.#end(1)];
    // A reset travels back as long as data travelled forth.
    const reset = (side: 0 | 1) => () => options.clock.after(options.latencyMs(), () => this.#fail(side));
    this.#forth.onRefused = reset(0);
    this.#back.onRefused = reset(1);
  }

  /** Whether both ends are closed. */
  get over(): boolean {
    return this.#closed[0] && this.#closed[1];
  }

  /** Nothing arrives any more in either direction; neither end hears of it. */
  silence(): void {
    this.#forth.silence();
    this.#back.silence();
  }

  /**
   * Loses the connection: what is on the way is gone.
   * @param dialerMs  When the dialling end hears of it, from now.
   * @param acceptorMs  The same for the other end.
   */
  cut(dialerMs: number, acceptorMs: number): void {
    if (this.#cut) return;
    this.#cut = true;
    this.silence();
    this.#clock.after(dialerMs, () => this.#fail(0));
    this.#clock.after(acceptorMs, () => this.#fail(1));
  }

  /** One end hears that the connection is lost. */
  #fail(side: 0 | 1): void {
    const [incoming, outgoing] = this.#lanes(side);
    incoming.breakReading(lost());
    outgoing.breakWriting(lost());
  }

  #lanes(side: 0 | 1): [incoming: Lane, outgoing: Lane] {
    return side === 0 ? [this.#back, this.#forth] : [this.#forth, this.#back];
  }

  #end(side: 0 | 1): Duplex {
    const [incoming, outgoing] = this.#lanes(side);
    return {
      read: () => incoming.read(),
      write: (bytes) => outgoing.write(bytes),
      closeWrite: () => Promise.resolve(outgoing.finish()),
      close: () => {
        if (this.#closed[side]) return;
        this.#closed[side] = true;
        outgoing.finish();
        incoming.closeReading();
      },
    };
  }
}
