/** Runner of the group `discovery_entries` of dmsg.json. */
import { ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { publicKeyOf } from "../../../lib/crypto/keys.ts";
import { signatureFault } from "../../../lib/crypto/sign.ts";
import { postedText, readPosted } from "../../../lib/discovery/rules.ts";
import { encodeEntry, signEntry, signingPreimage, verifiedText } from "../../../lib/dmsg/entries/entry.ts";
import type { Entry } from "../../../lib/dmsg/entries/entry.ts";
import { parseEntry } from "../../../lib/dmsg/entries/read.ts";
import type { Generation } from "../../../lib/dmsg/entries/read.ts";
import { fromHex, fromUtf8, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { bench } from "../../discovery/support.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { byMember, each, errorOf, hexEqual, hexOf, signWithNonce } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Long after the timestamps of the entries, which are of 2023: "old" is meant against the wall clock. */
const NOW_NS = 1_795_000_000_000_000_000n;
/** The timestamp of an entry's text. */
const TIMESTAMP = /"timestamp":(\d+)/;

/** Entries of both generations that verify, and classic ones that a classic discovery judges. */
export const dmsgDiscoveryEntries: GroupRunner = (group) =>
  byMember(group, {
    valid: each(({ name }) => name, (entry) => checkValid(entry, "classic")),
    invalid: each((entry) => entry.case, (entry) => checkJudged(entry, "classic")),
    current_2026_fields: (part) =>
      byMember(part, {
        valid: each(({ name }) => name, (entry) => checkValid(entry, "current")),
        invalid: each((entry) => entry.case, (entry) => checkJudged(entry, "current")),
      }),
  });

// deno-lint-ignore no-explicit-any
function checkValid(vector: any, generation: Generation): void {
  const text = textOf(vector);
  const entry = parseEntry(text, { generation, checkKeys: true });
  strictEqual(encodeEntry(entry), text, "encoding");
  strictEqual(encodeEntry(parseEntry(text)), text, "encoding of what a current party reads");
  const preimage = signingPreimage(entry);
  strictEqual(preimage, vector.signing_preimage_utf8, "pre-image");
  if (vector.signing_preimage) hexEqual(utf8(preimage), vector.signing_preimage, "pre-image bytes");
  hexEqual(sha256(utf8(preimage)), vector.digest, "digest");
  strictEqual(entry.signature, vector.signature, "signature");
  strictEqual(entry.static, toHex(publicKeyOf(hexOf(vector, "sk"))), "static key");
  ok(verifiedText(entry), "the signature verifies");
  if (vector.nonce_k) {
    const made = signWithNonce(hexOf(vector, "sk"), utf8(preimage), hexOf(vector, "nonce_k"));
    strictEqual(made, vector.signature, "signature with this nonce");
  }
  ok(verifiedText(signEntry(entry, hexOf(vector, "sk"))), "our own signature verifies");
}

// deno-lint-ignore no-explicit-any
async function checkJudged(vector: any, generation: Generation): Promise<void> {
  const text = textOf(vector);
  // What is fine is fine when it is posted; the clock counts for servers.
  const nowNs = vector.ok ? BigInt(TIMESTAMP.exec(text)?.[1] ?? NOW_NS) : NOW_NS;
  // In test mode, where addresses of this machine are fine, nobody speaks of them.
  const testMode = !String(vector.http_message).includes("localhost");
  const { ask } = bench({ generation, testMode }, new FakeClock(0, nowNs));
  const { status, body } = await ask("POST", "/dmsg-discovery/entry/", text);
  if (vector.ok !== undefined) {
    strictEqual(verifiedText(readPosted(postedText(text), generation)) !== undefined, vector.ok, "verifies");
    if (vector.ok) strictEqual(status, 200);
    return;
  }
  ok(vector.decode_error || vector.verify_error || vector.validate_error, "the case says what is wrong");
  if (vector.decode_error) errorOf(() => readPosted(postedText(text), generation));
  if (vector.verify_error) {
    strictEqual(faultOf(readPosted(postedText(text), generation)), vector.verify_error);
  }
  if (vector.validate_error) strictEqual(JSON.parse(body).message, vector.validate_error);
  strictEqual(body, JSON.stringify({ message: vector.http_message, code: vector.http_status }));
  strictEqual(status, vector.http_status);
}

/** Why the entry is not signed by its key, in Go's words. */
function faultOf(entry: Entry): string | undefined {
  strictEqual(verifiedText(entry), undefined, "verifies");
  const { signature = "" } = entry;
  if (!/^([0-9a-f]{2})*$/i.test(signature)) return "Invalid signature";
  return signatureFault(fromHex(entry.static), fromHex(signature), utf8(signingPreimage(entry)));
}

/** The entry's text; where it is also there as hex, both must agree. */
function textOf(vector: { json?: string; json_utf8?: string }): string {
  const text = vector.json === undefined ? vector.json_utf8 : fromUtf8(fromHex(vector.json));
  ok(text !== undefined, "the case has an entry");
  if (vector.json_utf8 !== undefined) strictEqual(text, vector.json_utf8, "json and json_utf8");
  return text;
}
