/**
 * What a session knows about one live stream: which side has finished, and the two windows.
 *
 * @see dmsg.md §8.2; README.md "Stream states"
 * @module
 */
import { brokenRule, MAX_U32 } from "./frame.ts";
import type { YamuxLimits } from "./types.ts";

/** Credit of a slow reader: a sealed frame. Less would cost a frame for each message of a conversation. */
const SLOW_CREDIT_BYTES = 4096;

/** Who may still send: both, only the peer, only we, nobody. A closed stream is forgotten. */
export type StreamState = "open" | "localFinished" | "remoteFinished" | "closed";

/** What moves a stream: our FIN, the peer's FIN, a reset by either side. */
export type StreamStep = "finish" | "peerFin" | "reset";

/** States × steps. `same`: nothing is left to do. `refused`: the peer must not do that. */
const table: Record<StreamState, Record<StreamStep, StreamState | "same" | "refused">> = {
  open: { finish: "localFinished", peerFin: "remoteFinished", reset: "closed" },
  localFinished: { finish: "same", peerFin: "closed", reset: "closed" },
  remoteFinished: { finish: "closed", peerFin: "refused", reset: "closed" },
  closed: { finish: "same", peerFin: "same", reset: "same" },
};

/** One stream of a session. */
export class Stream {
  /** The stream id. */
  readonly id: number;
  /** Whether the peer opened it. */
  readonly openedByPeer: boolean;
  /** Whether the application has it; false only while a stream of the peer's waits in the backlog. */
  taken: boolean;
  /** Whether the application closed both ways: what still arrives is dropped. */
  released = false;
  #state: StreamState = "open";
  readonly #windowBytes: number;
  readonly #creditMs: number;
  #sendWindow: number;
  #receiveWindow: number;
  #unreadBytes = 0;
  #grantableBytes = 0;
  /** When credit was granted last, or the first bytes were consumed. */
  #grantedMs: number | undefined;

  /**
   * A stream with both sides open.
   * @param limits.windowBytes  The window of each direction at the start; also the most that is ever granted.
   */
  constructor(
    id: number,
    openedByPeer: boolean,
    { windowBytes, creditMs }: Pick<YamuxLimits, "windowBytes" | "creditMs">,
  ) {
    this.id = id;
    this.openedByPeer = openedByPeer;
    this.taken = !openedByPeer;
    this.#windowBytes = windowBytes;
    this.#creditMs = creditMs;
    this.#sendWindow = windowBytes;
    this.#receiveWindow = windowBytes;
  }

  /** Who may still send. */
  get state(): StreamState {
    return this.#state;
  }

  /** Whether the peer may still send. */
  get peerSends(): boolean {
    return this.#state === "open" || this.#state === "localFinished";
  }

  /** Payload bytes that we may send now; 0 after our FIN. */
  get sendWindow(): number {
    return this.#state === "open" || this.#state === "remoteFinished" ? this.#sendWindow : 0;
  }

  /**
   * Moves the stream along the table.
   * @returns Whether the step changed anything.
   * @throws {ProtocolError} by peer: a FIN of a peer that has finished; ends the session.
   */
  step(step: StreamStep): boolean {
    const next = table[this.#state][step];
    if (next === "refused") throw brokenRule("yamux-fin", `stream ${this.id}: a second FIN`);
    if (next !== "same") this.#state = next;
    return next !== "same";
  }

  /**
   * Takes payload bytes out of the send window.
   * @throws {RangeError} Not 1 … `sendWindow` bytes: a mistake of the caller.
   */
  spend(bytes: number): void {
    if (!(bytes >= 1 && bytes <= this.sendWindow)) {
      throw new RangeError(`stream ${this.id}: ${bytes} bytes in a send window of ${this.sendWindow}`);
    }
    this.#sendWindow -= bytes;
  }

  /**
   * Adds credit from the peer.
   * @returns Whether more can be sent because of it.
   * @throws {ProtocolError} by peer: the window would pass 2^32-1; ends the session.
   */
  addCredit(bytes: number): boolean {
    if (bytes > MAX_U32 - this.#sendWindow) {
      throw brokenRule("yamux-window", `stream ${this.id}: credit beyond 2^32-1 bytes`);
    }
    this.#sendWindow += bytes;
    return bytes > 0 && this.sendWindow > 0;
  }

  /**
   * Takes the payload of a Data frame out of the receive window; called at the header, so that a frame that is
   * too long is refused before any of it is passed on.
   * @throws {ProtocolError} by peer: more than the window; ends the session.
   */
  announce(bytes: number): void {
    if (bytes > this.#receiveWindow) {
      const message = `stream ${this.id}: ${bytes} bytes in a receive window of ${this.#receiveWindow}`;
      throw brokenRule("yamux-window", message);
    }
    this.#receiveWindow -= bytes;
  }

  /** Counts a piece of an announced payload that was handed to the application. */
  deliver(bytes: number): void {
    this.#unreadBytes += bytes;
  }

  /**
   * Counts delivered bytes that the application is done with.
   * @returns The credit to grant now: 0, or half a window and more; of a slow reader some KiB and more.
   * @throws {RangeError} More than was delivered: a mistake of the caller.
   */
  consume(bytes: number, nowMs: number): number {
    if (!(bytes >= 0 && bytes <= this.#unreadBytes)) {
      throw new RangeError(`stream ${this.id}: ${bytes} bytes consumed of ${this.#unreadBytes} unread`);
    }
    this.#unreadBytes -= bytes;
    this.#grantableBytes += bytes;
    this.#grantedMs ??= nowMs;
    const isSlow = nowMs - this.#grantedMs >= this.#creditMs;
    if (!this.peerSends || this.#grantableBytes < (isSlow ? SLOW_CREDIT_BYTES : this.#windowBytes / 2)) {
      return 0;
    }
    this.#grantedMs = nowMs;
    const grant = this.#grantableBytes;
    this.#grantableBytes = 0;
    this.#receiveWindow += grant;
    return grant;
  }

  /** {@link Stream.consume} for everything that was delivered. */
  consumeAll(nowMs: number): number {
    return this.consume(this.#unreadBytes, nowMs);
  }
}
