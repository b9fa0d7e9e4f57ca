/**
 * What is said of few things: most of it hangs on something of its kind, and stamps are close to each other.
 *
 * @module
 */
import { BULLETIN, DASHBOARD, LIST, POLL } from "../../../lib/overlay/frame.ts";
import type { Kept } from "../../../lib/overlay/entry.ts";
import { PEOPLE, said } from "../../overlay/kept.ts";
import { type Dice, signatureOf } from "../../overlay/talk.ts";

/** What a message may be hung on, and what may be said of that. */
type Kind = "list" | "item" | "post" | "poll" | "bot";

/** Messages of a group, mostly of one overlay. */
export function denseTalk(dice: Dice, count: number): Kept[] {
  const names: Record<Kind, string[]> = { list: [], item: [], post: [], poll: [], bot: [] };
  const focus = dice.one(["lists", "boards", "polls", "dash"] as const);
  const people = PEOPLE.slice(0, 2 + dice.below(4));
  const all: Kept[] = [];
  for (let i = 0; i < count; i++) {
    const on = (kind: Kind): string => {
      const some = names[kind];
      return some.length === 0 || dice.below(25) === 0
        ? signatureOf(`nobody ${i}`)
        : dice.below(2) === 0
        ? some[some.length - 1]
        : dice.one(some);
    };
    const of = dice.below(5) === 0 ? dice.one(["lists", "boards", "polls", "dash"] as const) : focus;
    const [kind, saying] = SAID[of](dice, i, on);
    const kept = said(dice.one(people), saying);
    const signature = signatureOf(`dense ${i} ${kept.body}`);
    if (kind !== undefined) names[kind].push(signature);
    all.push({ ...kept, signature });
  }
  return all;
}

type Saying = Parameters<typeof said>[1];
type Say = (dice: Dice, i: number, on: (kind: Kind) => string) => [kind: Kind | undefined, saying: Saying];

const near = (dice: Dice, i: number): number => 1000 + i + dice.below(6);

const SAID: Readonly<Record<string, Say>> = {
  lists(dice, i, on) {
    const s = near(dice, i);
    const which = dice.below(9);
    if (which === 0) return ["list", { o: LIST, d: { a: "new", l: `list ${i}` }, s }];
    if (which < 4) return ["item", { o: LIST, d: { a: "add", i: `item ${i}` }, p: on("list"), s }];
    const d = dice.one<unknown>([
      { a: dice.one(["done", "undone"]) },
      { a: dice.one(["remove", "restore"]) },
      { a: dice.one(["archive", "unarchive"]) },
      { a: "rename", i: `name ${i}` },
      { a: "move", r: `${dice.below(3)}8` },
      { a: "assign", w: dice.one(["", ...PEOPLE]) },
    ]);
    return [undefined, { o: LIST, d, p: on(dice.below(4) === 0 ? "list" : "item"), s }];
  },
  boards(dice, i, on) {
    const s = near(dice, i);
    const extra = dice.below(6) === 0 ? { x: 1000 + dice.below(400) } : {};
    const which = dice.below(9);
    if (which === 0) return ["post", { o: BULLETIN, d: `post ${i}`, s, extra }];
    if (which < 6) return ["post", { o: BULLETIN, d: `answer ${i}`, p: on("post"), s }];
    const a = dice.one(["edit", "edit", "withdraw", "pin", "unpin"]);
    return [undefined, { o: BULLETIN, d: `better ${i}`, p: on("post"), s, extra: { ...extra, a } }];
  },
  polls(dice, i, on) {
    const s = near(dice, i);
    const which = dice.below(12);
    const u = dice.below(3) === 0 ? { u: 1000 + i + dice.below(30) } : {};
    if (which === 0) {
      return ["poll", {
        o: POLL,
        d: { a: "new", q: `which ${i}?`, c: ["a", "b", "c"], m: dice.below(2) === 0, ...u },
        s,
      }];
    }
    if (which === 1) return [undefined, { o: POLL, d: { a: "close" }, p: on("poll"), s }];
    const v = dice.one([[], [0], [1], [2], [3], [0, 2], [1, 1]]);
    return [undefined, { o: POLL, d: { a: "vote", v }, p: on("poll"), s }];
  },
  dash(dice, i) {
    const s = (1000 + i) * 1000 + dice.one([0, 1, 5000, 59_999, 60_000]);
    const widget = { w: dice.one(["cpu", "disk"]), k: dice.one(["number", "gauge", "since"]), v: i };
    const d = dice.one<unknown>([
      widget,
      widget,
      { ...widget, a: 60_000 },
      { ...widget, summary: `sum ${i}` },
      { i: dice.one([10_000, 30_000, 60_000, 300_000]), b: 1024 },
      { c: dice.one([[], [["up", `help ${i}`]]]) },
    ]);
    return [undefined, { o: DASHBOARD, d, s }];
  },
};
