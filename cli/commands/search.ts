/**
 * `dmsg search`: messages that hold a text.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { foundInQuote } from "../../lib/app/messages/searched.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { conversationNamed } from "../names/conversations.ts";
import { identityAliases } from "../flags/flags.ts";
import { type KeptFlags, keptFlags, limitFlag, showMessages } from "../kept.ts";

type SearchFlags = KeptFlags & { readonly peer?: string; readonly limit: number };

/** `dmsg search`. */
const search: Command<Context> = command({
  brief: "Find messages by their text",
  details: "Shows the newest first. Upper and lower case are the same.",
  examples: [["dmsg search backup", "Everywhere"], [
    "dmsg search 'disk full' --peer alice",
    "In one conversation",
  ]],
  parameters: {
    flags: {
      peer: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "conversation",
        brief: "Only with this peer, or in this group",
      },
      limit: limitFlag(50, "Most messages, 1 to 1000"),
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "text", brief: "What to look for" }],
    },
  },
  async run(context: Context, flags: SearchFlags, text: string) {
    if (text === "") {
      throw new UserError("There is no text to look for", { kind: "usage", hint: "Give a word." });
    }
    const find = flags.peer === undefined ? undefined : await conversationNamed(context, flags.peer);
    return await showMessages(
      context,
      flags,
      "search",
      (reading, peer) => found(reading((app) => app.search({ text, peer, limit: flags.limit }))),
      find,
      (message) => ({ found_in_quote: foundInQuote(message.text, text) }),
    );
  },
});

export default search;

/** One page. */
async function* found<T>(page: Promise<T>): AsyncGenerator<T> {
  yield await page;
}
