import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { sign } from "../../lib/crypto/sign.ts";
import { NULL_PK } from "../../lib/dmsg/addr.ts";
import {
  checkRequest,
  checkResponse,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  MAX_OBJECT_BYTES,
  objectHash,
  type StreamRequest,
  type StreamResponse,
} from "../../lib/dmsg/streams/request.ts";
import { concat, fromHex } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { encodeGob, type GobStruct } from "../../lib/wire/gob.ts";

const alice = keyPairOf(new Uint8Array(32).fill(1));
const bob = keyPairOf(new Uint8Array(32).fill(2));

const REQUEST: StreamRequest = {
  timestampNs: 1_700_000_000_000_000_000n,
  source: { pk: alice.pk, port: 49153 },
  destination: { pk: bob.pk, port: 80 },
  ipInfo: false,
  noiseMessage: Uint8Array.of(1, 2, 3),
};
const OBJECT = encodeRequest(REQUEST, alice.secret);
const HASH = objectHash(OBJECT);
const ACCEPTED: StreamResponse = {
  requestHash: HASH,
  accepted: true,
  errorCode: 0,
  noiseMessage: Uint8Array.of(4, 5),
};

const addr = fc.record({
  pk: fc.constantFrom(alice.pk, bob.pk, NULL_PK),
  port: fc.integer({ min: 0, max: 65535 }),
}, { noNullPrototype: true });
const anyRequest: fc.Arbitrary<StreamRequest> = fc.record({
  timestampNs: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
  source: addr,
  destination: addr,
  ipInfo: fc.boolean(),
  noiseMessage: fc.uint8Array({ maxLength: 1300 }),
}, { noNullPrototype: true });
const anyResponse: fc.Arbitrary<StreamResponse> = fc.record({
  requestHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  accepted: fc.boolean(),
  ip: fc.uint8Array({ minLength: 4, maxLength: 16 }),
  errorCode: fc.integer({ min: 0, max: 65535 }),
  noiseMessage: fc.uint8Array({ maxLength: 1300 }),
}, { requiredKeys: ["requestHash", "accepted", "errorCode", "noiseMessage"], noNullPrototype: true });

Deno.test("Request comes back from its object", () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      deepStrictEqual(decodeRequest(encodeRequest(request, alice.secret)), request);
    }),
    { numRuns: 50 },
  );
});

Deno.test("Response comes back from its object", () => {
  fc.assert(
    fc.property(anyResponse, (response) => {
      deepStrictEqual(decodeResponse(encodeResponse(response, bob.secret)), response);
    }),
    { numRuns: 50 },
  );
});

Deno.test("Request value is the one of the specification's example", () => {
  const value = OBJECT.subarray(-99);
  deepStrictEqual(
    value,
    fromHex(`62ff8001f82f2f39fc6c540000010121${alice.pk}01fec00100010121${bob.pk}015000020301020300`),
  );
});

Deno.test("Object of an IP look-up has no Noise message", () => {
  const request = { ...REQUEST, ipInfo: true, noiseMessage: new Uint8Array(0) };
  const object = encodeRequest(request, alice.secret);
  deepStrictEqual(decodeRequest(object), request);
  checkRequest(request, object);
  const ip = Uint8Array.of(203, 0, 113, 9);
  const response = { ...ACCEPTED, ip, noiseMessage: new Uint8Array(0) };
  deepStrictEqual(decodeResponse(encodeResponse(response, bob.secret)), response);
});

Deno.test("Object of the newer generation is read past its extra fields", () => {
  const current = {
    kind: "struct",
    name: "StreamRequest",
    fields: { Timestamp: "int", IPinfo: "bool", GeoInfo: "bool", NoiseMsg: "bytes" },
  } as const satisfies GobStruct;
  const gob = encodeGob({ Timestamp: 5n, IPinfo: true, GeoInfo: true, NoiseMsg: Uint8Array.of(9) }, current);
  deepStrictEqual(decodeRequest(concat(sign(alice.secret, gob), gob)), {
    timestampNs: 5n,
    source: { pk: NULL_PK, port: 0 },
    destination: { pk: NULL_PK, port: 0 },
    ipInfo: true,
    noiseMessage: Uint8Array.of(9),
  });
});

Deno.test("Object outside its size limits is invalid", () => {
  for (const length of [0, 65, MAX_OBJECT_BYTES + 1]) {
    throws(() => decodeRequest(new Uint8Array(length)), {
      message: "dmsg error 370 - signed object is invalid",
    });
    throws(() => decodeResponse(new Uint8Array(length)), { code: 370 });
  }
});

Deno.test("Object that ends early or was altered throws nothing but ProtocolError", () => {
  const RESPONSE_OBJECT = encodeResponse(ACCEPTED, bob.secret);
  const survives = (bytes: Uint8Array) => {
    for (const decode of [decodeRequest, decodeResponse]) {
      try {
        decode(bytes);
      } catch (error) {
        ok(error instanceof ProtocolError && error.code === 370, String(error));
      }
    }
  };
  for (const object of [OBJECT, RESPONSE_OBJECT]) {
    for (let end = 0; end < object.length; end++) {
      throws(() => decodeRequest(object.subarray(0, end)), ProtocolError);
    }
  }
  const edit = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(fc.constantFrom(OBJECT, RESPONSE_OBJECT), fc.array(edit, { maxLength: 4 }), (base, edits) => {
      const bytes = base.slice();
      for (const { at, byte } of edits) bytes[at % bytes.length] = byte;
      survives(bytes);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("Request that is altered in any byte fails its check", () => {
  fc.assert(
    fc.property(fc.nat(OBJECT.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = OBJECT.with(at, OBJECT[at] ^ change);
      throws(() => checkRequest(decodeRequest(bytes), bytes), ProtocolError);
    }),
    { numRuns: 50 },
  );
});

Deno.test("Request is checked in the order of the specification", () => {
  const faults: [code: number, request: StreamRequest][] = [];
  let request = { ...REQUEST, timestampNs: 0n };
  faults.unshift([301, request]);
  request = { ...request, destination: { ...request.destination, port: 0 } };
  faults.unshift([305, request]);
  request = { ...request, destination: { pk: NULL_PK, port: 0 } };
  faults.unshift([303, request]);
  request = { ...request, source: { ...request.source, port: 0 } };
  faults.unshift([304, request]);
  request = { ...request, source: { pk: NULL_PK, port: 0 } };
  faults.unshift([302, request]);
  for (const [code, faulty] of faults) {
    const object = encodeRequest(faulty, bob.secret);
    throws(() => checkRequest(decodeRequest(object), object), { code, by: "peer" });
  }
  const forged = encodeRequest(REQUEST, bob.secret);
  throws(() => checkRequest(REQUEST, forged), { code: 300 });
  checkRequest(REQUEST, OBJECT);
});

Deno.test("Request must be younger than the last one", () => {
  checkRequest(REQUEST, OBJECT, REQUEST.timestampNs - 1n);
  throws(() => checkRequest(REQUEST, OBJECT, REQUEST.timestampNs), { code: 301 });
});

Deno.test("Response is checked for its request, its signer and its answer", () => {
  const check = (response: StreamResponse, secret: Uint8Array) => () => {
    const object = encodeResponse(response, secret);
    checkResponse(decodeResponse(object), object, REQUEST, HASH);
  };
  check(ACCEPTED, bob.secret)();
  const rejected = { ...ACCEPTED, accepted: false };
  throws(check({ ...rejected, requestHash: new Uint8Array(32) }, alice.secret), { code: 351 });
  throws(check(rejected, alice.secret), { code: 350 });
  throws(check({ ...rejected, errorCode: 306 }, bob.secret), { code: 306 });
  throws(check({ ...rejected, errorCode: 309 }, bob.secret), { code: 352 });
  throws(check(rejected, bob.secret), { code: 352 });
});

/** Go's decoder says "Invalid public key" of both, run. */
Deno.test("Request with a key off the curve is no request, whichever of the two it is", () => {
  const off = { pk: "02" + "ff".repeat(32), port: 1 };
  for (const request of [{ ...REQUEST, source: off }, { ...REQUEST, destination: off }]) {
    throws(() => decodeRequest(encodeRequest(request, alice.secret)), {
      code: 370,
      message: /: Invalid public key$/,
    });
  }
});

Deno.test("Request with a key of another length says so in Go's words", () => {
  const at = OBJECT.findIndex((byte, i) => byte === 33 && OBJECT[i + 1] === fromHex(alice.pk)[0]);
  throws(() => decodeRequest(OBJECT.with(at, 32)), {
    code: 370,
    message: /: gob: Invalid public key length$/,
  });
});

Deno.test("Encoder refuses what does not fit", () => {
  throws(
    () => encodeRequest({ ...REQUEST, source: { pk: alice.pk, port: 65536 } }, alice.secret),
    RangeError,
  );
  throws(() => encodeResponse({ ...ACCEPTED, requestHash: new Uint8Array(3) }, bob.secret), RangeError);
  strictEqual(encodeRequest(REQUEST, alice.secret).length, OBJECT.length);
});

Deno.test("Object with what no Go program would decode says so in Go's words", () => {
  const start = OBJECT.findIndex((byte, i) => byte === 33 && OBJECT[i + 1] === fromHex(alice.pk)[0]) + 1;
  const zeros = OBJECT.slice();
  zeros.fill(0, start, start + 33);
  // A null key is one that is left out; the error of the key comes before those of what is behind it.
  throws(() => decodeRequest(zeros), { message: /: gob: Invalid public key$/ });
  const behind = OBJECT.slice();
  behind[start] = 5;
  behind[start + 34] = 0x80; // the port's length
  throws(() => decodeRequest(behind), { message: /: gob: Invalid public key$/ });
  const code = {
    kind: "struct",
    name: "StreamResponse",
    fields: { ErrCode: "int" },
  } as const satisfies GobStruct;
  const gob = encodeGob({ ErrCode: 306n }, code);
  throws(() => decodeResponse(concat(sign(bob.secret, gob), gob)), {
    message: /: gob: wrong type \(dmsg\.errorCode\) for received field StreamResponse\.ErrCode$/,
  });
});
