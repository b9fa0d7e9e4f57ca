/**
 * The dialling side of further streams for one copy.
 *
 * @see lib/scp/README.md "Stripes"
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { Wire } from "../wire.ts";
import { fatalError } from "../errors.ts";
import { readControl, writeControl } from "./frames.ts";
import { MORE_STREAMS } from "./stripes.ts";

/**
 * Opens a stream with the role and path of the copy, and greets.
 * @param number  1, 2 …: each may go another way.
 * @param work  Runs on it; the stream ends with that.
 */
export type OpenStream = (number: number, work: (wire: Wire) => Promise<void>) => Promise<void>;

/** Further streams that a copy may have. */
export interface More {
  /** How many at most, 1 … {@link MORE_STREAMS}. */
  readonly count: number;
  /** Opens one. */
  readonly open: OpenStream;
}

/** A short copy is over before a dial is worth its while: a further stream follows after so long, and so on. */
const PAUSE_MS = 250;

/**
 * Opens further streams for a copy, one after the other; what can't be opened is done without.
 * @param join  The host's name of the copy.
 * @param add  Uses one more.
 * @returns Ends them.
 */
export function openStripes(
  { count, open }: More,
  join: number,
  clock: Clock,
  add: (wire: Wire) => void,
): () => void {
  const over = Promise.withResolvers<void>();
  let isOver = false;
  const cancels: (() => void)[] = [];
  const begin = (number: number): void => {
    open(number, async (wire) => {
      await writeControl(wire, { op: "stripe", join });
      const { ok, err } = await readControl(wire);
      if (ok !== true) throw fatalError(err ?? "no reason given");
      if (!isOver) add(wire);
      await over.promise;
    }).catch(() => {}); // the copy goes on over those that there are
  };
  for (let number = 1; number <= Math.min(count, MORE_STREAMS); number++) {
    cancels.push(clock.after(number * PAUSE_MS, () => begin(number)));
  }
  return () => {
    isOver = true;
    for (const cancel of cancels) cancel();
    over.resolve();
  };
}
