/**
 * Points in time as people write them.
 *
 * @module
 */
import { formatGoTime, parseGoTime } from "../../lib/wire/go_time.ts";

const UNIT_NS: Readonly<Record<string, bigint>> = {
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

/**
 * Parser for `--since`.
 * @param input  A time span before now (`90s`, `30m`, `2h`, `3d`, `1w`, and together: `1h30m`), a date (its start in
 * UTC), or an RFC 3339 time.
 * @returns The point as RFC 3339, once it is known what time it is, nanoseconds since 1970.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseSince(input: string): (nowNs: bigint) => string {
  const spanNs = span(input);
  if (spanNs !== undefined) return (nowNs) => formatGoTime(nowNs > spanNs ? nowNs - spanNs : 0n);
  const text = /^\d{4}-\d\d-\d\d$/.test(input) ? `${input}T00:00:00Z` : input;
  try {
    const at = formatGoTime(parseGoTime(text));
    return () => at;
  } catch {
    throw new SyntaxError("a time is 30m, 2h or 3d, a date such as 2026-11-23, or 2026-11-23T10:00:00Z");
  }
}

/** Behind which event, by its cursor, or from which time on. */
export type ListenSince = number | ((nowNs: bigint) => string);

/**
 * Parser for `--since` of a command that goes on behind an event.
 * @param input  The cursor of an event, or what {@link parseSince} takes.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseListenSince(input: string): ListenSince {
  if (/^\d{1,15}$/.test(input)) return Number(input);
  try {
    return parseSince(input);
  } catch (error) {
    const { message } = error as SyntaxError;
    throw new SyntaxError(`a cursor is the number of an event, from its line of JSON; ${message}`);
  }
}

function span(input: string): bigint | undefined {
  if (!/^(\d{1,6}[smhdw])+$/.test(input)) return undefined;
  let sum = 0n;
  for (const [, count, unit] of input.matchAll(/(\d+)([smhdw])/g)) sum += BigInt(count) * UNIT_NS[unit];
  return sum;
}

/** `--since` of a command that shows what is kept. */
export interface SinceFlag {
  /** A value that is parsed. */
  readonly kind: "parsed";
  /** That parser. */
  readonly parse: typeof parseSince;
  /** It may be left out. */
  readonly optional: true;
  /** In the help. */
  readonly placeholder: "time";
  /** In the help. */
  readonly brief: string;
}

/** A flag that takes a point in time. @param brief  Its line in the help. */
export const sinceFlag = (brief: string): SinceFlag => ({
  kind: "parsed",
  parse: parseSince,
  optional: true,
  placeholder: "time",
  brief,
});
