/** Runner of the group `stream_objects` of dmsg.json. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { nobleAead, TAG_BYTES } from "../../../lib/crypto/aead.ts";
import { publicKeyOf } from "../../../lib/crypto/keys.ts";
import {
  checkRequest,
  checkResponse,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  objectHash,
  type StreamRequest,
  type StreamResponse,
} from "../../../lib/dmsg/streams/request.ts";
import { concat, fromHex, readU16, readU64, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import { encodeBytes, encodeInt } from "../../../lib/wire/gob.ts";
import { byMember, each, signWithNonce } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

const SIGNATURE_BYTES = 65;
const ANY_SECRET = new Uint8Array(32).fill(1);

interface GoAddr {
  PK: string;
  Port: number;
}

/** Fields as the file writes them: hex, a decimal text for the timestamp, null or nothing for empty. */
interface GoFields {
  Timestamp?: string;
  SrcAddr?: GoAddr;
  DstAddr?: GoAddr;
  IPinfo?: boolean;
  ReqHash?: string;
  Accepted?: boolean;
  IP?: string | null;
  ErrCode?: number;
  NoiseMsg?: string | null;
}

interface ValidCase {
  name: string;
  kind: string;
  fields: GoFields;
  gob: string;
  signed_object: string;
  signer_sk: string;
  signature?: string;
  nonce_k?: string;
  object_sha256?: string;
  answers?: string;
  verify_error?: string;
}

interface InvalidCase {
  case: string;
  kind: string;
  signed_object: string;
  answers_request?: string;
  decode_error?: string;
  verify_error?: string;
}

interface Example {
  fields: GoFields;
  gob: string;
}

const addr = (go?: GoAddr) => ({ pk: go?.PK ?? "0".repeat(66), port: go?.Port ?? 0 });

const requestOf = (fields: GoFields): StreamRequest => ({
  timestampNs: BigInt(fields.Timestamp ?? 0),
  source: addr(fields.SrcAddr),
  destination: addr(fields.DstAddr),
  ipInfo: fields.IPinfo ?? false,
  noiseMessage: fromHex(fields.NoiseMsg ?? ""),
});

const responseOf = (fields: GoFields): StreamResponse => ({
  requestHash: fromHex(fields.ReqHash!),
  accepted: fields.Accepted ?? false,
  ...(fields.IP && { ip: fromHex(fields.IP) }),
  errorCode: fields.ErrCode ?? 0,
  noiseMessage: fromHex(fields.NoiseMsg ?? ""),
});

/** Both kinds behind one shape; an unknown kind fails. */
function codec(kind: string) {
  if (kind === "request") return { of: requestOf, decode: decodeRequest };
  if (kind === "response") return { of: responseOf, decode: decodeResponse };
  throw new TypeError(`unknown kind of object: ${kind}`);
}

function encode(kind: string, fields: GoFields, secret: Uint8Array): Uint8Array {
  return kind === "request"
    ? encodeRequest(requestOf(fields), secret)
    : encodeResponse(responseOf(fields), secret);
}

function check(kind: string, object: Uint8Array, request: () => Uint8Array): void {
  if (kind === "request") return checkRequest(decodeRequest(object), object);
  const asked = request();
  checkResponse(decodeResponse(object), object, decodeRequest(asked), objectHash(asked));
}

function runValid(vector: ValidCase, requests: ValidCase[]): void {
  const { kind, fields } = vector;
  const object = fromHex(vector.signed_object);
  const secret = fromHex(vector.signer_sk);
  const { of, decode } = codec(kind);
  deepStrictEqual(decode(object), of(fields));
  strictEqual(toHex(object.subarray(SIGNATURE_BYTES)), vector.gob);
  if (vector.signature !== undefined) {
    strictEqual(toHex(object.subarray(0, SIGNATURE_BYTES)), vector.signature);
  }
  if (vector.nonce_k !== undefined) {
    const again = signWithNonce(secret, fromHex(vector.gob), fromHex(vector.nonce_k));
    strictEqual(again, toHex(object.subarray(0, SIGNATURE_BYTES)));
  }
  if (vector.object_sha256 !== undefined) strictEqual(toHex(objectHash(object)), vector.object_sha256);

  const asked = requests.find(({ signed_object }) =>
    toHex(objectHash(fromHex(signed_object))) === vector.answers
  );
  const answered = () => fromHex(asked!.signed_object);
  const ours = encode(kind, fields, secret);
  deepStrictEqual(decode(ours), of(fields));
  for (const candidate of [object, ours]) {
    if (vector.verify_error === undefined) check(kind, candidate, answered);
    else throws(() => check(kind, candidate, answered), { message: vector.verify_error });
  }
  const signer = kind === "request" ? fields.SrcAddr : asked!.fields.DstAddr;
  strictEqual(toHex(publicKeyOf(secret)), signer!.PK);
}

function runInvalid(vector: InvalidCase): void {
  const object = fromHex(vector.signed_object);
  const { decode } = codec(vector.kind);
  const { answers_request: asked } = vector;
  if (vector.decode_error !== undefined) {
    throws(() => decode(object), (error) => {
      ok(error instanceof ProtocolError && error.message.includes(vector.decode_error!), `${error}`);
      return true;
    });
  } else {
    ok(vector.verify_error !== undefined, "an invalid object says what is wrong");
    throws(() => check(vector.kind, object, () => fromHex(asked!)), (error) => {
      ok(error instanceof ProtocolError);
      strictEqual(error.message, vector.verify_error);
      strictEqual(String(error.code), /^dmsg error (\d+)/.exec(vector.verify_error!)![1]);
      return true;
    });
  }
}

function runRecord(frame: { key: string; nonce: number; wire: string }, object: string): void {
  const wire = fromHex(frame.wire);
  const aead = nobleAead(fromHex(frame.key));
  strictEqual(readU16(wire, 0), wire.length - 2);
  strictEqual(readU64(wire, 2), frame.nonce);
  const plain = new Uint8Array(wire.length - 10 - TAG_BYTES);
  ok(aead.open(frame.nonce, wire, 10, wire.length - 10, plain, 0));
  strictEqual(toHex(plain), object);
  const sealed = wire.slice();
  aead.seal(frame.nonce, plain, 0, plain.length, sealed, 10);
  strictEqual(toHex(sealed), frame.wire);
}

function runExample(kind: string, prefix: string, { fields, gob }: Example): void {
  const object = encode(kind, fields, ANY_SECRET);
  strictEqual(toHex(object.subarray(SIGNATURE_BYTES)), gob);
  ok(gob.startsWith(prefix));
  const { of, decode } = codec(kind);
  deepStrictEqual(decode(concat(new Uint8Array(SIGNATURE_BYTES), fromHex(gob))), of(fields));
}

/** Our definitions are the file's constant ones, and they give each type the id that the file says. */
function runPrefix(kind: string, prefix: string, ids: Record<string, number>): void {
  const object = encode(kind, { ReqHash: "00".repeat(32) }, ANY_SECRET);
  ok(toHex(object.subarray(SIGNATURE_BYTES)).startsWith(prefix));
  for (const [name, id] of Object.entries(ids)) {
    const named = concat(encodeBytes(utf8(name)), Uint8Array.of(1), encodeInt(id));
    ok(prefix.includes(toHex(named)), `${name} has id ${id}`);
  }
}

function* prefixCases(prefixes: Record<string, unknown>): Generator<VectorCase> {
  for (const [kind, entry] of Object.entries(prefixes)) {
    if (typeof entry === "string") continue; // description, source_version
    const { prefix, ids, ...examples } = entry as { prefix: string; ids: Record<string, number> };
    yield { name: `gob prefix of a ${kind}`, run: () => runPrefix(kind, prefix, ids) };
    for (const [name, example] of Object.entries(examples)) {
      yield { name: `gob ${name} of a ${kind}`, run: () => runExample(kind, prefix, example as Example) };
    }
  }
}

/** Objects that check out, objects that don't, one of them as a session record, and our gob prefixes. */
export const dmsgStreamObjects: GroupRunner = (group) => {
  const requests = (group.valid as ValidCase[]).filter(({ kind }) => kind === "request");
  return byMember(group, {
    valid: each(({ name }) => name, (vector) => runValid(vector, requests)),
    invalid: each((vector) => `${vector.kind}, ${vector.case}`, runInvalid),
    session_object_frame: (frame, member) => [
      { name: member, run: () => runRecord(frame, requests[0].signed_object) },
    ],
    encoder_prefixes: (prefixes) => [...prefixCases(prefixes)],
  });
};
