import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { generateKeyPair, publicKeyOf } from "../../lib/crypto/keys.ts";
import { HANDSHAKE_MS } from "../../lib/dmsg/sessions/handshake.ts";
import { HandshakeState } from "../../lib/noise/handshake_state.ts";
import { XK } from "../../lib/noise/patterns.ts";
import { concat, fromHex } from "../../lib/wire/bytes.ts";
import { Flag, FrameType, ping } from "../../lib/yamux/frame.ts";
import { pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { framed, header, rawClient, rawInitiator, RawSocket } from "../fakes/raw_peer.ts";
import { pairOfHex, VECTORS } from "./vectors.ts";
import { ECHO_PORT, inWorld, type World } from "./world.ts";

const { noise } = VECTORS;
/** x = 5 is not on the curve. */
const NO_POINT = fromHex(`02${"00".repeat(31)}05`);
const random = seededRandom("handshakes");

/** Sends bytes as the whole of a connection; the server must close it without a word. */
async function isDropped(world: World, ...bytes: Uint8Array[]): Promise<void> {
  const socket = new RawSocket(world.connection());
  await socket.write(...bytes);
  await settle();
  ok(socket.ended, "the socket is closed");
  strictEqual(socket.received.length, 0, "nothing is answered");
  strictEqual(world.serverEvents.at(-1)?.kind, "handshake-failed");
}

/** A connection that stands behind message 2. */
async function halfway(world: World, local = world.freshPair()) {
  const { socket, state } = rawInitiator(world.connection(), local, world.serverPair.public, random);
  await socket.write(framed(state.writeMessage()));
  state.readMessage(await socket.message());
  return { socket, state };
}

for (const { case: name, input_to_responder } of noise.invalid_xk_message1) {
  Deno.test(`Server drops a session whose ${name}, and serves the next`, () =>
    inWorld(async (world) => {
      await isDropped(world, framed(fromHex(input_to_responder)));
      await world.stillServes();
    }, { server: pairOfHex(noise.xk_session.responder_static_sk) }));
}

for (const { case: name, input_to_responder } of noise.invalid_kk_message1) {
  Deno.test(`Server drops a session that begins with a KK message: ${name}`, () =>
    inWorld(async (world) => {
      await isDropped(world, framed(fromHex(input_to_responder)));
      await world.stillServes();
    }));
}

const openings: readonly [string, Uint8Array][] = [
  ["of length 0", new Uint8Array(2)],
  ["of length 1", framed(Uint8Array.of(2))],
  ["of length 4095 at its prefix", Uint8Array.of(0x0f, 0xff)],
  ["of length 65535 at its prefix", Uint8Array.of(0xff, 0xff)],
  ["whose ephemeral key is not on the curve", framed(concat(NO_POINT, new Uint8Array(16)))],
  ["whose ephemeral key is null", framed(new Uint8Array(49))],
  ["whose ephemeral key is uncompressed", framed(concat(Uint8Array.of(4), new Uint8Array(80)))],
  ["that is an HTTP request", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
];

for (const [name, bytes] of openings) {
  Deno.test(`Server drops a first message ${name}`, () =>
    inWorld(async (world) => {
      await isDropped(world, bytes);
      await world.stillServes();
    }));
}

Deno.test("Server drops 1 MiB of garbage at its first bad length", () =>
  inWorld(async (world) => {
    const socket = new RawSocket(world.connection());
    const garbage = new Uint8Array(1024 * 1024).fill(0xaa);
    await socket.write(garbage);
    await settle();
    ok(socket.ended && socket.received.length === 0);
    await world.stillServes();
  }));

/** What message 3 may be instead of itself. */
const thirds: readonly [string, (message: Uint8Array) => Uint8Array][] = [
  ["with a bad tag on its key", (message) => flipped(message, 48)],
  ["with a bad tag on its payload", (message) => flipped(message, 64)],
  ["that is cut short", (message) => message.subarray(0, 60)],
  ["that is empty", () => new Uint8Array(0)],
];

for (const [name, alter] of thirds) {
  Deno.test(`Server drops a third message ${name}`, () =>
    inWorld(async (world) => {
      const { socket, state } = await halfway(world);
      await socket.write(framed(alter(state.writeMessage())));
      await settle();
      ok(socket.ended && socket.received.length === 0);
      strictEqual(world.serverEvents.at(-1)?.kind, "handshake-failed");
      await world.stillServes();
    }));
}

for (const key of [NO_POINT, new Uint8Array(33)]) {
  Deno.test(`Server drops a client whose sealed key is ${key[0] === 2 ? "no point" : "null"}`, () =>
    inWorld(async (world) => {
      // The state takes any 33 bytes for its own key: only the receiver checks.
      const { socket, state } = await halfway(world, { ...pairOf(7), public: key });
      await socket.write(framed(state.writeMessage()));
      await settle();
      ok(socket.ended && socket.received.length === 0);
      match((world.serverEvents.at(-1) as { error: Error }).error.message, /invalid public key/);
      await world.stillServes();
    }));
}

Deno.test("Server keeps bytes that come behind the handshake", () =>
  inWorld(async (world) => {
    const behind = concat(ping(Flag.syn, 77), header(FrameType.windowUpdate, Flag.syn, 1, 0));
    const pair = world.freshPair();
    const session = await rawClient(world.connection(), pair, world.serverPair.public, random, behind);
    await settle();
    deepStrictEqual(session.lines, ["Ping ACK 0 77", "Window ACK 1 0"]);
    await world.stillServes();
  }));

Deno.test("Server ignores junk payloads in the handshake", () =>
  inWorld(async (world) => {
    const { socket, state } = rawInitiator(
      world.connection(),
      world.freshPair(),
      world.serverPair.public,
      random,
    );
    for (const junk of [new Uint8Array(100).fill(1), new Uint8Array(4094 - 65).fill(2)]) {
      await socket.write(framed(state.writeMessage(junk)));
      if (!state.done) state.readMessage(await socket.message());
    }
    await socket.write(ping(Flag.syn, 1));
    await settle();
    ok(!socket.ended);
    strictEqual(socket.received.length, 2 * 12, "the greeting, and the answer to the ping");
    await world.stillServes();
  }));

Deno.test("Server answers an ML-KEM key of no meaning with a plain session or not at all", () =>
  inWorld(async (world) => {
    const socket = new RawSocket(world.connection());
    const { state } = rawInitiator(
      new DeadEnd(),
      world.freshPair(),
      world.serverPair.public,
      random,
    );
    await socket.write(framed(state.writeMessage(new Uint8Array(1184).fill(0xff))));
    await world.until(() => socket.ended || socket.received.length > 0, "an end or an answer");
    await world.stillServes();
  }));

Deno.test("Server survives connections that drop at every byte of a good handshake", () =>
  inWorld(async (world) => {
    const server = world.serverPair.public;
    const lengths = [51, 67];
    for (let cut = 0; cut <= lengths[0] + lengths[1]; cut++) {
      const { socket, state } = rawInitiator(world.connection(), world.freshPair(), server, random);
      const first = framed(state.writeMessage());
      await socket.write(first.subarray(0, cut));
      if (cut >= first.length) {
        state.readMessage(await socket.message());
        await socket.write(framed(state.writeMessage()).subarray(0, cut - first.length));
      }
      socket.close();
    }
    await settle();
    await settle();
    strictEqual(world.server.sessionCount, 1, "only bob is left");
    await world.stillServes();
  }));

Deno.test("Server waits 5 s for half a handshake and no longer", () =>
  inWorld(async (world) => {
    const sockets = [0, 1, 2, 30, 51].map((bytes) => {
      const { socket, state } = rawInitiator(
        world.connection(),
        world.freshPair(),
        world.serverPair.public,
        random,
      );
      void socket.write(framed(state.writeMessage()).subarray(0, bytes));
      return socket;
    });
    await world.clock.advance(HANDSHAKE_MS - 1);
    await settle();
    deepStrictEqual(sockets.map(({ ended }) => ended), sockets.map(() => false));
    await world.clock.advance(1);
    await settle();
    deepStrictEqual(sockets.map(({ ended }) => ended), sockets.map(() => true));
    await world.stillServes();
  }));

Deno.test("Server serves newcomers while hundreds of connections say nothing", () =>
  inWorld(async (world) => {
    for (let i = 0; i < 300; i++) new RawSocket(world.connection());
    await settle();
    await world.stillServes();
  }));

Deno.test("Server lets go of a client that does not read its answer", () =>
  inWorld(async (world) => {
    const { state } = rawInitiator(
      new DeadEnd(),
      world.freshPair(),
      world.serverPair.public,
      random,
    );
    const duplex = world.connection();
    await duplex.write(framed(state.writeMessage()));
    await world.clock.advance(HANDSHAKE_MS);
    await settle();
    strictEqual(world.serverEvents.at(-1)?.kind, "handshake-failed");
    await world.stillServes();
  }));

// The other way round: our client, and a server that breaks the rules.

/** Bob's entry names the bad server first; the dial must still reach him through the good one. */
async function survives(
  world: World,
  badServer: (socket: RawSocket) => void | Promise<void>,
  patienceMs?: number,
): Promise<void> {
  const bad = pairOf(60);
  let asked = 0;
  world.hosts.set("203.0.113.60:1", (duplex) => {
    asked++;
    void badServer(new RawSocket(duplex));
  });
  await world.register(bad, "203.0.113.60:1");
  await world.bobSitsOn(bad.pk, world.server.pk);
  const guest = world.client(world.freshPair());
  const stream = await world.settled(guest.dial({ pk: world.bob.pk, port: ECHO_PORT }), patienceMs);
  stream.close();
  ok(asked > 0, "the bad server was asked");
  await world.echoes(guest);
  await world.settled(guest.close());
}

const answers: readonly [string, Uint8Array][] = [
  ["of length 0", new Uint8Array(2)],
  ["of length 4095", Uint8Array.of(0x0f, 0xff)],
  ["whose ephemeral key is not on the curve", framed(concat(NO_POINT, new Uint8Array(16)))],
  ["with a bad tag", framed(concat(publicKeyOf(new Uint8Array(32).fill(9)), new Uint8Array(16)))],
  ["of garbage", new Uint8Array(3000).fill(5)],
  ["of 1 MiB of garbage", new Uint8Array(1024 * 1024).fill(0xaa)],
];

for (const [name, bytes] of answers) {
  Deno.test(`Client passes over a server whose answer is one ${name}`, () =>
    inWorld((world) => survives(world, (socket) => socket.write(bytes))));
}

Deno.test("Client passes over a server that closes at once", () =>
  inWorld((world) => survives(world, (socket) => socket.close())));

Deno.test("Client waits 5 s for a server that says nothing, then takes the next", () =>
  inWorld((world) => survives(world, () => {}, 6000)));

Deno.test("Client drops a server that sends bytes behind its answer: error 203", () =>
  inWorld(async (world) => {
    let ended: RawSocket | undefined;
    await survives(world, async (socket) => {
      ended = socket;
      const parties = { initiator: false, local: pairOf(60), ephemeral: generateKeyPair(random) };
      const state = new HandshakeState(XK, parties);
      state.readMessage(await socket.message());
      await socket.write(framed(state.writeMessage()), Uint8Array.of(0));
    });
    ok(ended?.ended, "the socket is closed");
    strictEqual(ended.received.length, 0, "without message 3");
  }));

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] ^= 1;
  return copy;
}

/** A pipe to nowhere, for a handshake whose bytes go elsewhere. */
class DeadEnd {
  read(): Promise<Uint8Array | null> {
    return Promise.resolve(null);
  }
  write(): Promise<void> {
    return Promise.resolve();
  }
  closeWrite(): Promise<void> {
    return Promise.resolve();
  }
  close(): void {}
}
