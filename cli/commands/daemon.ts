/**
 * `dmsg daemon`: stays, can be reached, and tells in log lines what happens; other commands of the identity go through
 * it.
 *
 * @see docs/README.md
 * @module
 */
import type { Command } from "@stricli/core";
import type { AppEvent } from "../../lib/app/events/events.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import { type CommandApp, openCommandApp } from "../app.ts";
import { checkChatKeys } from "../chat/keys.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { checkFiles, checkFilesPlace, type FilesFlags, filesFlags, filesOf } from "../flags/files.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../flags/flags.ts";
import { EventLog } from "../resident/event_log.ts";
import { follow } from "../resident/follow.ts";
import { type ScpHostFlags, scpHostFlags } from "../scp/host/flags.ts";
import { openScpHost } from "../scp/host/host.ts";
import { checkScpRoot } from "../serving/shared_root.ts";
import { SCHEMA } from "../words/message_lines.ts";

/** `dmsg daemon`. */
const daemon: Command<Context> = command({
  brief: "Stay connected in the background",
  details:
    "Keeps what comes, sends what is queued, and serves the other commands of this identity. Prints a line for each\n" +
    "event: who and how much, never what is said. Ctrl+C or SIGTERM ends it. Examples for systemd, launchd and cron\n" +
    "are in docs/. Listed peers copy files to and from scp-root beside the key (see `dmsg scp-host --help`).",
  examples: [["dmsg daemon", "Log lines"], [
    "dmsg daemon --json",
    '{"ts":"…","event":"message","peer":"02…",…}',
  ]],
  parameters: { flags: { ...scpHostFlags, ...filesFlags, ...commonFlags }, aliases: commonAliases },
  async run(context: Context, flags: CommonFlags & ScpHostFlags & FilesFlags) {
    const { print, clock } = context;
    print.mode.stamp = () => formatGoTime(clock.wallNs());
    const log = new EventLog(context, { perMinute: Infinity }); // what peers copy, a line for each file
    await checkScpRoot(flags.scpRoot);
    await checkFilesPlace(context, flags);
    await checkChatKeys(context, flags);
    const opened = await openCommandApp(context, flags, {
      command: "daemon",
      makes: "any",
      resident: true,
      files: filesOf(context, flags),
      onFile: (event) => log.say({ ...event }),
    });
    const { pk } = opened.app;
    let stopWaiting = (): void => {};
    try {
      print.out("logged", { ts: formatGoTime(clock.wallNs()), event: "started", pk, pid: Deno.pid });
      stopWaiting = await host(context, opened, flags, log);
      checkFiles(opened, flags);
      return await follow(context, opened, {
        onReachability: ({ event, ...rest }) =>
          print.out("logged", { ts: formatGoTime(clock.wallNs()), event, pk, ...rest }),
        onEvent: (event) => {
          const line = logLine(event);
          if (line) print.out("logged", line);
        },
        onNetwork: ({ ts, name, detail }) => {
          if (flags.verbose || name === "twin" || name === "alone" || name === "deaf") {
            print.out("logged", { ...detail, ts, event: name });
          }
          if (name === "twin" || name === "alone") print.note(name, { type: name, ts, schema: SCHEMA });
        },
      });
    } finally {
      stopWaiting();
      await opened.app.close();
    }
  },
});

export default daemon;

/** How often a daemon that does not host looks whether it can, milliseconds. */
const HOST_AGAIN_MS = 5000;

/**
 * Hosts. Nobody asked for the directory by name: that another command hosts already is no reason to end, and when that
 * one has ended we do.
 * @returns Ends the waiting for it.
 */
async function host(
  context: Context,
  opened: CommandApp,
  flags: CommonFlags & ScpHostFlags,
  log: EventLog,
): Promise<() => void> {
  const open = () => openScpHost(context, opened, flags, (event) => log.say({ ...event }));
  let cancel = (): void => {};
  const again = async (): Promise<void> => {
    try {
      await open();
      log.say({ event: "copy-list", reason: "hosting: no other program does any more" });
    } catch {
      wait(); // busy still, or between two owners
    }
  };
  const wait = (): void => {
    if (!context.signal.aborted) cancel = context.clock.after(HOST_AGAIN_MS, () => void again());
  };
  try {
    await open();
  } catch (error) {
    if (flags.scpRoot !== undefined || !(error instanceof UserError) || error.kind !== "busy") throw error;
    log.say({ event: "copy-list", reason: `not hosting: ${error.message}` });
    wait();
  }
  return () => cancel();
}

/** Never a body. */
function logLine(
  event: Exclude<AppEvent, { kind: "network" }>,
): { ts: string; event: string; [name: string]: unknown } | undefined {
  const { ts } = event;
  switch (event.kind) {
    case "message": {
      const { peer, position, outgoing, text, id } = event.message;
      const bytes = utf8(text).length;
      return { ts, event: outgoing ? "sending" : "message", peer, number: position, bytes, id };
    }
    case "state": {
      const { peer, position, state, reason, id } = event;
      return { ts, event: state, peer, number: position, reason, id };
    }
    case "deleted":
      return { ts, event: "deleted", peer: event.peer, number: event.position };
    case "forgotten":
      return { ts, event: "forgotten", peer: event.peer };
    case "lost":
      return { ts, event: "lost" };
    default:
      return undefined;
  }
}
