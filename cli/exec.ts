/**
 * `listen --exec`: how the command is run, and the file that remembers what is done.
 *
 * @module
 */
import { uncheckedCursor } from "../lib/app/events/cursor.ts";
import type { ExecLimits } from "../lib/app/policies.ts";
import { sleep } from "../lib/sys/clock.ts";
import { isGarbage } from "../lib/sys/files.ts";
import { utf8 } from "../lib/wire/bytes.ts";
import { UserError } from "../lib/wire/errors.ts";
import { isBlank, wholeJson } from "../lib/wire/whole_json.ts";
import type { Context } from "./context.ts";
import { runChild } from "./exec_child.ts";
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
  const { clock, files, print, signal, atDeath } = context;
  const { command, limits, path, names } = request;
  const save = (mark: Mark): Promise<void> =>
    files.replacePrivate(path, utf8(`${JSON.stringify({ version: 2, ...mark })}\n`));
  const found = await readMark(context, path);
  const mark = found ?? { cursor: request.start, done: [] };
  if (!found) await save(mark);
  const why = new Map<number, string>();
  const queue = new ExecQueue({
    jobs: limits.jobs,
    run: async (line, { cursor, name }) => {
      const onLeft = (pid: number): void => print.note("execLeft", { pid, name });
      const parts = { clock, files, signal, atDeath, timeoutMs: limits.timeoutMs, onLeft };
      const { success, words } = await runChild(parts, command, line, `${path}.${cursor}.running`);
      why.set(cursor, words);
      return success;
    },
    pause: (ms) => sleep(clock, ms, signal),
    save,
    onFailure: (peer, pauseMs, { cursor, name }) => {
      const value = { command, why: why.get(cursor) ?? "failed", message: name, peer: names.shown(peer) };
      why.delete(cursor);
      print.note("execFailed", { ...value, seconds: pauseMs / 1000 });
    },
  }, mark);
  return { queue, mark };
}

async function readMark({ files }: Context, path: string): Promise<Mark | undefined> {
  const bytes = await files.read(path, MAX_MARK_BYTES);
  if (bytes === undefined) return undefined;
  const found = wholeJson(bytes);
  const { version, cursor, done } = (found?.value ?? {}) as Record<string, unknown>;
  if (isCount(cursor) && Array.isArray(done) && done.every(isCount)) {
    const rest = bytes.subarray(found!.end);
    if (!isBlank(rest) && isGarbage(rest)) await files.setAside(path, rest, found!.end);
    // One of an earlier version has numbers of events alone; what of these is done is not known any more.
    return version === 2 ? { cursor, done } : { cursor: uncheckedCursor(cursor), done: [] };
  }
  throw badMark(`${path} does not say which messages are done`);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const badMark = (message: string): UserError =>
  new UserError(message, {
    kind: "local",
    hint: "Remove it to begin with the next message, or name another file with --cursor-file.",
  });
