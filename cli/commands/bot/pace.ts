/**
 * `dmsg bot pace`: how often and how much bots may publish in a conversation.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { parseDurationMs } from "../../flags/flags.ts";
import {
  conversationArgument,
  reading,
  sayAliases,
  type SayFlags,
  sayFlags,
  saying,
} from "../../names/overlays.ts";
import { parseSize } from "../../flags/size.ts";

type PaceFlags = SayFlags & { readonly interval?: number; readonly maxBytes?: number };

/** `dmsg bot pace`. */
export const pace: Command<Context> = command({
  brief: "Show or set how often and how much bots publish in a conversation",
  details:
    "--interval and --max-bytes set it for everybody in the conversation; what is left out stays as it is. In a\n" +
    "group an admin sets it, in a conversation of two either side. Each bot keeps to it: a value that comes too soon\n" +
    "waits, and the last one goes.",
  examples: [
    ["dmsg bot pace ops", "What holds there"],
    ["dmsg bot pace ops --interval 1m --max-bytes 1024", "A value of a widget every minute, and short ones"],
  ],
  parameters: {
    flags: {
      interval: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "Between two values of one widget, 10 s to 24 h",
      },
      maxBytes: {
        kind: "parsed",
        parse: parseSize,
        optional: true,
        placeholder: "size",
        brief: "Of a value, 512 to 4096 bytes",
      },
      ...sayFlags,
    },
    aliases: sayAliases,
    positional: { kind: "tuple", parameters: [conversationArgument] },
  },
  async run(context: Context, { interval: intervalMs, maxBytes, ...flags }: PaceFlags, where: string) {
    if (intervalMs === undefined && maxBytes === undefined) {
      if (flags.id !== undefined) throw nothingSaid();
      return await reading(context, flags, "bot pace", where, async ({ overlays, conversation, told }) => {
        const { intervalMs, maxBytes, by, ts } = await overlays.pace({ conversation });
        const { author_alias: by_alias, mine } = by === undefined ? {} : told(by);
        context.print.out("paceShown", {
          conversation,
          interval_ms: intervalMs,
          max_bytes: maxBytes,
          by,
          by_alias,
          mine,
          ts,
        });
        return Status.done;
      });
    }
    const set = {
      ...(intervalMs === undefined ? {} : { intervalMs }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
    return await saying(
      context,
      flags,
      "bot pace",
      where,
      "pace",
      ({ overlays }, how) => overlays.setPace({ ...how, ...set }, context.signal),
    );
  },
});

const nothingSaid = (): UserError =>
  new UserError("There is nothing to say under an id", {
    kind: "usage",
    hint: "Give --interval or --max-bytes, too.",
  });
