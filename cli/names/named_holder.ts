/**
 * The node that is to hold feeds, as commands take it: a name, or `--none`.
 *
 * @module
 */
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import type { CommonFlags } from "../flags/flags.ts";
import { peerNamed } from "./peers.ts";

/** Flags of a command that names one. */
export type HolderFlags = CommonFlags & { readonly none: boolean };

/** The flag that takes it away. */
export const noHolderFlag = {
  kind: "boolean",
  default: false,
  withNegated: false,
  brief: "Nobody holds it any more",
} as const;

/** The argument that names it. */
export const holderArgument = {
  parse: String,
  placeholder: "holder",
  brief: "The node that holds, a key or an alias",
  optional: true,
} as const;

/** Who it is; undefined: nobody any more. @throws {UserError} usage: neither of the two was said, both were, or it is nobody. */
export async function holderNamed(
  context: Context,
  { none }: HolderFlags,
  name: string | undefined,
): Promise<PublicKeyHex | undefined> {
  if ((name === undefined) !== none) {
    throw new UserError(name === undefined ? "Who holds it?" : "--none and a holder", {
      kind: "usage",
      hint: "Name a node, or say --none.",
    });
  }
  return name === undefined ? undefined : await peerNamed(context, name);
}
