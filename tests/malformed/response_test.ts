import { match, ok, rejects, strictEqual } from "node:assert/strict";
import { NULL_PK } from "../../lib/dmsg/addr.ts";
import type { DmsgClient } from "../../lib/dmsg/client.ts";
import { ACCEPT_BACKLOG } from "../../lib/dmsg/streams/listener.ts";
import { decodeResponse, type StreamRequest, type StreamResponse } from "../../lib/dmsg/streams/request.ts";
import { concat, fromHex } from "../../lib/wire/bytes.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { Flag, windowUpdate } from "../../lib/yamux/frame.ts";
import { pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { dataFrame, framed, type RawSession } from "../fakes/raw_peer.ts";
import { rawAnswer, rawDial } from "../fakes/raw_stream.ts";
import { BAD, badServer, behindBadServer, withBadServer } from "./bad_server.ts";
import { pairOfHex, VECTORS } from "./vectors.ts";
import { ECHO_PORT, inWorld, type World } from "./world.ts";

const random = seededRandom("responses");
const liar = pairOf(70);
const mallory = pairOf(71);
const NO_POINT = fromHex(`02${"00".repeat(31)}05`);

/** What comes on a stream instead of a good response to `object`. */
type Lie = (session: RawSession, object: Uint8Array, id: number) => Uint8Array[];

const on = (id: number, ...bytes: Uint8Array[]): Uint8Array[] => [dataFrame(id, concat(...bytes))];

/** A response with other fields, from the destination or signed by another key. */
const answering = (change: Partial<StreamResponse>, by = liar, signer = by): Lie => (session, object, id) =>
  on(id, session.record(rawAnswer(object, by, random, change, signer).object));

/** Lies that a server can see through, and what the dialler is told when it asks without one in between. */
const lies = (by = liar): readonly [string, Lie, RegExp][] => [
  ["for another request", answering({ requestHash: new Uint8Array(32).fill(9) }, by), /351/],
  ["signed by another key", answering({}, by, mallory), /350/],
  [
    "whose refusal is signed by another key",
    answering({ accepted: false, errorCode: 306 }, by, mallory),
    /350/,
  ],
  [
    "of garbage under the right key",
    (session, _object, id) => on(id, session.record(new Uint8Array(99))),
    /370/,
  ],
  ["of 65 bytes", (session, _object, id) => on(id, session.record(new Uint8Array(65))), /370/],
  [
    "that does not decrypt",
    (_session, _object, id) => on(id, framed(new Uint8Array(99).fill(3))),
    /auth|nonce/,
  ],
  ["too short for a record", (_session, _object, id) => on(id, framed(new Uint8Array(5))), /too short/],
  ["of two zero bytes", (_session, _object, id) => on(id, new Uint8Array(2)), /370/],
  ["that is its own request", (session, object, id) => on(id, session.record(object)), /350|351|370/],
  ["that never comes: FIN", (_session, _object, id) => [windowUpdate(id, Flag.fin, 0)], /closed/],
  ["that never comes: RST", (_session, _object, id) => [windowUpdate(id, Flag.rst, 0)], /reset/],
  [
    "cut by FIN",
    (_session, _object, id) => [...on(id, framed(new Uint8Array(9), 99)), windowUpdate(id, Flag.fin, 0)],
    /closed/,
  ],
  ["without a KK message", answering({ noiseMessage: new Uint8Array(0) }, by), /too short/],
  [
    "with a KK message of garbage",
    answering({ noiseMessage: new Uint8Array(49).fill(8) }, by),
    /invalid public key/,
  ],
  [
    "with a KK key that is no point",
    answering({ noiseMessage: concat(NO_POINT, new Uint8Array(16)) }, by),
    /invalid/,
  ],
  ["with a KK message of 60,000 bytes", answering({ noiseMessage: new Uint8Array(60_000) }, by), /invalid/],
  [
    "with a KK message that does not decrypt",
    answering({ noiseMessage: concat(mallory.public, new Uint8Array(16)) }, by),
    /authentication/,
  ],
];

/** A raw client on the good server, in the discovery, that answers every request with the same lie. */
async function behindGoodServer(world: World, lie: Lie): Promise<RawSession> {
  const session = await world.session(liar);
  await world.delegate(liar, world.server.pk);
  lieAlways(world, session, [2, 4, 6], lie);
  return session;
}

function lieAlways(world: World, session: RawSession, ids: number[], lie: Lie): void {
  let stop = false;
  const told = new Set<number>();
  const check = (): void => {
    for (const id of ids) {
      const object = told.has(id) ? undefined : session.object(id);
      if (!object) continue;
      told.add(id);
      void session.send(windowUpdate(id, Flag.ack, 0), ...lie(session, object, id));
    }
    stop ||= session.ended;
    if (!stop) world.clock.after(1, check);
  };
  check();
}

async function dialFails(world: World, guest: DmsgClient, pattern: RegExp): Promise<NetworkError> {
  let thrown: unknown;
  await rejects(world.settled(guest.dial({ pk: liar.pk, port: 80 }), 1000), (error) => {
    thrown = error;
    return error instanceof NetworkError;
  });
  match((thrown as Error).message, pattern);
  return thrown as NetworkError;
}

for (const [name, lie] of lies()) {
  Deno.test(`Server and dialler give up a stream for a response ${name}`, () =>
    inWorld(async (world) => {
      const session = await behindGoodServer(world, lie);
      const guest = world.client(world.freshPair());
      const { reason } = await dialFails(world, guest, /Cannot open stream/);
      strictEqual(reason, "unreachable");
      await world.until(
        () => session.saw("Window RST 2 0") || session.saw("Window FIN 2 0") || name.includes("RST"),
        "the responder's stream is ended",
        100,
      );
      ok(!session.ended, "the responder's session stays");
      await world.echoes(guest); // on the same session
      await world.settled(guest.close());
      await world.stillServes();
    }));
}

for (const [name, lie, error] of lies()) {
  Deno.test(`Dialler behind a lying server gives up a stream for a response ${name}`, () =>
    inWorld(async (world) => {
      await badServer(world, (session) => lieAlways(world, session, [1], lie));
      await world.delegate(liar, BAD.pk);
      const guest = world.client(world.freshPair());
      await dialFails(world, guest, error);
      await world.echoes(guest);
      await world.settled(guest.close());
    }));
}

for (const [name, lie] of lies(BAD)) {
  Deno.test(`Dialler takes the next server after a response ${name}`, () =>
    inWorld(async (world) => {
      await withBadServer(world, (session) => lieAlways(world, session, [1, 3], safely(lie)));
      const guest = world.client(world.freshPair());
      await world.echoes(guest);
      await world.settled(guest.close());
    }));
}

/** A server can't read a KK message that is not for it: then it says nothing that is worth a name. */
const safely = (lie: Lie): Lie => (session, object, id) => {
  try {
    return lie(session, object, id);
  } catch {
    return [windowUpdate(id, Flag.rst, 0)];
  }
};

const refusals: readonly [number, RegExp, string][] = [
  [306, /nothing listens on its port 80/, "refused"],
  [401, /401/, "refused"],
  [0, /352/, "refused"],
  [352, /352/, "refused"],
  [65535, /352/, "refused"],
  [200, /200/, "refused"],
  [303, /303/, "unreachable"],
];

for (const [errorCode, text, reason] of refusals) {
  Deno.test(`Dialler hears a refusal with code ${errorCode} through the server`, () =>
    inWorld(async (world) => {
      await behindGoodServer(
        world,
        answering({ accepted: false, errorCode, noiseMessage: new Uint8Array(0) }),
      );
      const guest = world.client(world.freshPair());
      strictEqual((await dialFails(world, guest, text)).reason, reason);
      await world.echoes(guest);
      await world.settled(guest.close());
      await world.stillServes();
    }));
}

Deno.test("Server gives up a responder that says nothing for 5 s", () =>
  inWorld(async (world) => {
    const session = await behindGoodServer(world, () => []);
    const guest = world.client(world.freshPair());
    const dialled = guest.dial({ pk: liar.pk, port: 80 });
    await world.until(() => session.object(2) !== undefined, "the request comes");
    await world.clock.advance(4900);
    ok(!session.saw("Window RST 2 0"));
    await rejects(world.settled(dialled, 200), NetworkError);
    ok(session.saw("Window RST 2 0"));
    await world.echoes(guest);
    await world.settled(guest.close());
    await world.stillServes();
  }));

Deno.test("Dialler gives up a server that says nothing for 8 s and takes the next", () =>
  inWorld(async (world) => {
    await withBadServer(world, () => {});
    const guest = world.client(world.freshPair());
    const stream = await world.settled(guest.dial({ pk: world.bob.pk, port: ECHO_PORT }), 9000);
    stream.close();
    await world.settled(guest.close());
  }));

Deno.test("Dialler passes over a server whose key is no point, without a connection to it", () =>
  inWorld(async (world) => {
    const noPoint = `02${"00".repeat(31)}05`;
    let connections = 0;
    world.hosts.set("203.0.113.61:1", () => connections++);
    world.lies.set(
      `/dmsg-discovery/entry/${world.bob.pk}`,
      entryText(world.bob.pk, { delegated_servers: [noPoint, world.server.pk] }),
    );
    world.lies.set(
      `/dmsg-discovery/entry/${noPoint}`,
      entryText(noPoint, undefined, { address: "203.0.113.61:1" }),
    );
    const guest = world.client(world.freshPair());
    await world.echoes(guest);
    strictEqual(connections, 0);
    await world.settled(guest.close());
  }));

/** An entry as only a lying discovery gives it. */
const entryText = (key: string, client?: unknown, server?: unknown): string =>
  JSON.stringify({ version: "0.0.1", sequence: 0, timestamp: 1, static: key, client, server });

// Our responder: bob, who is reached through the good server, and carol, whose server lies.

for (const { case: name, input_to_responder } of VECTORS.noise.invalid_kk_message1) {
  const { responder_static_sk, initiator_static_sk } = VECTORS.noise.kk_stream;
  Deno.test(`Responder gives up a stream whose KK ${name}`, () =>
    inWorld(async (world) => {
      await bobRefuses(world, pairOfHex(initiator_static_sk), fromHex(input_to_responder));
    }, { bob: pairOfHex(responder_static_sk) }));
}

const openings: readonly [string, Uint8Array][] = [
  ["empty", new Uint8Array(0)],
  ["of zeros", new Uint8Array(49)],
  ["of 60,000 bytes", new Uint8Array(60_000).fill(2)],
  [
    "made for another pair of keys",
    rawDial({ local: liar, to: mallory.pk, toPort: 1, random }).request.noiseMessage,
  ],
];

for (const [name, noiseMessage] of openings) {
  Deno.test(`Responder gives up a stream whose KK message is ${name}`, () =>
    inWorld((world) => bobRefuses(world, mallory, noiseMessage)));
}

async function bobRefuses(world: World, local: typeof mallory, noiseMessage: Uint8Array): Promise<void> {
  const session = await world.session(local);
  const route = { local, to: world.bob.pk, toPort: ECHO_PORT, random };
  await session.start(1, session.record(rawDial(route, { noiseMessage }).object));
  await world.until(() => session.saw("Window RST 1 0"), "the dialler's stream is reset", 100);
  strictEqual(world.bobEvents.at(-1)?.kind, "stream-refused");
  await session.start(3, session.record(rawDial(route).object));
  await world.until(() => session.object(3) !== undefined, "bob answers on the same sessions");
  await world.stillServes();
}

const requests: readonly [string, (pk: string) => Partial<StreamRequest>][] = [
  ["to another key (303)", () => ({ destination: { pk: liar.pk, port: ECHO_PORT } })],
  ["from a null key (302)", () => ({ source: { pk: NULL_PK, port: 5 } })],
  ["from a key that did not sign it (300)", () => ({ source: { pk: liar.pk, port: 5 } })],
  ["from port 0 (304)", () => ({ source: { pk: mallory.pk, port: 0 } })],
  ["to port 0 (305)", (pk) => ({ destination: { pk, port: 0 } })],
  ["of the year 1970 (301)", () => ({ timestampNs: 0n })],
  ["of no handshake", () => ({ ipInfo: true, noiseMessage: new Uint8Array(0) })],
];

for (const [name, change] of requests) {
  Deno.test(`Responder gives up a stream for a request ${name} from a lying server`, () =>
    inWorld(async (world) => {
      const { carol, session } = await behindBadServer(world);
      const taken = carol.listen(ECHO_PORT).accept();
      const route = { local: mallory, to: carol.pk, toPort: ECHO_PORT, random };
      await session.start(2, session.record(rawDial(route, change(carol.pk)).object));
      await world.until(() => session.saw("Window RST 2 0"), "the stream is reset", 100);
      strictEqual(session.payload(2).length, 0, "nothing is answered");
      await session.start(4, session.record(rawDial(route).object));
      (await world.settled(taken))!.close();
      await world.settled(carol.close());
      await world.stillServes();
    }));
}

Deno.test("Responder without a listener says so, signed: error 306", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    const route = { local: mallory, to: world.bob.pk, toPort: 4711, random };
    await session.start(1, session.record(rawDial(route).object));
    await world.until(() => session.object(1) !== undefined, "bob answers");
    const { accepted, errorCode } = decodeResponse(session.object(1)!);
    strictEqual(accepted, false);
    strictEqual(errorCode, 306);
    await world.until(() => session.saw("Window FIN 1 0"), "the stream is closed", 100);
    await world.stillServes();
  }));

Deno.test("Responder refuses what its full queue does not hold: error 401", () =>
  inWorld(async (world) => {
    world.bob.listen(90); // nobody accepts
    const session = await world.session(mallory);
    for (let i = 0; i < ACCEPT_BACKLOG + 2; i++) {
      const route = { local: mallory, port: 50_000 + i, to: world.bob.pk, toPort: 90, random };
      const id = 2 * i + 1;
      await session.start(id, session.record(rawDial(route).object));
      await world.until(() => session.object(id) !== undefined, "bob answers");
      const { errorCode } = decodeResponse(session.object(id)!);
      strictEqual(errorCode, i < ACCEPT_BACKLOG ? 0 : 401, `stream ${i}`);
    }
    await world.stillServes();
  }));

Deno.test("Responder drops streams of a lying server that bring no request for 20 s", () =>
  inWorld(async (world) => {
    const { carol, session } = await behindBadServer(world);
    const ids = Array.from({ length: 300 }, (_, i) => 2 * i + 2);
    await session.send(...ids.map((id) => windowUpdate(id, Flag.syn, 0)));
    await world.clock.advance(20_000);
    await settle();
    strictEqual(ids.filter((id) => session.saw(`Window RST ${id} 0`)).length, 300);
    const taken = carol.listen(ECHO_PORT).accept();
    const route = { local: mallory, to: carol.pk, toPort: ECHO_PORT, random };
    await session.start(1000, session.record(rawDial(route).object));
    (await world.settled(taken))!.close();
    await world.settled(carol.close());
    await world.stillServes();
  }));
