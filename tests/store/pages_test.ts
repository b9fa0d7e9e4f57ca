import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../lib/store/place/memory.ts";
import { MAX_VALUE_BYTES } from "../../lib/store/place/place.ts";
import { bytesInBlock, decodeBlock, encodeBlock, fold, mayHold } from "../../lib/store/rows/block.ts";
import { fillPages } from "../../lib/store/rows/pages.ts";
import type { StoredMessage } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { faultyPlace } from "../fakes/faulty_store.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, SECRET, text } from "./support.ts";

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const unicode = fc.string({ unit: "grapheme", maxLength: 30 });
const messages: fc.Arbitrary<StoredMessage[]> = fc.array(
  fc.record({
    direction: fc.constantFrom("in" as const, "out" as const),
    id: optional(fc.string({ minLength: 1, maxLength: 40 })),
    body: unicode,
    atNs: fc.bigInt({ min: 0n, max: 2n ** 63n }),
    state: fc.constantFrom("pending" as const, "deleted" as const),
    reason: optional(unicode),
    replyTo: optional(unicode),
    form: fc.constantFrom("text" as const, "envelope" as const),
    via: fc.constantFrom("dmsg" as const, "dmsg-chat" as const),
  }).map((message) => Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined))),
  { maxLength: 12 },
).map((all) => all.map((message, i) => ({ peer: ANN, position: i + 1, ...message }) as StoredMessage));

Deno.test("Block gives back what it was made of", () => {
  fc.assert(
    fc.property(messages, (all) => deepStrictEqual(decodeBlock(encodeBlock(all), ANN), all)),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("A message is counted with no fewer bytes than it takes in a block", () => {
  const [position, atNs] = [Number.MAX_SAFE_INTEGER, 2n ** 63n - 1n];
  for (const text of ["", "a", "\u0001", "\u20ac", '"', "\ud800", "\n"].map((char) => char.repeat(100))) {
    const texts = { body: text, id: text, replyTo: text, reason: text };
    const flags = { direction: "out", state: "unconfirmed", form: "envelope", via: "pair" } as const;
    const message: StoredMessage = { peer: ANN, position, atNs, ...texts, ...flags };
    const bytes = encodeBlock([message]).length;
    ok(bytes <= bytesInBlock(message), JSON.stringify(text[0]));
    ok(bytesInBlock(message) < bytes + 50);
  }
});

Deno.test("Block never hides a body from a search", () => {
  const long = text(ANN, `needle ${"x".repeat(1000)}`).message;
  ok(mayHold(encodeBlock([{ ...long, position: 1 }]), fold("needle")));
  fc.assert(
    fc.property(messages, fc.nat(), fc.nat(), fc.nat(5), (all, which, from, length) => {
      const chars = [...(all[which % (all.length || 1)]?.body ?? "")];
      const needle = fold(chars.slice(from % (chars.length || 1)).slice(0, length).join(""));
      const hit = all.some(({ body }) => fold(body).includes(needle));
      ok(!hit || mayHold(encodeBlock(all), needle));
    }),
    { seed: 2, numRuns: 500 },
  );
});

Deno.test("Pages keep order and content, fill up, and leave a page only when it is full", () => {
  fc.assert(
    fc.property(messages, messages, fc.integer({ min: 60, max: 2000 }), (open, more, maxBytes) => {
      if (more.length === 0) return;
      const next = more.map((message) => ({ ...message, position: message.position + open.length }));
      const pages = fillPages(open, next, maxBytes);
      const grown = pages[0].length > open.length && pages[0][0] === open[0];
      deepStrictEqual(pages.flat(), grown ? [...open, ...next] : next);
      const written = grown || open.length === 0 ? pages : [open, ...pages];
      const bytes = (page: readonly StoredMessage[]) =>
        page.reduce((sum, each) => sum + bytesInBlock(each), 0);
      written.slice(1).forEach((page, i) => ok(bytes(written[i]) + bytesInBlock(page[0]) > maxBytes));
      for (const page of pages) ok(page.length === 1 || bytes(page) <= maxBytes);
    }),
    { seed: 3, numRuns: 300 },
  );
});

Deno.test("A row in pieces that becomes a page leaves none of them behind", async () => {
  const rows = emptyRows();
  const of = { secret: SECRET, clock: new FakeClock(), random: seededRandom(1) };
  const store = await openStore({ ...of, place: memoryPlace(rows) });
  const piecesOfRows = (): number => [...rows.rows.keys()].filter((key) => key.startsWith("b/6d")).length;
  await store.commit([text(ANN, "x".repeat(130_000))]);
  strictEqual(piecesOfRows(), 3);
  for (let i = 0; i < 3; i++) {
    await store.commit(Array.from({ length: 100 }, (_, k) => text(ANN, `${i * 100 + k}`)));
  }
  await store.sweep();
  strictEqual(piecesOfRows(), 0);
  strictEqual((await store.messages.get(ANN, 1))?.body.length, 130_000);
  await store.close();
});

Deno.test("Neighbours in pages and rows are read together: a page once, rows side by side", async () => {
  const rows = emptyRows();
  const place = memoryPlace(rows);
  const random = seededRandom(1);
  const of = { secret: SECRET, clock: new FakeClock(), random };
  const store = await openStore({ ...of, place });
  for (let i = 0; i < 30; i++) {
    await store.commit(Array.from({ length: 100 }, (_, k) => text(ANN, `${i * 100 + k}`)));
  }
  await store.close();
  const counted = faultyPlace(memoryPlace(rows));
  const later = await openStore({ ...of, place: counted });
  const before = counted.operations();
  const found = await later.messages.many(ANN, Array.from({ length: 3000 }, (_, k) => k + 1));
  deepStrictEqual(found.map((message) => message?.body), Array.from({ length: 3000 }, (_, k) => `${k}`));
  ok(counted.operations() - before < 100, `${counted.operations() - before}`);
  await later.close();
});

Deno.test("Store keeps at most 256 rows of a conversation, and every value below the limit", async () => {
  const rows = emptyRows();
  const random = seededRandom(1);
  const open = () => openStore({ place: memoryPlace(rows), secret: SECRET, clock: new FakeClock(), random });
  const store = await open();
  for (let i = 0; i < 12; i++) {
    const size = [10, 3000, 100][i % 3];
    await store.commit(Array.from({ length: 100 }, () => text(ANN, "z".repeat(size))));
  }
  await store.commit([text(ANN, "large".repeat(20_000))]);
  await store.close();
  const count = (kind: string) => [...rows.rows.keys()].filter((key) => key.startsWith(kind)).length;
  ok(count("m") <= 256 && count("m") > 100, `${count("m")} rows`);
  ok(count("p") > 5 && count("p") < 30, `${count("p")} pages`);
  for (const { row } of rows.rows.values()) ok(row.value.length <= MAX_VALUE_BYTES);
});
