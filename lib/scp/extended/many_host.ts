/**
 * Many small files over one stream, and the names below a directory: the listening side.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import type { TreeBatch } from "../../sys/tree/tree.ts";
import type { Flow } from "../body.ts";
import { badWire, CopyError, cutOff, Refusal } from "../errors.ts";
import { checkText } from "../path.ts";
import { toldText } from "../told.ts";
import { IDLE_MS, type Wire } from "../wire.ts";
import {
  BLOCK_BYTES,
  type Control,
  controlHere,
  HASH_BYTES,
  hashOf,
  readControl,
  sameHash,
  timeIn,
  writeControl,
} from "./frames.ts";
import type { ManyHost } from "./host_parts.ts";

/** Files that are put in their places together; a second batch comes in while the first is synced. */
const BATCH_FILES = 256;
const BATCH_BYTES: number = 2 * 2 ** 20;

/**
 * Takes many files and directories; each is decided once, in the order in which they came, and what fails of them is
 * told to the client.
 * @throws {Refusal} Many are not taken here. @throws {CopyError} broken: the stream ended.
 * @throws {ProtocolError} by peer `frame`.
 */
export async function sinkMany(wire: Wire, host: ManyHost, flow: Flow): Promise<void> {
  const taken = new Taken(wire, host);
  await taken.look();
  try {
    for (;;) {
      const entry = controlHere(wire) ?? await readControl(wire, IDLE_MS);
      if (entry.ok === true) break;
      const name = nameOf(entry);
      if (entry.kind === "directory") await taken.directory(name, entry);
      else if (entry.kind === "file") {
        const bytes = smallHere(wire, entry) ?? await readSmall(wire, entry);
        const full = taken.file(name, entry, checked(bytes, host, flow));
        if (full) await full;
      } else throw badWire("frame", "dmsgscp: frame of no kind");
    }
  } catch (error) {
    await taken.giveUp();
    throw error;
  }
  await writeControl(wire, { ok: true, entries: await taken.end() });
}

interface Waiting {
  readonly index: number;
  readonly bytes: number;
  readonly failed?: string;
}

class Taken {
  readonly #wire: Wire;
  readonly #host: ManyHost;
  #batch: TreeBatch;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #count = 0;
  #flushing: Promise<void> = Promise.resolve();
  #promised = 0;
  #spared = 0;
  #kept = 0;
  #files = 0;
  #noRoom: string | undefined;

  constructor(wire: Wire, host: ManyHost) {
    this.#wire = wire;
    this.#host = host;
    if (!host.tree.batch) throw new Refusal("many files are not taken here");
    this.#batch = host.tree.batch();
  }

  /** Directories wait for what came before: their time would not stay as it is. */
  async directory(name: string, { mode = 0o700, ...time }: Control): Promise<void> {
    const mtimeMs = timeIn(time);
    await this.#flush();
    await this.#flushing;
    const index = this.#count++;
    try {
      await this.#host.tree.makeDirectory!(name, mtimeMs === undefined ? undefined : { mode, mtimeMs });
      await writeControl(this.#wire, { done: this.#count });
    } catch (error) {
      await this.#tell(index, wordsOf(error));
      await writeControl(this.#wire, { done: this.#count });
    }
  }

  /** @returns A promise when others are to wait. @param bytes  Used before anything is waited for. */
  file(name: string, { mode = 0, ...time }: Control, bytes: Uint8Array): Promise<void> | undefined {
    const index = this.#count++;
    const reason = this.#noRoom ?? this.#host.refuseSize?.(bytes.length);
    const failed = reason && `bad header: ${reason}`;
    if (failed === undefined) {
      this.#promised += bytes.length;
      this.#batch.add(name, bytes, { mode, mtimeMs: timeIn(time) });
    }
    this.#waiting.push({ index, bytes: bytes.length, failed });
    this.#bytes += bytes.length;
    return this.#waiting.length >= BATCH_FILES || this.#bytes >= BATCH_BYTES ? this.#flush() : undefined;
  }

  /** Looks whether there is room for the next batch. */
  async look(): Promise<void> {
    try {
      await this.#host.tree.reserve(".", BATCH_BYTES);
      this.#noRoom = undefined;
    } catch (error) {
      this.#noRoom = (error as Error).message;
    }
  }

  /** @returns How many there were. */
  async end(): Promise<number> {
    await this.#flush();
    await this.#flushing;
    return this.#count;
  }

  /** What came whole is kept: the client will not send it again. */
  async giveUp(): Promise<void> {
    await this.#flushing.catch(() => {}); // its files have their places, though nobody could be told
    this.#flushing = Promise.resolve();
    await this.#flush();
    await this.#flushing.catch(() => {});
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    await this.#flushing;
    const [batch, waiting] = [this.#batch, this.#waiting];
    this.#batch = this.#host.tree.batch!();
    this.#waiting = [];
    this.#bytes = 0;
    this.#flushing = this.#commit(batch, waiting);
    this.#flushing.catch(() => {}); // awaited by the next one
    await this.look();
  }

  async #commit(batch: TreeBatch, waiting: readonly Waiting[]): Promise<void> {
    const outcomes = await batch.commit();
    let next = 0;
    for (const { index, bytes, failed } of waiting) {
      const error = failed === undefined ? outcomes[next++] : undefined;
      if (failed === undefined && error === undefined) {
        this.#kept += bytes;
        this.#files++;
      } else {
        if (failed === undefined) this.#spared += bytes;
        await this.#tell(index, failed ?? wordsOf(error));
      }
    }
    this.#host.onSeen({
      promised: this.#promised,
      spared: this.#spared,
      kept: this.#kept + this.#spared,
      files: this.#files,
    });
    await writeControl(this.#wire, { done: waiting.at(-1)!.index + 1 });
  }

  #tell(index: number, err: string): Promise<void> {
    return writeControl(this.#wire, { index, err });
  }
}

/** A file and its digest when they have come already: valid until more is read. */
function smallHere({ reader }: Wire, { size = 0 }: Control): Uint8Array | undefined {
  if (size > BLOCK_BYTES) throw badWire("frame", "dmsgscp: frame of a file that is not small");
  return reader.here(size + HASH_BYTES);
}

async function readSmall({ reader }: Wire, { size = 0 }: Control): Promise<Uint8Array> {
  const both = await reader.exactly(size + HASH_BYTES, IDLE_MS);
  if (both === undefined) throw cutOff("inside a file");
  return both;
}

/** Takes the digest off a file. @returns Its bytes. @throws {CopyError} broken: it has another digest. */
export function checked(
  both: Uint8Array,
  { digest }: { readonly digest: () => Digest },
  { onBytes }: Pick<Flow, "onBytes">,
): Uint8Array {
  const size = both.length - HASH_BYTES;
  const bytes = both.subarray(0, size);
  onBytes?.(size);
  if (!sameHash(hashOf(bytes, digest), both.subarray(size))) {
    throw new CopyError("a file is not what was sent", "broken");
  }
  return bytes;
}

/** A name as a peer may write it. @throws {ProtocolError} by peer. */
export function nameOf({ name }: Control): string {
  checkText(name ?? "");
  return name!;
}

/** Why something fails, as a peer may hear it. */
export const wordsOf = (error: unknown): string =>
  error instanceof Refusal ? error.message : toldText(error) ?? "it can't be done here";
