/**
 * The node that holds feeds, as the screen says it.
 *
 * @module
 */
import type { HolderView } from "../../lib/app/groups/groups.ts";
import { sizeWords } from "../messages/file.ts";
import { nameOfPeer } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import type { Row } from "./screen.ts";
import { clockOf, dayOf, msOf } from "./time.ts";
import { wrap } from "./width.ts";

/** Who it is, since when, how much of ours it is to hold, and when it was last heard of; no row: nobody. */
export function holderRows(model: Model, holder: HolderView | undefined, width: number): Row[] {
  if (holder === undefined) return [];
  const { pk, since, bytes, presence, lastHeard } = holder;
  const at = (ts: string): string => `${dayOf(model, msOf(ts))} ${clockOf(model, msOf(ts))}`;
  const words = [
    `held by ${nameOfPeer(model, pk)}${since === undefined ? "" : ` since ${at(since)}`}`,
    `${sizeWords(BigInt(bytes))} of yours`,
    ...(presence === "unknown" ? [] : [presence]),
    ...(lastHeard === undefined ? [] : [`last heard ${at(lastHeard)}`]),
  ].join(", ");
  return wrap(words, width).map((text) => [{ text, style: "dim" }]);
}
