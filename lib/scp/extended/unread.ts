/**
 * A file that its sender can't read to the end: its block is filled up, and marked as none, so that a frame behind it
 * can say why.
 *
 * @see lib/scp/README.md "Extension"
 * @module
 */
import { BecameShorter } from "../../sys/copies/source_file.ts";
import { treeError } from "../../sys/tree/error.ts";
import { SHORTER } from "../errors.ts";
import { toldText } from "../told.ts";
import { HASH_BYTES, sameHash } from "./frames.ts";
import type { Line } from "./line.ts";

/** In the place of the digest: what came before it is no block, and a control frame says why. */
const NO_BLOCK = new Uint8Array(HASH_BYTES);
/** What a block is filled with at a time. */
const FILL_BYTES = 64 * 1024;

/** The file can't be read any further. */
export class Unread extends Error {
  /** Tells it from other errors. */
  override readonly name = "Unread";
  /** What reading it has thrown. */
  override readonly cause: Error;

  /** The end of reading. @param cause  What reading it has thrown; the message is what a peer may be told of it. */
  constructor(cause: Error) {
    super(cause instanceof BecameShorter ? SHORTER : toldText(treeError("read", cause.cause ?? cause)));
    this.cause = cause;
  }
}

/** Whether what stands in the place of a block's digest says that there is none. */
export const isNoBlock = (hash: Uint8Array): boolean => sameHash(hash, NO_BLOCK);

/** Writes the rest of a block that can't be had. @param left  So many bytes of it, 0 for none. */
export async function fillUp(line: Line, left: number): Promise<void> {
  const nothing = new Uint8Array(Math.min(left, FILL_BYTES));
  for (let to = left; to > 0; to -= nothing.length) await line.write(nothing.subarray(0, to));
  await line.write(NO_BLOCK);
  await line.end();
}
