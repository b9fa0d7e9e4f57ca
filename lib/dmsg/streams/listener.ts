/**
 * A listener: a port of ours and the streams that wait to be taken.
 *
 * @see specification dmsg §9.3, §11
 * @module
 */
import { dmsgError } from "../errors.ts";
import type { DmsgStream } from "./stream.ts";

/** Streams that may wait in one listener, as current peers have it (specification dmsg §9.3); classic ones have 20. */
export const ACCEPT_BACKLOG = 256;

/** Takes streams to one port. */
export class Listener {
  /** The port, 1 … 65535. */
  readonly port: number;
  readonly #waiting: DmsgStream[] = [];
  readonly #takers: ((stream: DmsgStream | null) => void)[] = [];
  readonly #onClose: () => void;
  #closed = false;

  /**
   * For {@link DmsgClient.listen}, which owns the port table.
   * @param port  1 … 65535.
   * @param onClose  Frees the port; called once.
   */
  constructor(port: number, onClose: () => void) {
    this.port = port;
    this.#onClose = onClose;
  }

  /**
   * Waits for the next stream.
   * @returns The stream, or null once the listener is closed.
   */
  accept(): Promise<DmsgStream | null> {
    const next = this.#waiting.shift();
    if (next) return Promise.resolve(next);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Streams in the order in which they came, until the listener is closed. Leaving the loop does not close it. */
  async *[Symbol.asyncIterator](): AsyncIterator<DmsgStream> {
    for (let stream = await this.accept(); stream !== null; stream = await this.accept()) yield stream;
  }

  /**
   * Asked before a stream is answered: says whether one more may come.
   * @throws {ProtocolError} dmsg error 401: the queue is full; 200: closed.
   */
  checkRoom(): void {
    if (this.#closed) throw dmsgError(200);
    if (this.#waiting.length >= ACCEPT_BACKLOG) throw dmsgError(401);
  }

  /**
   * Hands over a stream; it is reset when we are closed, or when others that were answered meanwhile filled the queue.
   * Not closed: a peer that has sent all and reads an end of file would take it for taken.
   */
  deliver(stream: DmsgStream): void {
    if (this.#closed) return stream.reset();
    const taker = this.#takers.shift();
    if (taker) taker(stream);
    else if (this.#waiting.length >= ACCEPT_BACKLOG) stream.reset();
    else this.#waiting.push(stream);
  }

  /** Stops listening; streams that nobody took are reset. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#waiting.splice(0)) stream.reset();
    for (const taker of this.#takers.splice(0)) taker(null);
    this.#onClose();
  }
}
