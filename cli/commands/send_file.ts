/**
 * `dmsg send-file`: sends files to a peer, who decides whether it takes them.
 *
 * @see lib/xfer/README.md; cli/README.md "Sending files"
 * @module
 */
import type { Command } from "@stricli/core";
import type { FileView } from "../../lib/app/files/files.ts";
import { isGroupId } from "../../lib/app/groups/groups.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { CopyError } from "../../lib/scp/errors.ts";
import { sleep } from "../../lib/sys/clock.ts";
import { isAbsolute, join } from "../../lib/sys/paths.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status, worst } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../flags/flags.ts";
import { PIPE } from "../flags/paths.ts";
import { conversationNamed } from "../names/conversations.ts";
import { forPeople } from "../names/peers.ts";
import { columns } from "../output/columns.ts";
import { copyFailure, explained } from "../scp/told/outcome.ts";
import { Progress } from "../scp/told/progress.ts";

/** How often the bar is drawn. */
const DRAW_MS = 500;
/** When nothing has moved until then, the peer has not decided yet; it may take up to 50 s. */
const WAITING_MS = 3_000;
/** Files of the conversation that are looked at for it. */
const NEWEST = 8;

type SendFileFlags = CommonFlags & { readonly to?: string; readonly quiet: boolean };

/** `dmsg send-file`. */
const sendFile: Command<Context> = command({
  brief: "Send files to a peer who accepts them",
  details:
    "For people who talk: the peer decides for each file, in `dmsg chat` or with `dmsg file accept`, or takes those of\n" +
    "everybody whom it has accepted (`dmsg daemon --files DIR`); a skychat needs a conversation with us. A group is\n" +
    "told, and its members fetch the file while a program of ours runs. To copy to a directory of ours or of a visor\n" +
    "use `dmsg scp`.\n" +
    "Status 0: all are kept there, or the group was told. 1: all was sent, and no receipt came. 4: it does not take it.",
  examples: [["dmsg send-file alice report.pdf", "Wait until it is kept there"]],
  parameters: {
    flags: {
      to: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "conversation",
        brief: "The peer or the group, in place of the first argument",
      },
      quiet: { kind: "boolean", default: false, withNegated: false, brief: "Say nothing but errors" },
      ...commonFlags,
    },
    aliases: { ...commonAliases, t: "to", q: "quiet" },
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "peer file", brief: "The peer or the group, then the files" },
    },
  },
  async run(context: Context, flags: SendFileFlags, ...given: string[]) {
    const [peer, ...paths] = flags.to === undefined ? given : [flags.to, ...given];
    if (peer === undefined || paths.length === 0) {
      throw new UserError("There is nothing to send: give a peer and files", {
        kind: "usage",
        hint: "See `dmsg send-file --help`.",
      });
    }
    if (paths.includes(PIPE)) {
      throw new UserError("A pipe can't be offered: it has no name, and nothing to be read again", {
        kind: "usage",
        hint: "Name a file; `dmsg scp - PEER:NAME` copies from a pipe.",
      });
    }
    if (paths.includes("")) {
      throw new UserError("The name of a file is empty", {
        kind: "usage",
        hint: "Is a variable of the shell not set?",
      });
    }
    const find = await conversationNamed(context, peer);
    const { print, signal, clock } = context;
    const { app } = await openCommandApp(context, flags, { command: "send-file", resident: false });
    const draws = !flags.quiet && !flags.json && Deno.stderr.isTerminal();
    const progress = new Progress(
      clock,
      draws ? { draw: (text: string) => print.noteText(text), columns } : {},
    );
    const statuses: Status[] = [];
    try {
      const conversation = await find(app.groups);
      for (const file of paths) {
        const drawing = flags.quiet
          ? undefined
          : watch(context, app, { conversation, peer, progress, lookMs: draws ? DRAW_MS : WAITING_MS });
        try {
          const path = isAbsolute(file, context.os) ? file : join(Deno.cwd(), file);
          const sent = await app.files.send({ conversation, path }, signal);
          await drawing?.();
          check(sent, peer, file);
          const { id, size: bytes, position } = sent;
          const line = { type: "file", file, id, bytes, state: stateOf(sent), position } as const;
          if (flags.json) print.out("fileSent", line);
          else if (!flags.quiet) print.note("fileSent", line);
          statuses.push(sent.state === "unconfirmed" ? Status.notAcked : Status.done);
        } catch (error) {
          signal.throwIfAborted();
          await drawing?.();
          const failure = copyFailure(explained(error, peer, app.pk), signal.reason);
          print.failure(await forPeople(context, failure));
          statuses.push(failure.status);
        }
      }
    } finally {
      await app.close();
    }
    const failed = statuses.filter((status) => status !== Status.done);
    if (failed.length === 0) return Status.done;
    return failed.length < statuses.length ? Status.someFailed : worst(failed);
  },
});

export default sendFile;

/** What is watched of a file of ours. */
interface Watching {
  readonly conversation: ConversationId;
  /** As a person calls who decides. */
  readonly peer: string;
  readonly progress: Progress;
  /** How often. */
  readonly lookMs: number;
}

/**
 * Draws how far the file of ours has come, and says whom it waits for when nothing of it moves.
 * @returns Ends it, and takes the line away.
 */
function watch(
  { clock, print }: Context,
  app: KeptApp,
  { conversation, peer, progress, lookMs }: Watching,
): () => Promise<void> {
  const over = new AbortController();
  const beganMs = clock.nowMs();
  let isTold = false;
  const drawn = (async () => {
    for (
      let last: FileView | undefined;
      await sleep(clock, lookMs, over.signal).then(() => true, () => false);
    ) {
      const now = (await app.files.list({ conversation, limit: NEWEST }))
        .findLast(({ outgoing, state }) => outgoing && state === "moving");
      if (!now || over.signal.aborted) continue;
      if (last?.id !== now.id) {
        progress.expect(1, now.size);
        progress.begin(now.name);
        last = undefined;
      }
      progress.moved((now.moved ?? 0) - (last?.moved ?? 0));
      last = now;
      if (isTold || now.moved !== 0 || clock.nowMs() - beganMs < WAITING_MS) continue;
      isTold = true;
      progress.clear();
      print.note("fileWaits", { peer, file: now.name });
    }
  })().catch(() => {}); // the send itself says what is wrong
  return async () => {
    over.abort();
    await drawn;
    progress.clear();
  };
}

/** How it is called in lines of JSON. */
const stateOf = ({ state }: FileView): string =>
  state === "sent" ? "delivered" : state === "offered" ? "told" : state;

/** @throws When the peer does not have the file; a group's members fetch it later. */
function check({ conversation, state, reason = "" }: FileView, peer: string, path: string): void {
  if (state === "offered" && !isGroupId(conversation)) {
    throw new UserError(`${peer} does not take ${path}: ${reason}`, {
      kind: "refused",
      hint: "It stays offered: the other side may take it later, while a program of ours runs.",
    });
  }
  if (state === "failed") throw new CopyError(`${path} was not kept: ${reason}`, "remote");
}
