/**
 * Files of a tree that are the same at both sides already: they are not sent again.
 *
 * @see cli/README.md "Copying files"
 * @module
 */
import type { Digest } from "../../../lib/crypto/digest.ts";
import { CopyError, NoExtension } from "../../../lib/scp/errors.ts";
import { MAX_SUM_BYTES } from "../../../lib/scp/extended/many_source.ts";
import { hashOf } from "../../../lib/scp/extended/frames.ts";
import { list, SMALL_BYTES } from "../../../lib/scp/many.ts";
import { sums } from "../../../lib/scp/many_pull.ts";
import { OWN_BITS, systemDisk } from "../../../lib/sys/copies/disk.ts";
import { fileError } from "../../../lib/sys/files/files.ts";
import { KnownNames } from "../../../lib/sys/tree/names.ts";
import { nextTurn } from "../../../lib/sys/turn.ts";
import type { TreeEntry } from "../../../lib/sys/tree/tree.ts";
import { toHex } from "../../../lib/wire/bytes.ts";
import { ProtocolError, UserError } from "../../../lib/wire/errors.ts";
import { PIPE } from "../../flags/paths.ts";
import type { RunOptions, RunParts } from "../plan/job.ts";
import { type CopyJob } from "../plan/plan.ts";
import { mayBeThere, openLocal, readSmall } from "./files.ts";

/** Others have their turn after so many files. */
export const TURN_FILES = 16;

/** What looking needs. */
export type Comparing = Pick<RunParts, "dial" | "digest"> & {
  /** Time, and the end of the command. */
  readonly context: Pick<RunParts["context"], "clock" | "signal">;
  /** The host is one of ours. */
  readonly onExtended?: () => void;
};
type Facts = { readonly size: number; readonly mtimeMs?: number; readonly mode?: number };

/**
 * Compares what has the same size: with `-p` the same time is enough, else both sides read the file.
 * @param bases  Directories at the peer that files go to; those that can't be listed hold nothing equal.
 * @param onBits  Told which of a pull have only other bits than they should; of a push such a file is sent again.
 * @returns The numbers of the jobs that need no copy. What can't be compared is copied.
 * @throws {NetworkError}, {CopyError} cut, {BusyError}: the peer can't be had, or not now.
 */
export async function equalJobs(
  jobs: readonly CopyJob[],
  bases: readonly string[],
  options: Pick<RunOptions, "direction" | "preserve">,
  parts: Comparing,
  onBits: (at: number) => void = () => {},
): Promise<Set<number>> {
  const equal = new Set<number>();
  const unsure: number[] = [];
  const names = new KnownNames();
  const there = options.direction === "upload" ? await listed(bases, parts) : undefined;
  for (const [at, job] of jobs.entries()) {
    if (job.problem || job.local === PIPE || job.size === undefined) continue;
    const other = there ? there.get(job.remote) : await localFacts(names, job.local);
    if (other === undefined || other.size !== job.size) continue;
    const sameTime = job.mtimeMs !== undefined &&
      Math.trunc(job.mtimeMs) === Math.trunc(other.mtimeMs ?? NaN);
    if (options.preserve && sameTime) {
      const sameBits = job.mode === undefined || other.mode === undefined ||
        keptBits(job.mode) === other.mode;
      if (!sameBits && there) continue;
      if (!sameBits) onBits(at);
      equal.add(at);
    } else if (!options.preserve && job.size <= MAX_SUM_BYTES) unsure.push(at);
  }
  if (unsure.length === 0) return equal;
  const { dial, digest, context: { clock, signal } } = parts;
  const told = await attempt(
    parts,
    async () => await sums(await dial(), unsure.map((at) => jobs[at].remote), { clock, signal, digest }),
  );
  for (const [i, at] of unsure.entries()) {
    const sum = told?.[i];
    if (i % TURN_FILES === 0) await nextTurn();
    if (sum !== undefined && sum === await attempt(parts, () => sumOf(jobs[at].local, digest))) equal.add(at);
  }
  return equal;
}

/** The bits that a copy with `-p` has: one of which nobody may do anything is its owner's all the same. */
const keptBits = (mode: number): number => mode || OWN_BITS;

/** Sets the bits of a file that was pulled before. @throws {UserError} local: they can't be set. */
export async function setBits({ local, mode = OWN_BITS }: CopyJob): Promise<void> {
  await systemDisk.chmod(local, keptBits(mode)).catch((error) => {
    throw fileError("set the bits of", local, error);
  });
}

async function listed(
  bases: readonly string[],
  parts: Comparing,
): Promise<ReadonlyMap<string, Facts>> {
  const { clock, signal } = parts.context;
  const files = new Map<string, Facts>();
  let isExtended = false;
  const onExtended = (): void => {
    isExtended = true;
    parts.onExtended?.();
  };
  for (const base of bases) {
    const entries: readonly TreeEntry[] = await attempt(parts, async () =>
      await list(await parts.dial(), base || ".", { clock, signal, onExtended })) ?? [];
    if (!isExtended) {
      break; // a visor's host has no lists, and one that we may only write to tells none
    }
    for (const { name, kind, ...facts } of entries) {
      if (kind === "file") {
        files.set(base === "" ? name : `${base}/${name}`, facts);
      }
    }
  }
  return files;
}

async function localFacts(names: KnownNames, path: string): Promise<Facts | undefined> {
  if (!mayBeThere(names, path)) return undefined;
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile) return undefined;
  const { size, mtime, mode } = info;
  return { size, mtimeMs: mtime?.getTime(), ...(mode !== null && { mode: mode & 0o777 }) };
}

/** The digest of a local file, 64 hex characters. @param digest  A fresh SHA-256. */
export async function sumOf(path: string, digest: () => Digest): Promise<string> {
  // Of thousands of small files, calls that wait take a fraction of the time.
  const small = readSmall(path, SMALL_BYTES);
  if (small) return toHex(hashOf(small.bytes, digest));
  const file = await openLocal(path);
  try {
    const sum = digest();
    const buffer = new Uint8Array(2 ** 17);
    for (let count; (count = await file.read(buffer)) !== null && count > 0;) {
      sum.add(buffer.subarray(0, count));
    }
    return sum.hex();
  } finally {
    file.close();
  }
}

/** What can't be compared is copied, and that says what is wrong. A peer that has gone is one to wait for. */
async function attempt<T>(
  { context: { signal } }: Comparing,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    const isOfFile = error instanceof UserError || error instanceof ProtocolError ||
      error instanceof NoExtension || (error instanceof CopyError && !error.isCut);
    if (!isOfFile) throw error;
    return undefined;
  }
}
