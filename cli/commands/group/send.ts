/**
 * `dmsg group send`, `unsend`: what we say.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import { type AudienceFlags, audienceFlags, audienceIn } from "../../flags/audience.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, keyFlag } from "../../flags/flags.ts";
import { givenText } from "../../input/given_text.ts";
import { groupNamed, inGroup, withGroups } from "../../names/groups.ts";
import { alsoSnake } from "../../output/snake.ts";
import { waitingFor } from "../../flags/time_limit.ts";
import { groupArgument, WAIT_MS, waitAllFlag } from "./arguments.ts";

type SendFlags = CommonFlags & AudienceFlags & {
  readonly wait?: number;
  readonly all: boolean;
  readonly id?: string;
};

/** `dmsg group send`. */
export const send: Command<Context> = command({
  brief: "Say something in a group",
  ofPeers: "dmsg send",
  details:
    "The text is the argument, or standard input with - or when it is a pipe; one newline at its end is dropped.\n" +
    "Kept and sealed first; then status 0 means that another member has it, 10 that it waits here for the next\n" +
    "program of ours that stays, or `dmsg sync`; at once where nobody else is in the group. Status 4: the group has\n" +
    "not let us in, or not yet, or does not let us speak; nobody gets it. With --wait it goes on until every member\n" +
    "that can be reached has it; write it last, or with a time. --json says who has it.\n" +
    "In a group made with --keys d2 it can be for some: the others see that something was said, and not for whom.",
  examples: [
    ['dmsg group send ops "backup done"', "Until another member has it, 10 s at most"],
    ['dmsg group send ops "backup done" --wait', "Until every member that can be reached has it"],
    ["uptime | dmsg group send ops", "The text from a pipe"],
    [
      'dmsg group send ops "backup done" --id "$(date +%F)"',
      "However often the script runs today: one message",
    ],
    ["dmsg group send board 'for you two' --to alice,bob", "In a group made with --keys d2"],
  ],
  parameters: {
    flags: {
      wait: waitAllFlag,
      all: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "The same as --wait",
      },
      id: keyFlag,
      ...audienceFlags,
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait" },
    positional: {
      kind: "tuple",
      parameters: [groupArgument, {
        parse: String,
        optional: true,
        placeholder: "text",
        brief: "What to say; - for standard input",
      }],
    },
  },
  async run(context: Context, flags: SendFlags, named: string, given?: string) {
    const text = await givenText(context.input, given, "group send");
    const waiting = waitingFor(context.clock, flags.wait, WAIT_MS);
    return await withGroups(context, flags, async ({ groups }) => {
      const { id, name, members, holder } = await groupNamed(groups, named);
      const audience = await audienceIn(context, flags);
      const report = await groups.send(
        {
          group: id,
          text,
          waitMs: waiting.leftMs(),
          all: flags.all || flags.wait !== undefined,
          key: flags.id,
          audience,
        },
        context.signal,
      );
      const sent = report.state === "kept-by-others";
      context.print.out("groupSent", {
        ...alsoSnake(report),
        ...inGroup(id),
        group_name: name,
        sent,
        ...(members === 1 && holder === undefined ? { alone: true } : {}),
      });
      return sent ? Status.done : Status.queued;
    }, waiting);
  },
});

/** `dmsg group unsend`. */
export const unsend: Command<Context> = command({
  brief: "Take back what we said",
  ofPeers: "dmsg delete",
  details: "`dmsg group history ops --json` shows the time of each message, as `ts_nano`.",
  examples: [["dmsg group unsend ops 1778580000123456789", "What we said then"]],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [groupArgument, {
        parse: parseNano,
        placeholder: "ts-nano",
        brief: "When it was said, in nanoseconds since 1970",
      }],
    },
  },
  async run(context: Context, flags: CommonFlags, named: string, tsNano: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      await groups.unsend({ group: id, tsNano });
      context.print.out("groupDone", { ...inGroup(id), did: "unsend" });
      return Status.done;
    });
  },
});

function parseNano(text: string): string {
  if (!/^-?\d{1,19}$/.test(text)) throw new SyntaxError("a time is a number of nanoseconds since 1970");
  return text;
}
