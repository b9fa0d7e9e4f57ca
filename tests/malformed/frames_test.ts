import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { nobleAead } from "../../lib/crypto/aead.ts";
import type { KeyPair } from "../../lib/crypto/keys.ts";
import { decodeResponse } from "../../lib/dmsg/streams/request.ts";
import { SecureStream } from "../../lib/noise/secure.ts";
import type { Random } from "../../lib/sys/random.ts";
import { concat, fromHex, readU64, toHex, utf8, writeU16 } from "../../lib/wire/bytes.ts";
import { Flag, ping, windowUpdate } from "../../lib/yamux/frame.ts";
import { pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { MemoryConduit } from "../fakes/conduit.ts";
import { seededRandom } from "../fakes/random.ts";
import { dataFrame, framed, type RawSession } from "../fakes/raw_peer.ts";
import { rawAnswer, rawAnswered, rawDial, RawFrames } from "../fakes/raw_stream.ts";
import { pairOfHex, VECTORS } from "./vectors.ts";
import { ECHO_PORT, inWorld, type World, type WorldOptions } from "./world.ts";

const mallory = pairOf(71);
const random = seededRandom("frames");

/** An open stream from a raw peer to bob, who echoes. */
interface Open {
  readonly world: World;
  readonly session: RawSession;
  readonly frames: RawFrames;
}

async function withStream(
  run: (open: Open) => Promise<void>,
  options: WorldOptions = {},
  local: KeyPair = mallory,
  ephemerals: Random = random,
): Promise<void> {
  await inWorld(async (world) => {
    const session = await world.session(local);
    const dial = rawDial({ local, to: world.bob.pk, toPort: ECHO_PORT, random: ephemerals });
    await session.start(1, session.record(dial.object));
    await world.until(() => session.object(1) !== undefined, "bob answers");
    await run({ world, session, frames: rawAnswered(session, 1, dial) });
    await world.stillServes();
  }, options);
}

/** Sends bytes; bob's reads must fail with this, and the stream must be gone on both sides. */
async function kills({ world, session, frames }: Open, bytes: Uint8Array[], error: RegExp): Promise<void> {
  await frames.send(...bytes);
  await world.until(() => world.bobEnds.length > 0, "bob's stream ends", 100);
  match(String(world.bobEnds[0]), error);
  await world.until(() => session.saw("Window RST 1 0"), "the stream is reset", 100);
  await session.send(ping(Flag.syn, 7));
  await settle();
  ok(session.saw("Ping ACK 0 7") && !session.ended, "the session stays");
  deepStrictEqual(world.bob.servers, [world.server.pk], "bob's session stays");
}

const sealed = ({ frames }: Open, text = "x"): Uint8Array => frames.seal(utf8(text));

const faults: readonly [string, (open: Open) => Uint8Array[], RegExp][] = [
  ["longer than 4094", () => [Uint8Array.of(0x0f, 0xff)], /4095B exceeds maximum 4094B/],
  ["of 65535 bytes", () => [Uint8Array.of(0xff, 0xff)], /exceeds maximum/],
  ["of length 0", () => [new Uint8Array(2)], /less than 8 bytes/],
  ["of length 7", () => [framed(new Uint8Array(7).fill(1))], /less than 8 bytes/],
  ["with a nonce only", () => [framed(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9))], /authentication/],
  ["with half a tag", (open) => [truncated(sealed(open), 10)], /authentication/],
  ["with a bad tag", (open) => [flipped(sealed(open))], /authentication/],
  ["with nonce 0", (open) => [withNonce(sealed(open), 0n)], /not larger than previous/],
  ["with nonce 2^64-1", (open) => [withNonce(sealed(open), 2n ** 64n - 1n)], /authentication/],
  ["that came before", (open) => twice(sealed(open)), /not larger than previous|was reset/],
  ["of garbage", () => [framed(new Uint8Array(4000).fill(9))], /authentication|nonce/],
  ["in 200 KiB of garbage", () => [new Uint8Array(200 * 1024).fill(0x0a)], /authentication|nonce/],
];

for (const [name, bytes, error] of faults) {
  Deno.test(`Stream dies of a frame ${name}, and nothing else does`, () =>
    withStream((open) => kills(open, bytes(open), error)));

  Deno.test(`Stream dies of a frame ${name} behind good ones, which are read first`, () =>
    withStream(async (open) => {
      const { world, frames } = open;
      await frames.send(sealed(open, "first "), sealed(open, "second"));
      await world.until(() => frames.received().length === 12, "the echo comes");
      strictEqual(toHex(frames.received()), toHex(utf8("first second")));
      await kills(open, bytes(open), error);
    }));
}

Deno.test("Stream skips frames without content and nonces that jump", () =>
  withStream(async (open) => {
    const { world, session, frames } = open;
    sealed(open, "never sent");
    for (let i = 0; i < 1000; i++) await frames.send(sealed(open, ""));
    await frames.send(sealed(open, "x"));
    await world.until(() => session.behindObject(1).length >= 27, "the echo comes");
    strictEqual(toHex(frames.received()), toHex(utf8("x")));
  }));

Deno.test("Stream takes as many empty frames as anybody sends", () =>
  withStream(async (open) => {
    const { world, session, frames } = open;
    const windows = 3; // credit must come back although nobody reads anything
    const count = Math.floor(windows * 262_144 / 26);
    for (let sent = 0; sent < count; sent += 500) {
      const batch = Array.from({ length: 500 }, () => sealed(open, ""));
      await frames.send(concat(...batch));
      await settle();
    }
    await frames.send(sealed(open, "x"));
    await world.until(() => session.behindObject(1).length >= 27, "the echo comes");
    ok(!session.ended);
  }));

for (const bytes of [1, 2, 9, 26]) {
  Deno.test(`Stream that ends ${bytes} bytes into a frame is a truncation, not an end`, () =>
    withStream(async (open) => {
      const { world, session } = open;
      await session.send(dataFrame(1, sealed(open).subarray(0, bytes)), windowUpdate(1, Flag.fin, 0));
      await world.until(() => world.bobEnds.length > 0, "bob's stream ends", 100);
      match(String(world.bobEnds[0]), /ended inside a frame/);
    }));
}

Deno.test("Stream that ends between frames has an end", () =>
  withStream(async (open) => {
    const { world, session } = open;
    await session.send(dataFrame(1, sealed(open)), windowUpdate(1, Flag.fin, 0));
    await world.until(() => world.bobEnds.length > 0, "bob's stream ends", 100);
    strictEqual(world.bobEnds[0], null);
  }));

Deno.test("Stream whose peer vanishes breaks, and both sides forget it", () =>
  withStream(async (open) => {
    const { world, session, frames } = open;
    await frames.send(sealed(open));
    session.socket.close();
    await world.until(() => world.bobEnds.length > 0, "bob's stream ends", 100);
    match(String(world.bobEnds[0]), /NetworkError/);
  }));

// The dialler's side: a responder that answers well and then sends bad frames.

for (const [name, bytes, error] of faults) {
  Deno.test(`Dialler's stream dies of a frame ${name}`, () =>
    inWorld(async (world) => {
      const session = await world.session(mallory);
      await world.delegate(mallory, world.server.pk);
      const guest = world.client(world.freshPair());
      const dialled = guest.dial({ pk: mallory.pk, port: 80 });
      await world.until(() => session.object(2) !== undefined, "the request comes");
      const { object, keys } = rawAnswer(session.object(2)!, mallory, random);
      const frames = new RawFrames(session, 2, keys);
      // Behind the response at once: the dialler must not read it as anything else.
      await session.send(windowUpdate(2, Flag.ack, 0), dataFrame(2, session.record(object)));
      await frames.send(...bytes({ world, session, frames }));
      const stream = await world.settled(dialled);
      const read = async (): Promise<unknown> => {
        try {
          while (await stream.read());
          return null;
        } catch (thrown) {
          return thrown;
        }
      };
      match(String(await world.settled(read())), error);
      match(String(await world.settled(read())), error, "it stays dead");
      stream.close();
      await world.echoes(guest);
      await world.settled(guest.close());
      await world.stillServes();
    }));
}

// The vectors.

const { kk_stream, xk_session, invalid_transport_frames } = VECTORS.noise;
const hexFrame = ({ nonce_and_ciphertext }: { nonce_and_ciphertext: string }): Uint8Array =>
  framed(fromHex(nonce_and_ciphertext));
const always = (secret: string): Random => ({ bytes: () => fromHex(secret), fraction: () => 0 });

Deno.test("Stream repeats the vector's handshake and reads its frames", () =>
  withStream(
    async ({ world, session, frames }) => {
      strictEqual(
        toHex(decodeResponse(session.object(1)!).noiseMessage),
        kk_stream.messages[1].noise_message,
      );
      // deno-lint-ignore no-explicit-any
      const sent = kk_stream.transport_frames.filter((f: any) => f.from === "initiator" && f.wire_frame);
      await frames.send(...sent.map(hexFrame));
      const plain = sent.map(({ plaintext }: { plaintext: string }) => plaintext).join("");
      await world.until(() => frames.received().length === plain.length / 2, "the echo comes");
      strictEqual(toHex(frames.received()), plain);
    },
    {
      bob: pairOfHex(kk_stream.responder_static_sk),
      bobRandom: always(kk_stream.responder_ephemeral_sk),
    },
    pairOfHex(kk_stream.initiator_static_sk),
    always(kk_stream.initiator_ephemeral_sk),
  ));

/** The key under which a list of sealed frames was made: one of the file's. */
function keyOf(records: Uint8Array[]): Uint8Array {
  const keys = [kk_stream, xk_session].flatMap((session) =>
    [session.key_initiator_to_responder, session.key_responder_to_initiator].map(fromHex)
  );
  const opens = (key: Uint8Array): boolean =>
    records.some((record) => {
      const plain = new Uint8Array(record.length);
      return nobleAead(key).open(readU64(record, 0), record, 8, record.length - 8, plain, 0);
    });
  const found = keys.find(opens);
  ok(found, "one of the keys opens one of the frames");
  return found;
}

for (const [index, vector] of invalid_transport_frames.entries()) {
  const { case: name, nonce_and_ciphertext, wire_frame_prefix, result_error } = vector;
  Deno.test(`Stream dies of the vector's ${name}`, async () => {
    // deno-lint-ignore no-explicit-any
    const sealed = invalid_transport_frames.filter((f: any) => f.nonce_and_ciphertext);
    // deno-lint-ignore no-explicit-any
    const receive = keyOf(sealed.map((f: any) => fromHex(f.nonce_and_ciphertext)));
    const [near] = MemoryConduit.pair();
    const stream = new SecureStream(near, { send: receive, receive }, { maker: nobleAead });
    near.inject(hexFrame(sealed[0])); // good the first time
    ok(await stream.read());
    // A case about the counter of a damaged frame follows that frame, which is the end of the stream already.
    const damaged = index > 1 && nonce_and_ciphertext ? hexFrame(sealed[1]) : new Uint8Array(0);
    near.inject(concat(damaged, wire_frame_prefix ? fromHex(wire_frame_prefix) : hexFrame(vector)));
    const expected = damaged.length > 0 ? sealed[1].result_error : result_error;
    await rejects(stream.read(), { name: "ProtocolError", message: expected });
    await rejects(stream.read(), { name: "ProtocolError", message: expected }, "it stays dead");
    ok(near.wasReset);
  });
}

function withNonce(frame: Uint8Array, nonce: bigint): Uint8Array {
  new DataView(frame.buffer, frame.byteOffset).setBigUint64(2, nonce);
  return frame;
}

function truncated(frame: Uint8Array, by: number): Uint8Array {
  const cut = frame.slice(0, frame.length - by);
  writeU16(cut, 0, cut.length - 2);
  return cut;
}

function flipped(frame: Uint8Array): Uint8Array {
  frame[frame.length - 1] ^= 1;
  return frame;
}

const twice = (frame: Uint8Array): Uint8Array[] => [frame, frame];
