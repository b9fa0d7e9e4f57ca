/**
 * Who may use what we serve: the part that `expose` and `http serve` share.
 *
 * @see lib/scp/README.md "Whitelist"; cli/README.md "Other protocols"
 * @module
 */
import type { FlagParametersForType } from "@stricli/core";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { Access } from "../../lib/scp/whitelist.ts";
import { join } from "../../lib/sys/paths.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import { LiveList, tellMissing } from "../serving/live_list.ts";
import { parsePlace } from "./paths.ts";
import { peerNamed } from "../names/peers.ts";

/** Flags that say who is let in. */
export type GuestFlags = {
  /** `--whitelist FILE`. */
  readonly whitelist?: string;
  /** `--allow PK`. */
  readonly allow?: readonly string[];
  /** `--anyone`. */
  readonly anyone: boolean;
};

/** The definitions of {@link GuestFlags}. */
export const guestFlags: FlagParametersForType<GuestFlags, Context> = {
  whitelist: {
    kind: "parsed",
    parse: parsePlace,
    optional: true,
    placeholder: "file",
    brief: "Let the keys of this list in: a line a key, a dmsgpty or a visor configuration",
  },
  allow: {
    kind: "parsed",
    parse: String,
    optional: true,
    variadic: ",",
    placeholder: "pk",
    brief: "Let this peer in",
  },
  anyone: { kind: "boolean", default: false, withNegated: false, brief: "Let every peer in" },
};

const FULL: Access = { read: true, write: true };

/** Who is let in. */
export interface Door {
  /** What a peer may do right now; undefined: nothing. */
  accessOf(peer: PublicKeyHex): Promise<Access | undefined>;
  /** The list, unless everybody is let in. */
  readonly list?: string;
  /** Who is let in whatever the list says, besides us. */
  readonly allow: readonly PublicKeyHex[];
  /** `anyone`, `listed`, or `self` when the list is one that nobody has named and no other key is in it. */
  readonly open: "anyone" | "listed" | "self";
}

/** Where it is said what is wrong with a list. */
export type OnListProblem = (reason: string) => void;

/** What flags say, names looked up. */
export interface Invitation {
  /** The list that is named. */
  readonly whitelist?: string;
  /** Keys that are named. */
  readonly allow: readonly PublicKeyHex[];
  /** Everybody. */
  readonly anyone: boolean;
}

/**
 * Checks the flags; before anything is opened.
 * @throws {UserError} usage: flags that exclude each other, or no such peer.
 */
export async function invitationOf(
  context: Context,
  { whitelist, allow = [], anyone }: GuestFlags,
): Promise<Invitation> {
  if (anyone && (whitelist !== undefined || allow.length > 0)) {
    throw new UserError("--anyone lets those in as well whom --whitelist and --allow name", {
      kind: "usage",
      hint: "Leave one of them out.",
    });
  }
  return { whitelist, anyone, allow: await Promise.all(allow.map((peer) => peerNamed(context, peer))) };
}

/**
 * The door that an invitation describes. Our own key is always let in.
 * @param fallback  When the invitation says nothing: everybody, or those in the file of this name beside the key.
 */
export async function openDoor(
  context: Context,
  { app, directory }: Pick<CommandApp, "app" | "directory">,
  { whitelist, allow, anyone }: Invitation,
  fallback: { readonly anyone: true } | { readonly file: string },
  onProblem: OnListProblem,
): Promise<Door> {
  const named = new Set([app.pk, ...allow]);
  const nothingSaid = whitelist === undefined && allow.length === 0;
  if (anyone || (nothingSaid && "anyone" in fallback)) {
    return { open: "anyone", allow: [], accessOf: () => Promise.resolve(FULL) };
  }
  const path = whitelist ?? ("file" in fallback ? join(directory, fallback.file) : undefined);
  const ours = allow.length === 0 ? "our own key is" : "our own key and those of --allow are";
  const list = path === undefined ? undefined : new LiveList(context, path, onProblem, ours);
  const others = await list?.read();
  await tellMissing(context, whitelist, ours, onProblem);
  return {
    open: nothingSaid && others?.size === 0 ? "self" : "listed",
    list: path,
    allow: [...new Set(allow)],
    accessOf: async (peer) => named.has(peer) ? FULL : await list?.accessOf(peer),
  };
}
