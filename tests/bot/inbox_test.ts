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

Deno.test("However often it is ended: every message is handed over, and one that is done is not again", () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 3 }), { maxLength: 60 }), (steps) => {
    let inbox = new Inbox<number>({ cursor: 0, done: [] });
    let next = 1;
    const done = new Set<number>();
    const handed = new Set<number>();
    for (const step of steps) {
      if (step === 0) { // ended, and started again from the mark
        inbox = new Inbox(JSON.parse(JSON.stringify(inbox.mark)));
        for (let cursor = inbox.mark.cursor + 1; cursor < next; cursor++) {
          const isNew = inbox.add(cursor, cursor);
          strictEqual(isNew, !done.has(cursor));
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
