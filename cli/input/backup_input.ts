/**
 * A backup that is read twice: before anything is kept it must be whole.
 *
 * @module
 */
import { unlessAborted } from "../../lib/sys/abort.ts";
import { isSystemError, systemReason } from "../../lib/sys/files/files.ts";
import { makeTemporaryDirectory } from "../../lib/sys/files/temporary.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import { PIPE } from "../flags/paths.ts";
import { readStdin } from "./stdin.ts";

/** One read. */
const CHUNK_BYTES = 64 * 1024;

/** A source that can be read from its beginning as often as needed, one reader at a time. */
export interface BackupInput {
  /**
   * Its bytes.
   * @throws {UserError} local: it can't be read.
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** Lets go of it. */
  close(): void;
}

/**
 * Opens a backup.
 * @param path  A file; `-` for standard input, which is kept in a private temporary file meanwhile.
 * @throws {UserError} local: it can't be read, or there is no room for it.
 */
export async function openBackup(context: Context, path: string): Promise<BackupInput> {
  try {
    if (path !== PIPE) return await openFile(context, path);
    if (context.input.isTerminal) {
      throw new UserError("A backup can't be typed", { kind: "usage", hint: "Name a file, or give a pipe." });
    }
    return input(await spooled(context.signal, readStdin), "standard input");
  } catch (cause) {
    throw unreadable(path === PIPE ? "standard input" : path, cause);
  }
}

/** A pipe with a name (`<(age -d …)`) can't be read twice either. */
async function openFile({ signal }: Context, path: string): Promise<BackupInput> {
  const file = await Deno.open(path, { read: true });
  const { isFile, isDirectory } = await file.stat();
  if (isFile || isDirectory) return input(file, path);
  try {
    return input(await spooled(signal, (into) => file.read(into)), path);
  } finally {
    file.close();
  }
}

/** What comes only once, as a file that has no name any more, so that nothing stays of it. */
async function spooled(
  signal: AbortSignal,
  read: (into: Uint8Array<ArrayBuffer>) => Promise<number | null>,
): Promise<Deno.FsFile> {
  const directory = await makeTemporaryDirectory("dmsg-import-");
  try {
    const file = await Deno.open(`${directory}/backup`, {
      read: true,
      write: true,
      createNew: true,
      mode: 0o600,
    });
    try {
      const buffer = new Uint8Array(CHUNK_BYTES);
      for (;;) {
        const count = await unlessAborted(signal, read(buffer));
        if (count === null) return file;
        for (let at = 0; at < count;) at += await file.write(buffer.subarray(at, count));
      }
    } catch (error) {
      file.close();
      throw error;
    }
  } finally {
    await Deno.remove(directory, { recursive: true }).catch(() => {}); // Windows keeps what is open
  }
}

function input(file: Deno.FsFile, name: string): BackupInput {
  return {
    async *chunks() {
      try {
        await file.seek(0, Deno.SeekMode.Start);
        for (;;) {
          const buffer = new Uint8Array(CHUNK_BYTES);
          const count = await file.read(buffer);
          if (count === null) return;
          yield buffer.subarray(0, count);
        }
      } catch (cause) {
        throw unreadable(name, cause);
      }
    },
    close: () => file.close(),
  };
}

function unreadable(name: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  return new UserError(`Cannot read ${name}: ${systemReason(cause)}`, {
    kind: "local",
    hint: "Check the path.",
    cause,
  });
}
