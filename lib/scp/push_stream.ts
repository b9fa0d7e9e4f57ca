/**
 * Pushes what is read as it comes, to a host of ours.
 *
 * @see lib/scp/README.md "Streams"
 * @module
 */
import type { SourceFile } from "../sys/copies/source_file.ts";
import type { Stream } from "../wire/reading.ts";
import { checked, type ExtendedOptions, packingOf, untilReceipt, zstdOf } from "./extended/client.ts";
import { readControl, writeControl } from "./extended/frames.ts";
import { sendStream } from "./extended/send_stream.ts";
import { greet, run } from "./greet.ts";
import type { WireOptions } from "./wire.ts";

/**
 * Pushes all that can be read.
 * @param input  Not read before the host is known to take it.
 * @returns How many bytes there were; they are synced and in their place.
 * @throws {NoExtension} The host is of another kind: it wants to know the length first.
 * @throws As `push`, and what `input` throws.
 */
export function pushStream(
  stream: Stream,
  input: Pick<SourceFile, "read" | "mode">,
  options: WireOptions & Pick<ExtendedOptions, "digest" | "packing" | "allow" | "onBytes"> & {
    /** Below the peer's root. */
    readonly path: string;
  },
): Promise<number> {
  return run(stream, options, async (wire) => {
    await greet(wire, "SINK", options.path);
    await writeControl(wire, { op: "stream", mode: input.mode, ...zstdOf(options) });
    const { zstd = false } = checked(await readControl(wire));
    const packing = packingOf(options, zstd);
    let bytes = 0;
    await untilReceipt(wire, async (told) => {
      const { sent, size } = await sendStream(wire, input, { ...options, packing, ...told });
      bytes = size;
      if (told.stopped()) return undefined;
      await writeControl(wire, { ok: true, sent, size });
      return sent;
    });
    return bytes;
  });
}
