/**
 * `dmsg list move`.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { conversationArgument, sayAliases, type SayFlags, sayFlags } from "../../names/overlays.ts";
import { itemArgument, listArgument } from "./arguments.ts";
import { say, thing } from "./say.ts";

type MoveFlags = SayFlags & {
  readonly top: boolean;
  readonly bottom: boolean;
  readonly before?: string;
  readonly after?: string;
};

/** `dmsg list move`. */
export const move: Command<Context> = command({
  brief: "Put an item to another place in its list",
  examples: [["dmsg list move alice Shopping milk --top", "First"], [
    "dmsg list move alice Shopping 3 --before 1",
    "Or --after",
  ]],
  parameters: {
    flags: {
      top: { kind: "boolean", default: false, withNegated: false, brief: "To the beginning" },
      bottom: { kind: "boolean", default: false, withNegated: false, brief: "To the end" },
      before: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "item",
        brief: "Before another item",
      },
      after: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "item",
        brief: "Behind another item",
      },
      ...sayFlags,
    },
    aliases: sayAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, listArgument, itemArgument] },
  },
  run: async (context: Context, flags: MoveFlags, where: string, list: string, item: string) => {
    const { top, bottom, before, after } = flags;
    if ([top, bottom, before !== undefined, after !== undefined].filter(Boolean).length !== 1) {
      throw new UserError("It needs one place to go to", {
        kind: "usage",
        hint: "Give one of --top, --bottom, --before ITEM, --after ITEM.",
      });
    }
    const asked = { list, item, top, bottom, before, after };
    return await say(context, flags, where, asked, async (at) => {
      const id = await thing(at, list, item);
      if (top || bottom) return { do: "move", id, to: top ? "top" : "bottom" };
      const beside = await thing(at, list, before ?? after!);
      return { do: "move", id, to: before === undefined ? "after" : "before", beside };
    }, "move");
  },
});
