/**
 * Files of any length that are read as they are.
 *
 * @see specification dmsgscp §10, 1
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { type Disk, systemDisk } from "./disk.ts";
import { localError, once } from "./local_error.ts";

/** A file that is read once, front to back. */
export interface SourceFile {
  /** Bytes at the time it was opened. */
  readonly size: number;
  /** Permission bits, 0 … 0o777; 0o644 where the system has none. */
  readonly mode: number;
  /** When it was changed, milliseconds since 1970; undefined where it is not known. */
  readonly mtimeMs?: number;
  /** Reads the next bytes; null at the end. @throws {UserError} local. */
  read(into: Uint8Array): Promise<number | null>;
  /** Frees it; harmless when repeated. */
  close(): void;
}

/** A file of which the beginning can be passed over without reading it. */
export interface SeekableSource extends SourceFile {
  /** 32 hex characters that stay the same while the file does: of inode, size and time. */
  readonly token: string;
  /** Goes on here. */
  skipTo(offset: number): Promise<void>;
  /** Whether it is still what was opened, by size and time. */
  isSame(): Promise<boolean>;
}

/** Reads until the buffer is full. @throws {BecameShorter} The file has fewer bytes than it was said to have. */
export async function fill(file: Pick<SourceFile, "read">, into: Uint8Array): Promise<Uint8Array> {
  for (let at = 0; at < into.length;) {
    const count = await file.read(into.subarray(at));
    if (count === null || count === 0) throw new BecameShorter();
    at += count;
  }
  return into;
}

/** What a copy ends with whose source is not what it was any more: it may be still when it is read once more. */
export class SourceChanged extends UserError {
  /** A source that is another one by now. @param message  What is said of it. */
  constructor(message: string) {
    super(message, { kind: "local", hint: "Copy it again when nothing writes to it." });
  }
}

/** The same where the source has fewer bytes than it was said to have. */
export class BecameShorter extends SourceChanged {
  /** A source that ended too soon. @param name  What is said of the file. */
  constructor(name = "the file") {
    super(`${name} became shorter while it was read`);
  }
}

/**
 * Opens a regular file for reading; the last part of the path is not followed when it is a link.
 * @param links  Follow a link: for files that our own user names.
 * @param looked  What a look at the path has given just now.
 * @returns The file; undefined when it is a directory, a link, a pipe or a device.
 * @throws The runtime's error when it is not there or not readable.
 */
export async function openRegular(
  path: string,
  links = false,
  disk: Disk = systemDisk,
  looked?: Deno.FileInfo,
): Promise<
  (SourceFile & Pick<SeekableSource, "skipTo" | "isSame"> & { readonly info: Deno.FileInfo }) | undefined
> {
  const before = looked ?? await (links ? disk.stat(path) : disk.lstat(path));
  if (!before.isFile) return undefined;
  const file = await disk.open(path, { read: true });
  // The name may have become another one's since it was looked at.
  const info = await file.stat();
  if (!info.isFile || info.ino !== before.ino || info.dev !== before.dev) {
    file.close();
    return undefined;
  }
  return {
    info,
    size: info.size,
    mode: info.mode === null ? 0o644 : info.mode & 0o777,
    mtimeMs: info.mtime?.getTime(),
    async read(into) {
      try {
        return await file.read(into);
      } catch (error) {
        throw localError("the file can't be read", error);
      }
    },
    close: once(() => file.close()),
    skipTo: async (offset) => void await file.seek(offset, Deno.SeekMode.Start),
    async isSame() {
      const now = await file.stat();
      // What is made when it is read, as in /proc, says that it has nothing.
      if (info.size === 0 && await file.read(new Uint8Array(1)) !== null) return false;
      return now.size === info.size && now.mtime?.getTime() === info.mtime?.getTime();
    },
  };
}

/**
 * Opens a regular file like {@link openRegular}, to be read from any place.
 * @param make  A fresh SHA-256, for the token.
 */
export async function openSeekable(
  path: string,
  make: () => { add(bytes: Uint8Array): void; hex(): string },
  links = false,
  disk: Disk = systemDisk,
  looked?: Deno.FileInfo,
): Promise<(SeekableSource & { readonly info: Deno.FileInfo }) | undefined> {
  const regular = await openRegular(path, links, disk, looked);
  if (regular === undefined) return undefined;
  const { info, size, mtimeMs } = regular;
  const digest = make();
  digest.add(new TextEncoder().encode(JSON.stringify([info.dev, info.ino, size, mtimeMs])));
  return { ...regular, token: digest.hex().slice(0, 32) };
}
