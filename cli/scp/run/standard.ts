/**
 * Standard input and output in the place of a local file.
 *
 * @module
 */
import type { ResumableFile, TargetFile } from "../../../lib/sys/copies/part_file.ts";
import type { SourceFile } from "../../../lib/sys/copies/source_file.ts";
import { fileError } from "../../../lib/sys/files/files.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { OutputClosed } from "../../exit.ts";

/** Both of them. */
export interface Standard {
  /** Standard input as it comes. */
  readonly live: Pick<SourceFile, "read" | "mode">;
  /** All of standard input, when all is there. */
  readonly spooled: () => Promise<SourceFile>;
  /** Standard output. */
  readonly output: OutputBlocks;
}

/** Those of this process. @param directory  Where there is room. */
export const standardOf = (directory: string, signal: AbortSignal): Standard => ({
  live: standardInput(signal),
  spooled: () => spoolInput(directory, signal),
  output: new OutputBlocks(),
});

/** Standard input as it comes. */
function standardInput(signal: AbortSignal): Pick<SourceFile, "read" | "mode"> {
  return {
    mode: 0o600,
    read: (into) =>
      new Promise((resolve, reject) => {
        const stop = (): void => reject(signal.reason);
        if (signal.aborted) return stop();
        signal.addEventListener("abort", stop, { once: true });
        Deno.stdin.read(into).finally(() => signal.removeEventListener("abort", stop)).then(resolve, reject);
      }),
  };
}

/**
 * All of standard input as a file of known length: a classic host wants to know it beforehand. It lies in a file
 * without a name, for us alone.
 * @param directory  Where there is room.
 */
async function spoolInput(directory: string, signal: AbortSignal): Promise<SourceFile> {
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const path = await Deno.makeTempFile({ dir: directory, prefix: ".input-" });
  const file = await Deno.open(path, { read: true, write: true });
  try {
    await Deno.remove(path).catch(() => {}); // Windows removes no open file: it goes at the end
    const buffer = new Uint8Array(128 * 1024);
    const input = standardInput(signal);
    for (let count = await input.read(buffer); count !== null; count = await input.read(buffer)) {
      for (let at = 0; at < count;) at += await file.write(buffer.subarray(at, count));
    }
    const { size } = await file.stat();
    await file.seek(0, Deno.SeekMode.Start);
    return { size, mode: 0o600, read: (into) => file.read(into), close: () => file.close() };
  } catch (error) {
    file.close();
    throw error instanceof Deno.errors.NotCapable
      ? error
      : fileError("keep standard input in", directory, error);
  }
}

/**
 * Standard output as a file that is received in blocks: a block is written when its digest is right, and what was
 * written is not asked for again when the copy is taken up.
 */
export class OutputBlocks implements ResumableFile {
  readonly #out: TargetFile = standardOutput();
  #held: Uint8Array[] = [];
  #token: string | undefined;
  /** Bytes that were written. */
  offset = 0;

  /** See {@link TargetFile.moved}. */
  get moved(): number {
    return this.#out.moved ?? 0;
  }

  /** Another try. @param token  Of the file, which must not have changed. @throws {UserError} local: it has. */
  takeUp(token: string): this {
    if (this.offset > 0 && token !== this.#token) {
      throw new UserError("the file changed while it was pulled", {
        kind: "local",
        hint: "A part of the old one has been written already: pull it again.",
      });
    }
    this.#token = token;
    return this;
  }

  /** Holds a part of a block. */
  write(bytes: Uint8Array): Promise<void> {
    this.#held.push(bytes.slice());
    return Promise.resolve();
  }

  /** The block is whole. */
  async keep(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) {
      await this.#out.write(bytes);
      this.offset += bytes.length;
    }
  }

  /** Nothing is held any more. */
  commit(): Promise<void> {
    return Promise.resolve();
  }

  /** What is not whole is dropped. */
  discard(): Promise<void> {
    this.#held = [];
    return Promise.resolve();
  }

  /** The same. */
  async suspend(): Promise<number> {
    await this.discard();
    return this.offset;
  }
}

/** Standard output as a file that is received front to back. */
export function standardOutput(): TargetFile {
  let moved = 0;
  return {
    get moved() {
      return moved;
    },
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) {
          at += await Deno.stdout.write(bytes.subarray(at));
          moved++;
        }
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed("The reader of our output left");
        throw fileError("write", "standard output", error);
      }
    },
    commit: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}
