/**
 * Reads one direction of one recorded stream as its peer does: a session object, then stream frames.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { nobleAead } from "../../../lib/crypto/aead.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { formatAddr } from "../../../lib/dmsg/addr.ts";
import {
  checkRequest,
  checkResponse,
  decodeRequest,
  decodeResponse,
  objectHash,
  type StreamRequest,
  type StreamResponse,
} from "../../../lib/dmsg/streams/request.ts";
import { FrameOpener, MAX_FRAME_PLAINTEXT, ObjectOpener } from "../../../lib/noise/transport.ts";
import { concat, copy, fromHex, fromUtf8, readU16, readU64, toHex } from "../../../lib/wire/bytes.ts";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import { FrameReader } from "../../../lib/wire/frame.ts";
import { hexEqual, piecesOf } from "../helpers.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

/** One direction of one stream. */
export interface Flow {
  readonly id: number;
  readonly dir: string;
  /** Payloads of its Data frames, joined. */
  readonly wire: Uint8Array;
  /** What the recording decoded from it, in order. */
  readonly expected: Json[];
  /** The stream's request as the recording decoded it. */
  readonly request: Json;
  readonly objectKey: Uint8Array;
  /** Undefined when the recording does not give the stream's keys. */
  readonly frameKey: Uint8Array | undefined;
}

/** Opens a flow that comes in pieces of one size and compares it with the recording. */
export function checkRecords(flow: Flow, size: number): void {
  const { object, rest } = splitObject(flow.wire, size);
  const [first, ...frames] = flow.expected;
  strictEqual(first.layer, "session object", "the first record");
  strictEqual(readU64(object, 0), first.nonce, "nonce of the object");
  checkObject(new ObjectOpener(nobleAead(flow.objectKey)).open(object), first, flow.request);
  if (frames.length === 0) return strictEqual(rest.length, 0, "bytes behind the object");
  ok(flow.frameKey, `stream ${flow.id} has frames, but nothing gives its keys`);
  checkFrames(flow.frameKey, rest, frames, size);
}

/** The body of the first record, and the bytes behind it. */
function splitObject(wire: Uint8Array, size: number): { object: Uint8Array; rest: Uint8Array } {
  const reader = new FrameReader({
    prefixBytes: 2,
    minBytes: 24,
    maxBytes: 0xffff,
    error: (length) => new ProtocolError(`length ${length}`, { by: "peer", code: "frame", ends: "stream" }),
  });
  let object: Uint8Array | undefined;
  let rest = new Uint8Array(0);
  for (const piece of piecesOf(wire, size)) {
    if (object) {
      rest = concat(rest, piece) as Uint8Array<ArrayBuffer>;
      continue;
    }
    reader.push(piece, (body) => {
      object = copy(body);
      return false;
    });
    if (object) rest = reader.pending() as Uint8Array<ArrayBuffer>;
  }
  ok(object, "no whole object");
  return { object, rest };
}

function checkObject(object: Uint8Array, expected: Json, request: Json): void {
  hexEqual(object, expected.plaintext_signed_object, "signed object");
  if (expected.object_sha256) hexEqual(objectHash(object), expected.object_sha256, "hash of the object");
  const verdict = errorTextOf(() => {
    if (expected.kind === "StreamRequest") {
      const decoded = decodeRequest(object);
      deepStrictEqual(requestFields(decoded), expected.fields, "fields");
      checkRequest(decoded, object);
    } else {
      strictEqual(expected.kind, "StreamResponse", "kind of object");
      const decoded = decodeResponse(object);
      deepStrictEqual(responseFields(decoded), expected.fields, "fields");
      const asked = decodeRequest(fromHex(request.plaintext_signed_object));
      checkResponse(decoded, object, asked, fromHex(request.object_sha256));
    }
  });
  strictEqual(verdict, expected.verify, "verdict of the checks");
}

/** "ok", or the text of the protocol error that ended it. */
function errorTextOf(check: () => void): string {
  try {
    check();
    return "ok";
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

/** A request's fields as the recording writes them. */
const requestFields = (request: StreamRequest): Json => ({
  Timestamp: String(request.timestampNs),
  SrcAddr: formatAddr(request.source),
  DstAddr: formatAddr(request.destination),
  IPinfo: request.ipInfo,
  NoiseMsg: toHex(request.noiseMessage),
});

/** A response's fields as the recording writes them. */
const responseFields = (response: StreamResponse): Json => ({
  ReqHash: toHex(response.requestHash),
  Accepted: response.accepted,
  ErrCode: response.errorCode,
  IP: response.ip ? response.ip.slice(-4).join(".") : null,
  NoiseMsg: toHex(response.noiseMessage),
});

function checkFrames(key: Uint8Array, wire: Uint8Array, expected: Json[], size: number): void {
  const opener = new FrameOpener(nobleAead(key));
  const parts: Uint8Array[] = [];
  for (const piece of piecesOf(wire, size)) {
    const out = new Uint8Array(opener.roomFor(piece.length));
    parts.push(out.slice(0, opener.push(piece, out, 0)));
    if (opener.error) throw opener.error;
  }
  strictEqual(opener.midFrame, false, "the flow ends with a frame");
  const plain = concat(...parts);
  let at = 0;
  let head = 0;
  for (const frame of expected) {
    strictEqual(frame.layer, "stream frame", "layer");
    strictEqual(readU64(wire, head + 2), frame.nonce, "nonce of the frame");
    head += 2 + readU16(wire, head);
    ok(frame.plaintext_length <= MAX_FRAME_PLAINTEXT, "a frame's plaintext is at most 4070 bytes");
    const part = plain.subarray(at, at += frame.plaintext_length);
    if (frame.plaintext !== undefined) hexEqual(part, frame.plaintext, "plaintext");
    if (frame.plaintext_utf8 !== undefined) {
      strictEqual(fromUtf8(part), frame.plaintext_utf8, "plaintext as text");
    }
    if (frame.plaintext_sha256 !== undefined) {
      hexEqual(sha256(part), frame.plaintext_sha256, "hash of plaintext");
    }
  }
  deepStrictEqual(at, plain.length, "all plaintext is accounted for");
}
