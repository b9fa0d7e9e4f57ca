/** Runner of the group `noise_pq_hybrid` of dmsg.json. */
import { ok, strictEqual } from "node:assert/strict";
import { nobleAead } from "../../../lib/crypto/aead.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { HandshakeState } from "../../../lib/noise/handshake_state.ts";
import { CIPHERTEXT_BYTES, ENCAPSULATION_KEY_BYTES, loadKem } from "../../../lib/noise/hybrid.ts";
import { KK, XK } from "../../../lib/noise/patterns.ts";
import { FrameOpener, Sealer } from "../../../lib/noise/transport.ts";
import { equal, toHex } from "../../../lib/wire/bytes.ts";
import { seededRandom } from "../../fakes/random.ts";
import { byMember, hexEqual, hexOf } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

/** ML-KEM data in the payloads, both sides' keys, and the first frame under them. */
export const dmsgNoisePqHybrid: GroupRunner = (group) =>
  byMember(group, { xk: handshakeCases, kk: handshakeCases });

// deno-lint-ignore no-explicit-any
type Session = any;

function handshakeCases(session: Session, name: string): VectorCase[] {
  return [
    { name: `${name}: initiator's KEM`, run: () => checkKem(session) },
    { name: `${name}: handshake with payloads, hybrid and plain keys`, run: () => checkHandshake(session) },
    { name: `${name}: first frame`, run: () => checkFirstFrame(session) },
  ];
}

/** A Random that gives the vector's seed once. */
const only = (bytes: Uint8Array) => ({
  bytes: (count: number) => {
    strictEqual(count, bytes.length, "bytes drawn");
    return bytes;
  },
  fraction: () => 0,
});

async function checkKem(session: Session): Promise<void> {
  const kem = await loadKem();
  const pair = kem.generate(only(hexOf(session, "mlkem_seed_d_z")));
  hexEqual(pair.encapsulationKey, session.mlkem_encapsulation_key, "encapsulation key");
  const shared = kem.decapsulate(hexOf(session, "mlkem_ciphertext"), pair.decapsulationKey);
  hexEqual(shared, session.mlkem_shared_secret, "shared secret");
  // The responder draws its own randomness, so its side is checked by a round trip.
  const made = kem.encapsulate(pair.encapsulationKey, seededRandom("responder"));
  ok(made && made.ciphertext.length === CIPHERTEXT_BYTES, "our ciphertext");
  ok(equal(kem.decapsulate(made.ciphertext, pair.decapsulationKey), made.shared), "round trip");
}

function statesOf(session: Session): Record<string, HandshakeState> {
  const pattern = { XK, KK }[session.pattern as string];
  ok(pattern, `pattern ${session.pattern} is not known`);
  const pair = (name: string) => keyPairOf(hexOf(session, `${name}_sk`));
  const [initiator, responder] = [pair("initiator_static"), pair("responder_static")];
  const make = (local: typeof initiator, ephemeral: string, remote?: Uint8Array) =>
    new HandshakeState(pattern, {
      initiator: local === initiator,
      local,
      ephemeral: pair(ephemeral),
      remote,
    });
  return {
    initiator: make(initiator, "initiator_ephemeral", responder.public),
    responder: make(responder, "responder_ephemeral", pattern === KK ? initiator.public : undefined),
  };
}

function checkHandshake(session: Session): void {
  const states = statesOf(session);
  for (const expected of session.messages) {
    const reader = states[expected.from === "initiator" ? "responder" : "initiator"];
    const payload = hexOf(expected, "payload_hex");
    strictEqual(payload.length, Number(/\((\d+) bytes\)/.exec(expected.payload)?.[1] ?? 0), expected.payload);
    const message = states[expected.from].writeMessage(payload);
    strictEqual(message.length, expected.length, "length");
    hexEqual(message, expected.noise_message, "message");
    hexEqual(reader.readMessage(message), expected.payload_hex, "payload as read");
  }
  const [offer, answer] = session.messages.map((message: Session) => hexOf(message, "payload_hex"));
  strictEqual(offer.length, ENCAPSULATION_KEY_BYTES, "payload of message 1");
  strictEqual(answer.length, CIPHERTEXT_BYTES, "payload of message 2");
  hexEqual(offer, session.mlkem_encapsulation_key, "message 1 carries the encapsulation key");
  hexEqual(answer, session.mlkem_ciphertext, "message 2 carries the ciphertext");
  const shared = hexOf(session, "mlkem_shared_secret");
  for (const [who, state] of Object.entries(states)) {
    hexEqual(state.h, session.handshake_hash, `handshake hash of the ${who}`);
    const out = who === "initiator" ? "send" : "receive";
    const back = who === "initiator" ? "receive" : "send";
    const keys = state.transportKeys(shared);
    hexEqual(keys[out], session.hybrid_key_initiator_to_responder, `${who}: key i → r`);
    hexEqual(keys[back], session.hybrid_key_responder_to_initiator, `${who}: key r → i`);
    // Payloads enter the hash alone, so the plain keys are those of a handshake without them.
    const plain = state.transportKeys();
    hexEqual(plain[out], session.classical_key_initiator_to_responder, `${who}: plain key i → r`);
    hexEqual(plain[back], session.classical_key_responder_to_initiator, `${who}: plain key r → i`);
  }
}

function checkFirstFrame(session: Session): void {
  const { first_frame: frame } = session;
  const direction = frame.from === "initiator" ? "initiator_to_responder" : "responder_to_initiator";
  const aead = nobleAead(hexOf(session, `hybrid_key_${direction}`));
  strictEqual(frame.nonce, 1, "the counter starts anew under the hybrid key");
  const record = new Sealer(aead).sealObject(hexOf(frame, "plaintext"));
  hexEqual(record, frame.wire_frame, "frame");
  hexEqual(record.subarray(2), frame.nonce_and_ciphertext, "nonce and ciphertext");
  const opener = new FrameOpener(aead);
  const out = new Uint8Array(opener.roomFor(record.length));
  strictEqual(toHex(out.subarray(0, opener.push(record, out, 0))), frame.plaintext, "plaintext");
}
