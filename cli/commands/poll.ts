/**
 * `dmsg poll`: polls inside conversations.
 *
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import type { PollChange, PollView } from "../../lib/app/overlays/overlays.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { command, commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { identityAliases } from "../flags/flags.ts";
import { type KeptFlags, keptFlags, limitFlag } from "../kept.ts";
import {
  type At,
  conversationArgument,
  idNamed,
  noteMaking,
  reading,
  sayAliases,
  type SayFlags,
  sayFlags,
  saying,
} from "../names/overlays.ts";
import { givenText } from "../input/given_text.ts";
import { textArgument } from "../input/text_argument.ts";
import { untilFlag } from "../flags/until.ts";

const pollArgument = textArgument("poll", "The beginning of its id, 4 characters or more");

const say = async (
  context: Context,
  flags: SayFlags,
  where: string,
  did: PollChange["do"],
  changeAt: (at: At) => Promise<PollChange>,
): Promise<Status> =>
  await saying(context, flags, "poll", where, did, async (at, how) => {
    const change = await changeAt(at);
    return await at.overlays.changePoll({ ...how, change }, context.signal);
  });

const ls: Command<Context> = command({
  brief: "Show the polls of a conversation with their votes, newest first",
  examples: [["dmsg poll ls ops", "What is asked, and how it stands; * is our vote"]],
  parameters: {
    flags: {
      limit: limitFlag(20, "Most of them, 1 to 1000"),
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: { kind: "tuple", parameters: [conversationArgument] },
  },
  async run(context: Context, { limit, ...flags }: KeptFlags & { readonly limit: number }, where: string) {
    return await reading(context, flags, "poll", where, async ({ app, overlays, conversation, told }) => {
      const part = await overlays.polls({ conversation, limit });
      noteMaking(context, part);
      if (part.total === 0) context.print.none("noPolls", undefined);
      const own = ({ choices }: PollView) =>
        choices.flatMap(({ voters }, i) => voters.includes(app.pk) ? [i] : []);
      for (const poll of part.rows) {
        context.print.out("pollShown", { ...poll, ...told(poll.author), own: own(poll) });
      }
      return Status.done;
    });
  },
});

type NewFlags = SayFlags & { readonly many: boolean; readonly until?: (nowNs: bigint) => string };

const create: Command<Context> = command({
  brief: "Ask something",
  details: "Status 0: it has arrived; 10: it is queued, and shown here already.",
  examples: [['dmsg poll new ops "When?" monday tuesday --until 2d', "2 to 20 choices"]],
  parameters: {
    flags: {
      many: { kind: "boolean", default: false, withNegated: false, brief: "Several choices may be taken" },
      until: untilFlag,
      ...sayFlags,
    },
    aliases: sayAliases,
    positional: {
      kind: "array",
      parameter: {
        parse: String,
        placeholder: "text",
        brief: "The conversation, the question (- for standard input), and 2 to 20 choices",
      },
      minimum: 0,
    },
  },
  run: async (
    context: Context,
    { many, until, ...flags }: NewFlags,
    ...[where, text, ...choices]: string[]
  ) => {
    if (where === undefined || text === undefined || choices.length < 2) {
      throw new UserError("A poll needs a conversation, a question and two choices", {
        kind: "usage",
        hint: "See `dmsg poll new --help`.",
      });
    }
    const question = await givenText(context.input, text, "poll new", "question");
    return await say(context, flags, where, "new", () =>
      Promise.resolve({
        do: "new",
        text: question,
        choices,
        many,
        ...(until === undefined ? {} : { until: until(context.clock.wallNs()) }),
      }));
  },
});

const vote: Command<Context> = command({
  brief: "Vote, vote otherwise, or with --none take our vote back",
  examples: [["dmsg poll vote ops 3f2a9c01 2", "The second choice"], [
    "dmsg poll vote ops 3f2a9c01 --none",
    "No vote",
  ]],
  parameters: {
    flags: {
      none: { kind: "boolean", default: false, withNegated: false, brief: "Take our vote back" },
      ...sayFlags,
    },
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [
        conversationArgument,
        pollArgument,
        {
          parse: parseChoices,
          placeholder: "numbers",
          brief: "Numbers of choices: 2, or 1,3",
          optional: true,
        },
      ],
    },
  },
  run: async (
    context: Context,
    { none, ...flags }: SayFlags & { readonly none: boolean },
    where: string,
    poll: string,
    votes?: readonly number[],
  ) => {
    if (none === (votes !== undefined)) {
      throw new UserError(none ? "A choice and --none can't both be meant" : "The choice is missing", {
        kind: "usage",
        hint: "Give a number, or --none.",
      });
    }
    return await say(context, flags, where, "vote", async (at) => ({
      do: "vote",
      id: await idNamed(at, "poll", poll),
      votes: (votes ?? []).map((number) => number - 1),
    }));
  },
});

const close: Command<Context> = command({
  brief: "End a poll of ours: no later vote counts",
  examples: [["dmsg poll close ops 3f2a9c01", "Its votes stay"]],
  parameters: {
    flags: sayFlags,
    aliases: sayAliases,
    positional: { kind: "tuple", parameters: [conversationArgument, pollArgument] },
  },
  run: async (context: Context, flags: SayFlags, where: string, poll: string) =>
    await say(
      context,
      flags,
      where,
      "close",
      async (at) => ({ do: "close", id: await idNamed(at, "poll", poll) }),
    ),
});

function parseChoices(input: string): number[] {
  if (!/^[1-9]\d?(,[1-9]\d?)*$/.test(input)) {
    throw new SyntaxError("choices are numbers from 1, such as 2 or 1,3");
  }
  return input.split(",").map(Number);
}

/** `dmsg poll`. */
const poll: RouteMap<Context> = commandGroup({
  brief: "Ask, vote and count inside a conversation, with a peer or in a group",
  examples: [
    ['dmsg poll new ops "When?" monday tuesday', "Ask"],
    ["dmsg poll vote ops 3f2a9c01 2", "Vote by number"],
    ["dmsg poll ls ops", "How it stands"],
  ],
}, { ls, new: create, vote, close });

export default poll;
