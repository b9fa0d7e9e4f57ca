/**
 * Voice calls of Go programs, as far as declining one goes: a stream of its own, one JSON object in each frame.
 *
 *     the one that calls   {"type":1,"call_id","from_pk","codec","media_port"}   →
 *                                                                               ←  {"type":3,"call_id","from_pk","reason"}
 *
 * @see lib/chat/README.md "Calls"
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { goJson, parseGoObject, readMembers } from "../wire/go_json.ts";

/** The port that a caller dials. */
export const CALL_PORT = 62;

/** The kinds of signals that matter here: an offer of a call, and a no. */
const [INVITE, DECLINE] = [1n, 3n];

/** What a caller opens its stream with. */
export interface CallSignal {
  /** Chosen by the caller, opaque. */
  readonly callId: string;
  /** Whether it is a new call; what goes on with an older one is none. */
  readonly isInvite: boolean;
}

/**
 * Reads a signal.
 * @param payload  One frame's payload; the frame is the one of {@link file://./frame.ts}.
 * @returns undefined: it is none.
 */
export function readCallSignal(payload: Uint8Array): CallSignal | undefined {
  const object = parseGoObject(fromUtf8(payload));
  const members = object && readMembers(object, { type: "i64", call_id: "string" });
  return members && { callId: members.call_id, isInvite: members.type === INVITE };
}

/**
 * The payload that declines a call.
 * @param reason  For the one that calls to read.
 */
export const declineCall = (callId: string, own: PublicKeyHex, reason: string): Uint8Array =>
  utf8(goJson({ type: DECLINE, call_id: callId, from_pk: own, reason }));
