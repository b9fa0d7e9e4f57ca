/**
 * The 12-byte yamux header and the frames that are nothing but a header.
 *
 * @see dmsg.md §8.2; README.md "Frames"
 * @module
 */
import { readU16, readU32, writeU16, writeU32 } from "../wire/bytes.ts";
import { NetworkError, ProtocolError } from "../wire/errors.ts";

/** Bytes of a header. A Data frame's payload follows it; all other frames end here. */
export const HEADER_BYTES = 12;

/** The largest value of a u32 field: a stream id, a window, a ping token. */
export const MAX_U32 = 0xffffffff;

/** The frame types. Of them only Data has a payload. */
export const FrameType = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;

/** The flag bits; others are ignored, as the Go side does. */
export const Flag = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

/** What the length field of a GoAway says. */
export const GoAwayCode = { normal: 0, protocolError: 1, internalError: 2 } as const;

/** A header whose version and type are known to be good. */
export interface Header {
  /** One of {@link FrameType}. */
  readonly type: number;
  /** Bits of {@link Flag}. */
  readonly flags: number;
  /** The stream; 0 for Ping and GoAway. */
  readonly id: number;
  /** Data: payload bytes. WindowUpdate: credit in bytes. Ping: the token. GoAway: the code. */
  readonly length: number;
}

/**
 * The error for a rule that the peer broke; nothing behind it in the byte stream can be trusted.
 * @param code  The room's own word for the rule, `yamux-…`.
 */
export function brokenRule(code: string, message: string): ProtocolError {
  return new ProtocolError(message, { by: "peer", code, ends: "session" });
}

/** The error for a session whose bytes end. @param open  Streams that are left open; undefined: inside a frame. */
export function closedBy(otherEnd: string, open: number | undefined): NetworkError {
  const where = open === undefined
    ? "inside a frame"
    : `with ${open} open ${open === 1 ? "stream" : "streams"}`;
  return new NetworkError(`the ${otherEnd} closed the session ${where}`, { retry: true, reason: "closed" });
}

/** The error for a GoAway with a code that is not the usual one. */
export function endedWith(code: number, otherEnd: string): ProtocolError | NetworkError {
  if (code === GoAwayCode.protocolError) {
    const fault = { by: "self", code: "yamux-go-away", ends: "session" } as const;
    return new ProtocolError(`the ${otherEnd} says that we broke the yamux protocol`, fault);
  }
  return new NetworkError(`the ${otherEnd} ended the session with GoAway ${code}`, {
    retry: true,
    reason: "closed",
  });
}

/**
 * Reads a header.
 * @param bytes  At least 12 bytes from `at` on.
 * @returns Its fields; flags and id are not judged here.
 * @throws {ProtocolError} by peer: version is not 0, or the type is not known; ends the session.
 */
export function readHeader(bytes: Uint8Array, at: number): Header {
  if (bytes[at] !== 0) throw brokenRule("yamux-version", `yamux version ${bytes[at]} is not 0`);
  const type = bytes[at + 1];
  if (type > FrameType.goAway) throw brokenRule("yamux-type", `yamux frame type ${type} is not known`);
  return { type, flags: readU16(bytes, at + 2), id: readU32(bytes, at + 4), length: readU32(bytes, at + 8) };
}

/**
 * Writes a header into the first 12 bytes of an array.
 * @param type  One of {@link FrameType}.
 * @param flags  Bits of {@link Flag}.
 * @param id  0 … 2^32-1; 0 for Ping and GoAway.
 * @param length  0 … 2^32-1, see {@link Header}.
 */
export function writeHeader(
  bytes: Uint8Array,
  type: number,
  flags: number,
  id: number,
  length: number,
): void {
  bytes[0] = 0;
  bytes[1] = type;
  writeU16(bytes, 2, flags);
  writeU32(bytes, 4, id);
  writeU32(bytes, 8, length);
}

function headerOnly(type: number, flags: number, id: number, length: number): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES);
  writeHeader(frame, type, flags, id, length);
  return frame;
}

/**
 * A WindowUpdate frame. With delta 0 it only carries its flags: that is how streams open, are acknowledged,
 * finish and are reset.
 * @param deltaBytes  Credit, 0 … 2^32-1.
 * @returns 12 bytes.
 */
export const windowUpdate = (id: number, flags: number, deltaBytes: number): Uint8Array =>
  headerOnly(FrameType.windowUpdate, flags, id, deltaBytes);

/**
 * A Ping frame: flag SYN asks, flag ACK answers with the same token.
 * @param token  0 … 2^32-1.
 * @returns 12 bytes.
 */
export const ping = (flags: number, token: number): Uint8Array => headerOnly(FrameType.ping, flags, 0, token);

/**
 * A GoAway frame.
 * @param code  One of {@link GoAwayCode}.
 * @returns 12 bytes.
 */
export const goAway = (code: number): Uint8Array => headerOnly(FrameType.goAway, 0, 0, code);

/**
 * The token of a greeting: the answer to a ping that nobody sent. Yamux peers, Go's among them, pass over an answer
 * that they do not wait for.
 */
export const GREETING: number = MAX_U32;
