/**
 * `dmsg invite show`, `revoke`: signed invites that were issued.
 *
 * @see lib/group/README.md "Signed invites"
 * @module
 */
import type { Command } from "@stricli/core";
import type { IssuedInvite } from "../../../lib/app/groups/groups.ts";
import type { KeptApp } from "../../../lib/owner/handover/takeover.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { namedBack } from "../../args.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, identityAliases } from "../../flags/flags.ts";
import { bothQrAndJson, printIssued, qrFlag } from "../../flags/invite_terms.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { inGroup, withApp } from "../../names/groups.ts";
import { PeerNames } from "../../names/peers.ts";
import { alsoSnake } from "../../output/snake.ts";

/** The shortest beginning of an id that names an invite. */
const MIN_PREFIX = 4;

/** All that were issued for groups of ours, as far as they are known here, and to us. @param group  Only of this one. */
async function allIssued({ groups, pairs }: KeptApp, group?: string): Promise<IssuedInvite[]> {
  const ours = (await groups.list()).filter(({ id, status }) =>
    status === "active" && (group === undefined || id === group)
  );
  const found: IssuedInvite[] = group === undefined ? await pairs.issuedInvites() : [];
  for (const { id } of ours) found.push(...await groups.issuedInvites({ group: id }));
  return found;
}

/** Prints them. @returns How many there are. */
export async function printAllIssued(
  context: Context,
  app: KeptApp,
  limit: number,
  group?: string,
): Promise<number> {
  const issued = await allIssued(app, group);
  const names = new PeerNames(context);
  if (issued.length > 0) await names.load();
  const called = new Map((await app.groups.list()).map(({ id, name }) => [id, name]));
  for (const invite of issued.slice(0, limit)) {
    const { link: _link, ...shown } = invite; // who looks over a shoulder does not come in by it
    context.print.out("issuedShown", {
      kind: "issued",
      ...alsoSnake(shown),
      ...(invite.group === undefined ? {} : { ...inGroup(invite.group), name: called.get(invite.group) }),
      mine: invite.inviter === app.pk,
      inviter_alias: names.of(invite.inviter),
    });
  }
  return issued.length;
}

/** As many messages with invites are looked at in each conversation. */
const MANY = 1000;

/** By the beginning of its id, or of the id of a message of ours that carries it: `invite send` and `ls` show that one. */
async function issuedNamed(app: KeptApp, text: string): Promise<IssuedInvite> {
  const lower = text.toLowerCase();
  const all = lower.length < MIN_PREFIX ? [] : await allIssued(app);
  const own = all.filter(({ id }) => id.startsWith(lower));
  const found = own.length > 0 || all.length === 0 ? own : await saidWith(app, all, lower);
  if (found.length === 1) return found[0];
  const named = namedBack(text);
  throw found.length === 0
    ? new UserError(`We know of no issued invite ${named}`, {
      kind: "usage",
      hint: `Give the first ${MIN_PREFIX} characters of its id or more; \`dmsg invite ls\` shows all.`,
    })
    : new UserError(`${named} names ${found.length} invites`, {
      kind: "usage",
      hint: "Give more of its id.",
    });
}

async function saidWith({ pk, messages, overlays }: KeptApp, all: readonly IssuedInvite[], prefix: string) {
  const said = new Set<string>();
  for (const { peer } of await messages.conversations()) {
    const { rows } = await overlays.invites({ conversation: peer, limit: MANY });
    for (const { id, author, offer } of rows) {
      if (author === pk && id.startsWith(prefix) && offer?.signed !== undefined) said.add(offer.signed.id);
    }
  }
  return all.filter(({ id }) => said.has(id));
}

const positional = {
  kind: "tuple",
  parameters: [{
    parse: String,
    placeholder: "invite",
    brief: "The beginning of its id, or of its message's",
  }],
} as const;

/** `dmsg invite show`. */
export const show: Command<Context> = command({
  brief: "Print the link of a signed invite of ours again",
  examples: [["dmsg invite show 3f2a9c01 --qr", "To scan from another screen"]],
  parameters: { flags: { qr: qrFlag, ...keptFlags }, aliases: identityAliases, positional },
  async run(context: Context, flags: KeptFlags & { readonly qr: boolean }, named: string) {
    if (flags.qr && flags.json) throw bothQrAndJson();
    return await withKept(context, flags, "invite", async (app) => {
      const invite = await issuedNamed(app, named);
      const { link } = invite;
      if (link === undefined) {
        throw new UserError("Its link is not here", {
          kind: "refused",
          hint: "Only its inviter has it, where it was issued.",
        });
      }
      await printIssued(context, { ...invite, link }, flags);
      return Status.done;
    });
  },
});

/** `dmsg invite revoke`. */
export const revoke: Command<Context> = command({
  brief: "Take a signed invite back: it lets nobody in any more",
  details:
    "Any admin of its group may; an invite to ourselves only we can take back, and that holds at once. Whoever came\n" +
    "in by it stays. Admins that are away learn of it when they are back: until then they may still let people in by\n" +
    "it.",
  examples: [["dmsg invite revoke 3f2a9c01", "As `dmsg invite ls` or `send` names it"]],
  parameters: { flags: commonFlags, aliases: commonAliases, positional },
  run: (context: Context, flags: CommonFlags, named: string) =>
    withApp(context, flags, "invite", async (app) => {
      const { id, group } = await issuedNamed(app, named);
      if (group === undefined) await app.pairs.revokeInvite({ invite: id });
      else await app.groups.revokeInvite({ group, invite: id });
      context.print.out("inviteRevoked", { id, ...(group === undefined ? {} : inGroup(group)) });
      return Status.done;
    }),
});
