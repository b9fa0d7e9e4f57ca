/**
 * `dmsg status`: how the identity stands, and whether a command of it runs.
 *
 * @see specification skychat (e) `status`
 * @module
 */
import type { Command } from "@stricli/core";
import { checkChatKeys } from "../chat/keys.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { identityAliases } from "../flags/flags.ts";
import { type KeptFlags, keptFlags, withKept, withoutNetwork } from "../kept.ts";
import { SCHEMA } from "../words/message_lines.ts";
import { PeerNames } from "../names/peers.ts";

/** The version of the framing (specification skychat §0.3). */
const FRAME_VERSION = 1;

/** `dmsg status`. */
const status: Command<Context> = command({
  brief: "Show the state of our identity",
  details:
    "Whether `dmsg daemon` or another command that stays runs for it, how it is connected, and what is kept.",
  examples: [
    ["dmsg status", "For people"],
    ["dmsg status --json | jq .registered", "Whether peers can reach us"],
  ],
  parameters: { flags: keptFlags, aliases: identityAliases },
  run: async (context: Context, flags: KeptFlags) => {
    await checkChatKeys(context, withoutNetwork(flags));
    return await withKept(context, flags, "status", async (app) => {
      const running = app.role === "client";
      const view = await app.node.status();
      const names = new PeerNames(context);
      await names.load();
      const named = view.peers.flatMap((pk) => names.of(pk) === undefined ? [] : [[pk, names.of(pk)!]]);
      const unread = new Map(
        (await app.messages.conversations()).map((conversation) => [conversation.peer, conversation.unread]),
      );
      const groups = (await app.groups.list()).map(({ id, name, status }) => ({
        id,
        name,
        status,
        unread: unread.get(id) ?? 0,
      }));
      context.print.out("status", {
        visor_pk: view.pk,
        running,
        pid: running ? view.pid : undefined,
        app_uptime_sec: running ? view.uptimeSec : 0,
        registered: view.registered,
        problem: view.problem,
        servers: view.servers,
        proofs: (view.proofs ?? []).map(({ server, heard }) => ({ server, heard_ts: heard })),
        twin: view.twin && {
          since_ts: view.twin.since,
          seen_ts: view.twin.seen,
          has_entry: view.twin.hasEntry,
        },
        discovery: view.discovery,
        active_peer_conns: view.connections,
        peers: view.peers,
        peer_aliases: named.length > 0 ? Object.fromEntries(named) : undefined,
        conversations: view.conversations,
        unread: view.unread,
        groups: groups.length > 0 ? groups : undefined,
        queued: view.queued,
        persistence_enabled: true,
        frame_proto_version: FRAME_VERSION,
        schema_version: SCHEMA,
        inbound_msg_count: view.inbound,
        outbound_msg_count: view.outbound,
        outbound_fail_count: view.outboundFailed,
        last_rx_ts: view.lastRx,
        last_send_ts: view.lastSend,
      });
      return Status.done;
    });
  },
});

export default status;
