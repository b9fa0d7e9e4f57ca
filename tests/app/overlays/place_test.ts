/** Where a line of a chat leads: to the very thing that it is, or says something of. */
import { deepStrictEqual } from "node:assert/strict";
import { placeOf } from "../../../lib/app/overlays/place.ts";
import type { Kept } from "../../../lib/overlay/entry.ts";
import { BULLETIN, DASHBOARD, LIST, POLL } from "../../../lib/overlay/frame.ts";
import { Conversation, keyFor, nameOf, PEOPLE, said } from "../../overlay/kept.ts";

Deno.test("A line leads to what it is, or to what it says something of", async () => {
  const here = new Conversation("person");
  let s = 0;
  const say = async (o: number, d: unknown, on?: Kept, extra = {}): Promise<Kept> => {
    const kept = said(PEOPLE[1], { o, d, s: ++s, extra, ...(on && { p: nameOf(on) }) });
    await here.set(s, kept);
    return kept;
  };
  const list = await say(LIST, { a: "new", l: "Shopping" });
  const item = await say(LIST, { a: "add", i: "milk" }, list);
  const done = await say(LIST, { a: "done" }, item);
  const renamed = await say(LIST, { a: "rename", l: "Food" }, list);
  const post = await say(BULLETIN, "bike");
  const answer = await say(BULLETIN, "how much?", post);
  const deeper = await say(BULLETIN, "ten", answer);
  const edit = await say(BULLETIN, "a red bike", post, { a: "edit" });
  const poll = await say(POLL, { a: "new", q: "?", c: ["a", "b"] });
  const vote = await say(POLL, { a: "vote", v: [1] }, poll);
  const widget = await say(DASHBOARD, { w: "cpu", k: "number", v: 1 });
  const stray = await say(LIST, { a: "done" }, { ...item, body: "something that is not here" });
  const text = (body: string): Kept => ({ ...list, body });
  const link = text("come to skychat:invite:abc");
  await here.engine.settle();
  const leads = (kept: Kept) => placeOf(here.engine, "person", kept);
  const [listId, itemId, postId] = [list, item, post].map(keyFor);
  const expected = new Map<Kept, unknown>([
    [list, { kind: "list", id: listId }],
    [renamed, { kind: "list", id: listId }],
    [item, { kind: "list", id: itemId, within: listId }],
    [done, { kind: "list", id: itemId, within: listId }],
    [post, { kind: "board", id: postId, within: postId }],
    [edit, { kind: "board", id: postId, within: postId }],
    [answer, { kind: "board", id: keyFor(answer), within: postId }],
    [deeper, { kind: "board", id: keyFor(deeper), within: postId }],
    [poll, { kind: "poll", id: keyFor(poll) }],
    [vote, { kind: "poll", id: keyFor(poll) }],
    [widget, { kind: "dash" }],
    [link, { kind: "invite", id: keyFor(link) }],
    [stray, {}],
    [text("plain words"), {}],
    [said(PEOPLE[1], { o: 200, d: "of another program", s: 99 }), {}],
  ]);
  for (const [kept, place] of expected) deepStrictEqual(await leads(kept), place, kept.body);
  // What was removed is found still by its list; a message that is gone leads nowhere.
  await say(LIST, { a: "remove" }, item);
  await here.engine.settle();
  deepStrictEqual(await leads(done), { kind: "list", id: itemId, within: listId });
  await here.set(9, undefined);
  await here.engine.settle();
  deepStrictEqual([await leads(poll), await leads(vote)], [{}, {}]);
});

Deno.test("A message under an id that another one counts for leads to what it says something of alone", async () => {
  const here = new Conversation("person");
  const ours = said(PEOPLE[0], { o: LIST, d: { a: "new", l: "Ours" }, s: 1 });
  const odd: Kept = { ...said(PEOPLE[1], { o: LIST, d: { a: "new", l: "Theirs" }, s: 2 }), id: keyFor(ours) };
  const done: Kept = {
    ...said(PEOPLE[1], { o: LIST, d: { a: "done" }, p: keyFor(ours), s: 3 }),
    id: keyFor(ours),
  };
  for (const [i, kept] of [odd, ours, done].entries()) await here.set(i + 1, kept);
  await here.engine.settle();
  const leads = (position: number) => placeOf(here.engine, "person", here.log.get(position)!);
  const list = { kind: "list", id: keyFor(ours) };
  deepStrictEqual([await leads(1), await leads(2), await leads(3)], [{}, list, list]);
});
