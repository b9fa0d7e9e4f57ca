/**
 * `listen --exec`: how the command is run, and the file that remembers what is done.
 *
 * @module
 */
import { uncheckedCursor } from "../lib/app/events/cursor.ts";
import type { ExecLimits } from "../lib/app/policies.ts";
import type { Mark } from "../lib/bot/inbox.ts";
import { sleep } from "../lib/sys/clock.ts";
import { readKeptJson } from "../lib/sys/kept_json.ts";
import { utf8 } from "../lib/wire/bytes.ts";
import { UserError } from "../lib/wire/errors.ts";
import type { Context } from "./context.ts";
import { runChild } from "./exec_child.ts";
import { ExecQueue } from "./exec_queue.ts";
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
  /** The file is one that only we write. */
  readonly isOwn: boolean;
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
  const { command, limits, path, isOwn, names } = request;
  const save = (mark: Mark): Promise<void> =>
    files.replacePrivate(path, utf8(`${JSON.stringify({ version: 2, ...mark })}\n`));
  const found = await readMark(context, path, isOwn);
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

/** What is done. Where the file does not say it any more, nothing is: a message may be run again, and none is missed. */
async function readMark({ files, print }: Context, path: string, isOwn: boolean): Promise<Mark | undefined> {
  if (await files.info(path) === undefined) return undefined;
  const { value, other } = await readKeptJson(files, path, MAX_MARK_BYTES, 2);
  if (isOwn && other !== undefined) await files.setAside(path, other, 0);
  const { version, cursor, done = [] } = (value ?? {}) as Record<string, unknown>;
  if (isCount(cursor) && Array.isArray(done) && done.every(isCount)) {
    // One of an earlier version has numbers of events alone; what of these is done is not known any more.
    return version === 2 ? { cursor, done } : { cursor: uncheckedCursor(cursor), done: [] };
  }
  if (!isOwn && (other !== undefined || (value !== undefined && version === undefined))) {
    throw badMark(`${path} does not say which messages are done`);
  }
  print.note("markLost", { path });
  return { cursor: 0, done: [] };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const badMark = (message: string): UserError =>
  new UserError(message, {
    kind: "local",
    hint: "Remove it to begin with the next message, or name another file with --cursor-file.",
  });
