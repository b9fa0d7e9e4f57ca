import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { openCurve } from "../../lib/crypto/open_curve.ts";
import { nobleCurve } from "../../lib/crypto/noble_curve.ts";
import { openWasmCurve } from "../../lib/crypto/wasm_curve.ts";

const wasmCurve = await openWasmCurve();
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const N = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);

Deno.test("The program's curve is libsecp256k1", async () => {
  strictEqual((await openCurve()).name, "libsecp256k1");
});

Deno.test("Both makers give the same keys, shared secrets, signatures and recovered keys", () => {
  fc.assert(
    fc.property(bytes(32), bytes(32), bytes(32), (a, b, digest) => {
      fc.pre([a, b].every((secret) => nobleCurve.isSecret(secret)) && digest.some((byte) => byte > 0));
      const [ours, theirs] = [a, b].map(nobleCurve.publicKey);
      deepStrictEqual([a, b].map(wasmCurve.publicKey), [ours, theirs]);
      deepStrictEqual(wasmCurve.ecdh(a, theirs), nobleCurve.ecdh(a, theirs));
      deepStrictEqual(wasmCurve.ecdh(b, ours), nobleCurve.ecdh(a, theirs));
      const signature = nobleCurve.sign(digest, a);
      deepStrictEqual(wasmCurve.sign(digest, a), signature);
      const [rs, recid] = [signature.subarray(0, 64), signature[64]];
      for (const curve of [nobleCurve, wasmCurve]) deepStrictEqual(curve.recover(rs, recid, digest), ours);
    }),
    { numRuns: 25 },
  );
});

Deno.test("Both makers say the same of any bytes", () => {
  const prefixed = fc.tuple(fc.constantFrom(2, 3), bytes(32)).map(([prefix, x]) =>
    new Uint8Array([prefix, ...x])
  );
  const property = fc.property(
    bytes(32),
    prefixed,
    bytes(64),
    fc.nat(3),
    bytes(32),
    (secret, key, rs, recid, digest) => {
      strictEqual(wasmCurve.isSecret(secret), nobleCurve.isSecret(secret));
      strictEqual(wasmCurve.isPublic(key), nobleCurve.isPublic(key));
      deepStrictEqual(wasmCurve.recover(rs, recid, digest), nobleCurve.recover(rs, recid, digest));
    },
  );
  fc.assert(property, { numRuns: 100 });
});

Deno.test("Both makers refuse what is out of range", () => {
  const zero = new Uint8Array(32);
  const above = hex("f".repeat(64));
  for (const curve of [nobleCurve, wasmCurve]) {
    deepStrictEqual([zero, hex(N), above].map(curve.isSecret), [false, false, false], curve.name);
    const points = [`02${N}`, `02${"f".repeat(64)}`, `02${"0".repeat(64)}`, `0300${"0".repeat(60)}05`];
    deepStrictEqual(points.map((text) => curve.isPublic(hex(text))), [true, false, false, false], curve.name);
    for (
      const [r, s] of [[zero, above], [hex(N), hex("1".padStart(64, "0"))], [
        hex("1".padStart(64, "0")),
        zero,
      ]]
    ) {
      strictEqual(curve.recover(new Uint8Array([...r, ...s]), 0, above), undefined, curve.name);
    }
  }
});

Deno.test("Opening the curve leaves the runtime's Response where it was", async () => {
  const answer = await fetch("data:text/plain,whole");
  ok(answer instanceof Response);
  strictEqual(await new Response("whole").text(), await answer.text());
});
