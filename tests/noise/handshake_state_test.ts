import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { generateKeyPair, type KeyPair } from "../../lib/crypto/keys.ts";
import { HandshakeState } from "../../lib/noise/handshake_state.ts";
import { KK, type Pattern, XK } from "../../lib/noise/patterns.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { seededRandom } from "../fakes/random.ts";

interface Sides {
  readonly initiator: HandshakeState;
  readonly responder: HandshakeState;
  readonly keys: { initiator: KeyPair; responder: KeyPair };
}

function sides(pattern: Pattern, seed: number, remote?: (keys: Sides["keys"]) => Uint8Array): Sides {
  const random = seededRandom(seed);
  const pair = () => generateKeyPair(random);
  const keys = { initiator: pair(), responder: pair() };
  const known = remote?.(keys) ?? keys.responder.public;
  const make = (initiator: boolean, local: KeyPair, theirs?: Uint8Array) =>
    new HandshakeState(pattern, { initiator, local, ephemeral: pair(), remote: theirs });
  return {
    keys,
    initiator: make(true, keys.initiator, known),
    responder: make(false, keys.responder, pattern === KK ? keys.initiator.public : undefined),
  };
}

/** Passes all messages; returns the payloads as they were read. */
function shake({ initiator, responder }: Sides, payloads: Uint8Array[]): Uint8Array[] {
  const read: Uint8Array[] = [];
  let [writer, reader] = [initiator, responder];
  for (let i = 0; !initiator.done; i++) {
    const message = writer.writeMessage(payloads[i]);
    read.push(reader.readMessage(message).slice());
    message.fill(0); // nothing may point into the caller's message
    [writer, reader] = [reader, writer];
  }
  return read;
}

const payloads = (count: number) =>
  fc.array(fc.uint8Array({ maxLength: 1300 }), { minLength: count, maxLength: count });

for (const [name, pattern] of [["XK", XK], ["KK", KK]] as const) {
  const count = pattern.messages.length;

  Deno.test(`${name} carries any payloads and gives both sides the same keys`, () => {
    fc.assert(
      fc.property(fc.integer(), payloads(count), (seed, parts) => {
        const both = sides(pattern, seed);
        deepStrictEqual(shake(both, parts), parts);
        deepStrictEqual(both.initiator.h, both.responder.h);
        const [ours, theirs] = [both.initiator.transportKeys(), both.responder.transportKeys()];
        deepStrictEqual([ours.send, ours.receive], [theirs.receive, theirs.send]);
        notDeepStrictEqual(ours.send, ours.receive);
        deepStrictEqual(both.responder.remoteStatic, both.keys.initiator.public);
      }),
      { seed: 7, numRuns: 12 },
    );
  });

  Deno.test(`${name} messages have the sizes of the specification`, () => {
    const both = sides(pattern, 1);
    const sizes: number[] = [];
    let [writer, reader] = [both.initiator, both.responder];
    while (!both.initiator.done) {
      const message = writer.writeMessage();
      sizes.push(message.length);
      reader.readMessage(message);
      [writer, reader] = [reader, writer];
    }
    deepStrictEqual(sizes, pattern === XK ? [49, 49, 65] : [49, 49]);
  });

  Deno.test(`${name} refuses any altered byte of any message`, () => {
    for (let altered = 0; altered < count; altered++) {
      const length = pattern === XK && altered === 2 ? 65 : 49;
      for (const at of [0, 1, 20, 32, 33, length - 1]) {
        const both = sides(pattern, 2);
        let [writer, reader] = [both.initiator, both.responder];
        for (let i = 0; i < altered; i++) {
          reader.readMessage(writer.writeMessage());
          [writer, reader] = [reader, writer];
        }
        const message = writer.writeMessage();
        message[at] ^= 0x01;
        throws(() => reader.readMessage(message), ProtocolError, `message ${altered + 1}, byte ${at}`);
      }
    }
  });

  Deno.test(`${name} refuses messages that are too short`, () => {
    const [key, tag] = ["noise: message is too short", "chacha20poly1305: message authentication failed"];
    for (const [length, message] of [[0, key], [1, key], [32, key], [33, tag], [48, tag]] as const) {
      const both = sides(pattern, 3);
      const short = both.initiator.writeMessage().subarray(0, length);
      throws(() => both.responder.readMessage(short), { name: "ProtocolError", message, by: "peer" });
    }
  });

  Deno.test(`${name} refuses calls out of turn`, () => {
    const both = sides(pattern, 4);
    throws(() => both.responder.writeMessage(), RangeError);
    throws(() => both.initiator.readMessage(new Uint8Array(49)), RangeError);
    const message = both.initiator.writeMessage();
    throws(() => both.initiator.writeMessage(), RangeError);
    both.responder.readMessage(message);
    throws(() => both.responder.readMessage(message), RangeError);
    shakeRest(both);
    throws(() => both.initiator.writeMessage(), RangeError);
    throws(() => both.responder.readMessage(new Uint8Array(49)), RangeError);
  });

  Deno.test(`${name} fails at message 1 when the initiator means another responder`, () => {
    const stranger = generateKeyPair(seededRandom("stranger")).public;
    const both = sides(pattern, 5, () => stranger);
    throws(() => both.responder.readMessage(both.initiator.writeMessage()), /authentication failed/);
  });

  Deno.test(`${name} mixes the KEM's secret into both keys`, () => {
    const both = sides(pattern, 6);
    shake(both, []);
    const shared = seededRandom("kem").bytes(32);
    const [ours, theirs] = [both.initiator.transportKeys(shared), both.responder.transportKeys(shared)];
    deepStrictEqual([ours.send, ours.receive], [theirs.receive, theirs.send]);
    notDeepStrictEqual(ours, both.initiator.transportKeys());
  });
}

function shakeRest({ initiator, responder }: Sides): void {
  let [writer, reader] = [responder, initiator];
  while (!initiator.done) {
    reader.readMessage(writer.writeMessage());
    [writer, reader] = [reader, writer];
  }
}

Deno.test("A key from the wire that is no point ends the handshake before it is used", () => {
  const both = sides(XK, 8);
  const message = both.initiator.writeMessage();
  message.set(new Uint8Array(33).fill(0), 0);
  throws(
    () => both.responder.readMessage(message),
    (error) => error instanceof ProtocolError && error.by === "peer" && error.ends === "session",
  );
});

Deno.test("The XK responder knows the initiator only after message 3", () => {
  const both = sides(XK, 9);
  throws(() => both.responder.remoteStatic, RangeError);
  shake(both, []);
  ok(both.responder.done);
  strictEqual(both.responder.remoteStatic.length, 33);
});
