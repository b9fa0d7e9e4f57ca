/** Runner of the group `signatures` of dmsg.json. */
import { strictEqual } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { publicKeyOf } from "../../../lib/crypto/keys.ts";
import { curve } from "../../../lib/crypto/opened_curve.ts";
import { sign, signatureFault, verify } from "../../../lib/crypto/sign.ts";
import { fromHex } from "../../../lib/wire/bytes.ts";
import { byMember, each, hexEqual, hexOf, signWithNonce } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Signatures that verify, remade from their nonce, and ones that must not verify. */
export const dmsgSignatures: GroupRunner = (group) =>
  byMember(group, {
    valid: each(
      ({ payload, sk }) => `payload of ${payload.length / 2} bytes by ${sk.slice(0, 8)}`,
      checkValid,
    ),
    invalid: each((entry) => entry.case, (entry) => {
      const [pk, sig, payload] = [hexOf(entry, "pk"), hexOf(entry, "sig"), hexOf(entry, "payload")];
      strictEqual(verify(pk, sig, payload), false);
      strictEqual(signatureFault(pk, sig, payload), entry.result_error);
    }),
  });

// deno-lint-ignore no-explicit-any
function checkValid(entry: any): void {
  const [sk, pk, payload] = [hexOf(entry, "sk"), hexOf(entry, "pk"), hexOf(entry, "payload")];
  hexEqual(publicKeyOf(sk), entry.pk, "public key");
  hexEqual(sha256(payload), entry.digest, "digest");
  const recid = entry.recid.toString(16).padStart(2, "0");
  strictEqual(entry.sig, entry.r + entry.s + recid, "layout r ‖ s ‖ recovery id");
  strictEqual(verify(pk, fromHex(entry.sig), payload), true, "the signature verifies");
  hexEqual(
    curve.recover(hexOf(entry, "sig").subarray(0, 64), entry.recid, sha256(payload))!,
    entry.pk,
    "recovered key",
  );
  if (entry.nonce_k) {
    strictEqual(signWithNonce(sk, payload, hexOf(entry, "nonce_k")), entry.sig, "signature with this nonce");
  }
  strictEqual(verify(pk, sign(sk, payload), payload), true, "our own signature verifies");
}
