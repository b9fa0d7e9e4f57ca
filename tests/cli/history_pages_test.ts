import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { type HistoryApp, historyPages } from "../../cli/history_pages.ts";
import type { HistoryRequest, MessageView } from "../../lib/app/messages/messages.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";

/** An app whose conversations begin anywhere; the clock may go back. */
function appWith(conversations: readonly { readonly first: number; readonly times: readonly number[] }[]) {
  const all = conversations.map(({ first, times }, peer): MessageView[] =>
    times.map((time, i) => ({
      peer: `peer ${peer}`,
      position: first + i,
      outgoing: false,
      text: "",
      ts: formatGoTime(BigInt(time) * 1_000_000n),
      state: "received",
      via: "dmsg",
    }))
  );
  let longest = 0;
  const app: HistoryApp = {
    history: ({ peer, before = Infinity, limit }: HistoryRequest) => {
      longest = Math.max(longest, limit);
      const found = all.find(([message]) => message?.peer === peer) ?? [];
      return Promise.resolve(found.filter(({ position }) => position < before).slice(-limit));
    },
    conversations: () =>
      Promise.resolve(
        all.flatMap(([message]) => message ? [{ peer: message.peer, lastTs: "", unread: 0 }] : []),
      ),
    search: () => Promise.resolve([]),
  };
  return { app, all: all.flat(), longest: () => longest };
}

const read = async (app: HistoryApp, request: HistoryRequest): Promise<MessageView[]> =>
  (await Array.fromAsync(historyPages((run) => run(app), request))).flat();

const conversation = fc.record({
  first: fc.integer({ min: 1, max: 300 }),
  times: fc.array(fc.nat(2000), { maxLength: 300 }),
});

Deno.test("History of everything has each message once, each conversation in its order, in small pages", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(conversation, { maxLength: 4 }), async (conversations) => {
      const { app, all, longest } = appWith(conversations);
      const got = await read(app, { limit: 0 });
      deepStrictEqual(got.length, all.length);
      for (const peer of new Set(all.map((message) => message.peer))) {
        deepStrictEqual(got.filter((one) => one.peer === peer), all.filter((one) => one.peer === peer));
      }
      ok(longest() <= 64);
      const increasing = conversations.every(({ times }) =>
        times.every((time, i) => i === 0 || time >= times[i - 1])
      );
      if (increasing) {
        deepStrictEqual(
          got.map(({ ts }) => Date.parse(ts)),
          got.map(({ ts }) => Date.parse(ts)).sort((a, b) => a - b),
        );
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("History of more than one call has the newest messages of all, by time", async () => {
  const times = (offset: number) => Array.from({ length: 1500 }, (_, i) => 1000 + 2 * i + offset);
  const { app, all } = appWith([{ first: 1, times: times(0) }, { first: 700, times: times(1) }]);
  const key = ({ peer, position }: MessageView): string => `${peer} ${position}`;
  const pages = await Array.fromAsync(historyPages((run) => run(app), { limit: 2001 }));
  deepStrictEqual(pages.map(({ length }) => length), [...Array(31).fill(64), 17], "many at a time");
  const got = pages.flat();
  deepStrictEqual(got.length, 2001);
  deepStrictEqual(
    new Set(got.map(key)),
    new Set(
      [...all].sort((a, b) => Date.parse(a.ts) - Date.parse(b.ts)).slice(-2001).map(key),
    ),
  );
});

Deno.test("History of everything since a time, and before a number, of one peer", async () => {
  const { app, all } = appWith([{ first: 5, times: Array.from({ length: 1200 }, (_, i) => 10 * i) }]);
  const since = all[100].ts;
  deepStrictEqual(await read(app, { peer: "peer 0", limit: 0, since }), all.slice(100));
  deepStrictEqual(
    await read(app, { peer: "peer 0", limit: 0, before: 1000 }),
    all.filter((m) => m.position < 1000),
  );
  deepStrictEqual(await read(app, { peer: "peer 0", limit: 1100, before: 1200 }), all.slice(95, 1195));
  deepStrictEqual(await read(app, { peer: "peer 0", limit: 2, before: 9 }), all.slice(2, 4));
  deepStrictEqual(await read(app, { peer: "nobody", limit: 0 }), []);
});
