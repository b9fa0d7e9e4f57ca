import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { BUFFER_BYTES, OpenedText } from "../../lib/noise/opened.ts";
import { concat } from "../../lib/wire/bytes.ts";

/** Writes `text` as an opener does, asking for more room than it needs. */
function put(opened: OpenedText, text: Uint8Array, cost: number, spareBytes = 26): Uint8Array {
  const { buffer, at } = opened.roomFor(text.length + spareBytes);
  ok(buffer.length - at >= text.length + spareBytes);
  buffer.set(text, at);
  opened.add(text.length, cost);
  return buffer;
}

Deno.test("OpenedText gives every byte and its cost once, in order, to any reader", () => {
  const put1 = fc.record({
    kind: fc.constant("put" as const),
    bytes: fc.oneof(fc.nat(40), fc.nat(BUFFER_BYTES)),
    spare: fc.nat(5000),
  });
  const steps = fc.array(
    fc.oneof(
      put1,
      fc.record({ kind: fc.constant("take" as const), most: fc.constantFrom(1, 100, 4096, undefined) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (list) => {
      const opened = new OpenedText();
      const [sent, got]: Uint8Array[][] = [[], []];
      let [paid, returned, next] = [0, 0, 0];
      let held: { plain: Uint8Array; copy: Uint8Array } | undefined;
      const take = (most?: number) => {
        // What the reader holds must not change under it.
        if (held) deepStrictEqual(held.plain, held.copy);
        held = undefined;
        const piece = opened.take(most);
        if (most !== undefined && piece) ok(piece.plain.length <= most);
        if (!piece) return false;
        held = { plain: piece.plain, copy: piece.plain.slice() };
        got.push(held.copy);
        returned += piece.cost;
        return true;
      };
      for (const step of list) {
        if (step.kind === "take") take(step.most);
        else {
          const text = new Uint8Array(step.bytes).map(() => next++);
          if (text.length > 0) {
            sent.push(text);
            paid += text.length + 7;
          }
          put(opened, text, text.length + 7, step.spare);
        }
      }
      while (take());
      strictEqual(opened.waits, false);
      deepStrictEqual(concat(...got), concat(...sent));
      strictEqual(returned, paid);
    }),
    { numRuns: 60 },
  );
});

Deno.test("Text that waits is one piece, up to two reads of a socket", () => {
  const opened = new OpenedText();
  for (let i = 0; i < 4; i++) put(opened, new Uint8Array(32 * 1024).fill(i), 32 * 1024 + 12);
  const piece = opened.take();
  strictEqual(piece?.plain.length, 128 * 1024);
  strictEqual(piece.cost, 128 * 1024 + 48);
  strictEqual(opened.take(), undefined);
});

Deno.test("A message costs a buffer of its own size, and single bytes that wait not an object each", () => {
  const opened = new OpenedText();
  strictEqual(put(opened, new Uint8Array(100), 126).length, 126);
  const buffers = new Set<Uint8Array>();
  for (let i = 0; i < 9000; i++) buffers.add(put(opened, new Uint8Array(1), 27));
  ok(buffers.size < 12, `${buffers.size} buffers for 9,000 bytes`);
});

Deno.test("Large buffers are used again, also for a room that was given up", () => {
  const opened = new OpenedText();
  const first = put(opened, new Uint8Array(60_000), 60_000);
  opened.take();
  opened.take();
  opened.roomFor(60_000);
  opened.add(0, 0);
  strictEqual(put(opened, new Uint8Array(60_000), 60_000), first);
});

Deno.test("A view that is being read is not written behind", () => {
  const opened = new OpenedText();
  const first = put(opened, new Uint8Array(60_000), 60_000);
  opened.take();
  ok(put(opened, new Uint8Array(60_000), 60_000) !== first);
});
