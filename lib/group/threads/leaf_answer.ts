/**
 * An answer to who asks for leaves, as frames: whole leaves in one, or one leaf that is longer than a frame in as many
 * as it takes. How long each piece is follows from the length of the whole, so an answer can't go on for ever.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { FeedLeaf } from "../../cxo/feed/change.ts";
import { concat } from "../../wire/bytes.ts";
import { MAX_LEAF_BYTES } from "../talk/leaf.ts";
import { encodeLeavesResponse, MAX_ANSWERED_BYTES, readLeavesResponse } from "./leaf_request.ts";

/** Bytes of a value in a frame that is filled; the path is beside it. */
export const PIECE_BYTES: number = MAX_ANSWERED_BYTES;
/** Bytes of a leaf in an answer. */
export const leafBytes = ({ path, value }: FeedLeaf): number => path.length + value.length;

/** Whether a leaf goes only in pieces. */
export const isLong = (leaf: FeedLeaf): boolean => leafBytes(leaf) > MAX_ANSWERED_BYTES;

/**
 * The payloads of an answer, each made when the one before it is written.
 * @param leaves  Such as one frame holds, or a single one of at most {@link MAX_LEAF_BYTES}.
 */
export function* answerFrames(groupId: string, leaves: readonly FeedLeaf[]): Generator<Uint8Array> {
  const long = leaves.find(isLong);
  if (long === undefined) return yield encodeLeavesResponse(groupId, leaves);
  const { path, value } = long;
  for (let at = 0; at < value.length; at += PIECE_BYTES) {
    const piece = { at: BigInt(at), of: BigInt(value.length) };
    yield encodeLeavesResponse(groupId, [{ path, value: value.subarray(at, at + PIECE_BYTES) }], piece);
  }
}

/** Puts an answer together. Holds at most {@link MAX_LEAF_BYTES}, and of them what has come. */
export class LeafAnswer {
  readonly #groupId: string;
  readonly #pieces: Uint8Array[] = [];
  #at = 0;
  #of = 0;
  #path = "";

  /** Nothing has come yet. @param groupId  UUID of the group, lower case. */
  constructor(groupId: string) {
    this.#groupId = groupId;
  }

  /**
   * Takes the payload of the next frame.
   * @returns The leaves, with the last frame; none of them when the answer breaks a rule, and then too nothing more is
   *   to be read. undefined: another frame follows.
   */
  take(payload: Uint8Array): readonly FeedLeaf[] | undefined {
    const response = readLeavesResponse(payload);
    if (response?.groupId.toLowerCase() !== this.#groupId) return [];
    const { leaves, piece: { at, of } } = response;
    if (of === 0n) return this.#at === 0 ? leaves : [];
    if (
      leaves.length !== 1 || of > BigInt(MAX_LEAF_BYTES) || !this.#fits(leaves[0], Number(at), Number(of))
    ) {
      return [];
    }
    const [{ path, value }] = leaves;
    this.#pieces.push(value);
    this.#at += value.length;
    return this.#at === this.#of ? [{ path, value: concat(...this.#pieces) }] : undefined;
  }

  /** Whether it is the piece behind those that are here. */
  #fits({ path, value }: FeedLeaf, at: number, of: number): boolean {
    if (this.#at === 0) [this.#path, this.#of] = [path, of];
    return at === this.#at && of === this.#of && path === this.#path &&
      value.length === Math.min(PIECE_BYTES, of - at);
  }
}
