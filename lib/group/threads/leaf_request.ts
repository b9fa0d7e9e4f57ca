/**
 * Members ask each other for leaves that they know to exist and do not have: a frame there and one back on the feed
 * port + 1, and where a leaf is longer than a frame some more of them (leaf_answer.ts). Go programs close the stream.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { pkMember } from "../../crypto/members.ts";
import type { FeedLeaf } from "../../cxo/feed/change.ts";
import { concat, fromHex, toHex, utf8 } from "../../wire/bytes.ts";
import {
  field,
  goBool,
  goBytes,
  goList,
  goString,
  type GoStruct,
  goStruct,
  type GoType,
  goU64,
  omitted,
} from "../../wire/go_struct.ts";
import { uuidBytes } from "../record/uuid.ts";
import { MAX_WANTS } from "./inquiry.ts";

/** Most leaves of one answer. */
export const MAX_ANSWERED = 64;
/** Most bytes of paths and values in one frame: base64 and names keep it below the 64 KiB of a frame. */
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
  /** Of which group; see {@link unsaidGroup}. */
  readonly groupId: string;
  /** What. */
  readonly wants: readonly Want[];
  /** Whether who asks puts a leaf together that comes in pieces. */
  readonly takesPieces: boolean;
  /** How many decisions it has of those that it may be given (parting.ts), the newest ones; left out: none. */
  readonly skip?: bigint;
  /** Whether it is a member that wants decisions, and no messages. */
  readonly decisions?: boolean;
}

/** Which part of a leaf's value a frame holds. */
export interface Piece {
  /** Bytes of the value before it. */
  readonly at: bigint;
  /** Bytes of the whole value; 0: the frame holds whole leaves. */
  readonly of: bigint;
}

/** A frame of whole leaves. */
const WHOLE: Piece = { at: 0n, of: 0n };

/** Gives leaves. */
export interface LeavesResponse {
  /** `leaves_response`. */
  readonly kind: string;
  /** Of which group. */
  readonly groupId: string;
  /** What is here of it; with a piece the one leaf of which it is. */
  readonly leaves: readonly FeedLeaf[];
  /** Which part of it. */
  readonly piece: Piece;
}

const PIECE: GoStruct<Piece> = goStruct<Piece>({ at: field("at", goU64), of: field("of", goU64) });

/** A piece, absent when leaves are whole. */
const pieceMember: GoType<Piece> = { ...PIECE, zero: WHOLE, isEmpty: ({ of }) => of === 0n };

const REQUEST: GoStruct<Required<LeavesRequest>> = goStruct<Required<LeavesRequest>>({
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
  takesPieces: omitted("pieces", goBool),
  skip: omitted("skip", goU64),
  decisions: omitted("decisions", goBool),
});

const RESPONSE: GoStruct<LeavesResponse> = goStruct<LeavesResponse>({
  kind: field("kind", goString),
  groupId: field("group_id", goString),
  leaves: field(
    "leaves",
    goList(goStruct<FeedLeaf>({ path: field("path", goString), value: field("value", goBytes) })),
  ),
  piece: omitted("piece", pieceMember),
});

/**
 * A request as a frame's payload.
 * @param takesPieces  Older programs of ours neither say it nor look at it.
 * @param more  See {@link LeavesRequest}.
 */
export const encodeLeavesRequest = (
  groupId: string,
  wants: readonly Want[],
  takesPieces = true,
  { skip = 0n, decisions = false }: Pick<LeavesRequest, "skip" | "decisions"> = {},
): Uint8Array =>
  utf8(
    REQUEST.encode({
      kind: "leaves_request",
      groupId,
      wants: wants.slice(0, MAX_WANTS),
      takesPieces,
      skip,
      decisions,
    }),
  );

const UNSAID_LABEL = utf8("skychat-group-unsaid-v1");

/**
 * What stands for a group's id in a request to somebody whom we do not know: who is in finds that it is its group, and a
 * stranger that only tries ports learns no id. By an id it could ask what the group is called, and to be let in.
 * @param groupId  UUID text. @param asker  Who asks, so that nobody else can say it.
 * @returns 64 hex characters.
 */
export const unsaidGroup = (groupId: string, asker: PublicKeyHex): string =>
  toHex(sha256(concat(UNSAID_LABEL, uuidBytes(groupId)!, fromHex(asker))));

/** Reads a request. @returns undefined when it is none, asks for too much at once, or for nothing that can be. */
export function readLeavesRequest(payload: Uint8Array): Omit<LeavesRequest, "kind"> | undefined {
  const request = REQUEST.decode(payload);
  if (request?.kind !== "leaves_request" || request.wants.length > MAX_WANTS) return undefined;
  const isSound = ({ inc, from, to }: Want) => /^[0-9a-f]{16}$/.test(inc) && from >= 1n && from <= to;
  const { groupId, wants, takesPieces, skip, decisions } = request;
  if (!wants.every(isSound)) return undefined;
  return {
    groupId,
    wants,
    takesPieces,
    ...(skip === 0n ? {} : { skip }),
    ...(decisions ? { decisions } : {}),
  };
}

/** An answer as a frame's payload. @param leaves  At most {@link MAX_ANSWERED}, {@link MAX_ANSWERED_BYTES} together. */
export const encodeLeavesResponse = (
  groupId: string,
  leaves: readonly FeedLeaf[],
  piece: Piece = WHOLE,
): Uint8Array => utf8(RESPONSE.encode({ kind: "leaves_response", groupId, leaves, piece }));

/** Reads a frame of an answer. @returns undefined when it is none. */
export function readLeavesResponse(payload: Uint8Array): Omit<LeavesResponse, "kind"> | undefined {
  const response = RESPONSE.decode(payload);
  return response?.kind === "leaves_response" && response.leaves.length <= MAX_ANSWERED
    ? { groupId: response.groupId, leaves: response.leaves, piece: response.piece }
    : undefined;
}
