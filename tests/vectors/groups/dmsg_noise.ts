/** Runner of the group `noise` of dmsg.json. */
import { ok, strictEqual } from "node:assert/strict";
import { nobleAead } from "../../../lib/crypto/aead.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { HandshakeState } from "../../../lib/noise/handshake_state.ts";
import { KK, type Pattern, XK } from "../../../lib/noise/patterns.ts";
import { FrameOpener, Sealer } from "../../../lib/noise/transport.ts";
import { concat, fromHex, readU64, toHex, utf8, writeU16 } from "../../../lib/wire/bytes.ts";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import {
  byMember,
  CHUNKINGS,
  errorOf,
  hexEqual,
  hexOf,
  isAsSaid,
  type MemberHandler,
  piecesOf,
} from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

/** Handshakes, records, and messages and frames that must be refused. */
export const dmsgNoise: GroupRunner = (group) =>
  byMember(group, {
    xk_session: (session, name) => handshakeCases(XK, session, name),
    kk_stream: (session, name) => handshakeCases(KK, session, name),
    ...Object.fromEntries([1, 2, 3].flatMap((number) => [
      [`invalid_xk_message${number}`, invalidMessages(XK, group.xk_session, number)],
      [`invalid_kk_message${number}`, invalidMessages(KK, group.kk_stream, number)],
    ])),
    invalid_transport_frames: invalidFrames([group.kk_stream, group.xk_session]),
  });

// deno-lint-ignore no-explicit-any
type Session = any;

/** Both sides of a vector's handshake, before the first message. */
function statesOf(pattern: Pattern, session: Session): Record<string, HandshakeState> {
  const pair = (name: string) => keyPairOf(hexOf(session, `${name}_sk`));
  const initiator = pair("initiator_static");
  const responder = pair("responder_static");
  return {
    initiator: new HandshakeState(pattern, {
      initiator: true,
      local: initiator,
      ephemeral: pair("initiator_ephemeral"),
      remote: responder.public,
    }),
    responder: new HandshakeState(pattern, {
      initiator: false,
      local: responder,
      ephemeral: pair("responder_ephemeral"),
      remote: pattern === KK ? initiator.public : undefined,
    }),
  };
}

function handshakeCases(pattern: Pattern, session: Session, name: string): VectorCase[] {
  const cases: VectorCase[] = [
    { name: `${name}: start`, run: () => checkStart(pattern, session) },
    { name: `${name}: messages, hashes and split keys`, run: () => checkMessages(pattern, session) },
  ];
  for (const frame of session.transport_frames) {
    const label = frame.note ?? `of ${plaintextOf(frame).length} bytes`;
    cases.push({
      name: `${name}: frame ${frame.nonce} from ${frame.from}, ${label}`,
      run: () => checkFrame(session, frame),
    });
  }
  for (const size of CHUNKINGS) {
    cases.push({ name: `${name}: all frames in pieces of ${size}`, run: () => checkFlow(session, size) });
  }
  return cases;
}

function checkStart(pattern: Pattern, session: Session): void {
  strictEqual(session.prologue, "", "the prologue is empty");
  strictEqual(pattern.protocolName, session.protocol_name);
  hexEqual(sha256(utf8(pattern.protocolName)), session.protocol_name_sha256, "hash of the name");
  for (const who of ["initiator_static", "initiator_ephemeral", "responder_static", "responder_ephemeral"]) {
    hexEqual(keyPairOf(hexOf(session, `${who}_sk`)).public, session[`${who}_pk`], who);
  }
  for (const state of Object.values(statesOf(pattern, session))) {
    hexEqual(state.h, session.h_after_premessages, "h after the pre-messages");
  }
}

function checkMessages(pattern: Pattern, session: Session): void {
  const states = statesOf(pattern, session);
  for (const expected of session.messages) {
    const writer = states[expected.from];
    const reader = states[otherThan(expected.from)];
    const payload = fromHex(expected.payload ?? "");
    const message = writer.writeMessage(payload);
    strictEqual(message.length, expected.length, "length");
    hexEqual(message, expected.noise_message, "message");
    hexEqual(concat(prefix(message.length), message), expected.framed, "message with its length");
    hexEqual(reader.readMessage(message), toHex(payload), "payload");
    for (const state of [writer, reader]) {
      hexEqual(state.h, expected.h_after, "h");
      hexEqual(state.ck, expected.ck_after, "ck");
    }
  }
  const { initiator, responder } = states;
  ok(initiator.done && responder.done, "the handshake is done");
  hexEqual(initiator.h, session.handshake_hash, "handshake hash");
  hexEqual(
    responder.remoteStatic,
    session.initiator_static_pk,
    "the initiator's key as the responder has it",
  );
  const [ours, theirs] = [initiator.transportKeys(), responder.transportKeys()];
  for (const key of [ours.send, theirs.receive]) {
    hexEqual(key, session.key_initiator_to_responder, "key i → r");
  }
  for (const key of [ours.receive, theirs.send]) {
    hexEqual(key, session.key_responder_to_initiator, "key r → i");
  }
  const k1 = pattern === KK ? session.key_initiator_to_responder : session.key_responder_to_initiator;
  const k2 = pattern === KK ? session.key_responder_to_initiator : session.key_initiator_to_responder;
  strictEqual(session.split_k1, k1, "k1 encrypts for the side that received the last message");
  strictEqual(session.split_k2, k2, "k2 encrypts for the side that sent the last message");
}

const otherThan = (side: string): string => side === "initiator" ? "responder" : "initiator";

const prefix = (length: number): Uint8Array => {
  const bytes = new Uint8Array(2);
  writeU16(bytes, 0, length);
  return bytes;
};

function keyFrom(session: Session, from: string): Uint8Array {
  ok(from === "initiator" || from === "responder", `"${from}" is neither side`);
  return hexOf(session, `key_${from}_to_${from === "initiator" ? "responder" : "initiator"}`);
}

function plaintextOf(frame: Session): Uint8Array {
  if (frame.plaintext !== undefined) return hexOf(frame, "plaintext");
  return new Uint8Array(frame.plaintext_repeat.count).fill(parseInt(frame.plaintext_repeat.byte, 16));
}

/** The record that a writer emits when its counter stands before `nonce`. */
function recordAt(key: Uint8Array, nonce: number, plaintext: Uint8Array): Uint8Array {
  const sealer = new Sealer(nobleAead(key));
  sealer.leapTo(nonce - 1);
  return sealer.sealObject(plaintext);
}

function checkFrame(session: Session, frame: Session): void {
  const key = keyFrom(session, frame.from);
  const record = recordAt(key, frame.nonce, plaintextOf(frame));
  if (frame.wire_frame !== undefined) {
    hexEqual(record, frame.wire_frame, "frame");
    hexEqual(record.subarray(2), frame.nonce_and_ciphertext, "nonce and ciphertext");
  }
  if (frame.wire_frame_length !== undefined) strictEqual(record.length, frame.wire_frame_length);
  if (frame.wire_frame_sha256 !== undefined) {
    hexEqual(sha256(record), frame.wire_frame_sha256, "frame's hash");
  }
  hexEqual(openAll(key, record, Infinity), toHex(plaintextOf(frame)), "plaintext");
}

/** Opens a stream of frames that comes in pieces of one size. */
function openAll(key: Uint8Array, wire: Uint8Array, size: number): Uint8Array {
  const opener = new FrameOpener(nobleAead(key));
  const parts: Uint8Array[] = [];
  for (const piece of piecesOf(wire, size)) {
    const out = new Uint8Array(opener.roomFor(piece.length));
    parts.push(out.slice(0, opener.push(piece, out, 0)));
    if (opener.error) throw opener.error;
  }
  strictEqual(opener.midFrame, false, "the stream ends with a frame");
  return concat(...parts);
}

function checkFlow(session: Session, size: number): void {
  for (const from of ["initiator", "responder"]) {
    const key = keyFrom(session, from);
    const frames = session.transport_frames.filter((frame: Session) => frame.from === from);
    const wire = concat(
      ...frames.map((frame: Session) =>
        frame.wire_frame ? hexOf(frame, "wire_frame") : recordAt(key, frame.nonce, plaintextOf(frame))
      ),
    );
    hexEqual(openAll(key, wire, size), toHex(concat(...frames.map(plaintextOf))), `plaintext from ${from}`);
  }
}

/** A message that its reader must refuse. Where a classic peer panics, ours fails the handshake alone. */
function invalidMessages(pattern: Pattern, session: Session, number: number): MemberHandler {
  return (list, member) =>
    list.map((entry: Session) => ({
      name: `${member}: ${entry.case}`,
      run: () => {
        const states = statesOf(pattern, session);
        for (const { from, noise_message, payload = "" } of session.messages.slice(0, number - 1)) {
          states[from].writeMessage(fromHex(payload));
          states[otherThan(from)].readMessage(fromHex(noise_message));
        }
        const reader = number === 2 ? "initiator" : "responder";
        const error = errorOf(() => states[reader].readMessage(hexOf(entry, `input_to_${reader}`)));
        ok(error instanceof ProtocolError, `not a ProtocolError: ${error.message}`);
        strictEqual(error.by, "peer");
        ok(isAsSaid(error.message, entry.result_error), `"${error.message}" is not "${entry.result_error}"`);
      },
    }));
}

/** Frames after the valid ones. A reader of ours stays dead after an error, so each case gets its own. */
function invalidFrames(sessions: Session[]): MemberHandler {
  return (list, member) => {
    const records = list.filter((entry: Session) => entry.nonce_and_ciphertext).map((entry: Session) =>
      hexOf(entry, "nonce_and_ciphertext")
    );
    const keys = sessions.flatMap((session) =>
      ["initiator", "responder"].map((from) => keyFrom(session, from))
    );
    const key = keys.find((key) => records.some((record: Uint8Array) => opens(key, record))) ?? keys[0];
    return list.map((entry: Session) => ({
      name: `${member}: ${entry.case}`,
      run: () => checkInvalidFrame(key, entry),
    }));
  };
}

function opens(key: Uint8Array, record: Uint8Array): boolean {
  if (record.length < 8) return false;
  const plain = new Uint8Array(record.length);
  return nobleAead(key).open(readU64(record, 0), record, 8, record.length - 8, plain, 0);
}

function checkInvalidFrame(key: Uint8Array, entry: Session): void {
  const opener = new FrameOpener(nobleAead(key));
  const out = new Uint8Array(8192);
  const previous = Number(/previous \((\d+)\)/.exec(entry.result_error)?.[1] ?? 0);
  let frame: Uint8Array;
  if (entry.wire_frame_prefix !== undefined) {
    frame = fromHex(entry.wire_frame_prefix);
  } else {
    const record = hexOf(entry, "nonce_and_ciphertext");
    frame = concat(prefix(record.length), record);
    const repeated = previous > 0 && opens(key, record) && readU64(record, 0) === previous;
    if (repeated) opener.push(frame, out, 0);
    else if (previous > 0) opener.push(recordAt(key, previous, utf8("before")), out, 0);
  }
  const error = errorOf(() => opener.push(frame, out, 0));
  ok(error instanceof ProtocolError && error.ends === "stream", `not the stream's error: ${error.message}`);
  strictEqual(error.message, entry.result_error);
  strictEqual(
    errorOf(() => opener.push(recordAt(key, 1000, utf8("later")), out, 0)),
    error,
    "errors are permanent",
  );
}
