/**
 * The payload: exactly as many bytes as the record said, and the mark behind them. The bulk path of both roles.
 *
 * @see specification dmsgscp §3.5, §3.6
 * @module
 */
import { within } from "../sys/clock.ts";
import type { TargetFile } from "../sys/copies/part_file.ts";
import { fill, type SeekableSource, type SourceFile } from "../sys/copies/source_file.ts";
import { UserError } from "../wire/errors.ts";
import { NEVER_MS } from "../wire/reading.ts";
import { CHANGED, CopyError, cutOff } from "./errors.ts";
import { CONTROL_MS, FINAL_MS, IDLE_MS, type Wire } from "./wire.ts";

/** What 32 sealed frames of dmsg hold, and so what one write to the socket takes. */
export const CHUNK_BYTES: number = 32 * 4070;
/** A second one is sealed while the first waits for the peer's window, and a third is read meanwhile. */
const BUFFERS = 3;
/** A fatal line may lie behind the end of our direction: how long it is looked for. */
const LAST_WORDS_MS = 2000;

/** How bytes flow. */
export interface Flow {
  /** Bytes of the payload that have moved. */
  readonly onBytes?: (count: number) => void;
  /** Bytes that need not move: the old version has them. */
  readonly onReused?: (count: number) => void;
  /**
   * Waits until some bytes may move.
   * @returns How many, 1 … wanted; at least one every 20 s, or the peer gives up.
   */
  readonly allow?: (wanted: number) => Promise<number>;
}

/** What may move, where a read can bring less than that: the rest stays allowed. */
export class Allowance {
  readonly #allow: Flow["allow"];
  #left = 0;

  /** Nothing may move yet. @param allow  Undefined: everything may. */
  constructor(allow: Flow["allow"]) {
    this.#allow = allow;
  }

  /** Waits until some bytes may move. @returns How many, 1 … wanted. @throws What `allow` throws. */
  async most(wanted: number): Promise<number> {
    if (!this.#allow) return wanted;
    if (this.#left === 0) this.#left = await this.#allow(Math.min(wanted, CHUNK_BYTES));
    return Math.min(wanted, this.#left);
  }

  /** So many have moved, of those that may. */
  moved(count: number): void {
    if (this.#allow) this.#left -= count;
  }
}

/**
 * Sends a payload and its end mark, and waits for the last ack. What the peer says meanwhile is heard: a host that can't
 * store the file says so in the middle, and of a client that was killed the end of its direction tells, and nothing else.
 * A host goes on for one piece: what is said out of turn must not change a short answer, whenever it comes.
 * @param size  As in the record.
 * @param isClient  It can send the file again when it changes meanwhile; a host gives what was there when it was asked, as
 * Go does.
 * @throws {UserError} local: the file became shorter, or can't be read. The stream must be broken then.
 * @throws {CopyError} broken: a client's file changed while it was read. Likewise.
 * @throws As {@link Wire.awaitAck} and {@link Wire.write}.
 */
export async function sendBody(
  wire: Wire,
  file: SourceFile & Partial<Pick<SeekableSource, "isSame">>,
  size: number,
  flow: Flow = {},
  isClient = true,
): Promise<void> {
  let told = false;
  const early = wire.awaitAck(NEVER_MS, "before the other side said that it has the file");
  let gone: unknown;
  early.finally(() => told = true).catch((error) => { // told in its turn
    if (!isAboutTheStream(error)) return;
    gone = error;
    wire.abandon();
  });
  let goesOn = !isClient;
  try {
    for await (const chunk of chunksOf(file, size)) {
      for (let at = 0; at < chunk.length;) {
        if (told && !goesOn) await early; // throws the fatal line; an early ack is as good as a late one
        const count = await flow.allow?.(chunk.length - at) ?? chunk.length;
        await wire.write(chunk.subarray(at, at + count));
        flow.onBytes?.(count);
        at += count;
        goesOn = false;
      }
    }
    if (isClient && await file.isSame?.() === false) throw new CopyError(CHANGED, "broken");
    await wire.ack();
  } catch (error) {
    if (error instanceof CopyError || error instanceof UserError) throw error;
    throw await lastWords(wire, early) ?? gone ?? error;
  }
  await wire.patiently(early, FINAL_MS, late);
}

/** What the peer said before the stream broke: it knows the reason better. */
export async function lastWords(wire: Wire, answer: Promise<unknown>): Promise<unknown> {
  try {
    await within(wire.clock, LAST_WORDS_MS, answer, late);
    return undefined;
  } catch (error) {
    return isAboutTheStream(error) ? undefined : error;
  }
}

const isAboutTheStream = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as { fault?: string }).fault === "broken" || error.name === "NetworkError");

const late = (): CopyError => cutOff("without the last answer");

/** Reads ahead by one chunk. */
async function* chunksOf(file: SourceFile, size: number): AsyncGenerator<Uint8Array> {
  const buffers = Array.from(
    { length: Math.min(BUFFERS, Math.ceil(size / CHUNK_BYTES)) },
    () => new Uint8Array(Math.min(size, CHUNK_BYTES)),
  );
  let asked = 0;
  const next = (number: number): Promise<Uint8Array> | undefined => {
    if (asked >= size) return undefined;
    const into = buffers[number % buffers.length].subarray(0, Math.min(CHUNK_BYTES, size - asked));
    asked += into.length;
    const filled = fill(file, into);
    filled.catch(() => {}); // awaited in its turn
    return filled;
  };
  let number = 0;
  for (let ready = next(number++); ready !== undefined;) {
    const chunk = await ready;
    ready = next(number++);
    yield chunk;
  }
}

/**
 * Receives a payload and its end mark. Nothing is committed.
 * @throws {CopyError} broken: the stream ended first.
 * @throws As {@link Wire.awaitAck} for the mark, and what the target throws.
 */
export async function receiveBody(
  wire: Wire,
  target: Pick<TargetFile, "write">,
  size: number,
  flow: Flow = {},
): Promise<void> {
  const allowance = new Allowance(flow.allow);
  for (let left = size; left > 0;) {
    const bytes = await wire.reader.some(await allowance.most(left), IDLE_MS);
    if (bytes === null) throw cutOff(`${left} bytes before the end of the file`);
    allowance.moved(bytes.length);
    await target.write(bytes);
    left -= bytes.length;
    flow.onBytes?.(bytes.length);
  }
  await wire.awaitAck(CONTROL_MS, "before the mark behind the file");
}
