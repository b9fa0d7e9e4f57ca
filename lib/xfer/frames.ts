/**
 * The control frames of a file transfer on port 64: offer, answer, trailer, receipt.
 *
 * @see specification dmsgscp §9
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { pkMember } from "../crypto/members.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { ProtocolError } from "../wire/errors.ts";
import { encodeFrame, type FrameRule } from "../wire/frame.ts";
import { goJson, type GoObject, parseGoStruct, readMembers } from "../wire/go_json.ts";
import { field, goI64, goString, type GoStruct, goStruct, omitted } from "../wire/go_struct.ts";

/** The port of every skychat. */
export const XFER_PORT = 64;

/** The frame of everything that is not the body. A Go peer closes beyond these limits. */
export const XFER_FRAME: FrameRule = {
  prefixBytes: 4,
  minBytes: 1,
  maxBytes: 65536,
  error: (length) =>
    new ProtocolError(`xfer: frame of ${length} bytes`, { by: "peer", code: "frame", ends: "stream" }),
};

/** What a sender says about its file. */
export interface Offer {
  /** 16 hex characters from Go; opaque. */
  readonly id: string;
  /** Base name, not checked. */
  readonly name: string;
  /** Bytes of the body; negative ones are refused by name. */
  readonly size: bigint;
  /** Guessed by the sender; "" when it said nothing. */
  readonly mime: string;
  /** The sender's key, or the null key; display only: the stream says who it is. */
  readonly from: PublicKeyHex;
  /** The group that it was sent to; "" for one peer. */
  readonly group: string;
}

/** An answer to an offer, or with its id the receipt. */
export interface Verdict {
  /** Of the offer; "" in an answer. */
  readonly id: string;
  /** Go on, or: it is kept. */
  readonly ok: boolean;
  /** Why not; "" when it is ok. */
  readonly err: string;
}

/** Writes an offer as Go does: members in this order, empty ones left out. */
export const encodeOffer = (offer: Offer): Uint8Array => encodeFrame(XFER_FRAME, utf8(OFFER.encode(offer)));

/**
 * Reads an offer.
 * @returns undefined when it is none, or `from` is no key: the stream is closed without an answer then. Nothing, or
 * zeros alone, is the null key to Go: such an offer is one, and gets its answer.
 */
export const parseOffer = (payload: Uint8Array): Offer | undefined => OFFER.decode(fromUtf8(payload));

/** Writes an answer or a receipt. */
export const encodeVerdict = ({ id, ok, err }: Verdict): Uint8Array =>
  frame({ ...(id === "" ? {} : { id }), ok, ...(err === "" ? {} : { err }) });

/** Reads an answer or a receipt; undefined when it is none. */
export function parseVerdict(payload: Uint8Array): Verdict | undefined {
  const object = objectOf(payload);
  return object && readMembers(object, VERDICT);
}

/** Writes the trailer. @param sha256  64 lower-case hex characters. */
export const encodeTrailer = (sha256: string): Uint8Array => frame({ sha256 });

/** Reads a trailer; undefined when it is none. */
export function parseTrailer(payload: Uint8Array): string | undefined {
  const object = objectOf(payload);
  return object && readMembers(object, TRAILER)?.sha256;
}

const objectOf = (payload: Uint8Array): GoObject | undefined => parseGoStruct(fromUtf8(payload));

const OFFER: GoStruct<Offer> = goStruct<Offer>({
  id: field("id", goString),
  name: field("name", goString),
  size: field("size", goI64),
  mime: omitted("mime", goString),
  from: field("from", pkMember),
  group: omitted("group", goString),
});
const VERDICT = { id: "string", ok: "boolean", err: "string" } as const;
const TRAILER = { sha256: "string" } as const;

const frame = (value: Record<string, unknown>): Uint8Array => encodeFrame(XFER_FRAME, utf8(goJson(value)));
