/**
 * Groups as people name them, and what the commands of `dmsg group` share.
 *
 * @module
 */
import type { GroupId, Groups, GroupView } from "../../lib/app/groups/groups.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { didYouMean } from "../../lib/identity/nearest.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { namedBack } from "../args.ts";
import { unlessAborted } from "../abort.ts";
import { openCommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import type { CommonFlags } from "../flags/flags.ts";
import type { TimeLimit } from "../flags/time_limit.ts";
import type { GroupLine } from "../words/group_messages.ts";
import { readIn } from "../words/message_lines.ts";
import type { PeerNames } from "./peers.ts";
import { looksSame } from "../../lib/wire/folded.ts";

/** A name that no group of ours has. */
export class UnknownGroup extends UserError {
  /** The name, as it was given. */
  readonly named: string;
  /** What to do about it. @param named  The name. */
  constructor(named: string, hint: string) {
    super(`There is no group ${namedBack(named)}`, { kind: "usage", hint });
    this.named = named;
  }
}

/** The shortest beginning of an id that names a group. */
const MIN_PREFIX = 4;

/**
 * The group that a person means.
 * @param text  Its id, the beginning of it, or its name.
 * @throws {UnknownGroup} None.
 * @throws {UserError} usage: several.
 */
export async function groupNamed(groups: Pick<Groups, "list">, text: string): Promise<GroupView> {
  const all = await groups.list();
  const found = groupsLike(all, text);
  if (found.length === 1) return found[0];
  if (found.length > 1) throw severalGroups(text, found.map(({ id }) => id));
  const hint = didYouMean(text, all.map(({ name }) => name)) ?? "`dmsg group ls` shows all.";
  throw new UnknownGroup(text, hint);
}

/**
 * The group with that id; else those with that name, and those whose id begins so; else those whose name looks the same
 * (an `é` may be one character or two). A founder names its group as it likes,
 * as another group's id too, or as its beginning: it keeps nobody from that one so, nor gets what is meant for it.
 */
export function groupsLike<G extends Pick<GroupView, "id" | "name">>(
  all: readonly G[],
  text: string,
): readonly G[] {
  const lower = text.toLowerCase();
  const exact = all.filter(({ id }) => id === lower);
  if (exact.length > 0) return exact;
  const named = all.filter(({ id, name }) =>
    name === text || lower.length >= MIN_PREFIX && id.startsWith(lower)
  );
  if (named.length > 0) return named;
  return all.filter(({ name }) => looksSame(name, text));
}

/** The error of a name that several groups have. */
export const severalGroups = (text: string, ids: readonly string[]): UserError =>
  new UserError(`${JSON.stringify(text)} names ${ids.length} groups`, {
    kind: "usage",
    hint: `Use the id: ${ids.join(", ")}.`,
  });

/** How an App is opened for one thing. */
export interface Opening {
  /** Whether the default identity is made when there is none; it is not by default. */
  readonly makes?: "default" | "none";
  /** What the user gave for the whole command. */
  readonly limit?: TimeLimit;
}

/**
 * Does something with an App that has a network, for as long as it takes, or until the command is ended.
 * @param command  Its name, told to those who find the identity taken.
 */
export async function withApp<R>(
  context: Context,
  flags: CommonFlags,
  command: string,
  run: (app: KeptApp) => Promise<R>,
  { makes = "none", limit }: Opening = {},
): Promise<R> {
  const { app } = await openCommandApp(context, flags, { command, makes, resident: false, limit });
  try {
    return await unlessAborted(context.signal, run(app));
  } finally {
    await app.close();
  }
}

/** A group in JSON: `group_id`, as messages have it, and the name that some output had before. */
export const inGroup = (group: GroupId): { group: GroupId; group_id: GroupId } => ({
  group,
  group_id: group,
});

/** The same for `dmsg group`. */
export const withGroups = <R>(
  context: Context,
  flags: CommonFlags,
  run: (app: KeptApp) => Promise<R>,
  opening?: Opening,
): Promise<R> => withApp(context, flags, "group", run, opening);

/**
 * A message of a group as a line.
 * @param you  Our key, which people read as `you` among those whom it is for; programs read it as it is.
 */
export function groupLineOf(
  { peer, sender, outgoing, text, ts, id, state, reason }: MessageView,
  names: PeerNames,
  audience?: readonly PublicKeyHex[],
  you?: PublicKeyHex,
): GroupLine {
  const reader = (pk: PublicKeyHex): string => pk === you ? "you" : names.of(pk) ?? pk;
  return {
    ts,
    group_id: peer,
    sender_pk: sender ?? "",
    sender_alias: sender === undefined ? undefined : names.of(sender),
    outgoing,
    body: text,
    ...readIn(text, names),
    ts_nano: id?.split("/")[1] ?? "",
    state,
    reason,
    ...(audience === undefined ? {} : { audience: audience.map(reader), audience_pks: audience }),
  };
}
