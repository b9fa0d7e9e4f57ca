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
import { conversationNamed } from "../names/conversations.ts";
import { identityAliases } from "../flags/flags.ts";
import { historyPages } from "../history_pages.ts";
import { type KeptFlags, keptFlags, showMessages } from "../kept.ts";
import { sinceFlag } from "../flags/since.ts";
import { parseCount } from "../flags/size.ts";

type HistoryFlags = KeptFlags & {
  readonly peer?: string;
  readonly since?: (nowNs: bigint) => string;
  readonly limit: number;
  readonly before?: number;
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
    ["dmsg history alice --before 200", "The 100 messages before number 200"],
    ["dmsg history ops", "What was said in a group"],
    ["dmsg history --limit 0 > all.txt", "All that is kept"],
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
        placeholder: "conversation",
        brief: "The same as the argument",
      },
      since: sinceFlag("Not older than this: 30m, 2h, 3d, or a date or time"),
      limit: {
        kind: "parsed",
        parse: parseAnyLimit,
        default: "100",
        placeholder: "n",
        brief: "Most messages, the newest win; 0 for all",
      },
      before: {
        kind: "parsed",
        parse: parseCount,
        optional: true,
        placeholder: "n",
        brief: "Only before message N of the peer, as --verbose shows its number",
      },
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        optional: true,
        placeholder: "conversation",
        brief: "A key, an alias or a group",
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
    const find = named === undefined ? undefined : await conversationNamed(context, named);
    if (flags.before !== undefined && find === undefined) {
      throw new UserError("--before counts the messages of one peer", {
        kind: "usage",
        hint: "Name the peer: `dmsg history PK --before N`.",
      });
    }
    const since = flags.since?.(context.clock.wallNs());
    return await showMessages(
      context,
      flags,
      "history",
      (reading, peer) => historyPages(reading, { peer, since, before: flags.before, limit: flags.limit }),
      find,
    );
  },
});

export default history;

/** Parser for `--limit`: 0 stands for all. */
function parseAnyLimit(input: string): number {
  if (/^\d{1,9}$/.test(input)) return Number(input);
  throw new SyntaxError("a limit is a whole number up to 999999999; 0 is all");
}
