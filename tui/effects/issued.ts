/**
 * Invites of ours: made, shown, taken back; and taking up a link of somebody's.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { IssuedInvite } from "../../lib/app/groups/groups.ts";
import { endedWords } from "../../lib/app/groups/views/issued.ts";
import { offerIn } from "../../lib/app/overlays/invite_links.ts";
import type { Effect } from "../state/types.ts";
import type { Said } from "./parts.ts";

/** Asks for an invite. */
export type InviteEffect = Extract<Effect, { kind: "invite" }>;

/** Makes one, or shows what there is: a group's link for every program, the newest open one to us. */
export async function doInvite(
  app: App,
  { group, terms }: InviteEffect,
  tell: (msg: Said) => void,
): Promise<void> {
  const made = terms && await issue(app, group, terms);
  const issued = await issuedOf(app, group);
  const plain = made === undefined && group !== undefined ? await app.groups.invite({ group }) : undefined;
  const shown = plain?.link ?? made?.link ?? issued.find(({ state }) => state === "open")?.link;
  const { renderUnicodeCompact } = await import("uqr");
  return tell({
    kind: "invite",
    ...(group === undefined ? {} : { group }),
    ...(shown === undefined ? {} : { link: shown }),
    withKey: plain?.withKey ?? false,
    qr: shown === undefined ? [] : renderUnicodeCompact(shown, { border: 1 }).split("\n"),
    issued,
  });
}

const issue = (
  { groups, pairs }: App,
  group: string | undefined,
  terms: NonNullable<InviteEffect["terms"]>,
) => group === undefined ? pairs.issueInvite(terms) : groups.issueInvite({ group, ...terms });

const issuedOf = ({ groups, pairs }: App, group: string | undefined): Promise<IssuedInvite[]> =>
  group === undefined ? pairs.issuedInvites() : groups.issuedInvites({ group });

/** Takes one back, of the group that is looked at or to us. */
export async function doRevoke(
  app: App,
  { group, invite }: Extract<Effect, { kind: "revoke-invite" }>,
  tell: (msg: Said) => void,
): Promise<void> {
  const all = [
    ...await issuedOf(app, undefined),
    ...(group === undefined ? [] : await issuedOf(app, group)),
  ];
  const found = all.filter(({ id }) => id.startsWith(invite));
  if (found.length !== 1) {
    const many = found.length === 0 ? "No invite has" : `${found.length} invites have`;
    return tell({ kind: "said", text: `${many} that id; /invite and /invite-me show them`, style: "error" });
  }
  const [{ id, group: of }] = found;
  if (of === undefined) await app.pairs.revokeInvite({ invite: id });
  else await app.groups.revokeInvite({ group: of, invite: id });
  tell({ kind: "said", text: `Invite ${id.slice(0, 8)} lets nobody in any more` });
}

/** Takes up a link: enters the group, or opens the conversation with who has made it. */
export async function doJoin(
  app: App,
  { link }: Extract<Effect, { kind: "join" }>,
  tell: (msg: Said) => void,
): Promise<void> {
  const offer = offerIn(link);
  const isContact = !("fault" in offer) && offer.kind === "contact" && offer.signed !== undefined;
  const { id, status, ended } = isContact ? await used(app, link) : await joined(app, link);
  if (isContact) tell({ kind: "conversations", conversations: await app.messages.conversations() });
  else tell({ kind: "groups", groups: await app.groups.list() });
  if (ended !== undefined) {
    const text = `The invite lets nobody in any more: ${endedWords(ended)}`;
    return tell({ kind: "said", text, style: "error" });
  }
  if (status === "denied" || status === "banned") {
    const who = isContact ? "Its inviter" : "An admin";
    return tell({ kind: "said", text: `${who} said no: ${status}`, style: "error" });
  }
  if (isContact && status !== "active") {
    return tell({ kind: "said", text: "Its inviter has not answered yet, and is asked again now and then" });
  }
  return tell({ kind: "entered", group: id, ...("fault" in offer ? {} : { offer }) });
}

async function used({ pairs }: App, link: string) {
  const { peer: id, ...rest } = await pairs.use({ link });
  return { id, ...rest };
}

async function joined({ groups }: App, link: string) {
  const { group: id, ...rest } = await groups.join({ link });
  return { id, ...rest };
}
