/**
 * `dmsg list ls`, `show`, `log`: what there is, and who said what.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { type KeptFlags, keptFlags } from "../../kept.ts";
import { conversationArgument, itemNamed, listNamed, noteMaking, reading } from "../../names/overlays.ts";
import { itemArgument, listArgument } from "./arguments.ts";

/** Rows of an answer of the App. */
const PAGE = 500;

/** `dmsg list ls`. */
export const ls: Command<Context> = command({
  brief: "Show the lists of a conversation",
  examples: [["dmsg list ls alice", "Those that are not archived"], [
    "dmsg list ls ops --archived",
    "The others",
  ]],
  parameters: {
    flags: {
      archived: { kind: "boolean", default: false, withNegated: false, brief: "Those that were put away" },
      ...keptFlags,
    },
    aliases: identityAliases,
    positional: { kind: "tuple", parameters: [conversationArgument] },
  },
  async run(
    context: Context,
    { archived, ...flags }: KeptFlags & { readonly archived: boolean },
    where: string,
  ) {
    return await reading(context, flags, "list", where, async ({ overlays, conversation, told }) => {
      for (let skip = 0;;) {
        const part = await overlays.lists({ conversation, archived, limit: PAGE, skip });
        if (skip === 0) noteMaking(context, part);
        if (part.total === 0) {
          const other = await overlays.lists({ conversation, archived: !archived, limit: 1 });
          context.print.none("noLists", { archived, others: other.total });
        }
        for (const list of part.rows) {
          context.print.out("listShown", { ...list, ...told(list.author) });
        }
        skip += part.rows.length;
        if (skip >= part.total || part.rows.length === 0) return Status.done;
      }
    });
  },
});

/** `dmsg list show`. */
export const show: Command<Context> = command({
  brief: "Show the items of a list with their numbers",
  details: "A number stands for an item in the other commands.",
  examples: [["dmsg list show alice Shopping", "Number, whether it is done, text, whose it is"]],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, listArgument] },
  },
  async run(context: Context, flags: KeptFlags, where: string, named: string) {
    return await reading(context, flags, "list", where, async (at) => {
      const { overlays, conversation, names, told } = at;
      const list = await listNamed(at, named);
      for (let skip = 0;;) {
        const part = await overlays.items({ conversation, list: list.id, limit: PAGE, skip });
        if (skip === 0) noteMaking(context, part);
        if (part.total === 0) context.print.none("noItems", undefined);
        for (const [i, item] of part.rows.entries()) {
          context.print.out("itemShown", {
            list: list.name,
            number: skip + i + 1,
            ...item,
            ...told(item.author),
            assignee_alias: item.assignee && names.of(item.assignee),
            ...(item.assignee !== undefined && told(item.assignee).mine ? { ours: true } : {}),
          });
        }
        skip += part.rows.length;
        if (skip >= part.total || part.rows.length === 0) return Status.done;
      }
    });
  },
});

/** `dmsg list log`. */
export const log: Command<Context> = command({
  brief: "Show who said what of a list or an item, and when",
  examples: [["dmsg list log alice Shopping", "Of the list"], [
    "dmsg list log alice Shopping milk",
    "Of an item",
  ]],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: {
      kind: "tuple",
      parameters: [conversationArgument, listArgument, { ...itemArgument, optional: true }],
    },
  },
  async run(context: Context, flags: KeptFlags, where: string, named: string, item?: string) {
    return await reading(context, flags, "list", where, async (at) => {
      const { overlays, conversation, names, told } = at;
      const list = await listNamed(at, named);
      const about = item === undefined ? list : await itemNamed(at, list, item);
      const value = "text" in about ? about.text : about.name;
      const made = { author: about.author, what: "new", ts: about.ts, value };
      for (const said of [made, ...await overlays.said({ conversation, id: about.id })]) {
        context.print.out("listSaid", {
          ...said,
          ...told(said.author),
          to_alias: said.what === "who" ? names.of(String(said.value)) : undefined,
          ...(said.what === "who" && told(said.value as PublicKeyHex).mine ? { to_us: true } : {}),
        });
      }
      return Status.done;
    });
  },
});
