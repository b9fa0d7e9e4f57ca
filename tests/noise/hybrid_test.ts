import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CIPHERTEXT_BYTES, ENCAPSULATION_KEY_BYTES, hybridKey, loadKem } from "../../lib/noise/hybrid.ts";
import { seededRandom } from "../fakes/random.ts";

const kem = await loadKem();

Deno.test("Both sides of the KEM get one secret", () => {
  const pair = kem.generate(seededRandom("initiator"));
  strictEqual(pair.encapsulationKey.length, ENCAPSULATION_KEY_BYTES);
  const made = kem.encapsulate(pair.encapsulationKey, seededRandom("responder"));
  ok(made);
  strictEqual(made.ciphertext.length, CIPHERTEXT_BYTES);
  deepStrictEqual(kem.decapsulate(made.ciphertext, pair.decapsulationKey), made.shared);
});

Deno.test("An encapsulation key that is none leaves the plain keys", () => {
  strictEqual(
    kem.encapsulate(new Uint8Array(ENCAPSULATION_KEY_BYTES).fill(0xff), seededRandom(1)),
    undefined,
  );
  strictEqual(kem.encapsulate(new Uint8Array(100), seededRandom(1)), undefined);
});

Deno.test("An altered ciphertext gives another secret, not an error", () => {
  const pair = kem.generate(seededRandom("initiator"));
  const made = kem.encapsulate(pair.encapsulationKey, seededRandom("responder"))!;
  made.ciphertext[0] ^= 1;
  notDeepStrictEqual(kem.decapsulate(made.ciphertext, pair.decapsulationKey), made.shared);
});

Deno.test("A hybrid key depends on the key, the secret and the hash", () => {
  const [key, shared, hash] = ["key", "shared", "hash"].map((name) => seededRandom(name).bytes(32));
  const base = hybridKey(key, shared, hash);
  strictEqual(base.length, 32);
  notDeepStrictEqual(hybridKey(shared, key, hash), base);
  notDeepStrictEqual(hybridKey(key, shared, key), base);
});
