import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  JournalLog,
  type LogContents,
  type LogPlace,
  MAX_RECORD_BYTES,
  type SentEntry,
  sentIn,
  type SentMessage,
} from "../../lib/store/journal/log.ts";
import { concat, fromUtf8, utf8, writeU32 } from "../../lib/wire/bytes.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, SECRET } from "./support.ts";

const random = seededRandom(3);
const log = new JournalLog(SECRET);
const message = (body: string, peer = ANN, id?: string): SentMessage => ({
  peer,
  body,
  atNs: 1_764_000_000_123_456_789n,
  form: id === undefined ? "text" : "envelope",
  via: "dmsg",
  ...(id === undefined ? {} : { id }),
});

/** A file of three messages: received, without an outcome, failed. Also where its records end. */
function sample(): { file: Uint8Array; ends: number[]; name: Uint8Array } {
  const { header, place } = log.begin(random);
  let [file, at] = [header, place];
  const ends = [header.length];
  const add = (record: Uint8Array): void => {
    file = concat(file, record);
    ends.push(file.length);
    at = { ...at, next: at.next + 1, end: file.length };
  };
  add(log.message(at, random, message("one", ANN, "id1")));
  add(log.message(at, random, message("two \u0000 é", BEN)));
  add(log.outcome(at, random, 0, { state: "received", once: true }));
  add(log.message(at, random, message("three", ANN, "id3")));
  add(log.outcome(at, random, 3, { state: "failed", reason: "away" }));
  return { file, ends, name: place.name };
}

/** Where a file ends, or what is wrong with it. */
function placeOf(of: JournalLog, file: Uint8Array): LogPlace | "empty" | "broken" {
  const found = of.contents(file);
  return typeof found === "string" ? found : found.place;
}

/** The messages of a file, in order; undefined when it is broken. */
function read(file: Uint8Array, of = log): SentEntry[] | undefined {
  const found = of.contents(file);
  if (found === "empty") return [];
  return found === "broken" || found.isDamaged ? undefined : sentIn(found);
}

const shown = (entries: SentEntry[] | undefined): unknown =>
  entries?.map(({ message: { body }, outcome }) => [body, outcome?.state]);

const WHOLE = [["one", "received"], ["two \u0000 é", undefined], ["three", "failed"]];

Deno.test("A log gives back messages and what became of them", () => {
  const { file, ends } = sample();
  const entries = read(file)!;
  deepStrictEqual(shown(entries), WHOLE);
  deepStrictEqual(entries[0].message, message("one", ANN, "id1"));
  deepStrictEqual(entries[0].outcome, { state: "received", once: true });
  deepStrictEqual(entries[2].outcome, { state: "failed", reason: "away" });
  strictEqual(new Set(entries.map(({ mark }) => mark)).size, 3);
  const { next, end } = placeOf(log, file) as { next: number; end: number };
  deepStrictEqual([next, end], [5, ends.at(-1)]);
  ok(!fromUtf8(file).includes("three"));
});

Deno.test("A log that ends anywhere has all that was whole, and goes on behind it", () => {
  const { file, ends } = sample();
  const afters: unknown[] = [
    [],
    [["one", undefined]],
    [["one", undefined], ["two \u0000 é", undefined]],
    [["one", "received"], ["two \u0000 é", undefined]],
    [["one", "received"], ["two \u0000 é", undefined], ["three", undefined]],
    WHOLE,
  ];
  for (let length = 0; length <= file.length; length++) {
    const whole = ends.filter((end) => end <= length).length - 1;
    for (const zeros of [0, 1, 3, 700]) {
      const cut = concat(file.subarray(0, length), new Uint8Array(zeros));
      const place = placeOf(log, cut);
      // After a power cut a part of the header may be gone too; then nothing behind it was ever whole.
      if (whole < 0) {
        ok(place === "empty" || zeros > 0, `${length}`);
        continue;
      }
      deepStrictEqual(shown(read(cut)), afters[whole], `${length} and ${zeros}`);
      ok(typeof place !== "string");
      deepStrictEqual([place.next, place.end], [whole, ends[whole]]);
      const again = concat(cut.subarray(0, place.end), log.message(place, random, message("next")));
      strictEqual(read(again)?.at(-1)?.message.body, "next");
    }
  }
  strictEqual(placeOf(log, new Uint8Array(500)), "empty");
  strictEqual(placeOf(log, utf8("garbage")), "broken");
});

Deno.test("A log that was altered before its last record, or is another identity's, is broken", () => {
  const { file, ends } = sample();
  for (let at = 0; at < ends[4]; at++) {
    const altered = file.slice();
    altered[at] ^= 1;
    strictEqual(read(altered), undefined, `altered at ${at}`);
  }
  for (const other of [new JournalLog(new Uint8Array(32).fill(8))]) {
    strictEqual(placeOf(other, file), "broken");
    strictEqual(read(file, other), undefined);
  }
});

Deno.test("Records that were swapped, repeated or taken from another log don't open", () => {
  const { file, ends } = sample();
  const [a, b, c, d, e] = ends.slice(1).map((end, i) => file.subarray(ends[i], end));
  const header = file.subarray(0, ends[0]);
  for (const records of [[b, a, c, d, e], [a, b, c, c, d], [a, c, d, e], [b, c, d, e]]) {
    strictEqual(read(concat(header, ...records)), undefined);
  }
  const other = sample();
  const foreign = other.file.subarray(other.ends[0], other.ends[1]);
  strictEqual(read(concat(header, foreign, b, c)), undefined);
});

Deno.test("A record has a cap, and a length beyond it is no length", () => {
  const { file, ends } = sample();
  const place = placeOf(log, file) as { name: Uint8Array; next: number; end: number };
  throws(() => log.message(place, random, message("x".repeat(MAX_RECORD_BYTES))), RangeError);
  const longest = log.message(place, random, message("\u0000".repeat(65_536)));
  strictEqual(read(concat(file, longest))?.at(-1)?.message.body.length, 65_536);
  for (const length of [0, 27, MAX_RECORD_BYTES + 1, 2 ** 32 - 1]) {
    const altered = file.slice();
    writeU32(altered, ends[1], length);
    strictEqual(read(altered), undefined, `${length}`);
    strictEqual((placeOf(log, altered) as LogPlace).end, ends[1]);
  }
});

Deno.test("Garbage behind whole records is told from a record that was torn", () => {
  const { file, ends } = sample();
  const isDamaged = (rest: Uint8Array): boolean => {
    const found = log.contents(concat(file, rest));
    ok(typeof found !== "string");
    deepStrictEqual([shown(sentIn(found)), found.place.end], [WHOLE, ends.at(-1)]);
    return found.isDamaged;
  };
  for (const rest of ["garbage", "g", "\u0000\u0000\u0000\u0005hello", "\u0000\u0000\u0000\u0000hello"]) {
    strictEqual(isDamaged(utf8(rest)), true, rest);
  }
  const place = placeOf(log, file) as LogPlace;
  const record = log.message(place, random, message("x".repeat(2000)));
  for (let length = 0; length < record.length; length++) {
    strictEqual(isDamaged(record.subarray(0, length)), false, `${length} bytes of a record`);
  }
  // A power cut may leave out any sectors of it; other bytes come from elsewhere.
  const start = ends.at(-1)!;
  const torn = record.slice();
  torn.fill(0, 1024 - start % 512 - 512, 1024 - start % 512);
  strictEqual(isDamaged(torn), false);
  // Zeros were written ahead: the sector in which it begins may be missing, too.
  const behind = record.slice();
  behind.fill(0, 0, 512 - start % 512);
  strictEqual(isDamaged(behind), false);
  strictEqual(isDamaged(concat(behind, new Uint8Array(3000))), false);
  const next = log.message({ ...place, next: place.next + 1 }, random, message("y"));
  strictEqual(
    isDamaged(concat(behind, next)),
    true,
    "a record that follows on it was synced, and it with that",
  );
  const altered = record.slice();
  altered[700] ^= 1;
  altered[altered.length - 1] |= 1;
  strictEqual(isDamaged(altered), true);
});

Deno.test("Who goes on behind the last record finds the same place without opening all", () => {
  const { file, ends } = sample();
  const isSame = (bytes: Uint8Array, what: string): void => {
    const [whole, brief] = [log.contents(bytes), log.outline(bytes)];
    if (typeof whole === "string" || typeof brief === "string") return strictEqual(brief, whole, what);
    const { name, place, isDamaged } = brief;
    deepStrictEqual([name, place, isDamaged], [whole.name, whole.place, whole.isDamaged], what);
    deepStrictEqual(brief.contents[0], whole.contents[0], what);
  };
  let at = placeOf(log, file) as LogPlace;
  let long = file;
  for (let i = 0; i < 3; i++) {
    long = concat(long, log.message(at, random, message("x".repeat(1500 + i))));
    at = { ...at, next: at.next + 1, end: long.length };
  }
  const last = log.message(at, random, message("y".repeat(2000)));
  for (let length = 0; length <= file.length; length++) isSame(file.subarray(0, length), `${length} bytes`);
  for (const rest of ["garbage", "\0\0\0", "\0\0\0\u0005hello"]) isSame(concat(long, utf8(rest)), rest);
  for (const cut of [3, 700, 1999, last.length]) {
    isSame(concat(long, last.subarray(0, cut)), `a record's ${cut}`);
  }
  isSame(concat(long, last, new Uint8Array(5000)), "zeros that were written ahead");
  for (let sector = 0; sector < long.length; sector += 512) { // left out by a power cut
    const torn = concat(long, last);
    torn.fill(0, sector, sector + 512);
    isSame(torn, `sector ${sector}`);
  }
  const altered = long.slice();
  altered[ends[3] + 20] ^= 1;
  ok((log.outline(altered) as LogContents).contents.length === 1);
  altered[long.length - 1] ^= 1;
  isSame(altered, "the last record");
});
