/**
 * The frame of a chat connection: u32 big-endian length ‖ payload of 1 … 65536 bytes.
 *
 * @see specification skychat §0.3
 * @module
 */
import { ProtocolError } from "../wire/errors.ts";
import { encodeFrame, type FrameRule } from "../wire/frame.ts";

/** Largest payload of one frame. */
export const MAX_PAYLOAD_BYTES = 65_536;

/** How a FrameReader cuts a chat connection. A length outside the limits ends the connection: no resync. */
export const CHAT_FRAME: FrameRule = {
  prefixBytes: 4,
  minBytes: 1,
  maxBytes: MAX_PAYLOAD_BYTES,
  error: (length) => new ProtocolError(lengthText(length), { by: "peer", code: "frame", ends: "stream" }),
};

const lengthText = (length: number): string =>
  length === 0
    ? "skychat: zero-length frame"
    : `skychat: frame ${length} > max ${MAX_PAYLOAD_BYTES} (peer running old unframed protocol?)`;

/**
 * Puts the length in front of a payload.
 * @param payload  1 … 65536 bytes.
 * @throws {RangeError} `skychat: empty payload` or `skychat: payload N > max 65536`.
 */
export function encodeChatFrame(payload: Uint8Array): Uint8Array {
  if (payload.length === 0) throw new RangeError("skychat: empty payload");
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`skychat: payload ${payload.length} > max ${MAX_PAYLOAD_BYTES}`);
  }
  return encodeFrame(CHAT_FRAME, payload);
}
