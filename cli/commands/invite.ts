/**
 * `dmsg invite`: invites to groups and contacts inside conversations.
 *
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import type { InviteView } from "../../lib/app/overlays/invite_views.ts";
import { isGroupId } from "../../lib/app/groups/groups.ts";
import { offerIn } from "../../lib/app/overlays/invite_links.ts";
import { inviteIn } from "../../lib/overlay/invite.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { namedBack } from "../args.ts";
import { openCommandApp } from "../app.ts";
import { command, commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { decided } from "../resident/decided.ts";
import { Status } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, identityAliases } from "../flags/flags.ts";
import type { GroupView } from "../../lib/app/groups/groups.ts";
import { didYouMean } from "../../lib/identity/nearest.ts";
import { nobodyNamed } from "../names/conversations.ts";
import { groupsLike, severalGroups } from "../names/groups.ts";
import { ID_CHARS } from "../words/overlays.ts";
import { isSigned, type TermFlags, termFlags, termsOf } from "../flags/invite_terms.ts";
import { type KeptFlags, keptFlags, limitFlag, withKept } from "../kept.ts";
import {
  type At,
  at,
  atIn,
  conversationArgument,
  noteMaking,
  reading,
  sayAliases,
  type SayFlags,
  sayFlags,
  saying,
} from "../names/overlays.ts";
import { textArgument } from "../input/text_argument.ts";
import { peerNamed, PeerNames } from "../names/peers.ts";
import { snake } from "../output/snake.ts";
import { joinByLink } from "./group/join.ts";
import { printAllIssued, revoke, show } from "./invite/issued.ts";
import { addByInvite } from "./pair/invite.ts";

/** Invites that one is looked for in. */
const MANY = 1000;
/** How long to wait until we are in a group. */
const JOIN_MS = 10_000;
const OPEN: readonly string[] = ["new", "refused", "asked"];

const ls: Command<Context> = command({
  brief: "Show the invites of a conversation, or of all, the newest first",
  details:
    "First the signed ones that were issued, to us and for groups of ours, with who came in by them (--json), then\n" +
    "those that came in conversations. Nobody is asked or dialled.",
  examples: [["dmsg invite ls", "What is offered, by whom, and how it stands"], [
    "dmsg invite ls alice",
    "What alice has offered",
  ]],
  parameters: {
    flags: {
      limit: limitFlag(20, "Most of each conversation, 1 to 1000"),
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: { kind: "tuple", parameters: [{ ...conversationArgument, optional: true }] },
  },
  async run(context: Context, { limit, ...flags }: KeptFlags & { readonly limit: number }, where?: string) {
    const said = async (one: At): Promise<number> => {
      const { overlays, conversation } = one;
      const part = await overlays.invites({ conversation, limit });
      noteMaking(context, part);
      for (const invite of part.rows) print(context, one, invite);
      return part.total;
    };
    if (where !== undefined) {
      return await reading(context, flags, "invite", where, async (one) => {
        const { app, conversation } = one;
        const issued = isGroupId(conversation) ? await printAllIssued(context, app, limit, conversation) : 0;
        if (await said(one) + issued === 0) context.print.none("noInvites", undefined);
        return Status.done;
      });
    }
    return await withKept(context, flags, "invite", async (app) => {
      let total = await printAllIssued(context, app, limit);
      const names = new PeerNames(context);
      await names.load();
      for (const { peer } of await app.messages.conversations()) {
        total += await said(atIn(app, names, peer));
      }
      if (total === 0) context.print.none("noInvites", undefined);
      return Status.done;
    }, "show-nothing");
  },
});

function print({ print }: Context, { conversation, told, names }: At, invite: InviteView): void {
  print.out("inviteShown", {
    conversation,
    ...snake(invite),
    ...told(invite.author),
    ...(invite.offer === undefined ? {} : { offered_alias: names.of(invite.offer.pk) }),
  });
}

/** The invite that is meant: by the beginning of its id, or the only one that is not answered, else that is open. */
async function inviteNamed({ overlays, conversation }: At, text: string | undefined): Promise<InviteView> {
  const { rows } = await overlays.invites({ conversation, limit: MANY });
  const open = rows.filter(({ state }) => OPEN.includes(state));
  const unanswered = open.filter(({ state }) => state === "new");
  const found = text === undefined
    ? unanswered.length > 0 ? unanswered : open
    : rows.filter(({ id }) => text.length >= 4 && id.startsWith(text.toLowerCase()));
  if (found.length === 1) return found[0];
  const ids = found.map(({ id }) => id.slice(0, ID_CHARS)).join(", ");
  const message = text === undefined
    ? found.length === 0 ? "There is no open invite here" : `There are ${found.length} open invites here`
    : found.length === 0
    ? `There is no invite ${JSON.stringify(text)}`
    : `${JSON.stringify(text)} names ${found.length} invites`;
  const hint = found.length === 0 ? "`dmsg invite ls` shows all with their ids." : `Name one: ${ids}.`;
  throw new UserError(message, { kind: "usage", hint });
}

const inviteArgument = {
  parse: String,
  placeholder: "invite",
  brief: "The beginning of its id; left out: the only one that is open",
  optional: true,
} as const;

/** An invite, looked up again. */
async function again({ overlays, conversation }: At, invite: InviteView): Promise<InviteView> {
  const { rows } = await overlays.invites({ conversation, limit: MANY });
  return rows.find(({ id }) => id === invite.id) ?? invite;
}

async function answered(
  context: Context,
  flags: CommonFlags,
  where: string,
  named: string | undefined,
  answer: "accept" | "refuse",
): Promise<Status> {
  const offline = answer === "refuse";
  const request = { command: "invite", makes: "none", resident: false, offline } as const;
  const { app } = await openCommandApp(context, flags, request);
  try {
    const one = await at(context, app, where);
    const { position } = await inviteNamed(one, named);
    const { overlays, conversation } = one;
    const answered = await overlays.answerInvite({ conversation, position, answer });
    const invite = await decided(context, {
      now: answered,
      look: () => again(one, answered),
      isOpen: ({ state }) => state === "asked",
      waitMs: JOIN_MS,
    });
    print(context, one, invite);
    if (invite.state === "asked") return Status.queued;
    return invite.state === (answer === "accept" ? "accepted" : "refused") ? Status.done : Status.refused;
  } finally {
    await app.close();
  }
}

const accept: Command<Context> = command({
  brief: "Accept an invite, also one that was refused",
  details:
    "Of a conversation, or a link from elsewhere. Status 0: we are in, or the contact is accepted; 10: asked, and\n" +
    "nobody has decided; 4: told no.",
  examples: [
    ["dmsg invite accept alice", "The only one that is open"],
    ["dmsg invite accept alice 3f2a9c01", "That one"],
    ["dmsg invite accept dmsg:invite:…", "A link, to a group or to a person"],
  ],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, inviteArgument] },
  },
  run: async (context: Context, flags: CommonFlags, where: string, invite?: string) => {
    const link = invite === undefined ? inviteIn(where) : undefined;
    if (link === undefined) return await answered(context, flags, where, invite, "accept");
    const offer = offerIn(link);
    if ("fault" in offer) {
      throw new UserError(`This invite can't be used: ${offer.fault}`, {
        kind: "usage",
        hint: "Copy the whole link, to its last character.",
      });
    }
    if (offer.kind === "group") return await joinByLink(context, { ...flags, note: "" }, link);
    if (offer.signed !== undefined) return await addByInvite(context, flags, link);
    throw new UserError("This is the address of a person", {
      kind: "usage",
      hint: "`dmsg pair add` asks to pair, `dmsg send` says something.",
    });
  },
});

const refuse: Command<Context> = command({
  brief: "Refuse an invite; nobody is told, and it can be accepted later",
  examples: [["dmsg invite refuse alice 3f2a9c01", "It stays refused"]],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, inviteArgument] },
  },
  run: (context: Context, flags: CommonFlags, where: string, invite?: string) =>
    answered(context, flags, where, invite, "refuse"),
});

const send: Command<Context> = command({
  brief: "Send an invite to a group of ours, or to a contact",
  details:
    "A group's link is what `dmsg group invite` gives: it holds the group's key when the link is to be enough. With\n" +
    "--uses, --expires, --note or --only-me it is a signed one, as there. `me` is our own key: signed it is what\n" +
    "`dmsg pair invite` gives.",
  examples: [["dmsg invite send alice ops", "To a group"], [
    "dmsg invite send alice ops --uses 1",
    "For alice alone, until it is revoked or 7 days have passed",
  ], [
    "dmsg invite send alice bob",
    "To talk with bob",
  ], [
    "dmsg invite send ops me --uses 5",
    "Five of group ops may pair with us, unasked",
  ]],
  parameters: {
    flags: { ...termFlags, ...sayFlags },
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [
        conversationArgument,
        textArgument("to", "A group's id or name; a key or an alias; or `me`"),
      ],
    },
  },
  run: (context: Context, flags: SayFlags & TermFlags, where: string, to: string) =>
    saying(context, flags, "invite", where, "invite", async ({ app, overlays }, how) => {
      const all = await app.groups.list();
      const groups = groupsLike(all, to);
      if (groups.length > 1) throw severalGroups(to, groups.map(({ id }) => id));
      const about = groups.length === 1
        ? { group: groups[0].id }
        : { peer: to === ME ? app.pk : await peerNamed(context, to).catch(unknown(to, all)) };
      if (isSigned(flags) && about.group === undefined && about.peer !== app.pk) throw notSigned(to);
      const signed = isSigned(flags) ? { terms: termsOf(flags, context) } : {};
      return await overlays.sendInvite(
        { ...how, ...about, ...signed },
        context.signal,
      );
    }),
});

const unknown = (to: string, groups: readonly GroupView[]) => (error: unknown): never => {
  throw error instanceof UserError
    ? nobodyNamed(to, error, didYouMean(to, groups.map(({ name }) => name)))
    : error;
};

/** Our own key, in place of its 66 characters. */
const ME = "me";

const notSigned = (to: string): UserError =>
  new UserError(`There is no group ${namedBack(to)}, and a signed invite leads to one, or to us`, {
    kind: "usage",
    hint: "Leave --uses, --expires, --note and --only-me out, or name a group, or `me`.",
  });

/** `dmsg invite`. */
const invite: RouteMap<Context> = commandGroup({
  brief: "Invites to groups and contacts: those in conversations, and signed ones",
  examples: [
    ["dmsg invite ls", "What is offered"],
    ["dmsg invite accept alice", "Take it up"],
    ["dmsg invite send alice ops", "Offer a group"],
    ["dmsg invite revoke 3f2a9c01", "Take a signed one back"],
  ],
}, { ls, accept, refuse, send, show, revoke });

export default invite;
