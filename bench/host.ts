/**
 * What an identity of a benchmark is opened with.
 *
 * @module
 */
import { systemClock } from "../lib/sys/clock.ts";
import { systemFiles } from "../lib/sys/files/files.ts";
import { openLogFile } from "../lib/sys/files/log_file.ts";
import { systemOs } from "../lib/sys/paths.ts";
import { systemRandom } from "../lib/sys/random.ts";

/** Everything below one home directory; no environment beside it. */
export const hostOf = (home: string) => ({
  env: (name: string): string | undefined => name === "HOME" ? home : undefined,
  files: systemFiles,
  openLogFile,
  os: systemOs,
  clock: systemClock(),
  random: systemRandom,
  fetch,
  signal: new AbortController().signal,
});
