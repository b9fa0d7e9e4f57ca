/**
 * One stream between two clients, once both have proven their keys: sealed frames.
 *
 * @see specification dmsg §9.4, §14
 * @module
 */
import { loadNativeAead, readyAead } from "../../crypto/aead.ts";
import type { TransportKeys } from "../../noise/handshake_state.ts";
import { type Ciphers, SecureStream } from "../../noise/secure.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Duplex, LongFrames } from "../../wire/machine.ts";
import type { MuxStream } from "../../yamux/mux_stream.ts";
import type { Addr } from "../addr.ts";

/**
 * Who has said nothing for so long signs. Current servers end a stream of which one direction is silent for 5 minutes: a
 * shell at night, a download that takes longer. Later than the longest that anything here waits for a sign of life (2
 * minutes, looked at in thirds): a peer that stands still must not look like one that works.
 */
const QUIET_MS = 180_000;

const CIPHERS: Ciphers = { maker: readyAead, upgrade: loadNativeAead };

/**
 * A byte pipe to another client, sealed end to end. Frame borders of the wire are not seen here.
 * @see specification dmsg §9.4
 */
export class DmsgStream implements Duplex {
  /** Our end: a listener's port, or the ephemeral one of a stream that we dialled. */
  readonly local: Addr;
  /** Proven by the handshake. */
  readonly remote: Addr;
  /** Whether the keys are hybrid (ML-KEM-768). */
  readonly hybrid: boolean;
  readonly #secure: SecureStream;
  readonly #under: MuxStream;
  readonly #onClose: () => void;
  readonly #clock: Clock;
  #hush = (): void => {};
  /** When something was last written. */
  #saidMs: number;
  #closed = false;

  /**
   * For `dialStream` and `answerStream`.
   * @param under  Its next byte is the first byte of a stream frame; owned from now on.
   * @param keys  Of the finished KK handshake.
   * @param info  `onClose` is called once, by {@link close}.
   */
  constructor(
    under: MuxStream,
    keys: TransportKeys,
    info: { local: Addr; remote: Addr; hybrid: boolean; onClose: () => void; clock: Clock },
  ) {
    this.local = info.local;
    this.remote = info.remote;
    this.hybrid = info.hybrid;
    this.#onClose = info.onClose;
    this.#under = under;
    this.#secure = new SecureStream(under, keys, CIPHERS, true, info.clock);
    this.#clock = info.clock;
    this.#saidMs = info.clock.nowMs();
    this.#signWhenQuiet();
  }

  #signWhenQuiet(): void {
    this.#hush = this.#clock.after(this.#saidMs + QUIET_MS - this.#clock.nowMs(), () => {
      if (!this.#secure.isWhole) return;
      if (this.#clock.nowMs() - this.#saidMs >= QUIET_MS) this.sign();
      this.#signWhenQuiet();
    });
  }

  /**
   * Waits for the next bytes; the peer's window grows by them when they are handed over.
   * @returns A view that is valid until the next call, or null behind the peer's FIN.
   * @throws {ProtocolError} by peer: a frame that can't be right (length, nonce, tag); the stream is dead then.
   * @throws {NetworkError} The stream was reset or cut inside a frame, or its session has ended.
   */
  read(): Promise<Uint8Array | null> {
    return this.#secure.read();
  }

  /**
   * Seals bytes, any number, and waits for window: in frames of at most 4070, or of 32742 to a peer whose frames say that
   * it takes them. Calls that are not awaited keep their order, and let the next bytes be sealed meanwhile.
   * @returns When all are handed to the socket and the array may be reused; not when the peer has them.
   * @throws {NetworkError} The stream is closed for writing, was reset, or its session has ended.
   */
  write(bytes: Uint8Array): Promise<void> {
    this.#saidMs = this.#clock.nowMs();
    return this.#secure.write(bytes);
  }

  /** FIN behind the writes before it; reading goes on. A classic server then ends the other direction as well. */
  closeWrite(): Promise<void> {
    return this.#secure.closeWrite();
  }

  /** Ends both directions: FIN, and what still arrives is dropped. Frees the port; harmless when repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hush();
    this.#secure.close();
    this.#onClose();
  }

  /** Ends both directions at once and lets the peer know that bytes are missing: an end that is no end of file. */
  reset(): void {
    this.#under.reset();
    this.close();
  }

  /** Grows whenever the peer, or the server for it, has taken something, and with all that the peer says. */
  get moved(): number {
    return this.#secure.moved;
  }

  /** Lets the peer know that somebody is here who takes little: no bytes. */
  sign(): void {
    this.#saidMs = this.#clock.nowMs();
    this.#secure.sign();
  }

  /** For two of ours that have agreed on it: no other peer takes frames of more than 4096 bytes. */
  get longFrames(): LongFrames {
    return this.#secure.longFrames;
  }

  /**
   * A round trip to the server under the stream, in milliseconds. Its answer says that the server has taken every
   * byte that was written before: "handed over".
   * @throws {NetworkError} The session ended, or nothing came of the server for 10 s, or no answer for 120 s, which ends it.
   */
  ping(): Promise<number> {
    return this.#under.ping();
  }
}
