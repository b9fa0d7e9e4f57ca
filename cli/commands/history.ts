/**
 * `dmsg history`: the messages that are kept.
 *
 * @see specification skychat (e) `history`
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../lib/wire/errors.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { identityAliases } from "../flags.ts";
import { type KeptFlags, keptFlags, parseLimit, showMessages } from "../kept.ts";
import { peerNamed } from "../peers.ts";
import { parseSince } from "../since.ts";

type HistoryFlags = KeptFlags & {
  readonly peer?: string;
  readonly since?: (nowNs: bigint) => string;
  readonly limit: number;
};

/** `dmsg history`. */
const history: Command<Context> = command({
  brief: "Show the messages that are kept",
  details:
    "Oldest first; of all conversations, or of one peer. Deleted messages leave a mark, and of ours that have not\n" +
    "arrived the number and why follows. --verbose shows numbers and ids of all.",
  examples: [
    ["dmsg history", "The newest 100 messages"],
    ["dmsg history alice --since 2h", "What was said with alice in the last two hours"],
    [
      "dmsg history --since 2026-11-23T10:00:00Z --json",
      '{"ts":"…","peer":"…","outgoing":false,"text":"…",…}',
    ],
  ],
  parameters: {
    flags: {
      peer: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "pk",
        brief: "The same as the argument",
      },
      since: {
        kind: "parsed",
        parse: parseSince,
        optional: true,
        placeholder: "time",
        brief: "Not older than this: 30m, 2h, 3d, or a date or time",
      },
      limit: {
        kind: "parsed",
        parse: parseLimit,
        default: "100",
        placeholder: "n",
        brief: "Most messages, 1 to 1000; the newest win",
      },
      ...keptFlags,
    },
    aliases: identityAliases,
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        optional: true,
        placeholder: "pk",
        brief: "The peer, a key or an alias",
      }],
    },
  },
  async run(context: Context, flags: HistoryFlags, first?: string) {
    if (first !== undefined && flags.peer !== undefined) {
      throw new UserError("The peer is named twice: with --peer and as an argument", {
        kind: "usage",
        hint: "See `dmsg history --help`.",
      });
    }
    const named = first ?? flags.peer;
    const peer = named === undefined ? undefined : await peerNamed(context, named);
    const since = flags.since?.(context.clock.wallNs());
    return await showMessages(
      context,
      flags,
      "history",
      (app) => app.history({ peer, since, limit: flags.limit }),
    );
  },
});

export default history;
