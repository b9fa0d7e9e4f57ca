/**
 * A server's pipe between two streams. A FIN is passed on; the other direction stays open.
 *
 * @see specification dmsg §9.2
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { MuxStream } from "../../yamux/mux_stream.ts";
import { type Allowance, Direction } from "./direction.ts";

/** How long a pipe with one finished direction may be silent (specification dmsg §8.2 has the same 5 minutes). */
const HALF_OPEN_MS = 300_000;

/** An end that is still there when the other one is gone. */
export interface Alone {
  /** It. */
  readonly stream: MuxStream;
  /** Resolves when it has ended, too, or was given up. */
  readonly ended: Promise<void>;
}

/**
 * Copies both ways until both directions have ended, one fails, or a half-open pipe is silent for 5 minutes.
 * A FIN is passed on behind the bytes before it; a failure resets both streams at once. Who is gone behind its FIN is
 * waited for no more: its peer gets the FIN, and a reset when it still sends.
 * @param a  The initiator's stream, behind its request. What it sends counts against `aAllows`.
 * @param b  The responder's stream, behind its response. What it sends counts against `bAllows`.
 * @returns When nothing is copied any more; an end that is still there is whoever counts streams to go on counting.
 *   Never rejects: how a relayed stream ends is the clients' affair.
 * @see specification dmsg §9.2, 5 and 6
 */
export function pipe(
  a: MuxStream,
  b: MuxStream,
  clock: Clock,
  aAllows: Allowance,
  bAllows: Allowance,
): Promise<Alone | undefined> {
  return new Pipe([a, b], clock, [aAllows, bAllows]).over;
}

/** What copies both ways. */
class Pipe {
  readonly #ends: readonly [MuxStream, MuxStream];
  readonly #clock: Clock;
  /** From each end to the other. */
  readonly #directions: readonly [Direction, Direction];
  readonly #over = Promise.withResolvers<Alone | undefined>();
  /** Directions that have not ended. */
  #open = 2;
  /** When the first one had. */
  #halfOpenMs = 0;
  #cancel = (): void => {};
  /** Streams whose FIN was passed on. */
  readonly #finished = new Set<MuxStream>();
  readonly #gone = new Set<MuxStream>();

  constructor(
    [a, b]: readonly [MuxStream, MuxStream],
    clock: Clock,
    [aAllows, bAllows]: readonly [Allowance, Allowance],
  ) {
    this.#ends = [a, b];
    this.#clock = clock;
    this.#directions = [
      new Direction(a, b, clock, aAllows, (error) => this.#ended(a, b, error)),
      new Direction(b, a, clock, bAllows, (error) => this.#ended(b, a, error)),
    ];
    for (const [from, to] of [[a, b], [b, a]]) {
      from.onceGone(() => {
        this.#gone.add(from);
        this.#leave(from, to);
      });
    }
    a.attach(this.#directions[0]);
    b.attach(this.#directions[1]);
  }

  /** See {@link pipe}. */
  get over(): Promise<Alone | undefined> {
    return this.#over.promise;
  }

  #ended(from: MuxStream, to: MuxStream, error?: Error): void {
    if (this.#open === 0) return;
    if (error) return this.#fail();
    to.finish();
    this.#open--;
    this.#finished.add(from);
    this.#halfOpenMs = this.#clock.nowMs();
    if (this.#open > 0) {
      this.#watch();
      return this.#leave(from, to);
    }
    this.#end();
    for (const end of this.#ends) end.release();
  }

  #watch(): void {
    const movedMs = this.#directions.map(({ lastMs }) => lastMs);
    const silentMs = this.#clock.nowMs() - Math.max(this.#halfOpenMs, ...movedMs);
    if (silentMs >= HALF_OPEN_MS) return this.#fail();
    this.#cancel = this.#clock.after(HALF_OPEN_MS - silentMs, () => this.#watch());
  }

  /** Waits no more for one that is gone behind its FIN. */
  #leave(from: MuxStream, to: MuxStream): void {
    if (this.#open === 0 || !this.#finished.has(from) || !this.#gone.has(from)) return;
    // One that has ended what it sends tells of no other end.
    const isDone = this.#directions[this.#ends.indexOf(to)].hasEnded;
    if (isDone) to.release();
    this.#end(isDone ? undefined : { stream: to, ended: leftAlone(to, this.#clock) });
  }

  #fail(): void {
    if (this.#open === 0) return;
    this.#end(); // first: the resets end both directions, which is no news then
    for (const end of this.#ends) end.reset();
  }

  #end(alone?: Alone): void {
    this.#open = 0;
    this.#cancel();
    this.#over.resolve(alone);
  }
}

/** A stream whose other side is gone: it has its FIN, and 5 minutes to end by itself. @returns When it has ended. */
function leftAlone(stream: MuxStream, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      stream.release();
      resolve();
    };
    const cancel = clock.after(HALF_OPEN_MS, end);
    stream.attach({ bytes: () => stream.reset(), end });
  });
}
