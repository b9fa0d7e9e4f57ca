/**
 * Two connected conduits in memory, with a window that is counted.
 *
 * @module
 */
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Conduit, ConduitSink } from "../../lib/wire/machine.ts";

/** How a pair of conduits behaves. */
export interface MemoryConduitOptions {
  /** Bytes of either direction that may be sent and not yet consumed. Default 256 KiB. */
  readonly windowBytes?: number;
  /** Credit goes back when this much is consumed, as yamux does it at half a window. Default: at once. */
  readonly creditBytes?: number;
  /** Cuts what is delivered: bytes of the next piece, 1 or more. Default: as sent. */
  readonly chunk?: () => number;
  /** Resolves when what is sent leaves, in order. Default: a moment later. */
  readonly leaves?: () => Promise<void>;
}

/** One end, with what a test may see and do. */
export class MemoryConduit implements Conduit {
  readonly headroomBytes = 12;
  readonly #options: MemoryConduitOptions;
  readonly #windowBytes: number;
  #peer!: MemoryConduit;
  #sink: ConduitSink | undefined;
  readonly #held: Uint8Array[] = [];
  #heldEnd: { error?: Error } | undefined;
  #room: number;
  #uncredited = 0;
  #waiters: { minBytes: number; resolve(room: number): void; reject(error: Error): void }[] = [];
  #over: Error | undefined;
  #finished = false;
  /** Bytes that arrived here, and of them those reported as used up. */
  received = 0;
  consumedBytes = 0;
  /** Calls of `send`. */
  sends = 0;
  /** Whether this end sent a reset. */
  wasReset = false;

  constructor(options: MemoryConduitOptions) {
    this.#options = options;
    this.#windowBytes = options.windowBytes ?? 256 * 1024;
    this.#room = this.#windowBytes;
  }

  /** Connects two ends. */
  static pair(options: MemoryConduitOptions = {}): [MemoryConduit, MemoryConduit] {
    const ends: [MemoryConduit, MemoryConduit] = [new MemoryConduit(options), new MemoryConduit(options)];
    ends[0].#peer = ends[1];
    ends[1].#peer = ends[0];
    return ends;
  }

  writable(minBytes: number): Promise<number> {
    if (this.#over) return Promise.reject(this.#over);
    if (this.#room >= minBytes) return Promise.resolve(this.#room);
    return new Promise((resolve, reject) => this.#waiters.push({ minBytes, resolve, reject }));
  }

  async send(frame: Uint8Array): Promise<void> {
    if (this.#over) throw this.#over;
    const count = frame.length - this.headroomBytes;
    this.#charge(count);
    this.sends++;
    frame.fill(0xdd, 0, this.headroomBytes); // the layer below writes its header here
    // Copied late: a sender that reuses its array before the promise resolves shows up as damage.
    await this.#options.leaves?.();
    this.#peer.#deliver(frame.subarray(this.headroomBytes));
  }

  /** Delivers bytes to this end as if the peer had sent them. */
  inject(bytes: Uint8Array): void {
    this.#peer.#charge(bytes.length);
    this.#deliver(bytes);
  }

  #charge(count: number): void {
    if (count > this.#room) throw new RangeError(`sent ${count} bytes into a window of ${this.#room}`);
    this.#room -= count;
  }

  /** Hands bytes up in pieces whose arrays are overwritten at once: a sink that keeps a view shows. */
  #deliver(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const size = Math.max(1, this.#options.chunk?.() ?? bytes.length);
      const piece = bytes.slice(at, at + size);
      at += piece.length;
      this.received += piece.length;
      if (this.#sink) this.#sink.bytes(piece);
      else this.#held.push(piece.slice());
      piece.fill(0xee);
    }
  }

  attach(sink: ConduitSink): void {
    this.#sink = sink;
    for (const piece of this.#held.splice(0)) sink.bytes(piece);
    if (this.#heldEnd) sink.end(this.#heldEnd.error);
  }

  consumed(bytes: number): void {
    this.consumedBytes += bytes;
    if (this.consumedBytes > this.received) throw new RangeError("consumed more than was received");
    this.#uncredited += bytes;
    if (this.#uncredited < (this.#options.creditBytes ?? 1)) return;
    this.#peer.#credit(this.#uncredited);
    this.#uncredited = 0;
  }

  finish(): Promise<void> {
    if (!this.#finished && !this.#over) {
      this.#finished = true;
      this.#stop(new NetworkError("closed for writing", { retry: false, reason: "closed" }));
      this.#peer.#end();
    }
    return Promise.resolve();
  }

  release(): void {
    this.finish();
    this.#sink = { bytes: () => {}, end: () => {} };
  }

  reset(): void {
    this.wasReset = true;
    this.breakHere();
    this.#peer.breakHere();
  }

  /** Ends this side as the peer's reset or a lost session does. */
  breakHere(): void {
    const error = new NetworkError("conduit was reset", { retry: true, reason: "closed" });
    this.#stop(error);
    this.#end(error);
  }

  #end(error?: Error): void {
    if (this.#heldEnd) return;
    this.#heldEnd = { error };
    this.#sink?.end(error);
  }

  #stop(error: Error): void {
    this.#over ??= error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #credit(bytes: number): void {
    this.#room += bytes;
    if (this.#room > this.#windowBytes) throw new RangeError("more credit than window");
    const waiters = this.#waiters.splice(0);
    for (const waiter of waiters) {
      if (this.#room >= waiter.minBytes) waiter.resolve(this.#room);
      else this.#waiters.push(waiter);
    }
  }
}
