/**
 * `dmsg pair invite`, and coming by one: signed invites to contacts.
 *
 * @see lib/pair/README.md "Invites"
 * @module
 */
import type { Command } from "@stricli/core";
import type { PairUse } from "../../../lib/app/pairs/pairs.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { type CommonFlags, identityAliases } from "../../flags/flags.ts";
import { withApp } from "../../names/groups.ts";
import {
  bothQrAndJson,
  printIssued,
  qrFlag,
  type TermFlags,
  termFlags,
  termsOf,
} from "../../flags/invite_terms.ts";
import { ENDED_WORDS } from "../../words/issued.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { PeerNames } from "../../names/peers.ts";

type InviteFlags = KeptFlags & Omit<TermFlags, "onlyMe"> & { readonly qr: boolean };

const { onlyMe: _onlyMe, ...terms } = termFlags;

/** `dmsg pair invite`. */
export const invite: Command<Context> = command({
  brief: "Print a signed invite that pairs whoever uses it with us, unasked",
  details:
    "For 1 person and 7 days when nothing else is said. Whoever has the link may use it, with `dmsg pair add LINK`,\n" +
    "and is then paired with us and accepted, while `dmsg daemon`, `listen`, `chat` or `sync` runs here. The count\n" +
    "is exact. `dmsg invite ls` shows who came, `dmsg invite revoke` takes it back; whoever came by it stays. One\n" +
    "that has expired, is used up or was revoked says so to whoever tries it.",
  examples: [
    ["dmsg pair invite", "dmsg:invite:…, for one person"],
    ["dmsg pair invite --uses 3 --expires 2d --note 'it is Alice, from the meeting'", "For three"],
    ["dmsg pair invite --qr", "To scan from this screen"],
    ["dmsg invite send bob me", "The same as a message to bob; --uses, --expires and --note sign it"],
  ],
  parameters: { flags: { ...terms, qr: qrFlag, ...keptFlags }, aliases: identityAliases },
  async run(context: Context, flags: InviteFlags) {
    if (flags.qr && flags.json) throw bothQrAndJson();
    return await withKept(context, flags, "pair", async ({ pairs }) => {
      const issued = await pairs.issueInvite(termsOf({ ...flags, onlyMe: false }, context));
      await printIssued(context, { ...issued, link: issued.link! }, flags);
      return Status.done;
    }, "make");
  },
});

/** Comes by an invite of somebody's. @throws {UserError} refused: it lets us not in, and why. */
export async function addByInvite(context: Context, flags: CommonFlags, link: string): Promise<Status> {
  return await withApp(context, flags, "pair", async ({ pairs }) => {
    const used = await pairs.use({ link });
    const names = new PeerNames(context);
    await names.load();
    const { peer, status } = used;
    if (status === "denied") throw notLetIn(used, names.of(peer) ?? `${peer.slice(0, 8)}…`);
    context.print.out("pairUsed", { ...used, peer_alias: names.of(peer) });
    return status === "active" ? Status.done : Status.queued;
  }, { makes: "default" });
}

function notLetIn({ ended }: PairUse, name: string): UserError {
  const hint = ended === "used-up"
    ? "As many have come by it as it allows, or we have come by it before: ask for a new one."
    : "Ask whoever gave it to you for a new one.";
  const why = ended === undefined ? "was turned down by its inviter" : ENDED_WORDS[ended];
  return new UserError(`The invite of ${name} ${why}`, { kind: "refused", hint });
}

/** Whether an argument is meant as a signed invite, and not as a key or an alias. */
export const isSignedLink = (text: string): boolean => /^\s*dmsg:invite:/i.test(text);
