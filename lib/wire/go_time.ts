/**
 * Times as Go writes them into JSON: RFC 3339 with nanoseconds, held as bigint because `Date` loses them.
 *
 * @see specification skychat §0.2
 * @module
 */

/** Go's zero time, year 1, in nanoseconds since 1970. */
export const GO_ZERO_TIME_NS: bigint = -62_135_596_800_000_000_000n;

/** Whether nanoseconds fit into 64 bits, the years 1678 to 2261, as what is signed has them. Go's zero time does not. */
export const isUnixNano = (ns: bigint): boolean => BigInt.asIntN(64, ns) === ns;

const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MINUTE = 60n * NS_PER_SECOND;
/** The beginning of the year 10000. */
const LAST_SECOND_NS = 253_402_300_800_000_000_000n;
const ZERO = 48;
/** As Go's parser takes it: an hour of one digit, a comma, an offset of 24 hours and one of 60 minutes pass there. */
const RFC3339 =
  /^(\d{4}-\d\d-(\d\d)T)(\d?\d)(:\d\d:\d\d)(?:[.,](\d+))?(?:Z|([+-])([01]\d|2[0-4]):([0-5]\d|60))$/;

/**
 * Writes a time in UTC; trailing zeros of the fraction are left out.
 * @param ns  Nanoseconds since 1970, within the years 0 … 9999.
 * @returns For example `2026-05-12T10:00:00.12Z`.
 * @throws {RangeError} When the year needs more or fewer than four digits.
 * @example 2026-05-12T10:00:00.12Z is formatGoTime(1778580000120000000n)
 */
export function formatGoTime(ns: bigint): string {
  if (ns >= NS_PER_SECOND && ns < LAST_SECOND_NS) return formatDigits(String(ns));
  const fractionNs = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const text = new Date(Number((ns - fractionNs) / 1_000_000n)).toISOString(); // throws beyond Date's range
  if (text.length !== "2026-05-12T10:00:00.000Z".length) throw new RangeError("year is outside 0 … 9999");
  const fraction = fractionNs.toString().padStart(9, "0").replace(/0+$/, "");
  return text.slice(0, 19) + (fraction === "" ? "Z" : `.${fraction}Z`);
}

/** The second that was written last, and its text: many times of a moment are written one after the other. */
let known = { second: "", text: "" };

/** By its decimal digits: arithmetic with long integers takes ten times as long. */
function formatDigits(digits: string): string {
  const second = digits.slice(0, -9);
  if (second !== known.second) {
    known = { second, text: new Date(Number(second) * 1000).toISOString().slice(0, 19) };
  }
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO && end > second.length) end--;
  const fraction = digits.slice(second.length, end);
  return `${known.text}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/**
 * Reads a time with any offset. Digits beyond the nanosecond are cut, as Go does it.
 * @param text  RFC 3339: `T` and `Z` in upper case, seconds up to 59, days that exist; and what Go takes beyond it.
 * @returns Nanoseconds since 1970.
 * @throws {SyntaxError} When the text is no such time.
 */
export function parseGoTime(text: string): bigint {
  const parts = RFC3339.exec(text);
  if (!parts) throw new SyntaxError("not an RFC 3339 time");
  const [, date, day, hour, rest, fraction = "", sign, offsetHours, offsetMinutes] = parts;
  const seconds = new Date(`${date}${hour.padStart(2, "0")}${rest}Z`);
  // Date moves 24:00:00 to the next day and the 30th of February into March; the rest that Go refuses is NaN.
  if (seconds.getUTCDate() !== Number(day)) {
    throw new SyntaxError("not an RFC 3339 time: no such day or hour");
  }
  const localNs = BigInt(seconds.getTime()) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  if (sign === undefined) return localNs;
  const offsetNs = (BigInt(offsetHours) * 60n + BigInt(offsetMinutes)) * NS_PER_MINUTE;
  return sign === "+" ? localNs - offsetNs : localNs + offsetNs;
}
