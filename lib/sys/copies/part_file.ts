/**
 * Files of any length that are received beside their place and moved there whole.
 *
 * @see specification dmsgscp §10, 2
 * @module
 */
import { concat } from "../../wire/bytes.ts";
import { type Disk, type DiskFile, OWN_BITS, systemDisk } from "./disk.ts";
import { localError, once } from "./local_error.ts";
import { lock, openOwn } from "./own_file.ts";

/** A file that is received beside its place. */
export interface TargetFile {
  /** Grows whenever some of it was taken, where that can take long: by the reader of a pipe. */
  readonly moved?: number;
  /** Writes the next bytes. @throws {UserError} local: the disk is full, for example. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Syncs it, sets its mode and moves it to its place: what was there is replaced in one step.
   * @param mode  Of the record; only the owner's bits are used, unless the time is given.
   * @param mtimeMs  Sets the time, when given, and all nine bits: the copy is to be like its source.
   */
  commit(mode: number, mtimeMs?: number): Promise<void>;
  /** Removes what was received; does nothing after a commit. */
  discard(): Promise<void>;
}

/** A file that is received beside its place, and taken up again where it broke off. */
export interface ResumableFile extends TargetFile {
  /** Bytes that are there already: whole blocks of 1 MiB. They were not read again. */
  readonly offset: number;
  /** Bytes that had been kept of another version of the file, and went when this one began. */
  readonly freed?: number;
  /**
   * A block is complete: it counts once it is synced, which goes on while the next one comes; at most two blocks are
   * behind. @param hash  Its SHA-256, 32 bytes. @throws {UserError} local: this one or one before could not be kept.
   */
  keep(hash: Uint8Array): Promise<void>;
  /** Closes it and leaves what is kept for the next time. @returns How many bytes are left. */
  suspend(): Promise<number>;
}

/** Names of files that are being received begin and end like this. */
const PART_SUFFIX = ".part";

/** Whether a name is that of a file which is being received. */
export const isPartName = (leaf: string): boolean => leaf.startsWith(".") && leaf.endsWith(PART_SUFFIX);

/** Whether it is one that {@link createPart} or {@link resumePart} made, and no user's file of a like name. */
export const isOwnPartName = (leaf: string): boolean =>
  /^\.([0-9a-f]{32}(\.journal)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\.part$/.test(leaf);

/** Bytes of a block of a {@link ResumableFile}, and of its digest in the journal. */
const [BLOCK_BYTES, HASH_BYTES] = [2 ** 20, 32];

/** Where a file can be received: a name that nobody can guess. @param directory  The real path of its place. */
export const newPart = (directory: string): string =>
  `${below(directory)}.${crypto.randomUUID()}${PART_SUFFIX}`;

/**
 * The bits of a file that was received: 0600 when none is left, and set-id bits never pass.
 * @param mode  Of the record; only the owner's bits are used, unless the time is kept.
 * @param mtimeMs  The time that is kept, milliseconds since 1970.
 * @returns Undefined for {@link OWN_BITS}, with which the file was made.
 * @see specification dmsgscp §4
 */
export function bitsOf(mode: number, mtimeMs?: number): number | undefined {
  const bits = mtimeMs === undefined ? mode & 0o700 : mode & 0o777;
  return (bits || OWN_BITS) === OWN_BITS ? undefined : bits;
}

/**
 * Makes the file beside its place: a name that nobody can guess, for its owner alone.
 * @param directory  Its real path; it must be there.
 * @param leaf  The last part of the final path.
 * @throws The runtime's error.
 */
export async function createPart(
  directory: string,
  leaf: string,
  disk: Disk = systemDisk,
): Promise<TargetFile> {
  const temporary = newPart(directory);
  const file = await disk.open(temporary, { write: true, createNew: true, mode: OWN_BITS });
  const { write, commit, discard } = partOf(disk, { file, temporary, directory, leaf });
  return { write, commit, discard };
}

/**
 * Takes up a file, or begins it: `.ID.part` has the bytes, `.ID.journal.part` a digest for each block that counts.
 * @param id  32 hex characters that stand for who sends what where.
 * @throws The runtime's error, also when another program receives this very file; what is no regular file in the place
 * of one of the two is removed first.
 */
export async function resumePart(
  directory: string,
  leaf: string,
  id: string,
  disk: Disk = systemDisk,
): Promise<ResumableFile> {
  const [temporary, journalPath] = partNames(directory, id);
  const file = await openOwn(disk, temporary);
  let journal: DiskFile | undefined;
  try {
    if (!await lock(file)) throw new Deno.errors.Busy("another program receives this file");
    journal = await openOwn(disk, journalPath);
    const offset = keptBytes(await file.stat(), await journal.stat());
    const digests = offset / BLOCK_BYTES * HASH_BYTES;
    await file.truncate(offset);
    await journal.truncate(digests);
    await file.seek(offset, Deno.SeekMode.Start);
    await journal.seek(digests, Deno.SeekMode.Start);
    return resumableOf(disk, { file, temporary, directory, leaf }, { journal, journalPath, offset });
  } catch (error) {
    file.close();
    journal?.close();
    throw error;
  }
}

/** Of the bytes of a copy that can be taken up again, and of its journal. */
export function partNames(directory: string, id: string): [string, string] {
  const base = `${below(directory)}.${id}`;
  return [`${base}${PART_SUFFIX}`, `${base}.journal${PART_SUFFIX}`];
}

/** Bytes that count: whole blocks of which the digests are there. */
export const keptBytes = (file: { readonly size: number }, journal: { readonly size: number }): number =>
  BLOCK_BYTES * Math.min(Math.floor(file.size / BLOCK_BYTES), Math.floor(journal.size / HASH_BYTES));

interface PartParts {
  readonly file: DiskFile;
  readonly temporary: string;
  readonly directory: string;
  readonly leaf: string;
}

interface Ending {
  /** Closes the file; resolves when nothing uses it any more. */
  close(): Promise<void>;
  /** Does something with the file; one thing at a time. @param what  For the error. */
  run(what: string, work: () => Promise<void>): Promise<void>;
}

/** @param removeRest  Removes what lies beside the file. */
function partOf(
  disk: Disk,
  { file, temporary, directory, leaf }: PartParts,
  removeRest: () => Promise<void> = () => Promise.resolve(),
): TargetFile & Ending {
  const close = once(() => file.close());
  let isThere = true;
  let last: Promise<void> = Promise.resolve();
  let removed: Promise<void> | undefined;
  const run: Ending["run"] = (what, work) => last = attempt(what, work);
  const discard = async (): Promise<void> => {
    close();
    await last.catch(() => {});
    if (!isThere) return;
    isThere = false;
    await disk.remove(temporary).catch(() => {}); // the directory itself may be gone
    await removeRest();
  };
  return {
    run,
    async close() {
      close();
      await last.catch(() => {}); // what runs still holds the file, and its lock
    },
    write: (bytes) => run("the file can't be written", () => writeAll(file, bytes)),
    commit: (mode, mtimeMs) =>
      run("the file can't be put in its place", async () => {
        await file.sync();
        if (mtimeMs !== undefined) await file.utime(new Date(mtimeMs), new Date(mtimeMs));
        const bits = bitsOf(mode, mtimeMs);
        if (bits !== undefined) await disk.chmod(temporary, bits);
        close();
        await disk.rename(temporary, `${below(directory)}${leaf}`);
        isThere = false;
        await removeRest();
        await disk.syncDirectory(directory);
      }),
    // Whoever asks second waits too: the name may be wanted anew at once.
    discard: () => removed ??= discard(),
  };
}

function resumableOf(
  disk: Disk,
  parts: PartParts,
  { journal, journalPath, offset }: {
    readonly journal: DiskFile;
    readonly journalPath: string;
    readonly offset: number;
  },
): ResumableFile {
  const closeJournal = once(() => journal.close());
  const part = partOf(disk, parts, async () => {
    closeJournal();
    await disk.remove(journalPath).catch(() => {});
  });
  let kept = offset;
  let written = offset;
  let waiting: Uint8Array[] = [];
  let syncing: Promise<void> | undefined;
  let left: Promise<number> | undefined;
  const sync = async (): Promise<void> => {
    while (waiting.length > 0) {
      const hashes = waiting;
      waiting = [];
      // The blocks must be on the disk before the journal says so.
      await parts.file.syncData();
      await writeAll(journal, concat(...hashes));
      kept += hashes.length * BLOCK_BYTES;
    }
    syncing = undefined;
  };
  const settled = (): Promise<void> => syncing?.catch(() => {}) ?? Promise.resolve();
  const leave = async (): Promise<number> => {
    await settled();
    const closed = part.close();
    closeJournal();
    await closed;
    // The last block of a file may be short, and is not taken up.
    const whole = Math.min(kept, written - written % BLOCK_BYTES);
    if (whole === 0) await part.discard(); // nothing that is worth a name
    return whole;
  };
  /** Who goes on behind the end would hold the file, and its lock, against who takes it up. */
  const whileOurs = async (run: () => Promise<void>): Promise<void> => {
    const given = (): Error => new Deno.errors.Busy("the file was left to another stream");
    if (left) throw given();
    await run().catch((error) => {
      throw left ? given() : error; // it was closed in the middle
    });
  };
  return {
    ...part,
    offset,
    write: (bytes) => whileOurs(() => part.write(bytes).then(() => void (written += bytes.length))),
    keep: (hash) =>
      whileOurs(async () => {
        waiting.push(hash);
        syncing ??= attempt("the file can't be written", sync);
        syncing.catch(() => {}); // the next call says it
        if (waiting.length > 1) await syncing;
      }),
    commit: (mode, mtimeMs) =>
      whileOurs(async () => {
        await syncing;
        await part.commit(mode, mtimeMs);
      }),
    async discard() {
      // What was left may be another stream's by now.
      if (left) return void await left;
      await settled();
      await part.discard();
    },
    suspend: () => left ??= leave(),
  };
}

const below = (directory: string): string => directory.endsWith("/") ? directory : `${directory}/`;

async function writeAll(file: DiskFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

async function attempt(what: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw localError(what, error);
  }
}
