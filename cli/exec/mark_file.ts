/**
 * The file that remembers which messages are done, of `listen --exec` and of each bot.
 *
 * @module
 */
import { uncheckedCursor } from "../../lib/app/events/cursor.ts";
import type { Mark } from "../../lib/bot/inbox.ts";
import { readKeptJson } from "../../lib/sys/files/kept_json.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";

/** Longest mark file: some 600 cursors have a sixth of it. */
const MAX_MARK_BYTES = 64 * 1024;

/** Where something is remembered. */
export interface MarkRequest {
  /** The mark's file. */
  readonly path: string;
  /** The file is one that only we write. */
  readonly isOwn: boolean;
  /** The newest event, or a mark: what counts as done when there is no file. */
  readonly start: number | Mark;
}

/** Reads the mark; remembers the start at once, so that nothing between it and the first message is missed. */
export async function openMark(
  context: Context,
  { path, isOwn, start }: MarkRequest,
): Promise<{ mark: Mark; save: (mark: Mark) => Promise<void> }> {
  const save = (mark: Mark): Promise<void> =>
    context.files.replacePrivate(path, utf8(`${JSON.stringify({ version: 2, ...mark })}\n`));
  const found = await readMark(context, path, isOwn);
  if (found !== undefined) return { mark: found, save };
  const mark = typeof start === "number" ? { cursor: start, done: [] } : start;
  await save(mark);
  return { mark, save };
}

/**
 * What is done by a file of ours, for something else that goes on from there; the file stays.
 * @returns undefined: there is no file.
 * @throws {UserError} local: it can't be read.
 */
export async function lookAtMark({ files }: Pick<Context, "files">, path: string): Promise<Mark | undefined> {
  if (await files.info(path) === undefined) return undefined;
  return markIn((await readKeptJson(files, path, MAX_MARK_BYTES, 2)).value) ?? NOTHING;
}

/** What is done. Where the file does not say it any more, nothing is: a message may be run again, and none is missed. */
async function readMark({ files, print }: Context, path: string, isOwn: boolean): Promise<Mark | undefined> {
  if (await files.info(path) === undefined) return undefined;
  const { value, other } = await readKeptJson(files, path, MAX_MARK_BYTES, 2);
  if (isOwn && other !== undefined) await files.setAside(path, other, 0);
  const mark = markIn(value);
  if (mark !== undefined) return mark;
  const isOurs = (value as { version?: unknown } | undefined)?.version !== undefined;
  if (!isOwn && (other !== undefined || (value !== undefined && !isOurs))) {
    throw badMark(`${path} does not say which messages are done`);
  }
  print.note("markLost", { path });
  return NOTHING;
}

const NOTHING: Mark = { cursor: 0, done: [] };

/** The mark that a file says; undefined: it says none. */
function markIn(value: unknown): Mark | undefined {
  const { version, cursor, done = [], to, open = [] } = (value ?? {}) as Record<string, unknown>;
  if (!isCount(cursor) || !areCounts(done) || !areCounts(open)) return undefined;
  // One of an earlier version has numbers of events alone; what of these is done is not known any more.
  if (version !== 2) return { cursor: uncheckedCursor(cursor), done: [] };
  return { cursor, done, ...(isCount(to) ? { to, open } : {}) };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const areCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

const badMark = (message: string): UserError =>
  new UserError(message, {
    kind: "local",
    hint: "Remove it to begin with the next message, or name another file with --cursor-file.",
  });
