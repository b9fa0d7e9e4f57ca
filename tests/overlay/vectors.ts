/** Vectors of folds: messages of a group, told in every order. */
import { Conversation, PEOPLE, said } from "./kept.ts";
import { Dice, signatureOf } from "./talk.ts";
import table from "./vectors.json" with { type: "json" };

/** A message: `n` names it for `p` of others. */
interface Message {
  readonly n: string;
  readonly by: number;
  readonly o: number;
  readonly s: number;
  readonly d: unknown;
  readonly p?: string;
  readonly a?: string;
  readonly x?: number;
}

export interface Vector {
  readonly name: string;
  readonly messages: readonly Message[];
  readonly lists?: unknown;
  readonly threads?: unknown;
  readonly polls?: unknown;
  readonly commands?: unknown;
}

export const vectors = (kind: "list" | "board" | "poll" | "commands"): readonly Vector[] =>
  table[kind] as readonly Vector[];

const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** All orders of a few messages; of more than five, 17 of them: `orders_check.ts` takes the rest. */
export function orders(count: number): number[][] {
  if (count <= 5) return everyOrder(count);
  const all = counted(count);
  const dice = new Dice(count);
  return [all, [...all].reverse(), ...Array.from({ length: 15 }, () => dice.shuffled(all))];
}

/** All orders of so many messages. */
export function everyOrder(count: number): number[][] {
  const permuted = (rest: number[]): number[][] =>
    rest.length === 0
      ? [[]]
      : rest.flatMap((one) => permuted(rest.filter((other) => other !== one)).map((more) => [one, ...more]));
  return permuted(counted(count));
}

/** The same messages in an order of arrival. */
export async function told({ messages }: Vector, order: readonly number[]): Promise<Conversation> {
  const here = new Conversation("group", PEOPLE[4]);
  for (const [i, at] of order.entries()) {
    const { n, by, o, s, d, p, a, x } = messages[at];
    const extra = { ...(a && { a }), ...(x && { x }) };
    const kept = said(PEOPLE[by], { o, d, s, extra, ...(p && { p: signatureOf(p) }) });
    await here.set(i + 1, { ...kept, signature: signatureOf(n) });
  }
  await here.engine.settle();
  return here;
}
