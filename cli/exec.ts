/**
 * `listen --exec`: the shell that runs the command, and the file that remembers what is done.
 *
 * @module
 */
import type { ExecLimits } from "../lib/app/policies.ts";
import { sleep } from "../lib/sys/clock.ts";
import { type Os, systemOs } from "../lib/sys/paths.ts";
import { fromUtf8, utf8 } from "../lib/wire/bytes.ts";
import { UserError } from "../lib/wire/errors.ts";
import type { Context } from "./context.ts";
import { ExecQueue, type Mark } from "./exec_queue.ts";
import type { PeerNames } from "./peers.ts";

/** Longest mark file: far more than 256 open messages need. */
const MAX_MARK_BYTES = 64 * 1024;

/** What to run, and where to remember it. */
export interface ExecRequest {
  /** For the shell. */
  readonly command: string;
  /** Commands at once, and how long one may take. */
  readonly limits: ExecLimits;
  /** The mark's file. */
  readonly path: string;
  /** The newest event: what counts as done when there is no file. */
  readonly start: number;
  /** For warnings. */
  readonly names: PeerNames;
}

/** Makes the queue; remembers the start at once, so that nothing between it and the first message is missed. */
export async function openExec(
  context: Context,
  request: ExecRequest,
): Promise<{ queue: ExecQueue; mark: Mark }> {
  const { clock, files, print, signal } = context;
  const { command, limits, path, names } = request;
  const save = (mark: Mark): Promise<void> => files.replacePrivate(path, utf8(`${JSON.stringify(mark)}\n`));
  const found = await readMark(context, path);
  if (found && found.cursor > request.start) {
    throw badMark(
      `${path} belongs to other messages: it has event ${found.cursor}, the newest here is ${request.start}`,
    );
  }
  const mark = found ?? { cursor: request.start, done: [] };
  if (!found) await save(mark);
  const queue = new ExecQueue({
    jobs: limits.jobs,
    run: (line) => runShell(command, line, limits.timeoutMs, signal),
    pause: (ms) => sleep(clock, ms, signal),
    save,
    onFailure: (peer, pauseMs) =>
      print.note("execFailed", { command, peer: names.shown(peer), seconds: pauseMs / 1000 }),
  }, mark);
  return { queue, mark };
}

async function readMark({ files }: Context, path: string): Promise<Mark | undefined> {
  const bytes = await files.read(path, MAX_MARK_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const { cursor, done } = JSON.parse(fromUtf8(bytes));
    if (Number.isSafeInteger(cursor) && Array.isArray(done) && done.every(Number.isSafeInteger)) {
      return { cursor, done };
    }
  } catch {
    // Told below.
  }
  throw badMark(`${path} does not say which messages are done`);
}

const badMark = (message: string): UserError =>
  new UserError(message, {
    kind: "local",
    hint: "Remove it to begin with the next message, or name another file with --cursor-file.",
  });

/**
 * How to run a command with the system's shell.
 * @returns A program and its arguments. cmd.exe takes everything between the outer quotes as it stands, and knows no
 * backslash before a quote: the runtime must not escape what the user has written.
 */
export function shellFor(command: string, os: Os): [program: string, options: Deno.CommandOptions] {
  if (os !== "windows") return ["/bin/sh", { args: ["-c", command] }];
  return ["cmd.exe", { args: ["/d", "/s", "/c", `"${command}"`], windowsRawArguments: true }];
}

/** Runs a command with a text on its standard input; whether it exited with 0. */
async function runShell(
  command: string,
  input: string,
  timeoutMs: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  const [shell, options] = shellFor(command, systemOs);
  const streams = { stdin: "piped", stdout: "inherit", stderr: "inherit" } as const;
  const child = new Deno.Command(shell, { ...options, ...streams }).spawn();
  const end = (): void => {
    try {
      child.kill("SIGTERM");
    } catch { /* it has ended */ }
  };
  signal.addEventListener("abort", end, { once: true });
  const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
  try {
    const writer = child.stdin.getWriter();
    // A command need not read it.
    await writer.write(utf8(`${input}\n`)).then(() => writer.close()).catch(() => {});
    const { success } = await child.status;
    signal.throwIfAborted(); // Ctrl+C reaches the command as well, and some take it for success
    return success;
  } finally {
    signal.removeEventListener("abort", end);
    clearTimeout(timer);
  }
}
