/**
 * What a pair does not do, and why.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { MAX_PAIR_TEXT_BYTES, MAX_WAITING } from "../../pair/limits.ts";
import type { PairRefusal } from "../../pair/pair_types.ts";
import { UserError } from "../../wire/errors.ts";

/** The error of somebody we are not paired with. */
export const noSuchPair = (peer: PublicKeyHex): UserError =>
  new UserError(`There is no pair with ${peer}`, {
    kind: "usage",
    hint: "`dmsg pair list` shows all; `dmsg pair add` asks somebody.",
  });

/** The error of an answer to nothing. */
export const noInvite = (peer: PublicKeyHex): UserError =>
  new UserError(`There is no invite from ${peer}`, {
    kind: "usage",
    hint: "`dmsg pair list` shows who has asked; `dmsg pair add` asks.",
  });

/** The error of a request that makes no sense. */
export const pairUsage = (message: string, hint: string): UserError =>
  new UserError(message, { kind: "usage", hint });

/** The error of something that was not said. */
export function pairRefusal(reason: PairRefusal, peer: PublicKeyHex): UserError {
  const [kind, message, hint] = WORDS[reason];
  return new UserError(message.replace("PEER", peer), { kind, hint });
}

const WORDS: Readonly<Record<PairRefusal, readonly ["usage" | "refused", string, string]>> = {
  "not active": ["refused", "PEER has not accepted yet", "`dmsg send` says something without a pair."],
  "empty": ["usage", "An empty message can't be sent", "Say something."],
  "too long": [
    "usage",
    `A message has at most ${MAX_PAIR_TEXT_BYTES} bytes`,
    "Send it in parts, or as a file.",
  ],
  "full": ["refused", `${MAX_WAITING} messages wait for PEER already`, "They leave once it reads them."],
};
