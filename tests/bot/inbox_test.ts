import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Inbox } from "../../lib/bot/inbox.ts";

Deno.test("The mark never passes a message that is not done", () => {
  const inbox = new Inbox<string>({ cursor: 4, done: [] });
  ok(inbox.add(5, "five"));
  ok(inbox.add(7, "seven"));
  inbox.skip(8);
  ok(inbox.done(7));
  deepStrictEqual(inbox.mark, { cursor: 4, done: [7] });
  deepStrictEqual(inbox.open, ["five"]);
  strictEqual(inbox.done(7), false);
  ok(inbox.done(5));
  deepStrictEqual(inbox.mark, { cursor: 8, done: [] });
});

Deno.test("Behind a place that its events do not go back to all is new", () => {
  const inbox = new Inbox<string>({ cursor: 4, done: [20], to: 9, open: [8] });
  strictEqual(inbox.add(5, "done"), false);
  inbox.restart(2); // a store was put back from an older copy: its cursors begin anew
  for (const cursor of [3, 5, 20]) ok(inbox.add(cursor, `message ${cursor}`));
  strictEqual(inbox.after(2), "message 3");
  strictEqual(inbox.after(3), "message 5");
  strictEqual(inbox.after(20), undefined);
  ok(inbox.done(3));
  deepStrictEqual(inbox.mark, { cursor: 3, done: [] });
});

Deno.test("The mark stays short behind one message that is never done, and knows what is", () => {
  let inbox = new Inbox<number>({ cursor: 4, done: [] });
  ok(inbox.add(5, 5));
  for (let cursor = 6; cursor < 20_000; cursor++) {
    ok(inbox.add(cursor, cursor));
    ok(inbox.done(cursor));
    if (cursor % 100 === 0) ok(JSON.stringify(inbox.mark).length < 8192);
  }
  strictEqual(inbox.mark.cursor, 4);
  inbox = new Inbox(JSON.parse(JSON.stringify(inbox.mark)));
  for (let cursor = 5; cursor <= 20_000; cursor++) {
    strictEqual(inbox.add(cursor, cursor), cursor === 5 || cursor === 20_000);
  }
  ok(inbox.done(5));
  ok(inbox.done(20_000));
  deepStrictEqual(inbox.mark, { cursor: 20_000, done: [] });
});

Deno.test("However often it is ended: every message is handed over, and one that is done is not again", () => {
  const step = fc.oneof({ arbitrary: fc.nat({ max: 4 }), weight: 4 }, fc.integer({ min: 100, max: 300 }));
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    let inbox = new Inbox<number>({ cursor: 0, done: [] });
    let next = 1;
    const done = new Set<number>();
    const handed = new Set<number>();
    for (const step of steps) {
      if (step === 0 || step === 4) { // ended, and started again from the mark: once more on the way behind it, or not
        inbox = new Inbox(JSON.parse(JSON.stringify(inbox.mark)));
        const { cursor } = inbox.mark;
        const half = step === 4 ? cursor + Math.floor((next - cursor) / 2) : cursor;
        for (let at = cursor + 1; at < half; at++) inbox.add(at, at);
        for (let at = cursor + 1; at < half; at++) if (at % 3 === 0 && inbox.done(at)) done.add(at);
        if (step === 4) inbox = new Inbox(JSON.parse(JSON.stringify(inbox.mark)));
        for (let at = inbox.mark.cursor + 1; at < next; at++) {
          const isNew = inbox.add(at, at);
          strictEqual(isNew, !done.has(at));
        }
      } else if (step >= 100) { // many that are done at once
        for (const end = next + step; next < end; next++) {
          ok(inbox.add(next, next));
          ok(inbox.done(next));
          handed.add(next);
          done.add(next);
        }
      } else if (step === 1) {
        ok(inbox.add(next, next));
        handed.add(next++);
      } else {
        const open = inbox.open[step === 2 ? 0 : inbox.size - 1];
        if (open !== undefined && inbox.done(open)) done.add(open);
      }
      deepStrictEqual(inbox.open, [...handed].filter((one) => !done.has(one)));
    }
  }));
});
