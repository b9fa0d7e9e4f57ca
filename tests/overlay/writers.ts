/** Five who talk while they are cut off from each other, from a seed. */
import { ok, strictEqual } from "node:assert/strict";
import type { Kept } from "../../lib/overlay/entry.ts";
import { Conversation, PEOPLE } from "./kept.ts";
import { Dice, talk } from "./talk.ts";

/**
 * They talk in partitions, then hear the rest in orders of their own, and messages go. At each of them what was folded
 * message by message is what is folded at once, and lists, polls and dashboards are the same bytes at all.
 */
export async function fiveWriters(seed: number): Promise<void> {
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
    strictEqual(await here.text(), await here.rebuilt(), `seed ${seed}: rebuilt = incremental`);
    texts.push(await here.shared());
  }
  for (const row of ["l/", "p/", "h/"]) ok(texts[0].includes(`\n${row}`), `seed ${seed}: no rows of ${row}`);
  for (const text of texts) strictEqual(text, texts[0], `seed ${seed}: the same at all members`);
}
