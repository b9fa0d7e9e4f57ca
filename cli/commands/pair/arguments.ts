/**
 * What the commands of `dmsg pair` take alike: the peer as an argument, or as the flag that the Go program has.
 *
 * @see specification skychat (e) "pair …"
 * @module
 */
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import type { Context } from "../../context.ts";
import { peerNamed } from "../../names/peers.ts";

/** The peer as an argument. */
export const peerArgument = {
  parse: String,
  placeholder: "peer",
  brief: "A key or an alias",
  optional: true,
} as const;

/** The peer as a flag. */
export const peerFlag = {
  kind: "parsed",
  parse: String,
  optional: true,
  placeholder: "peer",
  brief: "The same as the argument",
} as const;

/** Whom a command is about. @throws {UserError} usage: nobody, or two. */
export async function onePeer(context: Context, ...named: (string | undefined)[]): Promise<PublicKeyHex> {
  const [peer, ...more] = named.filter((one) => one !== undefined);
  if (peer !== undefined && more.length === 0) return await peerNamed(context, peer);
  throw new UserError(peer === undefined ? "Which peer?" : "Two peers are named", {
    kind: "usage",
    hint: "Give one key or alias.",
  });
}
