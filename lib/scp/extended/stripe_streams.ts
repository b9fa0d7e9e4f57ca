/**
 * The dialling side of further streams for one copy.
 *
 * @see lib/scp/README.md "Stripes"
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { Wire } from "../wire.ts";
import { fatalError } from "../errors.ts";
import { framesOf, readControl, writeControl } from "./frames.ts";
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
  /** Bytes a second with which no further one is opened, for the way is not what limits them; left out: always. */
  readonly fastBytesPerS?: number;
  /** Opens one. */
  readonly open: OpenStream;
}

/** What a copy goes over. */
export interface Ways {
  /** Bytes of its run that have been cut or put together. */
  bytes(): number;
  /** Uses one more. */
  add(wire: Wire): void;
}

/** A short copy is over before a dial is worth its while: a further stream follows after so long, and so on. */
const PAUSE_MS = 250;
/** What is being opened at the end of a copy is waited for, not longer. */
const LATE_MS = 1000;

/**
 * Opens further streams for a copy, one after the other; what can't be opened is done without.
 * @param join  The host's name of the copy.
 * @returns Ends them.
 */
export function openStripes(
  { count, fastBytesPerS = Infinity, open }: More,
  join: number,
  clock: Clock,
  ways: Ways,
): () => Promise<void> {
  const over = Promise.withResolvers<void>();
  let isOver = false;
  const all: Promise<void>[] = [];
  const begin = (): void => {
    const lent = open(all.length + 1, async (wire) => {
      await writeControl(wire, { op: "stripe", join, ...framesOf(wire) });
      const { ok, err } = await readControl(wire);
      if (ok !== true) throw fatalError(err ?? "no reason given");
      if (!isOver) ways.add(wire);
      await over.promise;
    }).catch(() => {}); // the copy goes on over those that there are
    all.push(lent);
  };
  let [before, beforeMs] = [ways.bytes(), clock.nowMs()];
  const look = (): void => {
    const [now, nowMs] = [ways.bytes(), clock.nowMs()];
    const bytesPerS = (now - before) * 1000 / Math.max(1, nowMs - beforeMs);
    [before, beforeMs] = [now, nowMs];
    if (bytesPerS < fastBytesPerS) begin();
    if (all.length < Math.min(count, MORE_STREAMS)) cancel = clock.after(PAUSE_MS, look);
  };
  let cancel = clock.after(PAUSE_MS, look);
  return async () => {
    isOver = true;
    cancel();
    over.resolve();
    // One that is being opened asks first, and is told that there is no such copy: a host would tell of a failure.
    await new Promise<void>((resolve) => {
      const late = clock.after(LATE_MS, resolve);
      void Promise.all(all).then(late).then(resolve);
    });
  };
}
