/** The overlays of a conversation follow from its messages, not from their order. */
import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { DASHBOARD } from "../../lib/overlay/frame.ts";
import type { Kept } from "../../lib/overlay/entry.ts";
import { Conversation, PEOPLE } from "./kept.ts";
import { Dice, talk } from "./talk.ts";

/** Pages of trees that know no positions: these are the same at every member. */
const shared = (text: string): string =>
  text.split("\n").filter((line) => /^(?:list|poll|dash)/.test(line)).join("\n");

Deno.test("Engine keeps the same bytes in any order, with duplicates, late parents and deletions", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 90 }), async (seed, count) => {
      const dice = new Dice(seed + 1);
      const said = talk(dice, count);
      // Some lie at two positions, as when somebody copies a leaf to another path.
      const log = [...dice.shuffled(said), ...said.filter(() => dice.below(8) === 0)];
      const moves = dice.shuffled(log.map((_, i) => i + 1));
      const here = new Conversation("group");
      for (const [i, position] of moves.entries()) {
        await here.set(position, log[position - 1]);
        if (dice.below(4) === 0) await here.set(dice.one(moves.slice(0, i + 1)), undefined);
        if (dice.below(6) === 0) {
          const back = dice.one(moves.slice(0, i + 1));
          await here.set(back, log[back - 1]);
        }
        if (dice.below(10) === 0) here.engine.tick(900 + dice.below(700));
        if (dice.below(10) === 0) await here.reopen();
      }
      strictEqual(await here.text(), await here.rebuilt());
    }),
    { numRuns: 25 },
  );
});

Deno.test("Five writers who are cut off from each other end with the same lists, polls and dashboards", async () => {
  for (let seed = 1; seed <= 2; seed++) {
    const dice = new Dice(seed);
    const all = talk(dice, 150);
    const members = PEOPLE.map((me) => ({
      here: new Conversation("group", me),
      next: 1,
      has: new Set<Kept>(),
    }));
    const hear = async (member: typeof members[0], kept: Kept): Promise<void> => {
      if (member.has.has(kept)) return;
      member.has.add(kept);
      await member.here.set(member.next++, kept);
    };
    // While a partition holds, each side hears only its own.
    let sides = PEOPLE.map(() => 0);
    for (const kept of all) {
      if (dice.below(20) === 0) sides = PEOPLE.map(() => dice.below(2));
      const side = sides[PEOPLE.indexOf(kept.author)];
      for (const [i, member] of members.entries()) {
        if (sides[i] === side && dice.below(5) > 0) await hear(member, kept);
      }
    }
    for (const member of members) for (const kept of dice.shuffled(all)) await hear(member, kept);
    for (const gone of dice.shuffled(all).slice(0, 20)) {
      for (const { here } of members) {
        const [position] = [...here.log].find(([, kept]) => kept.signature === gone.signature)!;
        await here.set(position, undefined);
      }
    }
    const texts: string[] = [];
    for (const { here } of members) {
      const text = await here.text();
      strictEqual(text, await here.rebuilt(), `seed ${seed}: rebuilt = incremental`);
      texts.push(shared(text));
    }
    notStrictEqual(texts[0], "");
    for (const text of texts) strictEqual(text, texts[0], `seed ${seed}: the same at all members`);
  }
});

Deno.test("Index of an overlay has exactly its messages, newest first, also of numbers that nobody knows", async () => {
  const here = new Conversation("group");
  const all = talk(new Dice(5), 120);
  for (const [i, kept] of all.entries()) await here.set(i + 1, kept);
  const values = all.flatMap(({ body }, i) => body.includes(`"o":${DASHBOARD}`) ? [i + 1] : []).reverse();
  strictEqual(await here.engine.count(DASHBOARD), values.length);
  deepStrictEqual(
    (await here.engine.newest(DASHBOARD, 3)).map(({ position }) => position),
    values.slice(0, 3),
  );
  deepStrictEqual(
    (await here.engine.newest(DASHBOARD, 9, 2)).map(({ position }) => position),
    values.slice(2, 11),
  );
});
