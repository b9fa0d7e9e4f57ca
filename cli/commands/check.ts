/**
 * `dmsg check`: what a peer provably has of ours, and what we have of it.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { identityAliases } from "../flags/flags.ts";
import { type KeptFlags, keptFlags, withKept } from "../kept.ts";
import { peerNamed, PeerNames } from "../names/peers.ts";

/** So many of the newest messages are looked at. */
const NEWEST = 1_000;

/** `dmsg check`. */
const check: Command<Context> = command({
  brief: "Show what a peer provably has of ours, and what we have of it",
  ofGroups: "dmsg group check",
  details:
    `Our last message that it acked, those since then that it did not, and its last one that is here; of the newest\n` +
    `${NEWEST}. Status 0: it has acked all that we sent; 10: something waits; 1: something went out and was not acked.\n` +
    "For a group: `dmsg group check`.",
  examples: [["dmsg check alice", "One line, and one for each message without an ack"]],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "peer", brief: "A key or an alias" }],
    },
  },
  async run(context: Context, flags: KeptFlags, named: string) {
    const peer = await peerNamed(context, named);
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "check", async ({ messages }) => {
      const newest = await messages.history({ peer, limit: NEWEST });
      const ours = newest.filter(({ outgoing, state }) =>
        outgoing && state !== "deleted" && state !== "cancelled"
      );
      const waiting = ours.filter(({ state }) => state === "pending").map(shown);
      const unproven = ours.filter(({ state }) => UNPROVEN.includes(state)).map(shown);
      const has = ours.findLast(({ state }) => PROVEN.includes(state));
      const last = newest.findLast(({ outgoing, state }) => !outgoing && state !== "deleted");
      context.print.out("peerCheck", {
        peer,
        peer_alias: names.of(peer),
        whole: waiting.length + unproven.length === 0,
        has: has && shown(has),
        last: last && shown(last),
        waiting,
        unproven,
      });
      return waiting.length > 0 ? Status.queued : unproven.length > 0 ? Status.notAcked : Status.done;
    });
  },
});

export default check;

/** Acked, or read. */
const PROVEN: readonly string[] = ["received", "read"];
/** It left, or could not, and nobody said that it came. */
const UNPROVEN: readonly string[] = ["sent", "unconfirmed", "failed"];

const shown = ({ position, ts, state }: MessageView) => ({ position, ts, state });
