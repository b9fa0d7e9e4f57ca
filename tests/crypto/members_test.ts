import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { isUnsigned, NO_SIGNATURE, NULL_PK, pkMember, signatureMember } from "../../lib/crypto/members.ts";

const PK = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const OTHER = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

Deno.test("A key is read in either case, zeros leave what was there, and nothing else is one", () => {
  strictEqual(NULL_PK, "0".repeat(66));
  // Twice: the second time it is known.
  for (const text of [PK, PK, PK.toUpperCase(), PK.toUpperCase()]) {
    strictEqual(pkMember.read(text, OTHER), PK);
  }
  for (const text of ["", "0", "0".repeat(66), "0".repeat(70)]) {
    strictEqual(pkMember.read(text, OTHER), OTHER, text);
  }
  for (const raw of [PK.slice(2), `04${PK.slice(2)}`, `02${"0".repeat(62)}05`, "x", 0, true, [], {}, [PK]]) {
    strictEqual(pkMember.read(raw, OTHER), undefined, String(raw));
  }
});

Deno.test("A signature is 65 bytes in hex, and one of zeros is none", () => {
  const signed = new Uint8Array(65).with(64, 1);
  const text = "00".repeat(64) + "01";
  deepStrictEqual(signatureMember.read(text, NO_SIGNATURE), signed);
  strictEqual(signatureMember.write(signed), text);
  for (const raw of ["", text.slice(2), `${text}00`, "x".repeat(130), 0, [text], []]) {
    strictEqual(signatureMember.read(raw, NO_SIGNATURE), undefined, String(raw));
  }
  deepStrictEqual([isUnsigned(NO_SIGNATURE), isUnsigned(signed), NO_SIGNATURE.length], [true, false, 65]);
});
