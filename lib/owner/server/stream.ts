/**
 * The owner's end of a stream: bytes between the stream and a client's raw connection.
 *
 * @see lib/owner/README.md "Streams"
 * @module
 */
import type { AppStream } from "../../app/node/node.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Duplex } from "../../wire/machine.ts";

/**
 * Copies both ways with backpressure: bytes are read from one side when the other has taken those before.
 *
 * A bound stream ends as its client's calls say, and is reset when the client's control connection ends: a client
 * that was killed must not look like one that has finished. The end of an unbound one's raw connection is its FIN.
 */
export class ServedStream {
  readonly #stream: AppStream;
  readonly #bound: boolean;
  readonly #down = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  #waiting: { sent: number; resolve(): void; reject(error: unknown): void }[] = [];
  #passed = 0;
  /** Nothing more comes from the client: with the error that broke the stream under it, if that is why. */
  #upEnd: { error?: unknown } | undefined;
  #finished = false;
  #ended = false;
  #raw: Duplex | undefined;

  /** The stream is owned from now on. */
  constructor(stream: AppStream, bound: boolean) {
    this.#stream = stream;
    this.#bound = bound;
    this.#down.promise.catch(() => {}); // until somebody asks
  }

  /**
   * Copies until both directions have ended, then waits until the server has all bytes and closes both sides.
   * @param raw  The client's connection; owned from now on.
   */
  async run(raw: Duplex): Promise<void> {
    this.#raw = raw;
    try {
      const down = this.#copyDown(raw);
      await Promise.all([this.#copyUp(raw, down), down]);
      if (this.#bound) await this.#over.promise;
      else if (!this.#ended) await this.#stream.ping().catch(() => {});
    } finally {
      this.#end();
    }
  }

  /** Resolves when nothing more comes out of the stream; rejects with what broke it. */
  outcome(): Promise<void> {
    return this.#down.promise;
  }

  /**
   * A round trip behind the client's first `sent` bytes.
   * @returns Milliseconds.
   * @throws What broke the stream before they were passed on.
   */
  async ping(sent: number): Promise<number> {
    await this.#taken(sent);
    return await this.#stream.ping();
  }

  /** FIN behind the client's first `sent` bytes. */
  async finish(sent: number): Promise<void> {
    await this.#taken(sent);
    this.#finished = true;
    await this.#stream.closeWrite();
  }

  /** Closes the stream behind the client's first `sent` bytes; resets it when they don't come. */
  async close(sent: number): Promise<void> {
    try {
      await this.#taken(sent);
      this.#end();
    } catch {
      this.reset();
    }
  }

  /** Ends the stream at once; bytes may be missing. */
  reset(): void {
    if (this.#ended) return;
    this.#stream.reset();
    this.#end();
  }

  /** See {@link AppStream.moved}. */
  get moved(): number {
    return this.#stream.moved ?? 0;
  }

  /** See {@link AppStream.sign}. */
  sign(): void {
    if (!this.#ended) this.#stream.sign?.();
  }

  /** The client has gone: what it has finished stays finished, all else is broken off. */
  abandon(): void {
    if (this.#finished) this.#end();
    else this.reset();
  }

  async #copyUp(raw: Duplex, down: Promise<void>): Promise<void> {
    let bytes: Uint8Array | null = null;
    const next = async (): Promise<Uint8Array | null> => bytes = await raw.read().catch(() => null);
    try {
      while (await next() !== null) {
        await this.#stream.write(bytes!);
        this.#passed += bytes!.length;
        this.#wake();
      }
      this.#upEnd = {};
      this.#wake();
      if (!this.#bound) await this.finish(this.#passed);
    } catch (error) {
      this.#upEnd = { error };
      this.#wake();
      // The client hears of it when it reads, asks or writes on: it must still get what came before the break.
      down.then(() => raw.close());
    }
  }

  async #copyDown(raw: Duplex): Promise<void> {
    try {
      for (let bytes = await this.#stream.read(); bytes !== null; bytes = await this.#stream.read()) {
        try {
          await raw.write(bytes);
        } catch {
          // A bound client may be between its two closes: what it calls next, or its end, says which it was.
          if (!this.#bound) this.reset();
          this.#down.resolve();
          return;
        }
      }
      this.#down.resolve();
    } catch (error) {
      this.#down.reject(error);
    }
    await raw.closeWrite().catch(() => {});
  }

  #taken(sent: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sent, resolve, reject });
      this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (this.#passed >= one.sent) one.resolve();
      else if (this.#ended || this.#upEnd) one.reject(this.#upEnd?.error ?? cut());
      else this.#waiting.push(one);
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.close();
    this.#raw?.close();
    this.#down.resolve();
    this.#over.resolve();
    this.#wake();
  }
}

const cut = (): NetworkError =>
  new NetworkError("the connection to the owner was cut", { retry: false, reason: "closed" });
