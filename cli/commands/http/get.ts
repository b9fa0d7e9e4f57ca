/**
 * `dmsg http get`: fetches a file or a page of a peer.
 *
 * @see cli/serving/web_get.ts; lib/bridge/README.md "HTTP"
 * @module
 */
import type { Command } from "@stricli/core";
import { NetworkError, UserError } from "../../../lib/wire/errors.ts";
import { openCommandApp } from "../../app.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { parsePathOrPipe, PIPE } from "../../flags/paths.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../../flags/flags.ts";
import { TimeLimit } from "../../flags/time_limit.ts";
import { outputFor } from "../../serving/web_output.ts";
import { fetchFrom, parseField, questionOf } from "../../serving/web_get.ts";

type Flags = CommonFlags & {
  readonly output?: string;
  readonly force: boolean;
  readonly header?: readonly string[];
  readonly timeout?: number;
};

/** `dmsg http get`. */
export const get: Command<Context> = command({
  brief: "Fetch a file or a page of a peer",
  details:
    "The answer goes to standard output, or with -o into a file, which is there only once it is whole. Stock\n" +
    "dmsghttp answers, too. Redirects to peers are followed; other peers do not get the Authorization and Cookie\n" +
    "fields of -H. Only text is written to a terminal, and it is made harmless. Status 8, the peer answered with an\n" +
    "error; 4, it may not be asked (401, 403); 9, the answer broke off or is not HTTP.",
  examples: [
    ["dmsg http get PK", "The page / on port 80"],
    ["dmsg http get alice:8080/data.csv -o data.csv", "Into a file"],
    ["dmsg http get http://blog.PK.dmsg/", "A link for browsers behind a Go resolver"],
    ["dmsg http get dmsg://PK:80/log -H 'Range: bytes=-1000'", "The last 1000 bytes"],
  ],
  parameters: {
    flags: {
      output: {
        kind: "parsed",
        parse: parsePathOrPipe,
        optional: true,
        placeholder: "file",
        brief: "Write the answer into this file; - for standard output",
      },
      force: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Replace the file when it is there",
      },
      header: {
        kind: "parsed",
        parse: parseField,
        optional: true,
        variadic: true,
        placeholder: "field",
        brief: "Also send this field, `Name: value`",
      },
      timeout: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "How long all of it may take; without it, what stands still for a minute is given up",
      },
      ...commonFlags,
    },
    aliases: { ...commonAliases, o: "output", f: "force", H: "header" },
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        placeholder: "address",
        brief: "PK[:PORT][/PATH], also behind dmsg://; or a link http://[SITE.]KEY.dmsg[:PORT]/PATH",
      }],
    },
  },
  async run(context: Context, flags: Flags, text: string) {
    const { print, clock, signal } = context;
    const file = flags.output === PIPE ? undefined : flags.output;
    if (flags.json && file === undefined) {
      throw new UserError("--json needs -o FILE: standard output is what the peer sends", {
        kind: "usage",
        hint: "See `dmsg http get --help`.",
      });
    }
    const question = await questionOf(context, text);
    const output = await outputFor(context, file, flags.force);
    const limit = flags.timeout ? new TimeLimit(clock, flags.timeout) : undefined;
    const request = {
      command: "http get",
      resident: false,
      storeless: true,
      peers: [question.peer],
      limit,
    };
    const { app } = await openCommandApp(context, flags, request);
    const stop = new AbortController();
    const work = fetchFrom(
      context,
      app.node,
      question,
      flags,
      output,
      AbortSignal.any([signal, stop.signal]),
    );
    try {
      const late = (): Error =>
        new NetworkError(`Not all of the answer came within ${Math.round(flags.timeout! / 1000)} s`, {
          retry: true,
          reason: "timeout",
        });
      const got = await (limit ? limit.bound(work, late, signal) : work);
      if (file !== undefined) print.out("httpGot", { ...got, file });
      return Status.done;
    } finally {
      stop.abort(new NetworkError("given up", { retry: true, reason: "timeout" }));
      await work.catch(() => {}); // until what was begun of the file is gone
      await app.close();
    }
  },
});
