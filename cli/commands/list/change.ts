/**
 * `dmsg list new`, `add`, `check`, `uncheck`, `rename`, `assign`, `remove`, `restore`, `archive`, `unarchive`.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import {
  conversationArgument,
  idNamed,
  listNamed,
  sayAliases,
  type SayFlags,
  sayFlags,
} from "../../names/overlays.ts";
import { textArgument } from "../../input/text_argument.ts";
import { givenArgument, givenText } from "../../input/given_text.ts";
import { peerNamed } from "../../names/peers.ts";
import { itemArgument, listArgument } from "./arguments.ts";
import { say, thing } from "./say.ts";

/** `dmsg list new`. */
export const create: Command<Context> = command({
  brief: "Make a list",
  details: "Status 0: it has arrived; 10: it is queued, and shown here already.",
  examples: [["dmsg list new alice Shopping", "Both see it"]],
  parameters: {
    flags: sayFlags,
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [conversationArgument, textArgument("listname", "At most 500 characters")],
    },
  },
  run: async (context: Context, flags: SayFlags, where: string, text: string) =>
    await say(context, flags, where, { text }, () => Promise.resolve({ do: "new", text }), "new"),
});

/** `dmsg list add`. */
export const add: Command<Context> = command({
  brief: "Add an item at the end of a list",
  examples: [
    ['dmsg list add alice Shopping "brown eggs"', "Anybody in the conversation may"],
    ["date | dmsg list add ops Restarts", "The text from a pipe"],
  ],
  parameters: {
    flags: sayFlags,
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [
        conversationArgument,
        listArgument,
        givenArgument("text", "One line of at most 500 characters"),
      ],
    },
  },
  async run(context: Context, flags: SayFlags, where: string, list: string, given?: string) {
    const text = await givenText(context.input, given, "list add", "item");
    return await say(
      context,
      flags,
      where,
      { list, text },
      async (at) => ({ do: "add", list: (await listNamed(at, list)).id, text }),
      "add",
    );
  },
});

/** A command about an item. */
function onItem(did: "check" | "uncheck", brief: string): Command<Context> {
  return command({
    brief,
    examples: [[`dmsg list ${did} alice Shopping 2`, "By its number"], [
      `dmsg list ${did} alice Shopping milk`,
      "By what it says",
    ]],
    parameters: {
      flags: sayFlags,
      aliases: sayAliases,
      positional: { kind: "tuple", parameters: [conversationArgument, listArgument, itemArgument] },
    },
    run: async (context: Context, flags: SayFlags, where: string, list: string, item: string) =>
      await say(context, flags, where, { list, item }, async (at) => ({
        do: did,
        id: await thing(at, list, item),
      }), did),
  });
}

/** `dmsg list check`. */
export const check: Command<Context> = onItem("check", "Mark an item as done; it stays where it is");
/** `dmsg list uncheck`. */
export const uncheck: Command<Context> = onItem("uncheck", "Mark an item as not done");

/** A command about a list. */
function onList(did: "archive" | "unarchive", brief: string): Command<Context> {
  return command({
    brief,
    examples: [[`dmsg list ${did} alice Shopping`, brief]],
    parameters: {
      flags: sayFlags,
      aliases: sayAliases,
      positional: { kind: "tuple", parameters: [conversationArgument, listArgument] },
    },
    run: async (context: Context, flags: SayFlags, where: string, list: string) =>
      await say(
        context,
        flags,
        where,
        { list },
        async (at) => ({ do: did, id: (await listNamed(at, list)).id }),
        did,
      ),
  });
}

/** `dmsg list archive`. */
export const archive: Command<Context> = onList("archive", "Put a list away");
/** `dmsg list unarchive`. */
export const unarchive: Command<Context> = onList("unarchive", "Take a list out of the archive");

/** `dmsg list rename`. */
export const rename: Command<Context> = command({
  brief: "Give an item, or with --list the list, another text",
  examples: [
    ['dmsg list rename alice Shopping milk "oat milk"', "An item"],
    ["dmsg list rename alice Shopping --list Groceries", "The list"],
  ],
  parameters: {
    flags: {
      list: { kind: "boolean", default: false, withNegated: false, brief: "The list itself" },
      ...sayFlags,
    },
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [
        conversationArgument,
        listArgument,
        textArgument("item", "The item; with --list the new name"),
        givenArgument("text", "The new text of the item"),
      ],
    },
  },
  run: async (
    context: Context,
    { list: isList, ...flags }: SayFlags & { readonly list: boolean },
    where: string,
    list: string,
    item: string,
    text?: string,
  ) => {
    if (isList && text !== undefined) {
      throw new UserError("--list takes one new name", {
        kind: "usage",
        hint: "See `dmsg list rename --help`.",
      });
    }
    const given = await givenText(context.input, isList ? item : text, "list rename", "new text");
    const named = isList ? undefined : item;
    return await say(context, flags, where, { list, item: named, text: given }, async (at) => ({
      do: "rename",
      id: await thing(at, list, named),
      text: given,
    }), "rename");
  },
});

/** `dmsg list assign`. */
export const assign: Command<Context> = command({
  brief: "Give an item to somebody; to nobody when no name is given",
  examples: [["dmsg list assign ops Chores 3 bob", "It is bob's"], [
    "dmsg list assign ops Chores 3",
    "It is nobody's",
  ]],
  parameters: {
    flags: sayFlags,
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [
        conversationArgument,
        listArgument,
        itemArgument,
        { parse: String, placeholder: "pk", brief: "A key or an alias", optional: true },
      ],
    },
  },
  run: async (context: Context, flags: SayFlags, where: string, list: string, item: string, who?: string) =>
    await say(context, flags, where, { list, item, who }, async (at) => ({
      do: "assign",
      id: await thing(at, list, item),
      ...(who === undefined ? {} : { assignee: await peerNamed(context, who) }),
    }), "assign"),
});

/** `dmsg list remove`. */
export const remove: Command<Context> = command({
  brief: "Take an item out of a list, or the whole list away",
  details: "`restore` with the id that it prints brings it back.",
  examples: [["dmsg list remove alice Shopping milk", "An item"], [
    "dmsg list remove alice Shopping",
    "The list",
  ]],
  parameters: {
    flags: sayFlags,
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [conversationArgument, listArgument, { ...itemArgument, optional: true }],
    },
  },
  run: async (context: Context, flags: SayFlags, where: string, list: string, item?: string) =>
    await say(
      context,
      flags,
      where,
      { list, item },
      async (at) => ({ do: "remove", id: await thing(at, list, item) }),
      "remove",
    ),
});

/** `dmsg list restore`. */
export const restore: Command<Context> = command({
  brief: "Bring a removed item or list back",
  examples: [["dmsg list restore alice 3f2a9c01", "By the id that `remove` printed"]],
  parameters: {
    flags: sayFlags,
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [conversationArgument, textArgument("id", "The beginning of its id")],
    },
  },
  run: async (context: Context, flags: SayFlags, where: string, id: string) =>
    await say(
      context,
      flags,
      where,
      { id },
      async (at) => ({ do: "restore", id: await idNamed(at, "list", id) }),
      "restore",
    ),
});
