/** Bulletins and polls: what is shown, and the vectors of both. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  pinnedOf,
  postRowOf,
  repliesOf,
  type ThreadRow,
  threadsOf,
} from "../../lib/overlay/folds/board_rows.ts";
import { listsOf } from "../../lib/overlay/folds/list_rows.ts";
import { readPollAction } from "../../lib/overlay/folds/poll.ts";
import { pollsOf } from "../../lib/overlay/folds/poll_rows.ts";
import { BULLETIN, LIST, POLL } from "../../lib/overlay/frame.ts";
import { Conversation, keyFor, nameOf, PEOPLE, said } from "./kept.ts";
import { orders, told, vectors } from "./vectors.ts";

for (const vector of vectors("board")) {
  Deno.test(`Bulletin vector: ${vector.name}`, async () => {
    for (const order of orders(vector.messages.length)) {
      const here = await told(vector, order);
      const threads: unknown[] = [];
      for (
        const { key, text, replies, unread, isExpired } of (await threadsOf(here.engine.tree("board"))).rows
      ) {
        const rows = (await repliesOf(here.engine.tree("board"), key)).rows.map((
          row,
        ) => [row.text ?? null, row.depth]);
        threads.push({ text, replies, unread, expired: isExpired, rows });
      }
      deepStrictEqual(threads, vector.threads, `in the order ${order}`);
    }
  });
}

for (const vector of vectors("poll")) {
  Deno.test(`Poll vector: ${vector.name}`, async () => {
    for (const order of orders(vector.messages.length)) {
      const here = await told(vector, order);
      const polls = (await pollsOf(here.engine.tree("poll"))).rows.map((
        { question, choices, voters, isClosed },
      ) => ({
        question,
        votes: choices.map(({ votes }) => votes),
        voters,
        closed: isClosed,
      }));
      deepStrictEqual(polls, vector.polls, `in the order ${order}`);
    }
  });
}

const post = (by: number, d: string, s: number, p?: ReturnType<typeof said>, extra = {}) =>
  said(PEOPLE[by], { o: BULLETIN, d, s, extra, ...(p && { p: nameOf(p) }) });

/** Says messages one after the other. */
async function saying(...all: ReturnType<typeof said>[]): Promise<Conversation> {
  const here = new Conversation("person");
  for (const [i, kept] of all.entries()) await here.set(i + 1, kept);
  await here.engine.settle();
  return here;
}

const shown = async (here: Conversation, expired = false): Promise<ThreadRow[]> => {
  await here.engine.settle();
  return [...(await threadsOf(here.engine.tree("board"), { expired })).rows];
};

Deno.test("The thread that grew last stands first, and unread ones are counted until they are read", async () => {
  const [a, b] = [post(1, "a", 10), post(1, "b", 11)];
  const here = await saying(a, b, post(1, "answer", 12, a), post(0, "ours", 13, b));
  deepStrictEqual((await shown(here)).map(({ text, replies, unread }) => [text, replies, unread]), [[
    "b",
    1,
    1,
  ], ["a", 1, 2]]);
  await here.engine.markThread(keyFor(a), 2);
  deepStrictEqual((await shown(here))[1].unread, 1, "the answer came after that");
  await here.engine.markThread(keyFor(a), 3);
  deepStrictEqual((await shown(here))[1].unread, 0);
  const late = post(1, "late", 5, a);
  await here.set(5, late);
  deepStrictEqual((await shown(here)).map(({ text, unread }) => [text, unread]), [["a", 1], ["b", 1]]);
});

Deno.test("An answer that was there before what it answers is unread once it can be seen", async () => {
  const a = post(1, "a", 10);
  const b = post(1, "b", 11, a);
  const here = await saying(a, post(1, "c", 12, b));
  await here.engine.markThread(keyFor(a), 2);
  await here.set(3, b);
  strictEqual((await shown(here))[0].unread, 2);
});

Deno.test("A parent that is no text, or no name, is no parent of anything: such a post is not shown as one of its own", async () => {
  const odd = (p: unknown, i: number) => {
    const body = `x\n\u2063${JSON.stringify({ o: BULLETIN, d: `stray ${i}`, s: 20 + i, p })}`;
    return { ...post(1, "", 1), body };
  };
  const strays = [5, {}, [], true, "x", "f".repeat(16)].map(odd);
  const here = await saying(post(1, "a", 10), ...strays, odd(null, 90), odd("", 91));
  deepStrictEqual((await shown(here)).map(({ text }) => text), ["stray 91", "stray 90", "a"]);
});

Deno.test("An ad whose time is over goes to its own shelf, and comes back when its author extends it", async () => {
  const ad = post(1, "bike", 10, undefined, { x: 100 });
  const here = await saying(ad);
  here.engine.tick(99);
  strictEqual((await shown(here)).length, 1);
  here.engine.tick(100);
  deepStrictEqual([(await shown(here)).length, (await shown(here, true))[0].isExpired], [0, true]);
  await here.set(2, post(1, "bike, still", 101, ad, { a: "edit", x: 200 }));
  deepStrictEqual((await shown(here)).map(({ text, expires }) => [text, expires]), [["bike, still", 200]]);
  here.engine.tick(50);
  strictEqual(here.engine.nowMs, 100, "a clock that is set back brings nothing back");
});

Deno.test("A pin counts by who has set it, and is taken away by the same", async () => {
  const [a, b] = [post(1, "a", 10), post(1, "b", 11)];
  const here = await saying(a, b, post(2, "", 12, a, { a: "pin" }), post(0, "", 13, b, { a: "pin" }));
  const tree = here.engine.tree("board");
  deepStrictEqual((await pinnedOf(tree, [PEOPLE[0], PEOPLE[1]])).map(({ text }) => text), ["b"]);
  deepStrictEqual((await pinnedOf(tree, PEOPLE)).map(({ text }) => text), ["b", "a"]);
  await here.set(5, post(0, "", 14, b, { a: "unpin" }));
  deepStrictEqual(await pinnedOf(tree, [PEOPLE[0]]), []);
});

Deno.test("Of many pins the newest 20 of posts that are there are shown", async () => {
  const posts = Array.from({ length: 50 }, (_, i) => post(1, `post ${i}`, 10 + i));
  const here = await saying(...posts, ...posts.map((one, i) => post(0, "", 100 + i, one, { a: "pin" })));
  for (let i = 1; i < posts.length; i += 2) await here.set(i + 1, undefined);
  const texts = (await pinnedOf(here.engine.tree("board"), [PEOPLE[0]])).map(({ text }) => text);
  deepStrictEqual(texts, Array.from({ length: 20 }, (_, i) => `post ${48 - 2 * i}`));
});

Deno.test("Hundreds of answers and votes that came before what they hang on all count then, and go with it", async () => {
  const count = 200;
  const top = post(1, "top", 1);
  const question = said(PEOPLE[1], { o: POLL, d: { a: "new", q: "?", c: ["a", "b"] }, s: 1 });
  const people = Array.from({ length: count }, (_, i) => `02${String(i).padStart(64, "0")}`);
  const answers = people.map((by, i) => ({ ...post(1, `answer ${i}`, 10 + i, top), author: by }));
  const votes = people.map((by, i) =>
    said(by, { o: POLL, d: { a: "vote", v: [i % 2] }, s: 10 + i, p: nameOf(question) })
  );
  const here = await saying(...answers, ...votes);
  const seen = async () => {
    await here.engine.settle();
    const [thread] = await shown(here);
    const [poll] = (await pollsOf(here.engine.tree("poll"))).rows;
    return [thread?.replies, thread?.unread, poll?.voters, poll?.choices.map(({ votes }) => votes)];
  };
  deepStrictEqual(await seen(), [undefined, undefined, undefined, undefined]);
  await here.set(1000, top);
  await here.set(1001, question);
  deepStrictEqual(await seen(), [count, count + 1, count, [100, 100]]);
  strictEqual(await here.text(), await here.rebuilt());
  await here.set(1000, undefined);
  await here.set(1001, undefined);
  deepStrictEqual(await seen(), [undefined, undefined, undefined, undefined]);
  strictEqual(await here.text(), await here.rebuilt());
  await here.set(1000, top);
  deepStrictEqual((await seen()).slice(0, 2), [count, count + 1]);
});

Deno.test("A post of 280 characters is whole, and of one more the rest is in its message", async () => {
  const here = await saying(post(1, "x".repeat(280), 10), post(1, "y".repeat(281), 11));
  deepStrictEqual((await shown(here)).map(({ text, isCut }) => [text?.length, isCut]), [[280, true], [
    280,
    false,
  ]]);
});

Deno.test("A long post says that there is more in its message", async () => {
  const long = post(1, "x".repeat(1000), 10);
  const here = await saying(long);
  const found = await postRowOf(here.engine.tree("board"), keyFor(long));
  deepStrictEqual([found?.row.text?.length, found?.row.isCut, found?.row.position], [280, true, 1]);
});

Deno.test("A list or a poll that hangs on something is none", async () => {
  const on = post(1, "a post", 10);
  const p = nameOf(on);
  const list = (s: number, extra = {}) =>
    said(PEOPLE[1], { o: LIST, d: { a: "new", l: `list ${s}` }, s, ...extra });
  const poll = (s: number, extra = {}) =>
    said(PEOPLE[1], { o: POLL, d: { a: "new", q: `poll ${s}?`, c: ["a", "b"] }, s, ...extra });
  const here = await saying(on, list(1), list(2, { p }), poll(3), poll(4, { p }));
  deepStrictEqual((await listsOf(here.engine.tree("list"))).rows.map(({ name }) => name), ["list 1"]);
  deepStrictEqual((await pollsOf(here.engine.tree("poll"))).rows.map(({ question }) => question), [
    "poll 3?",
  ]);
});

Deno.test("Whatever is no action of a poll is none", () => {
  for (
    const data of [
      "",
      '{"a":"new","q":"?"}',
      '{"a":"new","q":"?","c":["one"]}',
      '{"a":"new","q":"","c":["one","two"]}',
      `{"a":"new","q":"?","c":[${'"x",'.repeat(20)}"y"]}`,
      '{"a":"new","q":"?","c":["one",2]}',
      '{"a":"new","q":"?","c":["one","two"],"u":-5}',
      '{"a":"vote"}',
      '{"a":"vote","v":[-1]}',
      '{"a":"vote","v":[20]}',
      '{"a":"vote","v":[0.5]}',
      `{"a":"vote","v":[${"0,".repeat(30)}0]}`,
    ]
  ) strictEqual(readPollAction(data), undefined, data.slice(0, 40));
});
