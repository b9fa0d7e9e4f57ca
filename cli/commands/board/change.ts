/**
 * `dmsg board post`, `reply`, `edit`, `withdraw`, `pin`, `unpin`.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { BoardChange } from "../../../lib/app/overlays/overlays.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { Status } from "../../exit.ts";
import {
  type At,
  conversationArgument,
  idNamed,
  sayAliases,
  type SayFlags,
  sayFlags,
  saying,
} from "../../names/overlays.ts";
import { untilFlag } from "../../flags/until.ts";
import { givenArgument, givenText } from "../../input/given_text.ts";
import { postArgument } from "./show.ts";

const text = givenArgument("text", "At most 15000 characters");

type EndFlags = SayFlags & { readonly until?: (nowNs: bigint) => string };

const say = async (
  context: Context,
  flags: SayFlags,
  where: string,
  did: BoardChange["do"],
  changeAt: (at: At) => Promise<BoardChange>,
): Promise<Status> =>
  await saying(context, flags, "board", where, did, async (at, how) => {
    const change = await changeAt(at);
    return await at.overlays.changeBoard({ ...how, change }, context.signal);
  });

const endOf = ({ clock }: Context, { until }: EndFlags): { expires?: string } =>
  until === undefined ? {} : { expires: until(clock.wallNs()) };

/** `dmsg board post`. */
export const post: Command<Context> = command({
  brief: "Write a post",
  details: "Status 0: it has arrived; 10: it is queued, and shown here already.",
  examples: [
    ['dmsg board post ops "Bike for sale" --until 7d', "It is over in a week"],
    ["dmsg board post ops < notes.txt", "The text from a file"],
  ],
  parameters: {
    flags: { until: untilFlag, ...sayFlags },
    aliases: sayAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, text] },
  },
  async run(context: Context, flags: EndFlags, where: string, given?: string) {
    const text = await givenText(context.input, given, "board post");
    return await say(
      context,
      flags,
      where,
      "post",
      () => Promise.resolve({ do: "post", text, ...endOf(context, flags) }),
    );
  },
});

/** `dmsg board reply`. */
export const reply: Command<Context> = command({
  brief: "Answer a post or an answer",
  examples: [['dmsg board reply ops 3f2a9c01 "How much?"', "It stands in the same thread"]],
  parameters: {
    flags: sayFlags,
    aliases: sayAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, postArgument, text] },
  },
  async run(context: Context, flags: SayFlags, where: string, post: string, given?: string) {
    const text = await givenText(context.input, given, "board reply");
    return await say(
      context,
      flags,
      where,
      "reply",
      async (at) => ({ do: "reply", id: await idNamed(at, "board", post), text }),
    );
  },
});

/** `dmsg board edit`. */
export const edit: Command<Context> = command({
  brief: "Give a post or an answer of ours another text",
  details: "Without --until its end stays as it was.",
  examples: [['dmsg board edit ops 3f2a9c01 "Sold"', "Others see that it was edited"]],
  parameters: {
    flags: { until: untilFlag, ...sayFlags },
    aliases: sayAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, postArgument, text] },
  },
  async run(context: Context, flags: EndFlags, where: string, post: string, given?: string) {
    const text = await givenText(context.input, given, "board edit");
    return await say(context, flags, where, "edit", async (at) => ({
      do: "edit",
      id: await idNamed(at, "board", post),
      text,
      ...endOf(context, flags),
    }));
  },
});

/** A command about a post. */
function onPost(did: "withdraw" | "pin" | "unpin", brief: string): Command<Context> {
  return command({
    brief,
    examples: [[`dmsg board ${did} ops 3f2a9c01`, brief]],
    parameters: {
      flags: sayFlags,
      aliases: sayAliases,
      positional: { kind: "tuple", parameters: [conversationArgument, postArgument] },
    },
    run: async (context: Context, flags: SayFlags, where: string, post: string) =>
      await say(
        context,
        flags,
        where,
        did,
        async (at) => ({ do: did, id: await idNamed(at, "board", post) }),
      ),
  });
}

/** `dmsg board withdraw`. */
export const withdraw: Command<Context> = onPost(
  "withdraw",
  "Take the text of a post of ours back; its answers stay",
);
/** `dmsg board pin`. */
export const pin: Command<Context> = onPost(
  "pin",
  "Put a post first; in a group only admins can",
);
/** `dmsg board unpin`. */
export const unpin: Command<Context> = onPost("unpin", "Take our pin off a post");
