/**
 * `dmsg pair verify`.
 *
 * @see tui/effects/verification.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { PeerNames } from "../../names/peers.ts";
import { onePeer, peerArgument, peerFlag } from "./arguments.ts";

type VerifyFlags = KeptFlags & {
  readonly to?: string;
  readonly scanned?: string;
  readonly same: boolean;
  readonly differ: boolean;
};

const flag = (brief: string) => ({ kind: "boolean", default: false, withNegated: false, brief }) as const;

/** `dmsg pair verify`. */
export const verify: Command<Context> = command({
  brief: "Show safety words and a QR code to compare with the peer",
  details:
    "Both sides see the same twelve words when each has the other's real key. Compare them where nobody can pretend\n" +
    "to be the peer: face to face, or by a voice that you know; or scan the code of the other side, which is its key.\n" +
    "Then say --same, or give what was scanned to --scanned: it is remembered, here and in `dmsg export`.\n" +
    "Status 4: what was scanned is another key; nothing counts as verified then.",
  examples: [
    ["dmsg pair verify alice", "Twelve words, and our key as a QR code"],
    ["dmsg pair verify alice --same", "They are the same words"],
    ["dmsg pair verify alice --scanned 02ab…", "What a telephone read from her screen"],
  ],
  parameters: {
    flags: {
      to: peerFlag,
      scanned: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "key",
        brief: "What was read from the peer's QR code",
      },
      same: flag("We have compared, and it is the same"),
      differ: flag("It is not the same, or no longer sure: not verified"),
      ...keptFlags,
    },
    aliases: { ...identityAliases, t: "to" },
    positional: { kind: "tuple", parameters: [peerArgument] },
  },
  run: async (context: Context, flags: VerifyFlags, named?: string) => {
    const { to, scanned, same, differ, ...rest } = flags;
    const peer = await onePeer(context, named, to);
    if ([scanned !== undefined, same, differ].filter(Boolean).length > 1) {
      throw new UserError("--scanned, --same and --differ say different things", {
        kind: "usage",
        hint: "Give one of them.",
      });
    }
    return await withKept(context, rest, "pair", async ({ pk, peers, pairs }) => {
      if (peer === pk) {
        throw new UserError("This is our own key", { kind: "usage", hint: "Name somebody else." });
      }
      const isEqual = scanned?.trim().toLowerCase() === peer;
      const verified = same || isEqual ? true : differ || scanned !== undefined ? false : undefined;
      if (verified !== undefined) await peers.decide({ peer, verified });
      const pair = (await pairs.list()).find((one) => one.peer === peer);
      const known = (await peers.list()).find((one) => one.peer === peer);
      const names = new PeerNames(context);
      await names.load();
      const { verification } = await import("../../../tui/effects/verification.ts");
      context.print.out("pairVerify", {
        peer,
        peer_pk: peer,
        peer_alias: names.of(peer),
        pk,
        ...await verification(pk, peer),
        verified: known?.verified ?? false,
        keys_changed_at: pair?.keysChanged,
        scanned: scanned === undefined ? undefined : isEqual ? "same" : "different",
      });
      return scanned !== undefined && !isEqual ? Status.refused : Status.done;
    });
  },
});
