/**
 * `dmsg listen`: prints messages as they come, one line each, or gives each to a command.
 *
 * @see specification skychat (e) `listen`; cli/README.md "listen --exec"
 * @module
 */
import type { Command } from "@stricli/core";
import type { ConversationId, MessageView } from "../../lib/app/messages/messages.ts";
import { isWritten } from "../../lib/app/written.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { join } from "../../lib/sys/paths.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import { type CommandApp, openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { handOver, holdExec, limitsWith, openExec } from "../exec/exec.ts";
import type { Status } from "../exit.ts";
import { checkExec, type ExecFlags, execFlags } from "../flags/exec.ts";
import { checkFiles, checkFilesPlace, type FilesFlags, filesFlags, filesOf } from "../flags/files.ts";
import { commonAliases, type CommonFlags, commonFlags, netFlag } from "../flags/flags.ts";
import { type ListenSince, parseListenSince } from "../flags/since.ts";
import { conversationNamed } from "../names/conversations.ts";
import { PeerNames } from "../names/peers.ts";
import { checkNoTerminal, checkOneForm, rawFlag } from "../output/raw.ts";
import { EventLog } from "../resident/event_log.ts";
import { follow, printMessage, tellLost } from "../resident/follow.ts";
import { Repeats } from "../resident/repeats.ts";
import { type ScpHostFlags, scpHostFlags } from "../scp/host/flags.ts";
import type { HostEvent } from "../scp/told/words.ts";
import { checkScpRoot } from "../serving/shared_root.ts";
import { listenMessage, listenState, SCHEMA } from "../words/message_lines.ts";

type ListenFlags = CommonFlags & ScpHostFlags & FilesFlags & ExecFlags & {
  readonly from?: readonly string[];
  readonly net?: string;
  readonly raw: boolean;
  readonly since?: ListenSince;
};

/** Whether somebody wants to see a message, or what is said of one whose protocol is not known. */
type IsWanted = (of: { readonly peer: ConversationId; readonly via?: string }) => boolean;

/** `dmsg listen`. */
const listen: Command<Context> = command({
  brief: "Show messages as they come",
  details:
    "One line for each message, whatever is inside: [PK/dmsg] text. The sender gets its ack when the message is\n" +
    "kept; `dmsg history` shows it again. --from chooses what is shown, not what is kept. Ctrl+C ends it.\n" +
    "With --json every event has a cursor: --since CURSOR goes on behind it, without a gap or a repeat.\n" +
    "--exec gives each message as one line of JSON to a command's standard input, at least once: one that fails is\n" +
    "run again. Messages of one peer keep their order. It goes on where it was when it is started again.\n" +
    "In JSON a message that is more than a text, such as an answer, has what people read as shown, beside its body.",
  examples: [
    ["dmsg listen", "Show everything"],
    ["dmsg listen --from alice", "Only what one peer says; a group's name does the same"],
    ["dmsg listen --json", '{"type":"msg","ts":"…","from":"…","body":"…",…,"cursor":1748213}'],
    ["dmsg listen --json --since 1748213", "Go on behind that event"],
    ["dmsg listen --since 2h", "What came in the last two hours first"],
    ["dmsg listen --exec 'jq -r .body >> inbox.txt'", "Run a command for each message"],
  ],
  parameters: {
    flags: {
      from: {
        kind: "parsed",
        parse: String,
        optional: true,
        variadic: ",",
        placeholder: "conversation",
        brief: "Show messages of this peer only",
      },
      net: netFlag,
      raw: rawFlag,
      since: {
        kind: "parsed",
        parse: parseListenSince,
        optional: true,
        placeholder: "cursor",
        brief: "Begin behind this event, 0 for the oldest that is kept; or at a time: 30m, 2h, a date",
      },
      ...execFlags,
      ...scpHostFlags,
      ...filesFlags,
      ...commonFlags,
    },
    aliases: { ...commonAliases, n: "net" },
  },
  async run(context: Context, flags: ListenFlags) {
    check(flags);
    await checkScpRoot(flags.scpRoot);
    await checkFilesPlace(context, flags);
    const names = new PeerNames(context);
    const finds = flags.from && await Promise.all(flags.from.map((text) => conversationNamed(context, text)));
    await names.load();
    const say = hostLog(context, flags, names);
    const opened = await openCommandApp(context, flags, {
      command: "listen",
      makes: "any",
      resident: true,
      files: filesOf(context, flags),
      onFile: say,
    });
    try {
      const { groups } = opened.app;
      names.withGroups(() => groups.list());
      const from = finds && await Promise.all(finds.map((find) => find(groups)));
      if (flags.scpRoot !== undefined) {
        const { openScpHost } = await import("../scp/host/host.ts");
        await openScpHost(context, opened, flags, say);
      }
      checkFiles(opened, flags);
      const isWanted: IsWanted = ({ peer, via = flags.net }) =>
        (from === undefined || from.includes(peer)) && (flags.net === undefined || via === flags.net);
      return flags.exec === undefined
        ? await show(context, flags, opened, names, isWanted)
        : await execute(context, { ...flags, exec: flags.exec }, opened, names, isWanted);
    } finally {
      await opened.app.close();
    }
  },
});

export default listen;

/** What happens with files is a line beside the messages. */
function hostLog(context: Context, flags: ListenFlags, names: PeerNames): (event: HostEvent) => void {
  const { print, clock } = context;
  const isOut = print.mode.json && flags.exec === undefined;
  const say = (event: HostEvent): void => {
    const peer_alias = event.peer && names.of(event.peer);
    void names.load(); // for the next one, lest two of them change places
    const line = { type: "copy", ts: formatGoTime(clock.wallNs()), schema: SCHEMA, ...event, peer_alias };
    if (isOut) print.out("copyEvent", line);
    else print.note("copyEvent", line);
  };
  if (!isOut) return say;
  const log = new EventLog(context, { perMinute: Infinity, line: (event) => say(event as HostEvent) });
  return (event) => log.say({ ...event });
}

function show(
  context: Context,
  flags: ListenFlags,
  opened: CommandApp,
  names: PeerNames,
  isWanted: IsWanted,
): Promise<Status> {
  const { print } = context;
  const { pk } = opened.app;
  const repeats = new Repeats();
  return follow(context, opened, {
    ...(typeof flags.since === "function"
      ? { from: flags.since(context.clock.wallNs()) }
      : { since: flags.since }),
    onReady: (cursor) => banner(context, pk, cursor),
    async onEvent(event) {
      if (event.kind === "lost") return tellLost(context, event);
      if (event.kind === "message") {
        const { message, cursor } = event;
        const isRepeat = repeats.has(message);
        if (!isShown(message, isWanted, flags.verbose)) return;
        if (isRepeat && !flags.json && !flags.verbose) return; // as that it was hidden
        await names.loadFor(message.peer);
        const line = listenMessage(message, pk, names, cursor);
        if (flags.raw) return print.text(`[${names.shown(message.peer)}/${line.net}] ${message.text}\n`);
        printMessage(context, line);
      } else if (event.kind === "state" || event.kind === "deleted") {
        if (isWanted(event) && (flags.json || flags.verbose)) {
          await names.loadFor(event.peer);
          print.out("messageState", listenState(event, names));
        }
      }
    },
  });
}

async function execute(
  context: Context,
  flags: ListenFlags & { readonly exec: string },
  opened: CommandApp,
  names: PeerNames,
  isWanted: IsWanted,
): Promise<Status> {
  const { app, settings, directory } = opened;
  const limits = limitsWith(settings.exec, flags.jobs);
  const path = flags.cursorFile ?? join(directory, "exec.cursor");
  const isOwn = flags.cursorFile === undefined;
  using _ = await holdExec(path, "listen --exec", !isOwn);
  const start = await app.events.cursor() ?? 0;
  const { queue, mark } = await openExec(context, {
    command: flags.exec,
    limits,
    path,
    isOwn,
    start,
    names,
  });
  const repeats = new Repeats();
  const following = follow(context, opened, {
    since: mark.cursor,
    onReady: (cursor) => banner(context, app.pk, cursor),
    async onEvent(event) {
      if (event.kind === "lost") {
        tellLost(context, event);
        return event.foreign ? queue.restart(event.cursor) : queue.skip(event.cursor);
      }
      const isMessage = event.kind === "message" && !repeats.has(event.message) && isWritten(event.message);
      if (!isMessage || !isShown(event.message, isWanted, false)) return queue.skip(event.cursor);
      await handOver(queue, event, app.pk, names);
    },
  });
  const failed = queue.failed.catch((error) => {
    // What the signal ended is told by the follower.
    return context.signal.aborted ? following : Promise.reject(error);
  });
  const status = await Promise.race([following, failed]);
  await queue.idle();
  return status;
}

/** Whether a message is for this listener; one of ours only when asked for. */
const isShown = (
  message: MessageView,
  isWanted: IsWanted,
  own: boolean,
): boolean =>
  isWanted(message) && !message.silent && (own || !message.outgoing) && message.state !== "deleted";

function check(flags: ListenFlags): void {
  const { raw, json, exec, since } = flags;
  const { scpRoot, scpWhitelist, scpMaxFile, scpQuota } = flags;
  if (scpRoot === undefined && (scpWhitelist ?? scpMaxFile ?? scpQuota) !== undefined) {
    throw usage(
      "--scp-whitelist, --scp-max-file and --scp-quota go with --scp-root only",
      "Name a directory.",
    );
  }
  if (flags.files === undefined && (flags.filesMax ?? flags.filesQuota) !== undefined) {
    throw usage("--files-max and --files-quota go with --files only", "Name a directory.");
  }
  checkOneForm(flags);
  if (exec !== undefined && (raw || json)) {
    throw usage("--exec shows nothing itself: --raw and --json have no use", "Leave them out.");
  }
  if (exec !== undefined && since !== undefined) {
    throw usage("--exec goes on by itself: --since has no use", "Name another file with --cursor-file.");
  }
  checkExec(flags, "listen");
  checkNoTerminal(flags);
}

function banner({ print, clock }: Context, pk: PublicKeyHex, cursor: number): void {
  const value = { type: "banner", ts: formatGoTime(clock.wallNs()), addr: pk, schema: SCHEMA, cursor };
  if (print.mode.json) print.out("listening", value);
  else print.note("listening", value);
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
