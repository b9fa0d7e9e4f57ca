/**
 * A stream through the owner: its bytes on a connection of its own, what bytes can't say on the control connection.
 *
 * @see lib/owner/README.md "Streams"
 * @module
 */
import type { AppStream } from "../../app/node/node.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Duplex } from "../../wire/machine.ts";
import type { Caller } from "./caller.ts";

/** See {@link AppStream}. */
export class RemoteStream implements AppStream {
  /** See {@link AppStream.remote}. */
  readonly remote: AppStream["remote"];
  /** Whether its keys are hybrid; undefined when the owner's app doesn't say. */
  readonly hybrid: boolean | undefined;
  readonly #raw: Duplex;
  readonly #stream: number;
  readonly #caller: Caller;
  /** Bytes that were given to the socket; the owner passes them on before it does what a call asks. */
  #sent = 0;
  /** The writes so far: the socket takes a long one in pieces, and the next must not come between them. */
  #written: Promise<void> = Promise.resolve();
  #finished = false;
  #closed = false;
  #moved: number | undefined;
  #asksMoved = false;

  /**
   * For the reply to a dial or an accept.
   * @param raw  The connection behind the reply; owned from now on.
   * @param caller  The control connection that the stream is bound to.
   */
  constructor(
    raw: Duplex,
    opened: { stream: number; remote: AppStream["remote"]; hybrid?: boolean },
    caller: Caller,
  ) {
    this.#raw = raw;
    this.#stream = opened.stream;
    this.remote = opened.remote;
    this.hybrid = opened.hybrid;
    this.#caller = caller;
  }

  /** See {@link Duplex.read}: the end of the connection alone doesn't say whether the peer has finished. */
  async read(): Promise<Uint8Array | null> {
    if (this.#closed) throw ended();
    const bytes = await this.#raw.read().catch(() => null);
    if (bytes !== null) return bytes;
    if (this.#closed) throw ended();
    await this.#caller.call("stream.outcome", { stream: this.#stream });
    return null;
  }

  /** See {@link AppStream.write}. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || this.#finished) return Promise.reject(ended());
    const written = this.#written.then(() => this.#write(bytes));
    this.#written = written.catch(() => {});
    return written;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#raw.write(bytes);
      this.#sent += bytes.length;
    } catch (error) {
      if (!this.#closed) await this.#caller.call("stream.outcome", { stream: this.#stream });
      throw error;
    }
  }

  /** See {@link Duplex.closeWrite}: resolves when the FIN is handed down in the owner. */
  async closeWrite(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    await this.#written;
    await this.#caller.call("stream.finish", { stream: this.#stream, sent: this.#sent });
    await this.#raw.closeWrite().catch(() => {}); // the owner may have closed it already
  }

  /** See {@link AppStream.ping}: behind every byte that was written before. */
  async ping(): Promise<number> {
    await this.#written;
    return await this.#caller.call("stream.ping", { stream: this.#stream, sent: this.#sent });
  }

  /** See {@link Living.moved}: as the owner has answered to the look before. */
  get moved(): number | undefined {
    if (!this.#asksMoved && !this.#closed) void this.#askMoved();
    return this.#moved;
  }

  async #askMoved(): Promise<void> {
    this.#asksMoved = true;
    // An owner of an older version does not know.
    this.#moved = await this.#caller.call("stream.moved", { stream: this.#stream }).catch(() => undefined) ??
      this.#moved;
    this.#asksMoved = false;
  }

  /** Lets the peer know that somebody is here who takes little. */
  sign(): void {
    if (!this.#closed) this.#caller.tell("stream.sign", { stream: this.#stream });
  }

  /** See {@link Duplex.close}: what was written is still passed on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#caller.tell("stream.close", { stream: this.#stream, sent: this.#sent });
    this.#raw.close();
  }

  /** Ends both directions and lets the peer know that bytes are missing. */
  reset(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#caller.tell("stream.reset", { stream: this.#stream });
    this.#raw.close();
  }
}

const ended = (): NetworkError => new NetworkError("stream is closed", { retry: false, reason: "closed" });
