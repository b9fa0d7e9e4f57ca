/**
 * A member's message by way of the owner, as groups of the first weeks do it. Frames on the feed port + 1.
 *
 * @see specification skychat §b.5
 * @module
 */
import { readBody } from "../../chat/body.ts";
import { pkMember } from "../../crypto/members.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { utf8 } from "../../wire/bytes.ts";
import { field, goBool, goString, type GoStruct, goStruct, goTime, omitted } from "../../wire/go_struct.ts";
import { HEARTBEAT_TEXT } from "./leaf.ts";

/** What the member sends. */
export interface RelayRequest {
  /** A claim; it must be the stream's key. */
  readonly sender: PublicKeyHex;
  /** In clear: the stream is sealed, the owner seals it again for the group. */
  readonly text: string;
  /** When, nanoseconds; the zero time means now. */
  readonly tsNs: bigint;
  /** 16 hex characters, or "". */
  readonly messageId: string;
}

/** What the owner answers; the very first owners don't. */
export interface RelayAck {
  /** Always true. */
  readonly ack: boolean;
  /** The request's. */
  readonly messageId: string;
}

/** Go's times are 64 bits of nanoseconds. */
const MAX_NS = 2n ** 63n;

/** Whether a relayed text is a message: no heartbeat, and nothing that takes back, which needs a signature. */
export const isRelayable = (text: string, tsNs: bigint): boolean =>
  text !== "" && text !== HEARTBEAT_TEXT && tsNs >= 0n && tsNs < MAX_NS && readBody(text)?.kind !== "delete";

const REQUEST: GoStruct<RelayRequest> = goStruct<RelayRequest>({
  sender: field("sender_pk", pkMember),
  text: field("text", goString),
  tsNs: field("ts", goTime),
  messageId: omitted("msg_id", goString),
});

const ACK: GoStruct<RelayAck> = goStruct<RelayAck>({
  ack: field("ack", goBool),
  messageId: omitted("msg_id", goString),
});

/** The payload of a request. */
export const encodeRelayRequest = (request: RelayRequest): Uint8Array => utf8(REQUEST.encode(request));
/** Reads a payload. @returns undefined when it is none. */
export const readRelayRequest = (payload: Uint8Array): RelayRequest | undefined => REQUEST.decode(payload);
/** The payload of an answer. */
export const encodeRelayAck = (ack: RelayAck): Uint8Array => utf8(ACK.encode(ack));
/** Reads a payload. @returns undefined when it is none. */
export const readRelayAck = (payload: Uint8Array): RelayAck | undefined => ACK.decode(payload);
