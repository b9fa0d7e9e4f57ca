/**
 * What a stranger says of a group, as far as it may be taken: as Go programs take it.
 *
 * @see specification skychat §b.7 "Probe"
 * @module
 */
import { MAX_POW_BITS } from "../../../group/joining/invite.ts";
import { cutUtf8 } from "../../../wire/bytes.ts";

/** Bytes of what a group costs, in words. */
const MAX_PRICE_BYTES = 40;

/** A kind as a peer names it: an unknown one is treated as public. */
export const kindNamed = (kind: string): "public" | "private" | "channel" =>
  kind === "private" || kind === "channel" ? kind : "public";

/**
 * Who gets in, as a peer names it; what there is not follows from the kind.
 * @returns "": of a private group that it does not say.
 */
export function policyNamed(policy: string, kind: string): "open" | "approval" | "" {
  if (policy === "open" || policy === "approval") return policy;
  return kindNamed(kind) === "private" ? "" : "open";
}

/** Work that a peer says is needed: no program does more. */
export const workNamed = (bits: number): number => Math.min(bits, MAX_POW_BITS);

/** A price as a peer words it. */
export const priceNamed = (hint: string): string => cutUtf8(hint, MAX_PRICE_BYTES).toWellFormed();
