import fc from "fast-check";
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { checkArgument, StrictText, strictText } from "../../../cli/input/utf8.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { anyText } from "../../fakes/texts.ts";

/** The first byte that is no text, found the slow way. */
function firstBad(bytes: Uint8Array): number | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const isText = (end: number): boolean => {
    try {
      decoder.decode(bytes.subarray(0, end));
      return true;
    } catch {
      return false;
    }
  };
  if (isText(bytes.length)) return undefined;
  for (let end = bytes.length; end >= 0; end--) if (isText(end)) return end;
  return 0;
}

function offsetOf(error: UserError | undefined): number | undefined {
  const found = /byte (\d+) \(0x[0-9a-f]{2}\)/.exec(error?.message ?? "");
  return found ? Number(found[1]) : undefined;
}

const piece = fc.oneof(
  anyText({ maxLength: 6 }).map((text) => [...new TextEncoder().encode(text)]),
  fc.array(fc.nat(255), { maxLength: 3 }),
);

Deno.test("Text is what was given, or refused with the first byte that is none, in any chunks", () => {
  fc.assert(fc.property(fc.array(piece), fc.integer({ min: 1, max: 5 }), (parts, size) => {
    const bytes = Uint8Array.from(parts.flat());
    const expected = firstBad(bytes);
    const reader = new StrictText();
    let text = "";
    let error: UserError | undefined;
    for (let at = 0; at < bytes.length && !error; at += size) {
      const got = reader.push(bytes.subarray(at, at + size));
      text += got.text;
      error = got.error;
    }
    error ??= reader.end();
    strictEqual(offsetOf(error), expected);
    deepStrictEqual([...new TextEncoder().encode(text)], [...bytes.subarray(0, expected ?? bytes.length)]);
  }));
});

Deno.test("Text keeps a byte order mark, and long text is decoded at once", () => {
  strictEqual(strictText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\uFEFFa");
  const bytes = new TextEncoder().encode("é".repeat(30_000));
  strictEqual(strictText(bytes).length, 30_000);
  bytes[40_001] = 0xff;
  throws(() => strictText(bytes), /byte 40000 \(0xc3\)/);
});

Deno.test("An argument in which the runtime has replaced bytes is refused", () => {
  checkArgument("é😀");
  throws(() => checkArgument("a\uFFFDb"), { kind: "usage" });
});
