/** What one message more costs in pages, in conversations of different lengths: each is written by itself, as when somebody follows. */
import { ok } from "node:assert/strict";
import type { Kept } from "../../lib/overlay/entry.ts";
import { BULLETIN, DASHBOARD, LIST } from "../../lib/overlay/frame.ts";
import { Conversation, nameOf, PEOPLE, said } from "./kept.ts";
import { signatureOf } from "./talk.ts";

/** Messages that are counted: pages are cut in two among them as often as else. */
const COUNTED = 200;
/** Messages until what is in memory is as always. */
const BEFORE = 50;
/** Messages between two writings while a conversation is made. */
const BATCH = 100;

/** Pages for each message. */
export interface Cost {
  readonly size: number;
  readonly reads: number;
  readonly writes: number;
}

const signed = (kept: Kept): Kept => ({ ...kept, signature: signatureOf(kept.body) });
const post = signed(said(PEOPLE[0], { o: BULLETIN, d: "all", s: 1 }));
const list = signed(said(PEOPLE[0], { o: LIST, d: { a: "new", l: "all" }, s: 1 }));
/** The answer with that number; it answers the first post, or one of the last answers. */
const answer = (i: number): Kept => {
  const parent = i < 3 ? post : answer3[(i - 3) % 3];
  return signed(said(PEOPLE[i % 5], { o: BULLETIN, d: `answer ${i}`, s: 1 + i, p: nameOf(parent) }));
};
const answer3 = [1, 2, 3].map((i) =>
  signed(said(PEOPLE[i], { o: BULLETIN, d: `first ${i}`, s: 1 + i, p: nameOf(post) }))
);

/** Message by its number from 0, of each kind. */
export const KINDS: Readonly<Record<string, (i: number) => Kept>> = {
  "a post without parent": (i) => signed(said(PEOPLE[i % 5], { o: BULLETIN, d: `post ${i}`, s: 1 + i })),
  "a post under one parent": (i) =>
    i === 0 ? post : signed(said(PEOPLE[i % 5], { o: BULLETIN, d: `post ${i}`, s: 1 + i, p: nameOf(post) })),
  "an answer to an answer": (i) => i === 0 ? post : i <= 3 ? answer3[i - 1] : answer(i),
  "an item of a list": (i) =>
    i === 0
      ? list
      : signed(said(PEOPLE[i % 5], { o: LIST, d: { a: "add", i: `item ${i}` }, s: 1 + i, p: nameOf(list) })),
  "a value of a dashboard": (i) =>
    signed(
      said(PEOPLE[0], {
        o: DASHBOARD,
        d: { w: `w${i % 4}`, t: "load", k: "number", v: i },
        s: 1_700_000_000_000 + i * 10_000,
      }),
    ),
};

/** Counts at each size, the smallest first. */
export async function costsOf(message: (i: number) => Kept, sizes: readonly number[]): Promise<Cost[]> {
  const here = new Conversation("group");
  const costs: Cost[] = [];
  let [told, writes] = [0, 0];
  const tell = async (until: number, isFollowed: boolean): Promise<void> => {
    for (; told < until; told++) {
      await here.set(told + 1, message(told));
      if (!isFollowed && told % BATCH !== 0 && told + 1 < until) continue;
      const written = here.engine.take();
      writes += written.length;
      here.kept.write(written);
    }
  };
  for (const size of sizes) {
    await tell(size, false);
    await tell(size + BEFORE, true);
    const before = { reads: here.kept.reads, writes };
    await tell(size + BEFORE + COUNTED, true);
    costs.push({
      size,
      reads: (here.kept.reads - before.reads) / COUNTED,
      writes: (writes - before.writes) / COUNTED,
    });
  }
  return costs;
}

/** Rows by random keys lie in one page among 100, which is in memory, and in another one each among 100,000: two are read. */
const MORE_READS = 2.5;
/** Pages whose counts were written at last, and rows of several kinds that lay in one page. */
const MORE_WRITES = 2;

/** Asserts that a message costs the same at all sizes. */
export function staysAsItWas(what: string, [least, ...others]: readonly Cost[]): void {
  for (const { size, reads, writes } of others) {
    const counts =
      `${what} among ${size}: ${reads} reads, ${writes} writes; among ${least.size}: ${least.reads}, ${least.writes}`;
    ok(reads <= least.reads + MORE_READS && writes <= least.writes + MORE_WRITES, counts);
  }
}
