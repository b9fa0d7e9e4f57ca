/**
 * Small files as a value that is passed in: read with a cap, and written so that nobody else can read them and
 * no reader ever sees half of one.
 *
 * @module
 */
import { equal } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { parent } from "../paths.ts";
import { runAlone } from "./alone.ts";
import { makeDirectory, removeEmpty, syncDirectory } from "./directory.ts";

/** What is known of a file without reading it. */
export interface FileInfo {
  /** Permission bits, 0 … 0o777; null where the system has none (Windows). */
  readonly mode: number | null;
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** Its length. */
  readonly bytes: number;
}

/** The file operations of this program; a failure is a {@link UserError} of kind `local` that names the path. */
export interface Files {
  /**
   * Reads a whole file.
   * @param maxBytes  A longer file is refused.
   * @returns The bytes, or undefined when there is no such file.
   * @throws {UserError} local: unreadable or too long.
   */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /**
   * Looks at a file; follows links.
   * @returns undefined when there is no such file.
   * @throws {UserError} local: the directory is not readable.
   */
  info(path: string): Promise<FileInfo | undefined>;
  /**
   * The names in a directory, in their order; none when there is no such directory.
   * @throws {UserError} local: it is not readable.
   */
  list(path: string): Promise<readonly string[]>;
  /**
   * Makes a file that only its owner can read, whole or not at all; makes its directory (0700) too.
   * @returns false when the file exists already: it is left as it is.
   * @throws {UserError} local: it can't be written.
   */
  createPrivate(path: string, bytes: Uint8Array): Promise<boolean>;
  /**
   * Like `createPrivate`, and takes the place of a file that is there.
   * @throws {UserError} local: it can't be written.
   */
  replacePrivate(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Runs a change that reads a file and replaces it. Of our programs one at a time does so in a directory: of two that
   * read the same, the second would take back what the first has said is done.
   */
  alone<T>(path: string, change: () => Promise<T>): Promise<T>;
  /**
   * Removes a file; harmless when there is none.
   * @throws {UserError} local: it can't be removed.
   */
  remove(path: string): Promise<void>;
  /**
   * Puts bytes of a kept file that can't be used into a file of their own beside it, `PATH.damaged-1` and so on, synced
   * before this resolves. The rule for every file that we keep: what is whole stays usable, the rest is set aside, the
   * user is told where, and the command goes on. How to use it:
   *
   *     const { end, rest } = log.find(file.bytes);              // rest: everything behind the last whole record
   *     if (isGarbage(rest)) await files.setAside(path, rest);   // first the copy …
   *     if (rest.length > 0) file.cut(end);                      // … then the cut; or name the length as `cutTo`
   *
   * What a command is given as `files` tells the user by itself. The same bytes are not set aside twice in a row, so a
   * crash between copy and cut does no harm.
   * @param bytes  Not empty; only zeros are what a power cut leaves of a file that was to grow: cut those silently.
   * @param cutTo  Cuts the file to this length afterwards, in place: a link stays one.
   * @returns Where they are.
   * @throws {UserError} local: they can't be written, or there are {@link MAX_ASIDE} such files already.
   */
  setAside(path: string, bytes: Uint8Array, cutTo?: number): Promise<string>;
}

/** What has been set aside so often needs somebody to look. */
export const MAX_ASIDE = 99;

/** Whether bytes behind the last whole record tell anything; zeros are what a power cut leaves. */
export const isGarbage = (bytes: Uint8Array): boolean => bytes.some((byte) => byte !== 0);

/** The system's files. */
export const systemFiles: Files = {
  read: (path, maxBytes) => attempt("read", path, () => readCapped(path, maxBytes)),
  info: (path) =>
    attempt("read", path, async () => {
      const info = await absent(() => Deno.stat(path));
      if (info === undefined) return undefined;
      return { mode: info.mode === null ? null : info.mode & 0o777, isFile: info.isFile, bytes: info.size };
    }),
  list: (path) => attempt("read", path, async () => await absent(() => namesIn(path)) ?? []),
  createPrivate: (path, bytes) => attempt("write", path, () => create(path, bytes)),
  replacePrivate: (path, bytes) =>
    attempt("write", path, () =>
      withTemporary(path, bytes, async (temporary) => {
        await Deno.rename(temporary, path);
        await syncDirectory(parent(path));
      })),
  alone: runAlone,
  remove: (path) => attempt("remove", path, async () => void await absent(() => Deno.remove(path))),
  setAside: (path, bytes, cutTo) =>
    attempt("set aside what is damaged in", path, async () => {
      const aside = await keepAside(path, bytes);
      if (cutTo !== undefined) await cutOff(path, cutTo);
      return aside;
    }),
};

async function keepAside(path: string, bytes: Uint8Array): Promise<string> {
  for (let number = 1, last: string | undefined; number <= MAX_ASIDE; number++) {
    const aside = `${path}.damaged-${number}`;
    const isNew = await absent(() => Deno.lstat(aside)) === undefined;
    if (isNew && last !== undefined && await holds(last, bytes)) {
      await syncDirectory(parent(last)); // who has made it may have died before that
      return last;
    }
    if (isNew && await create(aside, bytes)) return aside;
    last = aside;
  }
  throw new Error(
    `there are ${MAX_ASIDE} files named ${path}.damaged-N already; look at them and remove them`,
  );
}

async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const found = await readCapped(path, bytes.length).catch(() => undefined);
  return found !== undefined && equal(found, bytes);
}

async function cutOff(path: string, length: number): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.truncate(length);
  await file.sync();
}

async function namesIn(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
}

/** What a buffer grows by at least. */
const FIRST_BYTES = 512;

async function readCapped(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  using file = await absent(() => Deno.open(path, { read: true }));
  if (file === undefined) return undefined;
  // A byte more than there is shows the end; a file that grows meanwhile, or has no length, gets a longer one.
  let buffer = new Uint8Array(Math.min((await file.stat()).size, maxBytes) + 1);
  for (let length = 0;;) {
    const count = await file.read(buffer.subarray(length));
    if (count === null) return buffer.slice(0, length);
    length += count;
    if (length > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
    if (length < buffer.length) continue;
    const longer = new Uint8Array(Math.min(2 * length + FIRST_BYTES, maxBytes + 1));
    longer.set(buffer);
    buffer = longer;
  }
}

/** Makes a file whole, or not at all: one that is there counts as kept, so none stays whose name could not be synced. */
function create(path: string, bytes: Uint8Array): Promise<boolean> {
  return withTemporary(path, bytes, async (temporary) => {
    const isMade = await takeName(temporary, path);
    try {
      await syncDirectory(parent(path));
    } catch (error) {
      if (isMade) await absent(() => Deno.remove(path));
      throw error;
    }
    return isMade;
  });
}

/**
 * Gives a file its name, where nothing has it. A hard link is the one step that both refuses an existing name and brings
 * the whole content at once.
 */
async function takeName(temporary: string, path: string): Promise<boolean> {
  try {
    await Deno.link(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
  }
  // No hard links here (FAT, Android, some network mounts): still exclusive, though a reader may catch it empty. Half of
  // it there never is, also on a disk that is full: the bytes are there already.
  try {
    using _claimed = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
  try {
    await Deno.rename(temporary, path);
    return true;
  } catch (error) {
    await Deno.remove(path);
    throw error;
  }
}

/** Writes a file beside its place. @param place  Brings it there, so that its name survives a power cut. */
async function withTemporary<T>(
  path: string,
  bytes: Uint8Array,
  place: (temporary: string) => Promise<T>,
): Promise<T> {
  const made = await makeDirectory(parent(path));
  try {
    const temporary = `${path}.${crypto.randomUUID()}.tmp`;
    try {
      await writeNew(temporary, bytes);
      return await place(temporary);
    } finally {
      await absent(() => Deno.remove(temporary));
    }
  } catch (error) {
    await removeEmpty(made); // an empty directory would look like something that is kept
    throw error;
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

async function absent<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function attempt<T>(action: string, path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw fileError(action, path, error);
  }
}

/**
 * Explains a failure of a file; missing permissions of the runtime come back as they are.
 * @param action  What could not be done, e.g. `write`.
 */
export function fileError(action: string, path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) return error;
  return new UserError(`Cannot ${action} ${path}: ${systemReason(error)}`, {
    kind: "local",
    hint: "Check the path, its permissions and the free space.",
    cause: error,
  });
}

/**
 * Why the system refused something, in a few words.
 * @param error  The runtime's: `Text (os error 28): open '/path'`. The path belongs into the caller's sentence.
 */
export function systemReason(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  // The second one is what making a directory below a file gives.
  if (error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.AlreadyExists) {
    return "a part of the path is not a directory";
  }
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ \(os error \d+\).*$/s, "");
}

/** Whether a socket could not be bound because another program listens there. */
export const isAddressTaken = (error: unknown): boolean => error instanceof Deno.errors.AddrInUse;

/** Whether the system has failed, and not we or a missing permission of the runtime. */
export const isSystemError = (error: unknown): boolean =>
  error instanceof Error && !(error instanceof UserError) && !(error instanceof Deno.errors.NotCapable) &&
  (Object.values(Deno.errors).some((type) => error instanceof type) ||
    /\(os error \d+\)/.test(error.message));
