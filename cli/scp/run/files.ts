/**
 * The local side of a copy: files.
 *
 * @module
 */
import type { Digest } from "../../../lib/crypto/digest.ts";
import { type Disk, keepingDisk, sparingDisk, systemDisk } from "../../../lib/sys/copies/disk.ts";
import { LeftParts } from "../../../lib/sys/copies/left_parts.ts";
import {
  createPart,
  type ResumableFile,
  resumePart,
  type TargetFile,
} from "../../../lib/sys/copies/part_file.ts";
import type { Room } from "../../../lib/sys/copies/room.ts";
import {
  openRegular,
  openSeekable,
  type SeekableSource,
  type SourceFile,
} from "../../../lib/sys/copies/source_file.ts";
import { freeBytes } from "../../../lib/sys/copies/space.ts";
import { sweepParts } from "../../../lib/sys/copies/sweep.ts";
import { makeDirectory } from "../../../lib/sys/files/directory.ts";
import { fileError } from "../../../lib/sys/files/files.ts";
import { leafAt, parent } from "../../../lib/sys/paths.ts";
import { TreeError } from "../../../lib/sys/tree/error.ts";
import type { KnownNames } from "../../../lib/sys/tree/names.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { Turns } from "../../../lib/wire/turns.ts";
import { PIPE } from "../../flags/paths.ts";
import type { FileAt } from "../many/parked.ts";
import { cannotRead } from "../plan/plan.ts";
import { standardOutput } from "./standard.ts";

/** What may happen to a local file that is there. */
export type Overwrite = "refuse" | "replace" | "keep" | "backup";

const noFile = (path: string): UserError =>
  new UserError(`${path} is not a file`, { kind: "local", hint: "Only files are copied." });

/** Opens a local file to be read. @throws {UserError} local: it is not there, not readable or no file. */
export async function openLocal(path: string): Promise<SourceFile> {
  try {
    const file = await openRegular(path, true);
    if (file !== undefined) return file;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw cannotRead(path, error);
  }
  throw noFile(path);
}

/**
 * The same, to be read from any place.
 * @param make  A fresh SHA-256.
 * @throws As {@link openLocal}.
 */
export async function openLocalSeekable(path: string, make: () => Digest): Promise<SeekableSource> {
  try {
    const file = await openSeekable(path, make, true);
    if (file !== undefined) return file;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw cannotRead(path, error);
  }
  throw noFile(path);
}

/** What could not be made or written below a local directory, as a local failure that names it. */
export const notHere = (path: string, error: unknown): unknown =>
  isTaken(error)
    ? new ThereAlready(path)
    : error instanceof TreeError
    ? new UserError(`Cannot write ${path}: ${error.message}`, {
      kind: "local",
      hint: "Check the path, its permissions and the free space.",
      cause: error,
    })
    : error;

/** An array for each. */
const OWN_ROOM: Pick<Room, "take"> = { take: (bytes) => new Uint8Array(bytes) };

/**
 * Reads a small file of ours at once: for thousands of them, calls that wait take a third of the time of calls that
 * are waited for.
 * @param room  Where its bytes come to.
 * @returns undefined when it has more bytes than that, or changes meanwhile. @throws As {@link openLocal}.
 */
export function readSmall(
  path: string,
  maxBytes: number,
  room: Pick<Room, "take"> = OWN_ROOM,
): { readonly bytes: Uint8Array; readonly mode: number; readonly mtimeMs?: number } | undefined {
  try {
    // A pipe is not opened: that would wait for its writer.
    const { isFile, size, mode, mtime } = Deno.statSync(path);
    if (!isFile) throw noFile(path);
    if (size > maxBytes) return undefined;
    using file = Deno.openSync(path, { read: true });
    const all = room.take(size + 1); // a byte more than its size shows that it grows
    let at = 0;
    do {
      const count = file.readSync(all.subarray(at));
      if (!count && at < size) return undefined;
      at += count ?? 0;
    } while (at < size);
    if (at > size && size > 0) return undefined;
    if (at > size) throw grew(path);
    return {
      bytes: all.subarray(0, size),
      mode: mode === null ? 0o644 : mode & 0o777,
      mtimeMs: mtime?.getTime(),
    };
  } catch (error) {
    if (error instanceof UserError || error instanceof Deno.errors.NotCapable) throw error;
    throw cannotRead(path, error);
  }
}

const grew = (path: string): UserError =>
  new UserError(`${path} became longer while it was read`, {
    kind: "local",
    hint: "Copy it again when nothing writes to it.",
  });

/** Whether there is something in the place of a local file. */
export const isThere = async (path: string): Promise<boolean> =>
  path !== PIPE && await Deno.lstat(path).then(() => true, () => false);

/** Whether something may be at a local place, by one look at each directory. */
export const mayBeThere = (names: KnownNames, path: string): boolean =>
  names.may(parent(path), path.slice(leafAt(path)));

/**
 * Looks whether a local file may be written, before a peer is troubled.
 * @throws {ThereAlready} Something is there, and is not to be replaced.
 */
export async function checkFree(path: string, overwrite: Overwrite): Promise<void> {
  if (overwrite === "refuse" && await isThere(path)) throw new ThereAlready(path);
}

/** The same, and whether what is there is a file. @throws {UserError} As {@link checkFree}; local: it is none, and never replaced. */
export async function checkPlace(path: string, overwrite: Overwrite): Promise<void> {
  await checkFree(path, overwrite);
  // A device or a pipe would become a file, also for who reads it under this name.
  const there = await Deno.stat(path).catch(() => undefined);
  if (there && !there.isFile) throw noFile(path);
}

/** Something is at a local place that may not be replaced: from the beginning, or since a moment. */
export class ThereAlready extends UserError {
  /** What. */
  constructor(path: string) {
    super(`${path} is there already`, {
      kind: "local",
      hint: "--force replaces it, --backup keeps the old one as well, --no-clobber leaves it as it is.",
    });
  }
}

/** A directory that can't be made or changed here, as {@link notHere}: no flag replaces what lies in its place. */
export const noDirectoryHere = (path: string, error: unknown): unknown =>
  notHere(path, isTaken(error) ? new TreeError("mkdir", "not a directory", error) : error);

const isTaken = (error: unknown): boolean =>
  (error as { cause?: unknown } | undefined)?.cause instanceof Deno.errors.AlreadyExists;

/** What gives files of a copy their names. */
export const diskFor = (overwrite: Overwrite): Disk => DISKS[overwrite];

const DISKS: Readonly<Record<Overwrite, Disk>> = {
  refuse: sparingDisk,
  keep: sparingDisk,
  replace: systemDisk,
  backup: keepingDisk,
};

/**
 * Begins to receive a local file beside its place, or standard output.
 * @param size  Looked at before: it must fit.
 * @throws {UserError} local: it is there and may not be replaced, does not fit, or can't be made.
 */
export async function createLocal(path: string, size: number, overwrite: Overwrite): Promise<TargetFile> {
  if (path === PIPE) return standardOutput();
  return await beginLocal(path, size, overwrite, createPart);
}

/** The same, or takes up what is there of it. @param id  32 hex characters: which file of which peer. */
export function resumeLocal(
  path: string,
  size: number,
  overwrite: Overwrite,
  id: string,
): Promise<ResumableFile> {
  return beginLocal(path, size, overwrite, async (directory, leaf, disk) => {
    await left.begins(path, id);
    left.waits(path, directory, id);
    return await resumePart(directory, leaf, id, disk);
  });
}

/** What this command has begun: of a file that changed at the peer it begins anew. */
const left = new LeftParts(systemDisk);

/** Directories in which copies that were never taken up again have been removed by this command. */
const swept = new Set<string>();

async function beginLocal<T extends TargetFile>(
  path: string,
  size: number,
  overwrite: Overwrite,
  begin: (directory: string, leaf: string, disk: Disk) => Promise<T>,
): Promise<T> {
  await checkPlace(path, overwrite);
  const directory = parent(path);
  try {
    await makeDirectory(directory);
    if (!swept.has(directory)) await sweepParts(directory, Date.now(), false);
    swept.add(directory);
    const leaf = path.slice(path === directory ? 0 : leafAt(path));
    const target = await begin(await Deno.realPath(directory), leaf, diskFor(overwrite));
    await checkRoom(target, directory, size);
    return sparing(target, path);
  } catch (error) {
    throw error instanceof UserError ? error : fileError("write", path, error);
  }
}

/** Looks whether what is still to come fits: of a copy that is taken up again a part lies there. */
async function checkRoom(target: TargetFile, directory: string, size: number): Promise<void> {
  const { offset = 0, suspend = target.discard } = target as TargetFile & Partial<ResumableFile>;
  const free = await freeBytes(directory);
  if (free === undefined || size - offset <= free) return;
  await suspend();
  throw new Error(`${size - offset} bytes do not fit, ${free} are free`);
}

/** What has come to its place meanwhile is told as what was there before. */
const sparing = <T extends TargetFile>(target: T, path: string): T => ({
  ...target,
  commit: (mode, mtimeMs) =>
    target.commit(mode, mtimeMs).catch((error) => {
      throw isTaken(error) ? new ThereAlready(path) : error;
    }),
});

/** Opens a file to be read at any place. @param make  A fresh SHA-256. @throws As {@link openLocal}. */
export async function openLocalAt(path: string, make: () => Digest): Promise<FileAt> {
  const { read, skipTo, close, isSame, ...facts } = await openLocalSeekable(path, make);
  /** Seeking and reading are two calls: one at a time. */
  const turns = new Turns();
  return {
    ...facts,
    isSame,
    readAt: (offset, into) =>
      turns.run(async () => {
        await skipTo(offset);
        let at = 0;
        for (let count; at < into.length && (count = await read(into.subarray(at))) !== null; at += count);
        return at;
      }),
    close: () => void turns.run(close),
  };
}
