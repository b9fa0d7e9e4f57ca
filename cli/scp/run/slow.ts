/**
 * Pulls that are too slow for a visor's host.
 *
 * @module
 */
import { CopyError } from "../../../lib/scp/errors.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";

/** A visor's host gives a pull up whose client has not taken the 64 KiB that it writes at a time for so long. */
const GIVEN_UP_MS = 60_000;
/** Bytes a second, some more than that makes: what lies in windows went quicker. */
const SLOW_RATE = 3000;

/**
 * What a pull from a visor's host has ended with, and what to do where it was too slow for that.
 * @param ms  How long it went. @param bytes  That came.
 */
export function ofSlowPull(error: unknown, ms: number, bytes: number): unknown {
  const isCut = error instanceof CopyError ? error.isCut : error instanceof NetworkError && error.retry;
  if (!isCut || ms < GIVEN_UP_MS || bytes * 1000 > SLOW_RATE * ms) return error;
  return new CopyError((error as Error).message, "broken", {
    hint: "A visor's host ends a pull that goes below some 2 KiB a second: raise --limit, or read it faster.",
    isCut: true,
    cause: error,
  });
}
