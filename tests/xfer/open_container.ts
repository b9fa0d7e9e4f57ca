/** A whole container at once, as the specification has it: what `lib/xfer/sealing.ts` opens as it comes. */
import { GCM_NONCE_BYTES } from "../../lib/crypto/gcm.ts";
import {
  CHUNK_BYTES,
  chunkCount,
  containerBytes,
  type ContainerHeader,
  fileKey,
  GCM_TAG_BYTES,
  openChunk,
  parseHeader,
} from "../../lib/xfer/container.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";

/**
 * Opens a whole container.
 * @param groupKeys  The current one first, then older ones; 32 bytes each.
 * @returns Header and plain bytes.
 * @throws {ProtocolError} by peer `container`: not one, cut off, or of none of the keys.
 */
export function openContainer(
  groupKeys: readonly Uint8Array[],
  container: Uint8Array,
): { header: ContainerHeader; plain: Uint8Array } {
  const parsed = parseHeader(container);
  if (!parsed) throw bad("it is cut off");
  const { header, bytes } = parsed;
  if (container.length !== containerBytes(bytes.length, header.size)) {
    throw bad("it has another length than it says");
  }
  const whole = CHUNK_BYTES + GCM_NONCE_BYTES + GCM_TAG_BYTES;
  const count = chunkCount(header.size);
  const chunk = (i: number): Uint8Array =>
    container.subarray(bytes.length + i * whole, bytes.length + (i + 1) * whole);
  let problem: unknown = bad("there is no key");
  for (const groupKey of groupKeys) {
    const key = fileKey(groupKey, header.groupId, header.fileId);
    try {
      const plain = Array.from(
        { length: count },
        (_, i) => openChunk(key, bytes, i, i === count - 1, chunk(i)),
      );
      return { header, plain: concat(...plain) };
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

const bad = (why: string): ProtocolError =>
  new ProtocolError(`no container: ${why}`, { by: "peer", code: "container", ends: "stream" });
