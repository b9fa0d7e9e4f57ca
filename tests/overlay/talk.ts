/** What five people might say in lists, bulletins and polls: seeded, with parents that are late, gone or forged. */
import type { Kept } from "../../lib/overlay/entry.ts";
import { BULLETIN, DASHBOARD, LIST, POLL } from "../../lib/overlay/frame.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { concat, toHex, utf8 } from "../../lib/wire/bytes.ts";
import { type Conversation, nameOf, PEOPLE, said } from "./kept.ts";

/** Seeded whole numbers. */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed * 2654435761 >>> 0 || 1;
  }
  below(end: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % end;
  }
  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)];
  }
  shuffled<T>(of: readonly T[]): T[] {
    const all = [...of];
    for (let i = all.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [all[i], all[j]] = [all[j], all[i]];
    }
    return all;
  }
}

/** Something of 65 bytes that stands for a signature of that text. */
export const signatureOf = (text: string): string => {
  const hash = sha256(utf8(text));
  return toHex(concat(hash, hash, Uint8Array.of(1)));
};

/** Messages of a group: any of them may hang on any before it, or on nothing that is there. */
export function talk(dice: Dice, count: number): Kept[] {
  const all: Kept[] = [];
  for (let i = 0; i < count; i++) {
    const author = dice.one(PEOPLE);
    const s = 1000 + dice.below(count * 2);
    const p = all.length === 0 || dice.below(20) === 0 ? signatureOf(`nobody ${i}`) : nameOf(dice.one(all));
    const near = all.length === 0 ? p : nameOf(all[Math.max(0, all.length - 1 - dice.below(4))]);
    const kept = said(author, thing(dice, i, p, near, s), undefined);
    // Some are invites: no frame, but a link, which the index knows.
    const body = dice.below(15) === 0 ? `[invite] ${i}\nskychat://${dice.one(PEOPLE)}` : kept.body;
    all.push({ ...kept, body, signature: signatureOf(`${i} ${kept.body}`) });
  }
  return all;
}

/** Messages of two people: some without an id, some with one of their own, and some with one that is another's name. */
export function talkOfTwo(dice: Dice, count: number): Kept[] {
  const all: Kept[] = [];
  for (let i = 0; i < count; i++) {
    const on = all.length === 0 || dice.below(20) === 0 ? "f".repeat(16) : nameOf(dice.one(all));
    const near = all.length === 0 ? on : nameOf(all[Math.max(0, all.length - 1 - dice.below(4))]);
    const kept = said(dice.one(PEOPLE.slice(0, 2)), thing(dice, i, on, near, 1000 + dice.below(count * 2)));
    const ids = [undefined, undefined, kept.body, `${i}`].map((text) =>
      text && signatureOf(text).slice(0, 16)
    );
    const id = all.length > 0 && dice.below(5) === 0 ? nameOf(dice.one(all)).slice(0, 16) : dice.one(ids);
    all.push({ ...kept, ...(id === undefined ? {} : { id }) });
  }
  return all;
}

/** Tells a log in any order; some of it goes, and some of that comes back, while time passes and engines are opened anew. */
export async function toldInAnyOrder(dice: Dice, here: Conversation, log: readonly Kept[]): Promise<void> {
  const moves = dice.shuffled(log.map((_, i) => i + 1));
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
}

function thing(dice: Dice, i: number, p: string, near: string, s: number): Parameters<typeof said>[1] {
  const list = (d: unknown, parent?: string) => ({ o: LIST, d, s, ...(parent && { p: parent }) });
  const board = (d: string, extra = {}, parent?: string) => ({
    o: BULLETIN,
    d,
    s,
    extra,
    ...(parent && { p: parent }),
  });
  const poll = (d: unknown, parent?: string) => ({ o: POLL, d, s, ...(parent && { p: parent }) });
  const kinds = [
    () => list({ a: "new", l: `list ${i}` }),
    () => list({ a: "add", i: `item ${i}` }, p),
    () => list({ a: "add", i: `item ${i}` }, near),
    () => list({ a: dice.one(["done", "undone", "remove", "restore", "archive", "unarchive"]) }, p),
    () => list({ a: "rename", i: `name ${i}` }, near),
    () => list({ a: "move", r: `${dice.below(9)}${dice.below(9)}5` }, p),
    () => list({ a: "assign", w: dice.one(["", ...PEOPLE]) }, near),
    () => board(`post ${i}`, dice.below(3) === 0 ? { x: 1000 + dice.below(500) } : {}),
    () => board(`reply ${i}`, {}, p),
    () => board(`reply ${i}`, {}, near),
    () => board(`reply ${i}`, {}, near),
    () => board(`better ${i}`, { a: dice.one(["edit", "withdraw", "pin", "unpin"]) }, near),
    () => poll({ a: "new", q: `which ${i}?`, c: ["a", "b", "c"], m: dice.below(2) === 0 }),
    () => poll({ a: "vote", v: [dice.below(4)] }, near),
    () => poll({ a: "vote", v: [dice.below(3), dice.below(3)] }, p),
    () => poll({ a: "close" }, near),
    () => ({ o: DASHBOARD, d: `value ${i}`, s }),
    () => ({ o: DASHBOARD, d: { w: dice.one(["cpu", "disk"]), k: "number", v: i }, s: s * 1000 }),
    () => ({
      o: DASHBOARD,
      d: { w: "disk", k: "switch", v: dice.below(2) === 0, summary: `sum ${i}` },
      s: s * 1000,
    }),
    () => list({ a: "what", l: 5 }, p),
  ];
  return dice.one(kinds)();
}
