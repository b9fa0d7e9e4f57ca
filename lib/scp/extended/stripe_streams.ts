/**
 * The dialling side of further streams for one copy.
 *
 * @see lib/scp/README.md "Stripes"
 * @module
 */
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

/**
 * Opens further streams for a copy; what can't be opened is done without.
 * @param join  The host's name of the copy.
 * @param add  Uses one more.
 * @returns Ends them.
 */
export function openStripes({ count, open }: More, join: number, add: (wire: Wire) => void): () => void {
  const over = Promise.withResolvers<void>();
  let isOver = false;
  for (let number = 1; number <= Math.min(count, MORE_STREAMS); number++) {
    open(number, async (wire) => {
      await writeControl(wire, { op: "stripe", join });
      const { ok, err } = await readControl(wire);
      if (ok !== true) throw fatalError(err ?? "no reason given");
      if (!isOver) add(wire);
      await over.promise;
    }).catch(() => {}); // the copy goes on over those that there are
  }
  return () => {
    isOver = true;
    over.resolve();
  };
}
