/**
 * Effects on pairs, done.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { Effect } from "../state/types.ts";
import type { Said } from "./parts.ts";

/** Effects that are about pairs. */
export type PairEffect = Extract<Effect, { kind: "pairs" | "pair" | "unpair" }>;

/** Whether an effect is one of these. */
export const isForPairs = (effect: Effect): effect is PairEffect =>
  effect.kind === "pairs" || effect.kind === "pair" || effect.kind === "unpair";

/** Does one; the answers go to `tell`. @throws What the App throws. */
export async function doPairs(
  { pairs, messages }: App,
  effect: PairEffect,
  tell: (msg: Said) => void,
): Promise<void> {
  if (effect.kind !== "pairs") {
    const text = effect.kind === "pair" ? await asked(pairs, effect) : await ended(pairs, effect);
    tell({ kind: "said", text });
    tell({ kind: "conversations", conversations: await messages.conversations() });
  }
  tell({ kind: "pairs", pairs: await pairs.list() });
}

async function asked(pairs: App["pairs"], { peer }: PairEffect & { kind: "pair" }): Promise<string> {
  const { sent, status } = await pairs.add({ peer });
  if (status === "active") return "You are paired: messages wait in sealed feeds for whoever is away";
  return sent ? "Asked to be paired" : "It is asked to be paired when it is there";
}

async function ended(pairs: App["pairs"], { peer }: PairEffect & { kind: "unpair" }): Promise<string> {
  const known = (await pairs.list()).find((one) => one.peer === peer);
  if (known?.status === "invited") {
    await pairs.decline({ peer });
    return "Said no: you are not paired";
  }
  await pairs.remove({ peer });
  return "You are no longer paired; what was said stays here";
}
