/**
 * Bytes of which nobody knows how many come, sent in pieces as they come, each with its digest.
 *
 * @see lib/scp/README.md "Streams"
 * @module
 */
import type { SourceFile } from "../../sys/copies/source_file.ts";
import { u32Bytes } from "../../wire/bytes.ts";
import { Allowance, CHUNK_BYTES } from "../body.ts";
import type { Wire } from "../wire.ts";
import { BlockSum } from "./frames.ts";
import { Line, type Sending } from "./line.ts";

/** In the place of a length: nothing has come yet, and the end. */
export const STILL_HERE = 0;
/** See {@link STILL_HERE}. */
export const STREAM_END: number = 2 ** 32 - 1;
/** The other side gives up after a minute of silence. */
const STILL_HERE_MS = 20_000;

/**
 * Sends all that can be read, as it comes.
 * @param input  Read to its end.
 * @returns SHA-256 over the digests of the pieces, and how many bytes there were.
 * @throws What `input` throws.
 */
export async function sendStream(
  wire: Wire,
  input: Pick<SourceFile, "read">,
  sending: Sending,
): Promise<{ readonly sent: string; readonly size: number }> {
  const { allow, onBytes, stopped = () => false, onStopped } = sending;
  const sum = new BlockSum(sending.digest);
  const line = new Line(wire, sending);
  const buffers = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
  const allowance = new Allowance(allow);
  let size = 0;
  while (!stopped()) {
    const most = await allowance.most(CHUNK_BYTES);
    buffers.reverse();
    const count = await whileWaiting(
      wire,
      new Promise<number | null>((resolve, reject) => {
        onStopped?.(() => resolve(null));
        input.read(buffers[0].subarray(0, most)).then(resolve, reject);
      }),
      () => line.write(u32Bytes(STILL_HERE)),
    );
    if (stopped() || count === null || count === 0) break;
    allowance.moved(count);
    const piece = buffers[0].subarray(0, count);
    sum.add(piece);
    await line.write(u32Bytes(count));
    if (line.packer && await line.packer.looksGood(piece)) await line.block(piece, count);
    else {
      if (line.packer) await line.write(u32Bytes(0));
      await line.write(piece);
    }
    await line.write(sum.end());
    size += count;
    onBytes?.(count);
  }
  if (!stopped()) await line.write(u32Bytes(STREAM_END));
  await line.end();
  return { sent: sum.all(), size };
}

/** Does something every so often until a promise has settled. */
async function whileWaiting<T>({ clock }: Wire, promise: Promise<T>, run: () => Promise<void>): Promise<T> {
  let cancel: () => void = () => {};
  let running: Promise<void> = Promise.resolve();
  const again = (): void => {
    cancel = clock.after(STILL_HERE_MS, () => {
      running = running.then(run);
      running.catch(() => {}); // what is written next fails as well
      again();
    });
  };
  again();
  try {
    return await promise;
  } finally {
    cancel();
    await running.catch(() => {});
  }
}
