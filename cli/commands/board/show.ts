/**
 * `dmsg board ls`, `show`, `read`.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { PostView } from "../../../lib/app/overlays/overlays.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { type Snake, snake } from "../../output/snake.ts";
import { type KeptFlags, keptFlags, limitFlag } from "../../kept.ts";
import { type At, conversationArgument, idNamed, noteMaking, reading } from "../../names/overlays.ts";
import { type TextArgument, textArgument } from "../../input/text_argument.ts";

/** Which post. */
export const postArgument: TextArgument = textArgument(
  "post",
  "The beginning of its id, 4 characters or more",
);

/** `--limit`. */
const limit = limitFlag(50, "Most of them, 1 to 1000");

type Limited = KeptFlags & { readonly limit: number };

const line = <P extends PostView>(post: P, { told }: At): Snake<P> & ReturnType<At["told"]> => ({
  ...snake(post),
  ...told(post.author),
});

/** `dmsg board ls`. */
export const ls: Command<Context> = command({
  brief: "Show the posts of a conversation, pinned ones first, then the one that grew last",
  examples: [["dmsg board ls ops", "With answers and what is new"], [
    "dmsg board ls ops --over",
    "Ads whose time is over",
  ]],
  parameters: {
    flags: {
      over: { kind: "boolean", default: false, withNegated: false, brief: "Those whose time is over" },
      limit,
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: { kind: "tuple", parameters: [conversationArgument] },
  },
  async run(
    context: Context,
    { over, limit, ...flags }: Limited & { readonly over: boolean },
    where: string,
  ) {
    return await reading(context, flags, "board", where, async (at) => {
      const { overlays, conversation } = at;
      const part = await overlays.threads({ conversation, expired: over, limit });
      noteMaking(context, part);
      const pins = over ? [] : await overlays.pinned({ conversation });
      const pinned = new Set(pins.map(({ id }) => id));
      if (part.total === 0 && pins.length === 0) context.print.none("noPosts", { over });
      for (const thread of pins) context.print.out("postShown", { ...line(thread, at), pinned: true });
      for (const thread of part.rows) {
        if (!pinned.has(thread.id)) context.print.out("postShown", line(thread, at));
      }
      return Status.done;
    });
  },
});

/** `dmsg board show`. */
export const show: Command<Context> = command({
  brief: "Show a post and its newest answers",
  details: "What is shown does not count as read: `dmsg board read` says that it is.",
  examples: [["dmsg board show ops 3f2a9c01", "The post, then answers by their times"]],
  parameters: {
    flags: { limit, ...keptFlags },
    aliases: { ...identityAliases, n: "limit" },
    positional: { kind: "tuple", parameters: [conversationArgument, postArgument] },
  },
  async run(context: Context, { limit, ...flags }: Limited, where: string, named: string) {
    return await reading(context, flags, "board", where, async (at) => {
      const { overlays, conversation } = at;
      const id = await idNamed(at, "board", named);
      const root = await overlays.thread({ conversation, id });
      const isPinned = (await overlays.pinned({ conversation })).some((one) => one.id === root.id);
      context.print.out("postShown", { ...line(root, at), ...(isPinned ? { pinned: true } : {}) });
      const part = await overlays.replies({ conversation, id, limit, newest: true });
      noteMaking(context, part);
      for (const reply of [...part.rows].reverse()) context.print.out("postShown", line(reply, at));
      return Status.done;
    });
  },
});

/** `dmsg board read`. */
export const read: Command<Context> = command({
  brief: "Mark a post and all its answers as read",
  examples: [["dmsg board read ops 3f2a9c01", "Nothing of it is new any more"]],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, postArgument] },
  },
  async run(context: Context, flags: KeptFlags, where: string, named: string) {
    return await reading(context, flags, "board", where, async (at) => {
      const id = await idNamed(at, "board", named);
      await at.overlays.readThread({ conversation: at.conversation, id });
      context.print.out("threadRead", { id });
      return Status.done;
    });
  },
});
