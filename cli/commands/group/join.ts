/**
 * `dmsg group join`.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import type { Groups, InviteEnded } from "../../../lib/app/groups/groups.ts";
import { offerIn } from "../../../lib/app/overlays/invite_links.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { decided } from "../../resident/decided.ts";
import { joinedInTime } from "../../resident/joined_in_time.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { groupNamed, inGroup, UnknownGroup, withGroups } from "../../names/groups.ts";
import { ENDED_WORDS } from "../../words/issued.ts";
import { tellOfNamesakes, tellOfPerson } from "../../names/other_kind.ts";
import { waitingFor } from "../../flags/time_limit.ts";
import { onLink, WAIT_MS, waitFlag } from "./arguments.ts";

/** Flags of `dmsg group join`. */
export interface JoinFlags extends CommonFlags {
  /** For the admin to read. */
  readonly note: string;
  /** How long to wait until we are in, milliseconds, for the whole command; a while by default. */
  readonly wait?: number;
}

/** `dmsg group join`. */
export const join: Command<Context> = command({
  brief: "Join a group by its link or address, or again by its name",
  details:
    "Status 0: we are in; 10: asked, and nobody has decided; 4: told no. Whoever comes by a signed invite\n" +
    "(dmsg:invite:…) needs no approval; one that has expired, is used up or was revoked says so. Who has left, or was\n" +
    "removed or denied, asks again by the group's name or id: its admins are those that were known then.",
  examples: [
    ["dmsg group join skychat:invite:…", "Ask the group's admins"],
    ["dmsg group join dmsg:invite:…", "By a signed invite"],
    ["dmsg group join ops", "Back into one that we have left"],
  ],
  parameters: {
    flags: {
      note: {
        kind: "parsed",
        parse: String,
        default: "",
        placeholder: "text",
        brief: "For the admin to read, at most 280 bytes",
      },
      wait: { ...waitFlag, brief: "How long to wait until we are in (default 10s)" },
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: onLink,
  },
  run: joinByLink,
});

/** Joins the group of a link. @throws {UserError} It lets us not in, and why. */
export async function joinByLink(context: Context, flags: JoinFlags, given: string): Promise<Status> {
  const waiting = waitingFor(context.clock, flags.wait, WAIT_MS);
  return await withGroups(context, flags, async ({ groups }) => {
    const link = await linkOrGroup(groups, given);
    const joining = groups.join({ link, ...(flags.note === "" ? {} : { note: flags.note }) });
    const { limit } = waiting;
    const { group, ended } =
      await (limit ? joinedInTime(context, limit, { groups, link, joining }) : joining);
    if (ended !== undefined) throw overInvite(link, ended);
    const look = async () => await groups.info({ group }) as Record<string, string>;
    const info = await decided(context, {
      now: await look(),
      look,
      isOpen: (info) => !["active", "awaiting_approval", "denied", "banned"].includes(info.status),
      waitMs: waiting.leftMs(),
    });
    const { name, owner_pk, mode, status } = info;
    if (status === "denied" || status === "banned") {
      const view = (await groups.list()).find(({ id }) => id === group);
      throw view?.invite?.ended === undefined ? toldNo(name, status) : overInvite(link, view.invite.ended);
    }
    context.print.out("groupJoined", { ...info, ...inGroup(group), name, owner_pk, mode, status });
    await tellOfPerson(context, { id: group, name });
    await tellOfNamesakes(context, groups, { id: group, name });
    context.signal.throwIfAborted();
    return status === "active" ? Status.done : Status.queued;
  }, { makes: "default", limit: waiting.limit });
}

/** What is no link may name a group that we know: we come back to it, without another's link. */
async function linkOrGroup(groups: Groups, given: string): Promise<string> {
  if (!("fault" in offerIn(given))) return given;
  try {
    const { id, status } = await groupNamed(groups, given);
    return status === "damaged" ? given : id;
  } catch (error) {
    if (error instanceof UnknownGroup) return given; // what is wrong with it as a link is said
    throw error;
  }
}

function overInvite(link: string, ended: InviteEnded): UserError {
  const offer = offerIn(link);
  const name = "fault" in offer || offer.kind !== "group"
    ? "the group"
    : `group ${JSON.stringify(offer.name)}`;
  const hint = ended === "used-up"
    ? "As many have come in by it as it allows, or we have been in by it before: ask for a new one."
    : "Ask whoever gave it to you for a new one.";
  return new UserError(`The invite to ${name} ${ENDED_WORDS[ended]}`, { kind: "refused", hint });
}

const toldNo = (name: string, status: string): UserError =>
  new UserError(`Group ${JSON.stringify(name)} does not let us in: ${status}`, {
    kind: "refused",
    hint: "An admin has decided so.",
  });
