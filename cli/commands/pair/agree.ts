/**
 * `dmsg pair add`, `list`, `accept`, `decline`, `remove`.
 *
 * @see specification skychat (e) "pair …"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, identityAliases } from "../../flags/flags.ts";
import { withApp } from "../../names/groups.ts";
import { holderMembers } from "../../words/holding.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { namesIn, PeerNames } from "../../names/peers.ts";
import { onePeer, peerArgument, peerFlag } from "./arguments.ts";
import { addByInvite, isSignedLink } from "./invite.ts";

type ToFlags = CommonFlags & { readonly to?: string };
type FromFlags = CommonFlags & { readonly from?: string };

const positional = { kind: "tuple", parameters: [peerArgument] } as const;
const toParameters = {
  flags: { to: peerFlag, ...commonFlags },
  aliases: { ...commonAliases, t: "to" },
  positional,
} as const;

/** `dmsg pair add`. */
export const add: Command<Context> = command({
  brief: "Ask somebody to pair with us",
  details:
    "Status 0: the invite was handed over. 10: it is kept, and handed over while `dmsg daemon`, `listen`, `chat` or\n" +
    "`sync` runs. To somebody who has asked us it is an acceptance.\n" +
    "\n" +
    "By a signed invite (dmsg:invite:…, from `dmsg pair invite`) nobody has to accept. Status 0: we are paired.\n" +
    "10: its inviter has not answered yet, and is asked again as above. 4: it has expired, is used up or was revoked.",
  examples: [
    ["dmsg pair add alice", "She accepts with `dmsg pair accept`"],
    ["dmsg pair add dmsg:invite:…", "By a signed invite, without a word"],
  ],
  parameters: {
    ...toParameters,
    positional: {
      kind: "tuple",
      parameters: [{ ...peerArgument, brief: "A key or an alias, or a signed invite" }],
    },
  },
  run: async (context: Context, { to, ...flags }: ToFlags, named?: string) => {
    if (named !== undefined && to === undefined && isSignedLink(named)) {
      return await addByInvite(context, flags, named);
    }
    const peer = await onePeer(context, named, to);
    return await withApp(context, flags, "pair", async ({ pk, pairs }) => {
      const { sent, status } = await pairs.add({ peer });
      const names = await namesIn(context);
      context.print.out("pairAdded", { peer, peer_alias: names.of(peer), sent, status, pk });
      return sent || status === "active" ? Status.done : Status.queued;
    }, { makes: "default" });
  },
});

/** `dmsg pair list`. */
export const ls: Command<Context> = command({
  brief: "Show pairs and invites",
  examples: [["dmsg pair list --json", '{"peer_pk":"02…","port":43435,"status":"active",…}']],
  parameters: { flags: keptFlags, aliases: identityAliases },
  run: async (context: Context, flags: KeptFlags) =>
    await withKept(context, flags, "pair", async ({ pairs }) => {
      const names = new PeerNames(context);
      await names.load();
      const all = await pairs.list();
      for (
        const { peer, port, status, established, lastMessage, waiting, verified, keysChanged, holder, invite }
          of all
      ) {
        context.print.out("pairShown", {
          peer,
          peer_pk: peer,
          peer_alias: names.of(peer),
          port,
          status,
          established_at: established,
          last_message_at: lastMessage,
          waiting,
          verified,
          keys_changed_at: keysChanged,
          ...holderMembers(holder, names),
          invite,
        });
      }
      if (all.length === 0) context.print.none("noPairs", undefined);
      return Status.done;
    }, "show-nothing"),
});

/** `dmsg pair accept`, `decline`. */
export const answers = (answer: "accept" | "decline"): Command<Context> =>
  command({
    brief: answer === "accept" ? "Agree to an invite" : "Say no to an invite",
    examples: [[`dmsg pair ${answer} alice`, "`dmsg pair list` shows who has asked"]],
    parameters: {
      flags: { from: peerFlag, ...commonFlags },
      aliases: { ...commonAliases, f: "from" },
      positional,
    },
    run: async (context: Context, flags: FromFlags, named?: string) => {
      const peer = await onePeer(context, named, flags.from);
      return await withApp(context, flags, "pair", async ({ pairs }) => {
        const { told } = await pairs[answer]({ peer });
        const names = await namesIn(context);
        context.print.out("pairAnswered", { peer, peer_alias: names.of(peer), answer, told });
        return Status.done;
      });
    },
  });

/** `dmsg pair remove`. */
export const remove: Command<Context> = command({
  brief: "End a pair here; what was said stays",
  examples: [["dmsg pair remove alice", "What waits for her goes"]],
  parameters: toParameters,
  run: async (context: Context, flags: ToFlags, named?: string) => {
    const peer = await onePeer(context, named, flags.to);
    return await withApp(context, flags, "pair", async ({ pairs }) => {
      await pairs.remove({ peer });
      context.print.out("pairRemoved", { peer, peer_alias: (await namesIn(context)).of(peer) });
      return Status.done;
    });
  },
});
