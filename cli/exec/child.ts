/**
 * One command of `listen --exec`: a process group of its own, which gets our end as a signal, a grace time, and then the
 * end; and a note on disk while it runs, so that a message is not given to a second command while the first one goes on.
 *
 * @see cli/README.md "listen --exec"
 * @module
 */
import { type Clock, sleep } from "../../lib/sys/clock.ts";
import type { Files } from "../../lib/sys/files/files.ts";
import { type Os, systemOs } from "../../lib/sys/paths.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { Interrupted } from "../exit.ts";

/** From the signal to the end. Less than the 3 s that we have ourselves. */
const GRACE_MS = 2000;
/** How often it is looked whether a command of an earlier run has ended. */
const LOOK_MS = 250;
/** Longest note: one line of the system about a process. */
const MAX_NOTE_BYTES = 4096;

/**
 * What the shell does first: wait for our word, so that a command never runs for an owner that is gone, and note which
 * process it is. `$1` is the note; the rest is the user's command.
 */
const BEGIN =
  `read -r go && { echo $$; { cat /proc/$$/stat || ps -o lstart= -p $$; } 2>/dev/null; } >"$1" && ` +
  `shift && exec "$@"`;
/** Says of a process what no other with its number will say. */
const LOOK = "cat /proc/$1/stat 2>/dev/null || ps -o lstart= -p $1 2>/dev/null";

/** How a command ended, and whether that is all right. */
export interface ChildEnd {
  /** Exit status 0. */
  readonly success: boolean;
  /** Its exit status, as a shell shows it. */
  readonly code: number;
  /** In a few words, such as `failed with status 3`. */
  readonly words: string;
}

/** What commands are run with. */
export interface ChildParts {
  /** Measures grace and time limit. */
  readonly clock: Clock;
  /** Where the notes are. */
  readonly files: Files;
  /** Our end. */
  readonly signal: AbortSignal;
  /** What to do when the process is to die without any grace. */
  readonly atDeath: Set<() => void>;
  /** Longest run. */
  readonly timeoutMs?: number;
  /** How long one of an earlier run is waited for before it is killed; `timeoutMs` by default. */
  readonly leftMs?: number;
  /** A command of an earlier run is waited for. */
  readonly onLeft: (pid: number) => void;
}

/**
 * How to run a command with the system's shell.
 * @returns A program and its arguments. cmd.exe takes everything between the outer quotes as it stands, and knows no
 * backslash before a quote: the runtime must not escape what the user has written.
 */
export function shellFor(command: string, os: Os): [program: string, options: Deno.CommandOptions] {
  if (os !== "windows") return ["/bin/sh", { args: ["-c", command] }];
  return ["cmd.exe", { args: ["/d", "/s", "/c", `"${command}"`], windowsRawArguments: true }];
}

/**
 * Runs a command with a text on its standard input, after one of an earlier run with the same note has ended.
 * @param note  A path of its own for what the command is given.
 * @returns How it ended.
 * @throws The signal's reason, once the command has ended.
 */
export async function runChild(
  parts: ChildParts,
  command: string,
  input: string,
  note: string,
): Promise<ChildEnd> {
  const { signal, files } = parts;
  const { child, writer } = await startChild(parts, shellFor(command, systemOs), note, "inherit");
  // A command need not read it, and what it has started may hold it open.
  writer.write(utf8(`${input}\n`)).then(() => writer.close()).catch(() => {});
  const end = await endOfChild(parts, child);
  await files.remove(note);
  signal.throwIfAborted(); // Ctrl+C reaches the command as well, and some take it for success
  return end;
}

/** A command that runs. */
export interface StartedChild {
  /** Its process; the leader of a group, where the system has those. */
  readonly child: Deno.ChildProcess;
  /** Its standard input. */
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
}

/**
 * Starts a command, after one of an earlier run with the same note has ended.
 * @param note  A path of its own; to be removed when the command has ended.
 * @param stdout  Where its standard output goes.
 */
export async function startChild(
  parts: ChildParts,
  [program, options]: readonly [program: string, options: Deno.CommandOptions],
  note: string,
  stdout: "inherit" | "piped",
): Promise<StartedChild> {
  const { signal } = parts;
  const isGroup = systemOs !== "windows";
  signal.throwIfAborted();
  if (isGroup) await endOfLeft(parts, note);
  signal.throwIfAborted(); // meanwhile: a command that is started now would not hear of it
  const streams = { stdin: "piped", stdout, stderr: "inherit" } as const;
  const args = ["-c", BEGIN, "dmsg", note, program, ...options.args ?? []];
  const child = isGroup
    ? new Deno.Command("/bin/sh", { args, ...streams, detached: true }).spawn()
    : new Deno.Command(program, { ...options, ...streams }).spawn();
  const writer = child.stdin.getWriter();
  if (isGroup) writer.write(utf8("go\n")).catch(() => {}); // it may have ended
  return { child, writer };
}

/**
 * Waits for the end of a command, and brings it about when our own has come or its time is over.
 * @param alone  Whether what it has started must end with it, in any case.
 */
export async function endOfChild(
  parts: ChildParts,
  child: Deno.ChildProcess,
  alone = false,
): Promise<ChildEnd> {
  const { code, signal: by, late } = await ended(parts, child, alone);
  if (late) return { success: false, code, words: `took longer than ${(parts.timeoutMs ?? 0) / 1000} s` };
  return { success: code === 0, code, words: by ? `was ended by ${by}` : `failed with status ${code}` };
}

async function ended(
  { clock, signal, atDeath, timeoutMs }: ChildParts,
  child: Deno.ChildProcess,
  alone: boolean,
): Promise<Deno.CommandStatus & { readonly late: boolean }> {
  let late = false;
  const cancels: (() => void)[] = [];
  const end = (): void => {
    kill(child.pid, signal.reason instanceof Interrupted ? signal.reason.signal : "SIGTERM");
    cancels.push(clock.after(GRACE_MS, destroy));
  };
  const destroy = (): void => kill(child.pid, "SIGKILL");
  atDeath.add(destroy);
  signal.addEventListener("abort", end, { once: true });
  if (timeoutMs !== undefined) {
    cancels.push(clock.after(timeoutMs, () => {
      late = true;
      end();
    }));
  }
  try {
    const status = await child.status;
    if (signal.aborted || late || alone) destroy(); // what the shell has left of its group
    return { ...status, late };
  } finally {
    atDeath.delete(destroy);
    signal.removeEventListener("abort", end);
    for (const cancel of cancels) cancel();
  }
}

/** A signal to a process and all that it has started. */
function kill(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(systemOs === "windows" ? pid : -pid, name);
  } catch { /* it has ended */ }
}

/** Waits for a command that an earlier run of ours has left behind. */
async function endOfLeft(
  { files, clock, signal, timeoutMs, leftMs = timeoutMs, onLeft }: ChildParts,
  note: string,
): Promise<void> {
  const bytes = await files.read(note, MAX_NOTE_BYTES).catch(() => undefined);
  if (bytes === undefined) return;
  const text = fromUtf8(bytes);
  const pid = Number(/^\d{1,10}(?=\n)/.exec(text)?.[0]);
  const mark = markOf(text.slice(text.indexOf("\n") + 1));
  if (!Number.isSafeInteger(pid) || pid < 2 || mark === "") return;
  const untilMs = leftMs === undefined ? Infinity : clock.nowMs() + leftMs;
  const end = (): void => kill(pid, "SIGTERM");
  let told = false;
  signal.addEventListener("abort", end, { once: true });
  try {
    while (await markNow(pid) === mark) {
      if (!told) onLeft(pid);
      told = true;
      if (clock.nowMs() >= untilMs) kill(pid, "SIGKILL");
      await sleep(clock, LOOK_MS, signal);
    }
  } finally {
    signal.removeEventListener("abort", end);
  }
}

async function markNow(pid: number): Promise<string> {
  const look = new Deno.Command("/bin/sh", {
    args: ["-c", LOOK, "dmsg", String(pid)],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  });
  return markOf(fromUtf8((await look.output()).stdout));
}

/** When a process was started: of Linux's line about it the 22nd word, which follows a name in brackets. */
function markOf(line: string): string {
  const behind = /^\d+ \(.*\) (.*)$/s.exec(line.trim())?.[1];
  return behind === undefined ? line.trim() : behind.split(" ")[19] ?? "";
}
