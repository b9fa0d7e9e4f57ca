/**
 * Whole parties under fire: the discovery, its client, a server and a client of dmsg.
 *
 * @module
 */
import { duplexOf } from "../../../lib/dmsg/carriers/tcp.ts";
import type { DmsgClient } from "../../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../../lib/dmsg/discovery/client.ts";
import { leanFetch } from "../../../lib/sys/fetch.ts";
import { concat, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { NetworkError, ProtocolError, UserError } from "../../../lib/wire/errors.ts";
import { Flag, ping, windowUpdate } from "../../../lib/yamux/frame.ts";
import { bench, pairOf } from "../../discovery/support.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { seededRandom } from "../../fakes/random.ts";
import { framed, type RawSession, RawSocket } from "../../fakes/raw_peer.ts";
import { rawDial } from "../../fakes/raw_stream.ts";
import { behindBadServer } from "../../malformed/bad_server.ts";
import { World } from "../../malformed/world.ts";
import type { Target } from "../fuzz.ts";
import { dmsg, hexSeeds, texts } from "../seeds.ts";

/** Requests as lines: method and path, headers, an empty line, the body. */
export function discoveryHandler(): Target {
  const problems: unknown[] = [];
  const { handler } = bench({ onError: (error) => problems.push(error) });
  const captured = dmsg.discovery_http_capture.exchanges
    // deno-lint-ignore no-explicit-any
    .map(({ request, request_body }: any) => `${request}\n\n${request_body ?? ""}`);
  const odd = texts(dmsg.discovery_http_errors, "request").map((request) => `${request}\n\n{}`);
  const more = [
    `POST /dmsg-discovery/entries/batch\n\n["${pairOf(1).pk}"]`,
    `GET /dmsg-discovery/server/${pairOf(1).pk}/clients\n\n`,
    "GET /dmsg-discovery/servers/clients\n\n",
    `DELETE /dmsg-discovery/deregister\nNM-PK: ${pairOf(1).pk}\nNM-Sign: 00\n\n["${pairOf(1).pk}"]`,
    "POST /dmsg-discovery/entry/?timeout=true\nContent-Length: 1\n\n{}",
    "GET /health\n\n",
  ];
  return {
    name: "discovery: handler",
    seeds: [...captured, ...odd, ...more].map(utf8),
    run: async (input) => {
      const request = requestOf(fromUtf8(input));
      if (!request) return; // the HTTP layer below refuses it
      const { status, body } = await handler(request);
      await body?.cancel();
      if (problems.length > 0) throw problems[0];
      if (!STATUSES.includes(status)) throw new Error(`answers ${status}`);
    },
  };
}

const STATUSES: readonly number[] = [200, 400, 401, 403, 404, 405, 408, 413, 422, 500];

function requestOf(text: string): Request | undefined {
  const [head, ...rest] = text.split("\n\n");
  const [first, ...lines] = head.split("\n");
  const [method, path] = first.split(" ");
  const body = method === "GET" || method === "HEAD" ? undefined : rest.join("\n\n");
  try {
    const headers = new Headers();
    for (const line of lines) headers.append(line.split(":")[0], line.split(":").slice(1).join(":").trim());
    return new Request(`http://127.0.0.1:9090${path}`, { method, headers, body });
  } catch {
    return undefined;
  }
}

/** Answers of a discovery. */
export function discoveryClient(): Target {
  let answer = new Uint8Array(0);
  let status = 200;
  const client = new DiscoveryClient({
    urls: ["http://127.0.0.1:9090"],
    fetch: () => Promise.resolve(new Response(answer.slice(), { status })),
    clock: new FakeClock(),
    retries: 0,
  });
  const answers = texts(dmsg.discovery_http_capture, "response_body");
  return {
    name: "dmsg: discovery's answers",
    seeds: answers.map((text) => utf8(text)),
    throws: [NetworkError, ProtocolError, UserError],
    run: async (input) => {
      answer = input.slice();
      status = [200, 200, 404, 422, 500][input.length % 5];
      const asks = [
        () => client.entry(pairOf(1).pk),
        () => client.availableServers(),
        () => client.clients(),
        () => client.offers(),
        () => client.entries(pairOf(1).pk),
      ];
      await asks[input.length % asks.length]();
    },
  };
}

/** Answers of an HTTP server, read by our own lean GET or, when they are unusual, by the runtime's. */
export function leanGet(): Target {
  let answer = new Uint8Array(0);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      await duplexOf(conn).write(answer).catch(() => {});
      conn.close();
    }
  })();
  const answers = texts(dmsg.discovery_http_capture, "response_body").slice(0, 5);
  return {
    name: "sys: lean GET",
    // Without chunks: those are the runtime's to read.
    seeds: answers.map((body) =>
      utf8(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
    ),
    throws: [TypeError],
    garbage: true,
    slow: true,
    run: async (input) => {
      answer = input.slice();
      const { body } = await leanFetch(`http://127.0.0.1:${listener.addr.port}/x`);
      for await (const part of body ?? []) if (part.length > 65_536) throw new Error("a part beyond 64 KiB");
    },
    finish: async () => {
      listener.close();
      await serving;
    },
  };
}

/** A network that lives as long as its target; after all inputs a newcomer must be served. */
const inWorld = async (make: (world: World) => Promise<Target> | Target): Promise<Target> => {
  const world = await World.open();
  const target = await make(world);
  return {
    ...target,
    garbage: true,
    slow: true,
    finish: async () => {
      await target.finish?.();
      await world.stillServes();
      await world.close();
    },
  };
};

/** All that a connection brings, handshake included. */
export const serverConnection = (): Promise<Target> =>
  inWorld((world) => {
    const { handshake } = dmsg.live_capture.connections[0];
    return {
      name: "server: connection",
      seeds: [...hexSeeds(handshake, "wire"), framed(new Uint8Array(49).fill(2))],
      run: async (input) => {
        const socket = new RawSocket(world.connection());
        await socket.write(input);
        await settle();
        socket.close();
        await settle();
        if (world.server.sessionCount !== 1) throw new Error("took a session without a handshake");
      },
    };
  });

/** Mux bytes behind a good handshake, from a fresh client each time. */
export const serverMux = (): Promise<Target> =>
  inWorld((world) => ({
    name: "server: mux bytes",
    seeds: [
      windowUpdate(1, Flag.syn, 0),
      ping(Flag.syn, 1),
      concat(windowUpdate(1, Flag.syn, 0), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0)),
      ...hexSeeds(dmsg.live_capture, "wire").filter((wire) => wire.length >= 12 && wire.length < 2000),
    ],
    run: async (input) => {
      const session = await world.session();
      await session.send(input);
      await settle();
      session.socket.close();
      await settle();
      await settle();
      if (world.server.sessionCount !== 1) throw new Error("a session stays");
    },
  }));

/** Signed objects as a client's session brings them: each on a stream of its own, all on one session. */
export const serverObjects = (): Promise<Target> =>
  inWorld(async (world) => {
    const local = pairOf(71);
    let session: RawSession = await world.session(local);
    let id = 1;
    return {
      name: "server: objects",
      seeds: objectSeeds(world, local),
      run: async (input) => {
        const plain = input.subarray(0, 0xffff - 24);
        await session.start(id, session.record(plain));
        await settle();
        const answered = session.saw(`Window RST ${id} 0`) || session.payload(id).length > 0;
        if (session.ended) throw new Error("the session ended");
        if (!answered) {
          await world.until(
            () => session.payload(id).length > 0 || session.saw(`Window RST ${id} 0`),
            "an answer",
            6000,
          );
        }
        id += 2;
        if (id > 300) {
          session.socket.close();
          await settle();
          session = await world.session(local);
          id = 1;
        }
      },
    };
  });

/** The same for a client whose server forwards what it likes. */
export const clientObjects = (): Promise<Target> =>
  inWorld(async (world) => {
    const { carol, session } = await behindBadServer(world);
    const listener = carol.listen(80);
    void (async () => {
      for await (const stream of listener) stream.close();
    })();
    let id = 2;
    return {
      name: "client: objects",
      seeds: objectSeeds(world, pairOf(71), carol),
      run: async (input) => {
        await session.start(id, session.record(input.subarray(0, 0xffff - 24)));
        await settle();
        if (session.ended) throw new Error("the session ended");
        session.forget(id);
        session.lines.length = 0;
        id += 2;
      },
      finish: () => world.settled(carol.close()),
    };
  });

function objectSeeds(world: World, local = pairOf(71), to: DmsgClient = world.bob): Uint8Array[] {
  const route = { local, to: to.pk, toPort: 80, random: seededRandom("objects") };
  return [
    rawDial(route).object,
    rawDial(route, { ipInfo: true, destination: { pk: world.server.pk, port: 1 } }).object,
    rawDial({ ...route, toPort: 4711 }).object,
    ...hexSeeds(dmsg.stream_objects, "signed_object"),
  ];
}
