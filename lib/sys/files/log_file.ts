/**
 * A small file that grows at its end: read whole when it is opened, then appended to.
 *
 * @module
 */
import { parent } from "../paths.ts";
import { makeDirectory, syncDirectory } from "./directory.ts";
import { fileError } from "./files.ts";
import { SyncPace } from "./sync_pace.ts";

/** So many appends in a row are followed by more. */
const MANY_APPENDS = 8;
/** Room that is made at once, at most. */
const MAX_ROOM_BYTES = 64 * 1024;
/** An open file of that kind. Failures are `UserError`s of kind `local` that name the path. */
export interface LogFile {
  /** What was in it when it was opened. */
  readonly bytes: Uint8Array;
  /** Drops everything from a length on. */
  cut(length: number): void;
  /**
   * Adds bytes at the end. What could not be written whole is taken away again. After a power cut or `kill -9` zeros
   * may follow on them.
   */
  append(bytes: Uint8Array): void;
  /** Resolves when everything that was appended and cut survives a power cut. */
  sync(): Promise<void>;
  /** Frees it; safe to call twice. */
  close(): void;
}

/** Opens a file, and makes it when there is none: only its owner can read it (0600, its directory 0700). */
export type OpenLogFile = (path: string, maxBytes: number) => Promise<LogFile>;

/**
 * The system's log files. What was appended survives `kill -9`, and after `sync` a power cut.
 * @param maxBytes  A longer file is refused, and so is what would make it longer.
 * @throws {UserError} local: it can't be opened, or is too long.
 */
export async function openLogFile(path: string, maxBytes: number): Promise<LogFile> {
  try {
    const file = await openOrMake(path);
    try {
      return logFile(file, path, read(file, maxBytes), maxBytes);
    } catch (error) {
      file.close();
      throw error;
    }
  } catch (error) {
    throw fileError("write", path, error);
  }
}

async function openOrMake(path: string): Promise<Deno.FsFile> {
  const options = { read: true, write: true };
  try {
    return await Deno.open(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makeDirectory(parent(path));
    const file = await Deno.open(path, { ...options, create: true, mode: 0o600 });
    try {
      await syncDirectory(parent(path)); // its name must survive a power cut as well
      return file;
    } catch (error) {
      file.close();
      await Deno.remove(path).catch(() => {}); // who tries again has to sync its name again
      throw error;
    }
  }
}

function read(file: Deno.FsFile, maxBytes: number): Uint8Array {
  const { size } = file.statSync();
  if (size > maxBytes) throw tooLong(maxBytes);
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

function logFile(file: Deno.FsFile, path: string, bytes: Uint8Array, maxBytes: number): LogFile {
  let end = bytes.length;
  /** The file's length: zeros are written ahead, for a sync of bytes that make no file longer takes two thirds of the time. */
  let length = end;
  let [appends, appendedBytes] = [0, 0];
  const pace = new SyncPace();
  let isOpen = true;
  const attempt = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      throw fileError("write", path, error);
    }
  };
  const cut = (to: number): void => {
    file.truncateSync(to);
    file.seekSync(to, Deno.SeekMode.Start);
    end = length = to;
    appends = appendedBytes = 0;
  };
  const write = (added: Uint8Array): void => {
    for (let at = 0; at < added.length;) at += file.writeSync(added.subarray(at));
  };
  /** As much as was appended since the file was opened or cut: who appends once makes none. */
  const makeRoom = (): void => {
    const room = Math.min(appendedBytes, MAX_ROOM_BYTES, maxBytes - end);
    if (appends < MANY_APPENDS || room <= 0) return;
    try {
      write(new Uint8Array(room));
      length = end + room;
    } catch {
      try {
        file.truncateSync(end); // a disk without room for more has it for what comes next, perhaps
      } catch {
        // What was appended is there all the same.
      }
    }
    file.seekSync(end, Deno.SeekMode.Start);
  };
  const sync = async (): Promise<void> => {
    if (pace.next()) return await file.syncData();
    const sinceMs = performance.now();
    file.syncDataSync();
    pace.took(performance.now() - sinceMs);
  };
  return {
    bytes,
    cut: (to) => attempt(() => cut(to)),
    append: (added) =>
      attempt(() => {
        if (end + added.length > maxBytes) throw tooLong(maxBytes);
        try {
          write(added);
        } catch (error) {
          try {
            cut(end);
          } catch {
            file.seekSync(end, Deno.SeekMode.Start); // what comes next is written over it
          }
          throw error;
        }
        end += added.length;
        appends++;
        appendedBytes += added.length;
        if (end > length) (length = end, makeRoom());
      }),
    async sync() {
      try {
        await sync();
      } catch (error) {
        throw fileError("write", path, error);
      }
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      try {
        if (length > end) file.truncateSync(end);
      } finally {
        file.close();
      }
    },
  };
}

const tooLong = (maxBytes: number): Error => new Error(`it is longer than ${maxBytes} bytes`);
