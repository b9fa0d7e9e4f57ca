/**
 * Lists of files: what `--failed-to` writes, `--files-from` reads.
 *
 * @module
 */
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import type { Context } from "../../context.ts";
import { PIPE } from "../../flags/paths.ts";

/** Longest list of files. */
const MAX_LIST_BYTES = 64 * 2 ** 20;

/**
 * A line: a local path, and the path at the peer when it is not just the name. With a slash behind both it is a
 * directory without what is in it, which is to be made.
 */
export interface ListedFile {
  /** The local path. */
  readonly local: string;
  /** The path at the peer, where it is another one. */
  readonly remote?: string;
}

/** The line of a directory. */
export const directoryLine = (local: string, remote: string): Required<ListedFile> => ({
  local: `${local.replace(/\/+$/, "")}/`,
  remote: `${remote.replace(/\/+$/, "")}/`,
});

/** The directory that is to be made of a line; undefined: it is a file's. */
export function directoryOf({ local, remote }: ListedFile): Required<ListedFile> | undefined {
  if (!local.endsWith("/") || !remote?.endsWith("/")) return undefined;
  return { local: local.replace(/(?<=.)\/+$/, ""), remote: remote.replace(/\/+$/, "") };
}

/** A name that would not come back as it is written. */
const ODD = /[\t\r\n"]|^\s|\s$|^$/;

/** Writes lines: `LOCAL` or `LOCAL TAB REMOTE`; names with tabs, quotes or line ends as JSON texts. */
export const formatList = (files: readonly ListedFile[]): string =>
  files.map(({ local, remote }) =>
    `${[local, ...remote === undefined ? [] : [remote]].map(field).join("\t")}\n`
  )
    .join("");

const field = (name: string): string => ODD.test(name) ? JSON.stringify(name) : name;

/**
 * Reads lines; empty ones mean nothing.
 * @throws {UserError} usage: a line that is none.
 */
export function parseList(text: string): ListedFile[] {
  return text.split("\n").map((line) => line.replace(/\r$/, "")).flatMap((line, i) => {
    if (line === "") return [];
    const fields = line.split("\t");
    if (fields.length > 2) throw bad(i + 1);
    const [local, remote] = fields.map((one) => unquoted(one, i + 1));
    if (local === "") throw bad(i + 1);
    return [remote === undefined ? { local } : { local, remote }];
  });
}

function unquoted(text: string, line: number): string {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return value;
  } catch {
    // told below
  }
  throw bad(line);
}

const bad = (line: number): UserError =>
  new UserError(`Line ${line} of the list names no file`, {
    kind: "usage",
    hint: "A line is a path, or a path, a tab, and the path at the peer.",
  });

/** What `--files-from` names; undefined: it is not given. @throws {UserError} local or usage: no such file or list. */
export async function readList(
  context: Context,
  path: string | undefined,
): Promise<ListedFile[] | undefined> {
  if (path === undefined) return undefined;
  if (path === PIPE) return parseList(fromUtf8(await context.input.readAll(MAX_LIST_BYTES)));
  const bytes = await context.files.read(path, MAX_LIST_BYTES);
  if (bytes === undefined) {
    throw new UserError(`Cannot read ${path}: there is no such file`, {
      kind: "local",
      hint: "--files-from names a file with one path a line.",
    });
  }
  return parseList(fromUtf8(bytes));
}

/** The list of `--failed-to`, where it is asked for and something is copied. */
export interface LeftTo {
  /** Its path. */
  readonly failedTo?: string;
  /** Nothing is copied, and no list is made. */
  readonly dryRun: boolean;
}

/** Writes what is not there, for {@link readList}. @throws {UserError} local: it can't be written, or its place is no file's. */
export async function writeLeft(
  { files }: Pick<Context, "files">,
  { failedTo: path, dryRun }: LeftTo,
  left: { lines(): readonly ListedFile[] },
): Promise<void> {
  if (path === undefined || dryRun) return;
  await checkListPlace(files, path);
  await files.replacePrivate(path, utf8(formatList(left.lines())));
}

/** Removes the list of an earlier copy. @throws {UserError} local: it can't be removed, or its place is no file's. */
export async function removeLeft(
  { files }: Pick<Context, "files">,
  { failedTo: path, dryRun }: LeftTo,
): Promise<void> {
  if (path === undefined || dryRun) return;
  await checkListPlace(files, path);
  await files.remove(path);
}

/** A device would become a file, or go, for everybody. */
async function checkListPlace(files: Context["files"], path: string): Promise<void> {
  if ((await files.info(path))?.isFile === false) {
    throw new UserError(`${path} is not a file`, {
      kind: "local",
      hint: "--failed-to names a file that is written anew.",
    });
  }
}
