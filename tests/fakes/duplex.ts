/**
 * Byte pipes in memory.
 *
 * @module
 */
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Duplex } from "../../lib/wire/machine.ts";

/** How a pair in memory behaves. */
export interface MemoryDuplexOptions {
  /** A write waits while this many bytes are unread on the other side. Default 64 KiB. */
  readonly bufferBytes?: number;
  /** Cuts what is read: how many of the `available` bytes the next read returns, 1 or more. Default: all. */
  readonly chunk?: (available: number) => number;
}

/** One direction: bytes in, bytes out, with a limit of what may lie in between. */
class Pipe {
  readonly #limit: number;
  readonly #chunk: (available: number) => number;
  readonly #parts: Uint8Array[] = [];
  #unread = 0;
  #finished = false;
  #broken: Error | undefined;
  #wake: (() => void)[] = [];

  constructor(options: MemoryDuplexOptions) {
    this.#limit = options.bufferBytes ?? 64 * 1024;
    this.#chunk = options.chunk ?? ((available) => available);
  }

  get unread(): number {
    return this.#unread;
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#parts.length === 0) {
      if (this.#finished) return null;
      if (this.#broken) throw this.#broken;
      await this.#changed();
    }
    const part = this.#parts[0];
    const count = Math.min(part.length, Math.max(1, this.#chunk(part.length)));
    if (count === part.length) this.#parts.shift();
    else this.#parts[0] = part.subarray(count);
    this.#unread -= count;
    this.#notify();
    return part.subarray(0, count);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#finished) throw closedError();
    this.#check();
    if (bytes.length > 0) {
      this.#parts.push(bytes.slice());
      this.#unread += bytes.length;
      this.#notify();
    }
    while (this.#unread > this.#limit) {
      await this.#changed();
      this.#check();
    }
  }

  finish(): void {
    this.#finished = true;
    this.#notify();
  }

  /** @param keep  Whether what was written can still be read. */
  break(error: Error, keep: boolean): void {
    this.#broken ??= error;
    if (!keep) this.#parts.length = this.#unread = 0;
    this.#notify();
  }

  #check(): void {
    if (this.#broken) throw this.#broken;
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

const closedError = (): NetworkError =>
  new NetworkError("pipe is closed", { retry: false, reason: "closed" });

/** One end of a pair, with what a test may ask of it. */
export interface MemoryDuplex extends Duplex {
  /** Bytes that were written here and not read on the other side. */
  readonly unreadBytes: number;
  /** Breaks both directions at once, as a lost connection does: reads and writes on both sides fail. */
  break(): void;
}

/**
 * Two connected ends. Bytes arrive in order; a write copies, and waits while the other side does not read.
 * `close` ends both directions: the other side reads what is left, then null, and its writes fail.
 */
export function memoryDuplexPair(options: MemoryDuplexOptions = {}): [MemoryDuplex, MemoryDuplex] {
  const there = new Pipe(options);
  const back = new Pipe(options);
  return [end(back, there), end(there, back)];
}

function end(incoming: Pipe, outgoing: Pipe): MemoryDuplex {
  return {
    get unreadBytes() {
      return outgoing.unread;
    },
    read: () => incoming.read(),
    write: (bytes) => outgoing.write(bytes),
    closeWrite: () => Promise.resolve(outgoing.finish()),
    close: () => {
      outgoing.finish();
      outgoing.break(closedError(), true);
      incoming.break(closedError(), false);
    },
    break: () => {
      const lost = new NetworkError("connection is lost", { retry: true, reason: "closed" });
      incoming.break(lost, false);
      outgoing.break(lost, false);
    },
  };
}
