/**
 * What is left of the program to be read. A release lies in pieces, each read when it is used first
 * (scripts/README.md "The pieces"). Their files may go while a command stays: caches are emptied, and another release is
 * put in the place of this one. Whoever asked for what lay in them would then be told that all is well, and we could not
 * keep it.
 *
 * @module
 */
import type { Clock } from "../lib/sys/clock.ts";

/** After the start, milliseconds: by then it can be reached, and what it shows is drawn. */
const READ_AFTER_MS = 2000;

/** Reads each that serves what comes. From source there are none; `scripts/pieces.ts` names them here for a release. */
const readAll: readonly (() => Promise<unknown>)[] = [];

/**
 * Has them read soon, one after the other, unless it ends before that. A compiled program has them within, where nobody
 * takes them away.
 * @param ended  Settles at the end.
 */
export function readPieces(clock: Clock, ended: Promise<unknown>): void {
  if (Deno.build.standalone) return;
  const cancel = clock.after(READ_AFTER_MS, async () => {
    // One that is gone already is missed by whoever needs it.
    for (const read of readAll) await read().catch(() => {});
  });
  ended.then(cancel, cancel);
}
