/**
 * `dmsg file accept`, `dmsg file refuse`: decisions about a file that is offered.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { FilePlace, FileView } from "../../../lib/app/files/files.ts";
import type { KeptApp } from "../../../lib/owner/handover/takeover.ts";
import { openCommandApp } from "../../app.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, identityAliases } from "../../flags/flags.ts";
import { parseCount } from "../../flags/size.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { conversationNamed } from "../../names/conversations.ts";
import { PeerNames } from "../../names/peers.ts";

/** Files of a conversation that are looked through for one. */
const MANY = 1000;

const place = {
  kind: "tuple",
  parameters: [
    { parse: String, placeholder: "conversation", brief: "A peer or a group" },
    { parse: parseCount, placeholder: "number", brief: "The message's number, as `dmsg file` shows it" },
  ],
} as const;

/** `dmsg file accept`. */
export const accept: Command<Context> = command({
  brief: "Take a file, and wait until it is kept",
  details:
    "One whose sender waits comes at once. Any other is asked for again, which its sender's program must answer.\n" +
    "It goes to `files/KEY` beside our key, or where `files` in the configuration says; a daemon that runs keeps it.\n" +
    "Status 0: it is kept. 3: its sender can't be reached. 4: it is too large for what `files` allows. 7: it comes already,\n" +
    "or as many files do as may at once. 8: it was not sent again.",
  examples: [["dmsg file accept alice 17", "Prints where it is kept"]],
  parameters: { flags: commonFlags, aliases: commonAliases, positional: place },
  async run(context: Context, flags: CommonFlags, named: string, position: number) {
    const find = await conversationNamed(context, named);
    const { app } = await openCommandApp(context, flags, { command: "file", makes: "none", resident: true });
    try {
      const conversation = await find(app.groups);
      const since = await app.events.cursor();
      const begun = await app.files.accept({ conversation, position });
      return await told(context, app, await ended(app, begun, since, context.signal));
    } finally {
      await app.close();
    }
  },
});

/** `dmsg file refuse`. */
export const refuse: Command<Context> = command({
  brief: "Do not take a file, or break it off",
  examples: [["dmsg file refuse alice 17", "Its sender hears that it was declined"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: place },
  async run(context: Context, flags: KeptFlags, named: string, position: number) {
    const find = await conversationNamed(context, named);
    return await withKept(context, flags, "file", async (app) => {
      const file = await app.files.refuse({ conversation: await find(app.groups), position });
      await told(context, app, file);
      return Status.done;
    });
  },
});

async function told(context: Context, app: Pick<KeptApp, "groups">, file: FileView): Promise<Status> {
  const names = new PeerNames(context).withGroups(() => app.groups.list());
  await names.load();
  context.print.out("fileShown", { type: "offer", ...file, conversation_alias: names.of(file.conversation) });
  return file.state === "kept" ? Status.done : Status.remote;
}

/** Waits until a file moves no more. */
async function ended(
  app: KeptApp,
  begun: FileView,
  since: number | undefined,
  signal: AbortSignal,
): Promise<FileView> {
  let file = await look(app, begun);
  if (!isUnderWay(file)) return file;
  for await (const event of app.events.follow(since, signal)) {
    if (event.kind !== "state" || event.peer !== begun.conversation || event.position !== begun.position) {
      continue;
    }
    file = await look(app, begun);
    if (!isUnderWay(file)) return file;
  }
  signal.throwIfAborted();
  return file;
}

const isUnderWay = ({ state }: FileView): boolean => state === "moving" || state === "asked";

async function look({ files }: KeptApp, { conversation, position }: FilePlace): Promise<FileView> {
  const all = await files.list({ conversation, limit: MANY });
  return all.find((file) => file.position === position)!;
}
