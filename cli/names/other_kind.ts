/**
 * A group's name where a peer is needed, and the reverse: says so, and which command is meant; and a name of both, or of
 * several groups.
 *
 * @module
 */
import type { Groups } from "../../lib/app/groups/groups.ts";
import { NAMES_FILE, readNames } from "../../lib/app/groups/joining/names_file.ts";
import type { SettingsFlags } from "../../lib/app/settings.ts";
import { keyOfAlias, readAliases, UnknownPeer } from "../../lib/identity/aliases.ts";
import { join } from "../../lib/sys/paths.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import { type Failure, failureOf } from "../exit.ts";
import { groupsLike, UnknownGroup } from "./groups.ts";

/** What a command that takes the one kind is called for the other, such as `dmsg group send`. */
export interface Twins {
  /** Of a command that takes peers: the one for groups. */
  readonly ofGroups?: string;
  /** Of a command that takes groups: the one for people. */
  readonly ofPeers?: string;
}

/** The parts of the system that names are read from. */
export type NameHost = Pick<Context, "env" | "files" | "os" | "settings">;

/**
 * The failure of a command that was given a name of the other kind; every other failure as it is. Names of groups are
 * those of the file beside the store: nothing is opened for an error.
 * @param flags  The command's: they say whose groups are meant.
 */
export async function ofOtherKind(
  host: NameHost,
  failure: Failure,
  flags: SettingsFlags,
  twins: Twins,
): Promise<Failure> {
  const { cause } = failure;
  const error = cause instanceof UnknownPeer
    ? await groupForPeer(host, cause.named, flags, twins)
    : cause instanceof UnknownGroup
    ? await peerForGroup(host, cause.named, twins)
    : undefined;
  return error === undefined ? failure : failureOf(error);
}

/** Says of a new alias that a group of the identity that is used has the name, too. */
export async function tellOfGroups(context: NameHost & Pick<Context, "print">, name: string): Promise<void> {
  // No network needs to run for a name, and a configuration with a mistake in it does not hinder one.
  const settings = await context.settings({ local: false }).catch(() => undefined);
  const known = settings ? await readNames(context.files, join(settings.identityDir, NAMES_FILE)) : [];
  for (const [id, called] of known) if (called === name) context.print.note("nameOfBoth", { name, id });
}

/** Says of a group that is new here that a person has its name, too. */
export async function tellOfPerson(
  context: NameHost & Pick<Context, "print">,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  const aliases = await readAliases(context).catch(() => new Map());
  if (aliases.has(name)) context.print.note("nameOfBoth", { name, id });
}

/** Says of a group that is new here that its name means several groups now. */
export async function tellOfNamesakes(
  { print }: Pick<Context, "print">,
  groups: Pick<Groups, "list">,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  const ids = (await groups.list()).flatMap((one) => one.name === name && one.id !== id ? [one.id] : []);
  if (ids.length > 0) print.note("sameName", { kind: "group", name, ids });
}

async function groupForPeer(
  { files, settings }: NameHost,
  named: string,
  flags: SettingsFlags,
  { ofGroups }: Twins,
): Promise<UserError | undefined> {
  const { identityDir } = await settings({ ...flags, local: false }); // no network needs to run for a name
  const known = await readNames(files, join(identityDir, NAMES_FILE));
  if (groupsLike(known.map(([id, name]) => ({ id, name })), named).length === 0) return undefined;
  return new UserError(`${JSON.stringify(named)} is a group, and a peer is needed here`, {
    kind: "usage",
    hint: ofGroups === undefined
      ? "`dmsg group members` shows who is in it."
      : `For groups there is \`${ofGroups}\`.`,
  });
}

async function peerForGroup(
  host: NameHost,
  named: string,
  { ofPeers }: Twins,
): Promise<UserError | undefined> {
  if (keyOfAlias(named, await readAliases(host)) === undefined) return undefined;
  return new UserError(`${JSON.stringify(named)} is a person, and a group is needed here`, {
    kind: "usage",
    hint: ofPeers === undefined ? "`dmsg group ls` shows all groups." : `For people there is \`${ofPeers}\`.`,
  });
}
