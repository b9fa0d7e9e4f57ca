/**
 * What a session waits for, and for how long: answers to pings, ACKs of opens, the peer's FIN, its own keep-alive.
 *
 * @see dmsg.md §8.2; README.md
 * @module
 */
import { NetworkError } from "../wire/errors.ts";
import { MAX_U32 } from "./frame.ts";
import type { Stream } from "./stream.ts";
import { TimerQueue } from "./timers.ts";
import type { YamuxLimits } from "./types.ts";

/** The waits of one session. */
export class Waits {
  /** Our opens that wait for their ACK. */
  readonly opens: TimerQueue<Stream>;
  /** Released streams that wait for the peer's FIN. */
  readonly releases: TimerQueue<Stream>;
  /** Tokens of pings that wait for their answer. */
  readonly pings: TimerQueue<number>;
  readonly #limits: YamuxLimits;
  readonly #otherEnd: string;
  /** Unknown until the first input: a core has no clock to start from. */
  #keepAliveMs: number | undefined;
  #nextToken = 0;
  #heardMs = 0;

  /** Nothing is waited for. @param otherEnd  Who answers, for errors. */
  constructor(limits: YamuxLimits, otherEnd: string) {
    this.#limits = limits;
    this.#otherEnd = otherEnd;
    this.opens = new TimerQueue(limits.ackTimeoutMs);
    this.releases = new TimerQueue(limits.finTimeoutMs);
    this.pings = new TimerQueue(limits.pingTimeoutMs);
  }

  /** The time of an input: the first one starts the keep-alive. @param isHeard  Bytes of the peer. */
  begin(nowMs: number, isHeard: boolean): void {
    this.#keepAliveMs ??= nowMs + this.#limits.keepAliveMs;
    if (isHeard) this.#heardMs = nowMs;
  }

  /** When bytes of the peer came last; 0: none have. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** When the oldest ping counts as not answered: on a slow line its answer stands behind all that comes before it. */
  get #pingDueMs(): number {
    const sinceMs = this.pings.crowdSinceMs(0) ?? Infinity;
    const { pingTimeoutMs, pingPatienceMs } = this.#limits;
    return Math.min(Math.max(sinceMs, this.#heardMs) + pingTimeoutMs, sinceMs + pingPatienceMs);
  }

  /** An answer to a ping is waited for. @returns The ping's token. */
  startPing(nowMs: number): number {
    const token = this.#nextToken;
    this.#nextToken = token === MAX_U32 ? 0 : token + 1;
    this.pings.start(token, nowMs);
    return token;
  }

  /** When something is due; 0 before {@link begin}. */
  get deadlineMs(): number {
    if (this.#keepAliveMs === undefined) return 0;
    const { maxReleased, crowdedFinMs } = this.#limits;
    return Math.min(
      (this.releases.crowdSinceMs(maxReleased) ?? Infinity) + crowdedFinMs,
      this.#keepAliveMs,
      this.#pingDueMs,
      this.opens.earliestMs ?? Infinity,
      this.releases.earliestMs ?? Infinity,
    );
  }

  /**
   * What is due.
   * @returns Released streams whose FIN did not come, and whether the keep-alive's ping is due.
   * @throws {NetworkError} timeout: the peer answers no more.
   */
  due(nowMs: number): { readonly released: readonly Stream[]; readonly keepAlive: boolean } {
    const { pingTimeoutMs, ackTimeoutMs, keepAliveMs, maxReleased, crowdedFinMs } = this.#limits;
    if (nowMs >= this.#pingDueMs) throw noAnswer(this.#otherEnd, "a ping", pingTimeoutMs);
    if (this.opens.takeDue(nowMs).length > 0) throw noAnswer(this.#otherEnd, "an open", ackTimeoutMs);
    const released = this.releases.takeDue(nowMs);
    released.push(...this.releases.takeCrowd(maxReleased, nowMs - crowdedFinMs));
    const keepAlive = nowMs >= this.#keepAliveMs!;
    if (keepAlive) this.#keepAliveMs = nowMs + keepAliveMs;
    return { released, keepAlive };
  }

  /** A stream is over. */
  forget(stream: Stream): void {
    this.opens.stop(stream);
    this.releases.stop(stream);
  }
}

function noAnswer(who: string, what: string, limitMs: number): NetworkError {
  return new NetworkError(`the ${who} did not answer ${what} within ${limitMs} ms`, {
    retry: true,
    reason: "timeout",
  });
}
