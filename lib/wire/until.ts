/**
 * Ends as people write them.
 *
 * @module
 */
import { formatGoTime, parseGoTime } from "./go_time.ts";

const UNIT_NS: Readonly<Record<string, bigint>> = {
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

/**
 * Reads an end.
 * @param input  A time span from now (`30m`, `2h`, `7d`, `2w`), a date (its end in UTC), or an RFC 3339 time.
 * @returns The point as RFC 3339, once it is known what time it is, nanoseconds since 1970.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseUntil(input: string): (nowNs: bigint) => string {
  const span = /^(\d{1,6})([mhdw])$/.exec(input);
  if (span) return (nowNs) => formatGoTime(nowNs + BigInt(span[1]) * UNIT_NS[span[2]]);
  const text = /^\d{4}-\d\d-\d\d$/.test(input) ? `${input}T23:59:59Z` : input;
  try {
    const at = formatGoTime(parseGoTime(text));
    return () => at;
  } catch {
    throw new SyntaxError(
      "an end is 30m, 2h, 7d or 2w from now, a date such as 2026-12-24, or 2026-12-24T18:00:00Z",
    );
  }
}
