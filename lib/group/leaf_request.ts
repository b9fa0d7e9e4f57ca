/**
 * Members ask each other for leaves that they know to exist and do not have: one frame each way on the feed port + 1.
 * Go programs close the stream.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import { pkMember } from "../crypto/members.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { FeedLeaf } from "../cxo/feed_change.ts";
import { utf8 } from "../wire/bytes.ts";
import { field, goBytes, goList, goString, type GoStruct, goStruct, goU64 } from "../wire/go_struct.ts";
import { MAX_WANTS } from "./inquiry.ts";

/** Most leaves of one answer. */
export const MAX_ANSWERED = 64;
/** Most bytes of paths and values in one answer: base64 and names keep it below the 64 KiB of a frame. */
export const MAX_ANSWERED_BYTES = 40_960;

/** Leaves that are asked for. */
export interface Want {
  /** Whose. */
  readonly author: PublicKeyHex;
  /** Of which run, 16 hex characters. */
  readonly inc: string;
  /** First number. */
  readonly from: bigint;
  /** Last number. */
  readonly to: bigint;
}

/** Asks for leaves. */
export interface LeavesRequest {
  /** `leaves_request`. */
  readonly kind: string;
  /** Of which group. */
  readonly groupId: string;
  /** What. */
  readonly wants: readonly Want[];
}

/** Gives leaves. */
export interface LeavesResponse {
  /** `leaves_response`. */
  readonly kind: string;
  /** Of which group. */
  readonly groupId: string;
  /** What is here of it. */
  readonly leaves: readonly FeedLeaf[];
}

const REQUEST: GoStruct<LeavesRequest> = goStruct<LeavesRequest>({
  kind: field("kind", goString),
  groupId: field("group_id", goString),
  wants: field(
    "wants",
    goList(goStruct<Want>({
      author: field("author_pk", pkMember),
      inc: field("inc", goString),
      from: field("from", goU64),
      to: field("to", goU64),
    })),
  ),
});

const RESPONSE: GoStruct<LeavesResponse> = goStruct<LeavesResponse>({
  kind: field("kind", goString),
  groupId: field("group_id", goString),
  leaves: field(
    "leaves",
    goList(goStruct<FeedLeaf>({ path: field("path", goString), value: field("value", goBytes) })),
  ),
});

/** A request as a frame's payload. */
export const encodeLeavesRequest = (groupId: string, wants: readonly Want[]): Uint8Array =>
  utf8(REQUEST.encode({ kind: "leaves_request", groupId, wants: wants.slice(0, MAX_WANTS) }));

/** Reads a request. @returns undefined when it is none, asks for too much at once, or for nothing that can be. */
export function readLeavesRequest(payload: Uint8Array): Omit<LeavesRequest, "kind"> | undefined {
  const request = REQUEST.decode(payload);
  if (request?.kind !== "leaves_request" || request.wants.length > MAX_WANTS) return undefined;
  const isSound = ({ inc, from, to }: Want) => /^[0-9a-f]{16}$/.test(inc) && from >= 1n && from <= to;
  return request.wants.every(isSound) ? { groupId: request.groupId, wants: request.wants } : undefined;
}

/** An answer as a frame's payload. @param leaves  At most {@link MAX_ANSWERED}, {@link MAX_ANSWERED_BYTES} together. */
export const encodeLeavesResponse = (groupId: string, leaves: readonly FeedLeaf[]): Uint8Array =>
  utf8(RESPONSE.encode({ kind: "leaves_response", groupId, leaves }));

/** Reads an answer. @returns undefined when it is none. */
export function readLeavesResponse(payload: Uint8Array): Omit<LeavesResponse, "kind"> | undefined {
  const response = RESPONSE.decode(payload);
  return response?.kind === "leaves_response" && response.leaves.length <= MAX_ANSWERED
    ? { groupId: response.groupId, leaves: response.leaves }
    : undefined;
}
