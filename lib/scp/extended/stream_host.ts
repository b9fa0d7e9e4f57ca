/**
 * A push of which nobody knows how long it is: the listening side.
 *
 * @see lib/scp/README.md "Streams"
 * @module
 */
import type { Flow } from "../body.ts";
import { CopyError, Refusal } from "../errors.ts";
import type { Wire } from "../wire.ts";
import { zstdOf } from "./client.ts";
import { BLOCK_BYTES, type Control, readControl, writeControl } from "./frames.ts";
import type { ExtendedHost } from "./host_parts.ts";
import { receiveStream } from "./receive_blocks.ts";

/**
 * Takes all that comes. What breaks off leaves nothing: its sender can't send it again.
 * @throws {Refusal} What the client is told. @throws {CopyError} broken: the stream ended, or the client says so.
 * @throws {TreeError} Our disk. @throws {ProtocolError} by peer `frame`.
 */
export async function sinkStream(
  wire: Wire,
  host: ExtendedHost,
  path: string,
  { mode = 0, zstd = false }: Control,
  flow: Flow,
): Promise<void> {
  const { tree, digest, refuseSize, onSeen } = host;
  let room = 0;
  // Free space and quota are looked at as it comes.
  const ask = async (more: number, before: number): Promise<void> => {
    const refusal = refuseSize?.(more, before);
    if (refusal !== undefined) throw new Refusal(`bad header: ${refusal}`);
    onSeen({ promised: before + more });
    if (room < more) await tree.reserve(path, room = BLOCK_BYTES);
    room -= more;
  };
  await tree.reserve(path, room = BLOCK_BYTES);
  const file = await tree.create(path);
  try {
    const packing = zstd ? host.packing : undefined;
    await writeControl(wire, { ok: true, ...zstdOf({ packing }) });
    const { sent, size } = await receiveStream(wire, file, { ...flow, digest, packing }, ask);
    const end = await readControl(wire);
    if (end.ok !== true) throw new CopyError(`the client ended it: ${end.err ?? ""}`, "broken");
    if (end.sent !== sent || end.size !== size) throw new Refusal("other bytes came than were sent");
    await file.commit(mode);
    onSeen({ kept: size }); // also when nobody can be told any more
    await writeControl(wire, { ok: true, sent });
  } catch (error) {
    await file.discard();
    throw error;
  }
}
