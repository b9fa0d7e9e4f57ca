/**
 * What one client may use of a server.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { Allowance } from "./direction.ts";

/** A server's limits; every one is an option of `dmsg serve`. */
export interface ServerLimits {
  /** Sessions; further connections are closed. */
  readonly maxSessions: number;
  /** Streams that one client may have open through the server, dialled and taken. */
  readonly maxStreamsPerClient: number;
  /** Bytes of one client that may wait in the server. */
  readonly maxBufferedBytesPerClient: number;
  /** Bytes per second that one client may send; Infinity for no limit. */
  readonly maxBytesPerSecondPerClient: number;
}

/** The limits without options. */
export const DEFAULT_LIMITS: ServerLimits = {
  maxSessions: 1024,
  maxStreamsPerClient: 512,
  maxBufferedBytesPerClient: 32 * 1024 * 1024,
  maxBytesPerSecondPerClient: Infinity,
};

/** The account of one client on one server. */
export class ClientAccount implements Allowance {
  readonly #limits: ServerLimits;
  readonly #clock: Clock;
  #streams = 0;
  #heldBytes = 0;
  /** When the bytes that were credited so far would have passed at the allowed rate. */
  #paidUntilMs: number;

  /** An account of a client without streams. */
  constructor(limits: ServerLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#paidUntilMs = clock.nowMs();
  }

  /** Streams that are counted at the moment. */
  get streams(): number {
    return this.#streams;
  }

  /** Bytes that wait in the server. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Counts one more stream.
   * @returns Call it when the stream ends; or undefined when the client has its full number.
   */
  addStream(): (() => void) | undefined {
    if (this.#streams >= this.#limits.maxStreamsPerClient) return undefined;
    this.#streams++;
    let counted = true;
    return () => {
      if (counted) this.#streams--;
      counted = false;
    };
  }

  /**
   * Accounts for bytes that wait in the server.
   * @returns false when the client would be over `maxBufferedBytesPerClient`; nothing is counted then.
   */
  hold(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#limits.maxBufferedBytesPerClient) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** Takes bytes off the account that `hold` counted. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  /**
   * Counts bytes that the client has sent against its rate.
   * @returns Milliseconds to wait before they are credited; 0 without a limit.
   */
  delayMs(bytes: number): number {
    const rate = this.#limits.maxBytesPerSecondPerClient;
    if (!Number.isFinite(rate)) return 0;
    const now = this.#clock.nowMs();
    this.#paidUntilMs = Math.max(now, this.#paidUntilMs) + (bytes / rate) * 1000;
    return this.#paidUntilMs - now;
  }
}
