import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { formatGoTime, GO_ZERO_TIME_NS, parseGoTime } from "../../lib/wire/go_time.ts";

Deno.test("Go time survives writing and reading, to the nanosecond and before 1970", () => {
  const years0To9999 = fc.bigInt({ min: GO_ZERO_TIME_NS, max: 253_402_300_799_999_999_999n });
  fc.assert(fc.property(years0To9999, (ns) => strictEqual(parseGoTime(formatGoTime(ns)), ns)), { seed: 1 });
  strictEqual(formatGoTime(-1n), "1969-12-31T23:59:59.999999999Z");
  strictEqual(formatGoTime(0n), "1970-01-01T00:00:00Z");
});

Deno.test("Go time refuses years of more or fewer than four digits", () => {
  for (const ns of [253_402_300_800_000_000_000n, -62_167_219_200_000_000_001n, 10n ** 40n]) {
    throws(() => formatGoTime(ns), RangeError);
  }
});

Deno.test("Go time reads offsets and cuts digits beyond the nanosecond", () => {
  strictEqual(parseGoTime("1970-01-01T01:30:00+01:30"), 0n);
  strictEqual(parseGoTime("1969-12-31T23:00:00.5-01:00"), 500_000_000n);
  strictEqual(parseGoTime("1970-01-01T00:00:00.0000000019Z"), 1n);
  strictEqual(parseGoTime("2024-02-29T00:00:00Z"), 1_709_164_800_000_000_000n);
});

Deno.test("Go time takes what Go's parser takes beyond RFC 3339", () => {
  strictEqual(parseGoTime("2026-05-12T10:00:00,5Z"), 1_778_580_000_500_000_000n);
  strictEqual(parseGoTime("2026-05-12T1:00:00Z"), 1_778_547_600_000_000_000n);
  strictEqual(parseGoTime("2026-05-12T10:00:00+24:00"), 1_778_493_600_000_000_000n);
  strictEqual(parseGoTime("2026-05-12T10:00:00+23:60"), 1_778_493_600_000_000_000n);
});

for (
  const text of [
    "",
    "2026-05-12",
    "2026-05-12t10:00:00Z",
    "2026-05-12T10:00:00z",
    "2026-05-12T10:00:00",
    "2026-05-12T10:00:00,Z",
    "2026-05-12T10:00:00.Z",
    "2026-05-12T24:00:00Z",
    "2026-05-12T10:60:00Z",
    "2026-05-12T10:00:60Z",
    "2026-02-29T10:00:00Z",
    "2026-02-30T10:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-00-01T10:00:00Z",
    "2026-01-00T10:00:00Z",
    "2026-01-01T10:00:00+25:00",
    "2026-01-01T10:00:00+00:61",
    "2026-05-12T010:00:00Z",
    "2026-01-01T10:00:00+1:00",
    " 2026-01-01T10:00:00Z",
    "+12026-01-01T10:00:00Z",
  ]
) {
  Deno.test(`Go time refuses ${JSON.stringify(text)}`, () => {
    throws(() => parseGoTime(text), SyntaxError);
  });
}
