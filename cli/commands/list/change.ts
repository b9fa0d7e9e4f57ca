/**
 * `dmsg list new`, `add`, `check`, `uncheck`, `rename`, `assign`, `move`, `remove`, `restore`, `archive`, `unarchive`.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { ListChange } from "../../../lib/app/overlays/overlays.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { Status } from "../../exit.ts";
import {
  type At,
  conversationArgument,
  idNamed,
  itemNamed,
  listNamed,
  sayAliases,
  type SayFlags,
  sayFlags,
  saying,
  sayingOf,
  textArgument,
} from "../../overlays.ts";
import { peerNamed } from "../../peers.ts";
import { itemArgument, listArgument } from "./arguments.ts";

const say = async (
  context: Context,
  flags: SayFlags,
  where: string,
  changeAt: (at: At) => Promise<ListChange>,
  did: ListChange["do"],
): Promise<Status> =>
  await saying(context, flags, "list", where, did, async (at) => {
    const change = await changeAt(at);
    const { overlays, conversation } = at;
    return await overlays.changeList({ ...sayingOf(conversation, flags), change }, context.signal);
  });

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
    await say(context, flags, where, () => Promise.resolve({ do: "new", text }), "new"),
});

/** `dmsg list add`. */
export const add: Command<Context> = command({
  brief: "Add an item at the end of a list",
  examples: [['dmsg list add alice Shopping "brown eggs"', "Anybody in the conversation may"]],
  parameters: {
    flags: sayFlags,
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [conversationArgument, listArgument, textArgument("text", "At most 500 characters")],
    },
  },
  run: async (context: Context, flags: SayFlags, where: string, list: string, text: string) =>
    await say(
      context,
      flags,
      where,
      async (at) => ({ do: "add", list: (await listNamed(at, list)).id, text }),
      "add",
    ),
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
      await say(context, flags, where, async (at) => ({
        do: did,
        id: (await itemNamed(at, await listNamed(at, list), item)).id,
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
      await say(context, flags, where, async (at) => ({ do: did, id: (await listNamed(at, list)).id }), did),
  });
}

/** `dmsg list archive`. */
export const archive: Command<Context> = onList("archive", "Put a list away");
/** `dmsg list unarchive`. */
export const unarchive: Command<Context> = onList("unarchive", "Take a list out of the archive");

/** The list, or of it the item that is named. */
const thing = async (at: At, list: string, item: string | undefined): Promise<string> => {
  const found = await listNamed(at, list);
  return item === undefined ? found.id : (await itemNamed(at, found, item)).id;
};

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
        { ...textArgument("text", "The new text of the item"), optional: true },
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
    if (isList !== (text === undefined)) {
      throw new UserError(isList ? "With --list there is one new name" : "The new text is missing", {
        kind: "usage",
        hint: "See `dmsg list rename --help`.",
      });
    }
    return await say(context, flags, where, async (at) => ({
      do: "rename",
      id: await thing(at, list, isList ? undefined : item),
      text: text ?? item,
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
    await say(context, flags, where, async (at) => ({
      do: "assign",
      id: await thing(at, list, item),
      ...(who === undefined ? {} : { assignee: await peerNamed(context, who) }),
    }), "assign"),
});

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
    return await say(context, flags, where, async (at) => {
      const id = await thing(at, list, item);
      if (top || bottom) return { do: "move", id, to: top ? "top" : "bottom" };
      const beside = await thing(at, list, before ?? after!);
      return { do: "move", id, to: before === undefined ? "after" : "before", beside };
    }, "move");
  },
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
      async (at) => ({ do: "restore", id: await idNamed(at, "list", id) }),
      "restore",
    ),
});
