/**
 * Ends as people write them, as a flag.
 *
 * @module
 */
import { parseUntil } from "../../lib/wire/until.ts";

/** `--until`. */
export const untilFlag = {
  kind: "parsed",
  parse: parseUntil,
  optional: true,
  placeholder: "time",
  brief: "When it is over: 7d, a date, or an RFC 3339 time",
} as const;
