/**
 * One process at a time for an identity: two dmsg clients with one key push each other off a server.
 *
 * The lock is the system's (flock), so it ends with its process, however that ends. The file says who holds it:
 * a resident program (listen, nc -l), for which nobody waits, or a one-shot command, which is soon done.
 *
 * @see lib/identity/README.md "Lock"
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { sleep } from "../sys/clock.ts";
import { isDiskFull } from "../sys/copies/local_error.ts";
import { makeDirectory } from "../sys/files/directory.ts";
import { systemReason } from "../sys/files/files.ts";
import { parent } from "../sys/paths.ts";
import { utf8 } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";
import { wholeJson } from "../wire/whole_json.ts";

/** How long a one-shot command queues behind another one. */
export const QUEUE_MS = 30_000;
/** How often it looks. */
export const LOOK_MS = 40;
/** Longest content of the file. */
const MAX_BYTES = 256;

/** Who holds a lock, as it stands in the file. */
export interface Holder {
  /** Its process. */
  readonly pid: number;
  /** What runs, such as `listen`. */
  readonly command: string;
  /** Whether it stays until it is ended. */
  readonly resident: boolean;
}

/** A held lock. */
export interface OwnerLock {
  /** Gives it back; the system does so too when the process ends. */
  release(): void;
}

/** How to take a lock. */
export interface LockRequest {
  /** The lock file; its directory is made with mode 0700. */
  readonly path: string;
  /** We: written into the file for those who find it taken. */
  readonly holder: Holder;
  /** Measures the 30 s in the queue. */
  readonly clock: Clock;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Takes the lock of an identity; waits for one-shot commands, looking every 40 ms, and for nobody else.
 * @returns The lock, ours until `release` or the end of the process.
 * @throws {UserError} busy: a resident program has it, or it was not free within 30 s · local: the file can't be
 *   opened or written.
 * @throws The signal's reason, when it is aborted first.
 * @see lib/identity/README.md "Lock"
 */
export async function takeLock(request: LockRequest): Promise<OwnerLock> {
  const { path, holder, clock, signal } = request;
  const untilMs = clock.nowMs() + QUEUE_MS;
  for (;;) {
    const lock = await tryLock(path, holder);
    if (lock) return lock;
    const other = await readHolder(path);
    if (other?.resident || clock.nowMs() >= untilMs) throw busy(other);
    await sleep(clock, LOOK_MS, signal);
  }
}

/**
 * Takes the lock when it is free.
 * @param path  The lock file; its directory is made with mode 0700.
 * @param holder  We: written into the file for those who find it taken.
 * @param hint  What to do when it can't be had, of one that does not lie in the data directory.
 * @returns The lock, or undefined while another process has it.
 * @throws {UserError} local: the file can't be opened or written.
 */
export async function tryLock(path: string, holder: Holder, hint?: string): Promise<OwnerLock | undefined> {
  const file = await openLock(path, hint);
  try {
    if (!await file.tryLock(true)) {
      file.close();
      return undefined;
    }
    await file.truncate(0);
    await file.write(utf8(JSON.stringify(holder)));
  } catch (cause) {
    file.close();
    throw unusable("write", path, cause, hint);
  }
  return { release: () => file.close() };
}

async function openLock(path: string, hint?: string): Promise<Deno.FsFile> {
  try {
    await makeDirectory(parent(path));
    return await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause; // told as that, as of every other file
    throw unusable("open", path, cause, hint);
  }
}

/** Why a lock can't be had. @param cause  The system's error. @param hint  Of one outside of the data directory. */
export const unusable = (action: "open" | "write", path: string, cause: unknown, hint?: string): UserError =>
  new UserError(`Cannot ${action} the lock file ${path}: ${systemReason(cause)}`, {
    kind: "local",
    hint: hint ??
      (isDiskFull(cause)
        ? `Free some space, or copy ${COPY}`
        : isReadOnly(cause)
        ? `Copy ${COPY}`
        : "Check the directory's owner and free space, or name another one with --data-dir."),
    cause,
  });

/** What is kept is read in a copy, since no store opens without writing. */
const COPY = "the directory to where you can write, and name the copy with --data-dir.";

/** Nothing can be written there, whoever asks. */
const isReadOnly = (cause: unknown): boolean => (cause as { code?: string } | undefined)?.code === "EROFS";

/** Who holds the lock, or held it last; undefined while the holder writes it. */
export async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    using file = await Deno.open(path, { read: true });
    const bytes = new Uint8Array(MAX_BYTES);
    const count = await file.read(bytes) ?? 0;
    const { pid, command, resident } = (wholeJson(bytes.subarray(0, count))?.value ?? {}) as Partial<Holder>;
    if (typeof pid !== "number" || typeof command !== "string") return undefined;
    return { pid, command, resident: resident === true };
  } catch {
    return undefined;
  }
}

/** The error of a lock that does not become free. */
export function busy(other: Holder | undefined): UserError {
  const who = other ? `\`dmsg ${other.command}\` (process ${other.pid})` : "another dmsg process";
  return new UserError(`This identity is in use by ${who}`, {
    kind: "busy",
    hint: other?.resident === false
      ? "While `dmsg daemon` runs, commands share an identity; or use one of its own with --identity NAME."
      : "Use one of its own with --identity NAME, or end the other program first.",
  });
}
