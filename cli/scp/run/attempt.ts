/**
 * One try of one file of a copy: towards the peer or from it, and what comes behind it.
 *
 * @module
 */
import { type ClientOptions, isAtHost, pull, push } from "../../../lib/scp/client.ts";
import { NoExtension } from "../../../lib/scp/errors.ts";
import { pushStream } from "../../../lib/scp/push_stream.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { PIPE } from "../../flags/paths.ts";
import type { RunOptions, RunParts } from "../plan/job.ts";
import type { CopyJob } from "../plan/plan.ts";
import { sumOf } from "./equal.ts";
import {
  checkFree,
  createLocal,
  isThere,
  openLocal,
  openLocalSeekable,
  resumeLocal,
  ThereAlready,
} from "./files.ts";
import { ofSlowPull } from "./slow.ts";
import { counted, differs, hashed, isSame, mayCopyAgain } from "./verify.ts";

/** How far the tries of one file are. */
export interface Copying {
  /** Its bytes, as they are counted. */
  size?: number;
  /** It was copied, and has to be compared yet. */
  placed?: Placed;
  /** The last try has moved next to nothing: the next one goes over one stream. */
  isStuck?: boolean;
  /** What lies there is ours: it is not left alone as another's is. */
  isOurs?: boolean;
  /** The host has the extension, and it was used. */
  isExtended?: boolean;
  /** It is not what was copied, and is not copied again. */
  isOver?: boolean;
}

/** A file that was copied. */
export interface Placed {
  /** Its bytes. */
  readonly size: number;
  /** SHA-256 of what went through, where it can't be read again. */
  readonly sum?: string;
}

/**
 * One try.
 * @param copy  Is changed.
 * @returns The file's size; undefined when it is left as it is.
 * @throws As the copy fails.
 */
export async function attempt(
  job: CopyJob,
  options: RunOptions,
  parts: RunParts & { readonly onExtended: () => void },
  copy: Copying,
  onBytes: (count: number) => void,
  onThere: (bytes: number) => void,
): Promise<number | undefined> {
  const { context: { clock, signal }, onNotice, digest } = parts;
  // Standard input and output can't be read again to be compared: what goes through is counted.
  const extended = options.extended && !(options.verify && job.local === PIPE);
  const onExtended = (): void => {
    copy.isExtended = true;
    parts.onExtended();
  };
  const onSize = (bytes: number): void => {
    parts.progress.grow(bytes - (copy.size ?? job.size ?? 0)); // a further try counts it once
    copy.size = bytes;
  };
  const client: ClientOptions = {
    extended,
    digest,
    packing: parts.packing,
    more: {
      count: copy.isStuck ? 0 : options.streams - 1,
      fastBytesPerS: options.fastBytesPerS,
      dial: parts.dial,
    },
    keepTime: options.preserve,
    onExtended,
    onResumed: onThere,
    onReused: onThere,
    reuse: true,
    clock,
    signal,
    path: job.remote,
    onBytes,
    onWarning: (text) => onNotice(`remote: ${text}`),
    ...(options.pace ? { allow: (wanted: number) => options.pace!.allow(wanted) } : {}),
  };
  const overwrite = copy.isOurs && options.overwrite === "keep" ? "replace" : options.overwrite;
  const beganMs = clock.nowMs();
  let bytes = 0;
  copy.placed ??= await (options.direction === "upload" ? upload : download)(
    job,
    { ...options, overwrite },
    { ...parts, onSize },
    {
      ...client,
      onBytes(count) {
        bytes += count;
        onBytes(count);
      },
    },
  ).catch((error) => {
    if (options.direction === "upload" || copy.isExtended) throw error;
    throw ofSlowPull(error, clock.nowMs() - beganMs, bytes);
  });
  copy.isOurs = copy.placed !== undefined;
  if (copy.placed === undefined || !options.verify) return copy.placed?.size;
  const { size, sum } = copy.placed;
  const wanted = sum ?? await sumOf(job.local, digest);
  if (
    await isSame(wanted, size, { dial: parts.dial, digest, client, isExtended: copy.isExtended === true })
  ) return size;
  copy.placed = undefined;
  copy.isOver = !mayCopyAgain(options);
  throw differs();
}

/** What tells a file's size, once it is known. */
type SizedParts = RunParts & { readonly onSize: (bytes: number) => void };

async function upload(
  job: CopyJob,
  { overwrite, verify }: RunOptions,
  { dial, standard, digest, onSize }: SizedParts,
  client: ClientOptions,
): Promise<Placed | undefined> {
  if (overwrite === "keep" && await isAtHost(await dial(), client)) return undefined;
  if (job.local === PIPE && client.extended) {
    try {
      const size = await pushStream(await dial(), standard!.live, { ...client, digest });
      client.onExtended?.();
      return { size };
    } catch (error) {
      if (!(error instanceof NoExtension)) throw error; // a classic host wants to know the length first
    }
  }
  const file = job.local === PIPE
    ? await standard!.spooled()
    : client.extended
    ? await openLocalSeekable(job.local, digest)
    : await openLocal(job.local);
  try {
    onSize(file.size);
    const sum = verify && job.local === PIPE ? digest() : undefined;
    const extended = client.extended && job.local !== PIPE;
    await push(await dial(), sum ? hashed(file, sum) : file, { ...client, extended });
    return { size: file.size, sum: sum?.hex() };
  } finally {
    file.close();
  }
}

async function download(
  job: CopyJob,
  { overwrite, verify, reuse = false }: RunOptions,
  { dial, digest, standard, peer, onSize }: SizedParts,
  client: ClientOptions,
): Promise<Placed | undefined> {
  if (overwrite === "keep" && await isThere(job.local)) return undefined;
  await checkFree(job.local, overwrite);
  const sum = digest();
  const pulled = await pull(await dial(), async ({ bytes }) => {
    onSize(bytes);
    const target = await createLocal(job.local, bytes, overwrite);
    return verify && job.local === PIPE ? counted(target, sum) : target;
  }, {
    ...client,
    ...(reuse && { old: () => openLocalSeekable(job.local, digest).catch(() => undefined) }), // there may be none
    resume: async ({ size, token }) => {
      onSize(size);
      if (job.local === PIPE) return standard!.output.takeUp(token);
      const id = digest();
      id.add(utf8(JSON.stringify([peer, job.remote, token])));
      return await resumeLocal(job.local, size, overwrite, id.hex().slice(0, 32));
    },
  }).catch((error) => {
    if (overwrite !== "keep" || !(error instanceof ThereAlready)) throw error;
    return undefined; // it has come there meanwhile
  });
  return pulled && { size: Number(pulled.size), sum: job.local === PIPE ? sum.hex() : undefined };
}
