/**
 * `--verify`: what both sides have on their disks behind a copy is compared.
 *
 * @module
 */
import type { AppStream } from "../../../lib/app/node/node.ts";
import type { Digest } from "../../../lib/crypto/digest.ts";
import { type ClientOptions, pull } from "../../../lib/scp/client.ts";
import { CopyError } from "../../../lib/scp/errors.ts";
import { sums } from "../../../lib/scp/many_pull.ts";
import type { TargetFile } from "../../../lib/sys/copies/part_file.ts";
import type { SourceFile } from "../../../lib/sys/copies/source_file.ts";
import type { RunOptions } from "../plan/job.ts";

/** What the copy was made with. */
export interface VerifyParts {
  /** Opens a stream to the peer's host. */
  readonly dial: () => Promise<AppStream>;
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** As the copy's. */
  readonly client: ClientOptions;
  /** The host is one of ours. */
  readonly isExtended: boolean;
}

/** A host that lets us write alone has what it has given its receipt for: that is said, beside why it is not compared. */
function notCompared(error: unknown): never {
  if (!(error instanceof CopyError) || error.fault !== "remote") throw error;
  throw new CopyError(`it was copied, but can't be compared: ${error.message}`, "remote", {
    hint: "Without --verify the receipt of the other side counts.",
    cause: error,
  });
}

/** Asks a host of ours for the digests of what was copied. @throws As {@link sums}. */
export const sumsThere = (...given: Parameters<typeof sums>): ReturnType<typeof sums> =>
  sums(...given).catch(notCompared);

/**
 * Asks the host for the digest of its file. One that does not tell it (a visor's; a very large file) is asked for the
 * file.
 * @param wanted  SHA-256 of ours, 64 hex characters.
 * @returns Whether both have the same.
 */
export async function isSame(
  wanted: string,
  size: number,
  { dial, digest, client, isExtended }: VerifyParts,
): Promise<boolean> {
  const { clock, signal, path } = client;
  const [told] = isExtended ? await sumsThere(await dial(), [path], { clock, signal, digest }) : [];
  if (told !== undefined) return told === wanted;
  const sum = digest();
  const back = await pull(await dial(), () =>
    Promise.resolve({
      write: (bytes: Uint8Array) => Promise.resolve(sum.add(bytes)),
      commit: () => Promise.resolve(),
      discard: () => Promise.resolve(),
    }), { ...client, onBytes: undefined, extended: false }).catch(notCompared);
  return back.size === BigInt(size) && sum.hex() === wanted;
}

/** What a copy ends with of which the other side has something else. */
export const differs = (): CopyError => new CopyError("what it gives back is not what was copied", "broken");

/** Whether a copy that differs may be made again: a local file that is there is replaced with `--force` only. */
export const mayCopyAgain = (
  { direction, overwrite }: Pick<RunOptions, "direction" | "overwrite">,
): boolean => direction === "upload" || overwrite === "replace";

/** A source of which all that is read is counted. */
export const hashed = (file: SourceFile, sum: Digest): SourceFile => ({
  size: file.size,
  mode: file.mode,
  close: () => file.close(),
  async read(into) {
    const count = await file.read(into);
    if (count !== null) sum.add(into.subarray(0, count));
    return count;
  },
});

/** A target of which all that is written is counted. */
export const counted = (target: TargetFile, sum: Digest): TargetFile => ({
  ...target,
  write(bytes) {
    sum.add(bytes);
    return target.write(bytes);
  },
});
