/**
 * `dmsg chat`: a screen with all conversations at a terminal, lines where there is none to draw on, and for scripts
 * each line of a pipe as a message to one peer.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../lib/wire/errors.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import type { Status } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../flags/flags.ts";
import { chatName } from "../chat/target.ts";

type ChatFlags = CommonFlags & { readonly to?: string; readonly plain: boolean };

/** `dmsg chat`. */
const chat: Command<Context> = command({
  brief: "Talk: a screen with all conversations, or one line by line",
  details:
    "At a terminal: all conversations on the screen, or one when it is named. ? and F1 show the keys, Ctrl+K the\n" +
    "commands. With --plain, ACCESSIBLE=1 or a terminal without a cursor it works in lines; see `dmsg help\n" +
    "chat-plain`.\n" +
    "\n" +
    'config.json sets keys, theme, notices and quiet hours as its object chat; with "chat": {"mouse": true} the wheel\n' +
    "scrolls what it is over, and a click opens a conversation (text is marked with Shift held).\n" +
    "\n" +
    "With a pipe each line is a message; ✓ follows when the peer, or a member of the group, has it. What is written\n" +
    "while the peer is away is kept and sent later, even after the end (status 10); but not with --require-pq, which\n" +
    "the next program need not know.",
  examples: [
    ["dmsg chat", "Choose a conversation"],
    ["dmsg chat alice", "Talk with alice"],
    ["dmsg chat ops", "Talk in a group of yours, by its name"],
    ["dmsg chat PK < lines.txt", "Send each line of a file"],
  ],
  parameters: {
    flags: {
      to: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "conversation",
        brief: "The same as the argument",
      },
      plain: { kind: "boolean", default: false, withNegated: false, brief: "Lines instead of a screen" },
      ...commonFlags,
    },
    aliases: { ...commonAliases, t: "to" },
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        optional: true,
        placeholder: "conversation",
        brief: "The peer, a key or an alias, or a group by its name or id",
      }],
    },
  },
  async run(context: Context, flags: ChatFlags, first?: string): Promise<Status> {
    if (first !== undefined && flags.to !== undefined) {
      throw new UserError("Two conversations are named", { kind: "usage", hint: "Give one of them." });
    }
    const name = first ?? flags.to;
    const target = name === undefined ? undefined : await chatName(context, name);
    const { isTerminal } = context.input;
    if (!flags.json && (isTerminal || flags.plain)) {
      const { chatAtTerminal } = await import("../chat/screen.ts");
      return await chatAtTerminal(context, flags, target);
    }
    if (target === undefined) {
      throw new UserError("There is no terminal to choose a conversation on", {
        kind: "usage",
        hint: "Name a peer or a group, or use --plain to give commands as lines.",
      });
    }
    const { chatLines } = await import("../chat/lines.ts");
    return await chatLines(context, flags, target);
  },
});

export default chat;
