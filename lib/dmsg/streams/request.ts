/**
 * Signed objects: the stream request that a dialling client sends, and the response to it.
 *
 * @see specification dmsg §10; lib/dmsg/README.md "Signed objects"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import { isPublicKey, PUBLIC_KEY_BYTES } from "../../crypto/keys.ts";
import { sign, SIGNATURE_BYTES, signatureFault } from "../../crypto/sign.ts";
import { concat, equal, fromHex, toHex } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { decodeGob, encodeGob, type GobStruct, type GobValue } from "../../wire/gob.ts";
import { type Addr, NULL_PK } from "../addr.ts";
import { DMSG_ERRORS, dmsgError } from "../errors.ts";

/** A session object record has a 16-bit length; nonce and tag take 24 of it. */
export const MAX_OBJECT_BYTES = 0xffff - 24;

/** What a client asks of another one. */
export interface StreamRequest {
  /** Wall time of the dialling client: nanoseconds since 1970. */
  readonly timestampNs: bigint;
  /** Who dials, with an ephemeral port. */
  readonly source: Addr;
  /** Who is dialled; the server itself when `ipInfo`. */
  readonly destination: Addr;
  /** Asks the server for our address as it sees it, instead of a stream. */
  readonly ipInfo: boolean;
  /** KK message 1; empty when `ipInfo`. */
  readonly noiseMessage: Uint8Array;
}

/** What the destination answers. */
export interface StreamResponse {
  /** {@link objectHash} of the request. */
  readonly requestHash: Uint8Array;
  /** Whether the stream is open. */
  readonly accepted: boolean;
  /** The source's address as the server sees it: 4 or 16 bytes; only in the answer to `ipInfo`. */
  readonly ip?: Uint8Array;
  /** Why it was not accepted, see lib/dmsg/errors.ts; 0 for none. */
  readonly errorCode: number;
  /** KK message 2; empty when there is no stream. */
  readonly noiseMessage: Uint8Array;
}

// Peers of the newer generation add GeoInfo to requests and GeoCountry, GeoRegion, GeoLat, GeoLon to responses;
// we neither send nor need them, and fields that a schema doesn't name are walked past.
const PUBLIC_KEY = {
  kind: "binary",
  name: "PubKey",
  called: "public key",
  length: PUBLIC_KEY_BYTES,
  isValid: isPublicKey, // the null key is one that is left out
} as const;
const ADDR = {
  kind: "struct",
  name: "Addr",
  fields: { PK: PUBLIC_KEY, Port: "uint16" },
  said: { type: "dmsg.Addr", fields: { PK: "cipher.PubKey", Port: "uint16" } },
} as const satisfies GobStruct;
const REQUEST = {
  kind: "struct",
  name: "StreamRequest",
  fields: { Timestamp: "int", SrcAddr: ADDR, DstAddr: ADDR, IPinfo: "bool", NoiseMsg: "bytes" },
  said: {
    type: "dmsg.StreamRequest",
    fields: {
      Timestamp: "int64",
      SrcAddr: "dmsg.Addr",
      DstAddr: "dmsg.Addr",
      IPinfo: "bool",
      NoiseMsg: "[]uint8",
    },
  },
} as const satisfies GobStruct;
const RESPONSE = {
  kind: "struct",
  name: "StreamResponse",
  fields: {
    ReqHash: { kind: "array", name: "SHA256", length: 32 },
    Accepted: "bool",
    IP: "bytes",
    ErrCode: "uint16",
    NoiseMsg: "bytes",
  },
  said: {
    type: "dmsg.StreamResponse",
    fields: {
      ReqHash: "cipher.SHA256",
      Accepted: "bool",
      IP: "net.IP",
      ErrCode: "dmsg.errorCode",
      NoiseMsg: "[]uint8",
    },
  },
} as const satisfies GobStruct;

const toGobAddr = ({ pk, port }: Addr): GobValue<typeof ADDR> => ({ PK: fromHex(pk), Port: port });
const fromGobAddr = ({ PK, Port }: GobValue<typeof ADDR>): Addr => ({ pk: toHex(PK), port: Port });

/**
 * SHA-256 over a whole object, signature included: what a response refers to.
 * @returns 32 bytes.
 * @see specification dmsg §10.1
 */
export const objectHash = (object: Uint8Array): Uint8Array => sha256(object);

/**
 * Makes the signed object of a request.
 * @param secret  The source's secret key, 32 bytes.
 * @returns 65-byte signature ‖ gob.
 * @throws {RangeError} A port or key that does not fit its field.
 * @see specification dmsg §10.1
 */
export function encodeRequest(request: StreamRequest, secret: Uint8Array): Uint8Array {
  return seal(secret, {
    Timestamp: request.timestampNs,
    SrcAddr: toGobAddr(request.source),
    DstAddr: toGobAddr(request.destination),
    IPinfo: request.ipInfo,
    NoiseMsg: request.noiseMessage,
  }, REQUEST);
}

/**
 * Makes the signed object of a response.
 * @param secret  The secret key of the request's destination, 32 bytes.
 * @returns 65-byte signature ‖ gob.
 * @throws {RangeError} A hash that has not 32 bytes, or a code above 65535.
 * @see specification dmsg §10.1
 */
export function encodeResponse(response: StreamResponse, secret: Uint8Array): Uint8Array {
  return seal(secret, {
    ReqHash: response.requestHash,
    Accepted: response.accepted,
    IP: response.ip ?? new Uint8Array(0),
    ErrCode: response.errorCode,
    NoiseMsg: response.noiseMessage,
  }, RESPONSE);
}

function seal<S extends GobStruct>(secret: Uint8Array, value: GobValue<S>, schema: S): Uint8Array {
  const gob = encodeGob(value, schema);
  return concat(sign(secret, gob), gob);
}

/**
 * Reads a request; checks nothing, see {@link checkRequest}.
 * @param object  The signed object as it was received; keep it to check and to forward it.
 * @throws {ProtocolError} 370: too short or long, not the gob of one struct, or a key off the curve (the cause says why).
 */
export function decodeRequest(object: Uint8Array): StreamRequest {
  const value = open(object, REQUEST);
  return {
    timestampNs: value.Timestamp,
    source: fromGobAddr(value.SrcAddr),
    destination: fromGobAddr(value.DstAddr),
    ipInfo: value.IPinfo,
    noiseMessage: value.NoiseMsg,
  };
}

/**
 * Reads a response; checks nothing, see {@link checkResponse}.
 * @throws {ProtocolError} 370, as {@link decodeRequest}.
 */
export function decodeResponse(object: Uint8Array): StreamResponse {
  const value = open(object, RESPONSE);
  return {
    requestHash: value.ReqHash,
    accepted: value.Accepted,
    ...(value.IP.length > 0 && { ip: value.IP }),
    errorCode: value.ErrCode,
    noiseMessage: value.NoiseMsg,
  };
}

function open<S extends GobStruct>(object: Uint8Array, schema: S): GobValue<S> {
  if (object.length <= SIGNATURE_BYTES || object.length > MAX_OBJECT_BYTES) throw dmsgError(370);
  try {
    return decodeGob(object.subarray(SIGNATURE_BYTES), schema);
  } catch (error) {
    throw error instanceof ProtocolError ? dmsgError(370, error) : error;
  }
}

/**
 * Checks a request in the order of the specification; the cheap tests come before the signature.
 * @param request  {@link decodeRequest} of `object`.
 * @param lastTimestampNs  The timestamp must be above it. Go peers always pass 0: a request can be replayed,
 *   which costs a stream but no secrets, because KK adds fresh ephemeral keys.
 * @throws {ProtocolError} 302, 304, 303, 305, 301 or 300.
 * @see specification dmsg §10.3
 */
export function checkRequest(request: StreamRequest, object: Uint8Array, lastTimestampNs: bigint = 0n): void {
  const { source, destination } = request;
  if (source.pk === NULL_PK) throw dmsgError(302);
  if (source.port === 0) throw dmsgError(304);
  if (destination.pk === NULL_PK) throw dmsgError(303);
  if (destination.port === 0) throw dmsgError(305);
  if (request.timestampNs <= lastTimestampNs) throw dmsgError(301);
  checkSignature(object, source, 300);
}

/**
 * Checks a response to our (or a forwarded) request.
 * @param response  {@link decodeResponse} of `object`.
 * @param requestHash  {@link objectHash} of the request's object.
 * @throws {ProtocolError} 351 or 350; when it says "not accepted", its error code, or 352 for a code that we
 *   don't know.
 * @see specification dmsg §10.4
 */
export function checkResponse(
  response: StreamResponse,
  object: Uint8Array,
  request: StreamRequest,
  requestHash: Uint8Array,
): void {
  if (!equal(response.requestHash, requestHash)) throw dmsgError(351);
  checkSignature(object, request.destination, 350);
  if (!response.accepted) throw dmsgError(DMSG_ERRORS.has(response.errorCode) ? response.errorCode : 352);
}

function checkSignature(object: Uint8Array, signer: Addr, code: number): void {
  const signature = object.subarray(0, SIGNATURE_BYTES);
  const fault = signatureFault(fromHex(signer.pk), signature, object.subarray(SIGNATURE_BYTES));
  if (fault !== undefined) throw dmsgError(code, fault);
}
