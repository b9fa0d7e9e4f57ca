import { notStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { MAX_SEND_KEY_BYTES, sendId } from "../../lib/chat/send_id.ts";
import { generateKeyPair, KeyError } from "../../lib/crypto/keys.ts";
import { seededRandom } from "../fakes/random.ts";

const [ANN, BEN] = ["ann", "ben"].map((name) => generateKeyPair(seededRandom(name)).pk);

Deno.test("Send id is the first 8 bytes of the hash over label, recipient's bytes and key", () => {
  const hash = createHash("sha256").update("dmsg-send-id").update(Buffer.from(ANN, "hex")).update(
    "Schlüssel",
  );
  strictEqual(sendId(ANN, "Schlüssel"), hash.digest("hex").slice(0, 16));
});

Deno.test("Send id differs by recipient and key, and not by the case of the recipient", () => {
  notStrictEqual(sendId(ANN, "k"), sendId(BEN, "k"));
  notStrictEqual(sendId(ANN, "k"), sendId(ANN, "l"));
  strictEqual(sendId(ANN.toUpperCase(), "k"), sendId(ANN, "k"));
});

Deno.test("Send id refuses empty and endless keys, and what is no recipient", () => {
  throws(() => sendId(ANN, ""), RangeError);
  throws(() => sendId(ANN, "ü".repeat(MAX_SEND_KEY_BYTES / 2 + 1)), RangeError);
  throws(() => sendId("00", "k"), KeyError);
});
