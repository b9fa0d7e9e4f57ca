/**
 * What the last `scp --to` has not delivered, for `--retry-failed`.
 *
 * @module
 */
import { readOwnJson } from "../../lib/sys/kept_json.ts";
import { isAbsolute, join, systemOs } from "../../lib/sys/paths.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import type { Recipient } from "./many_parts.ts";
import type { CopyJob } from "./plan.ts";

/** Beside the key. */
export const RETRY_FILE = "scp-failed.json";
const MAX_RETRY_BYTES = 64 * 2 ** 20;

/** What is remembered of a file that did not arrive. */
export interface UndeliveredFile {
  /** Whom it was for. */
  readonly pk: string;
  /** Where it lies here, an absolute path. */
  readonly local: string;
  /** Where it was to lie there. */
  readonly remote: string;
}

/** All that is to be delivered, less and less of it. */
export class Undelivered {
  readonly #left: Map<Recipient, Set<CopyJob>>;

  /** Nothing is there yet. */
  constructor(jobs: readonly CopyJob[], recipients: readonly Recipient[]) {
    this.#left = new Map(recipients.map((one) => [one, new Set(jobs.filter(one.wants))]));
  }

  /** Somebody has a file. */
  arrived(recipient: Recipient, job: CopyJob): void {
    this.#left.get(recipient)?.delete(job);
  }

  /** What is left. @param directory  What local paths are below that are not absolute. */
  files(directory: string): UndeliveredFile[] {
    return [...this.#left].flatMap(([{ pk }, jobs]) =>
      [...jobs].map(({ local, remote }) => ({
        pk,
        local: isAbsolute(local, systemOs) ? local : join(directory, local),
        remote,
      }))
    );
  }

  /**
   * Keeps what is left in the place of what was kept before.
   * @returns Whether there is any.
   * @throws {UserError} local: it can't be kept.
   */
  async keep({ files }: Pick<Context, "files">, path: string, directory: string): Promise<boolean> {
    const left = this.files(directory);
    if (left.length === 0) await files.remove(path);
    else await files.replacePrivate(path, utf8(JSON.stringify(left)));
    return left.length > 0;
  }
}

/**
 * Reads what the last `--to` has not delivered; of a damaged file what is whole.
 * @throws {UserError} usage: there is no such file · local: nothing in it is whole, or it can't be read.
 */
export async function readUndelivered(
  { files }: Pick<Context, "files">,
  path: string,
): Promise<readonly UndeliveredFile[]> {
  if (await files.info(path) === undefined) {
    throw new UserError("The last --to has delivered everything", {
      kind: "usage",
      hint: "There is nothing to try again.",
    });
  }
  const kept = await readOwnJson(files, path, MAX_RETRY_BYTES);
  if (Array.isArray(kept)) return kept;
  throw new UserError(`${path} does not say any more what the last --to has not delivered`, {
    kind: "local",
    hint: "Give the files and --to again.",
  });
}
