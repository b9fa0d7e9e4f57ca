import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type NetworkEvent, openNetwork, type RunningNetwork } from "../../lib/app/network.ts";
import { memoryStore } from "../../lib/discovery/memory.ts";
import { CARRIERS } from "../../lib/dmsg/carriers/mod.ts";
import { duplexOf, splitHostPort } from "../../lib/dmsg/carriers/tcp.ts";
import { DmsgClient } from "../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { fromHex, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { Flag, ping, windowUpdate } from "../../lib/yamux/frame.ts";
import { pairOf } from "../discovery/support.ts";
import { dataFrame, framed, rawClient, rawInitiator, RawSocket } from "../fakes/raw_peer.ts";

const clock = systemClock();

/** The real network on loopback sockets, with bob echoing on it. */
interface Net {
  readonly network: RunningNetwork;
  readonly events: NetworkEvent[];
  readonly bob: DmsgClient;
  connect(): Promise<Deno.TcpConn>;
  newClient(n: number): DmsgClient;
}

async function inNet(run: (net: Net) => Promise<void>): Promise<void> {
  const events: NetworkEvent[] = [];
  const network = await openNetwork({
    discoveryAddress: "127.0.0.1:0",
    servers: [{ pair: pairOf(50), address: "127.0.0.1:0" }],
    store: memoryStore(),
    testMode: true,
    clock,
    random: systemRandom,
    onEvent: (event) => events.push(event),
  });
  const newClient = (n: number, registered?: () => void) =>
    new DmsgClient({
      pair: pairOf(n),
      discovery: new DiscoveryClient({ urls: [network.discovery], fetch, clock }),
      carriers: CARRIERS,
      clock,
      random: systemRandom,
      sessions: 1,
      onEvent: ({ kind }) => kind === "registered" && registered?.(),
    });
  const bob = await new Promise<DmsgClient>((resolve) => {
    const client = newClient(51, () => resolve(client));
    void echo(client);
    client.publish();
  });
  const { hostname, port } = splitHostPort(network.servers[0].address)!;
  try {
    await run({ network, events, bob, newClient, connect: () => Deno.connect({ hostname, port }) });
  } finally {
    await bob.close();
    await network.close();
  }
}

async function echo(client: DmsgClient): Promise<void> {
  for await (const stream of client.listen(80)) {
    void (async () => {
      for (let view = await stream.read(); view; view = await stream.read()) await stream.write(view);
      stream.close();
    })().catch(() => stream.close());
  }
}

let guests = 100;
/** A newcomer reaches bob through the server. */
async function stillServes(net: Net): Promise<void> {
  const guest = net.newClient(guests++);
  const stream = await guest.dial({ pk: net.bob.pk, port: 80 });
  await stream.write(utf8("still there?"));
  strictEqual(fromUtf8((await stream.read())!), "still there?");
  stream.close();
  await guest.close();
}

/** Reads until the other side closes; how many bytes came. */
async function drained(conn: Deno.Conn): Promise<number> {
  let bytes = 0;
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await conn.read(buffer).catch(() => null); // a reset is an end as well
    if (count === null) break;
    bytes += count;
  }
  conn.close();
  return bytes;
}

/** Waits for what another task does; real time, so with patience. */
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; !holds(); i++) {
    ok(i < 3000, `did not happen within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("Network on sockets closes on 1 MiB of garbage, from many at once as well", () =>
  inNet(async (net) => {
    const garbage = new Uint8Array(1024 * 1024).fill(0xaa);
    const rounds = Array.from({ length: 20 }, async () => {
      const conn = await net.connect();
      const written = duplexOf(conn).write(garbage).catch(() => {});
      strictEqual(await drained(conn), 0);
      await written;
    });
    await Promise.all(rounds);
    await stillServes(net);
  }));

Deno.test("Network on sockets survives connections that drop at every byte of a good handshake", () =>
  inNet(async (net) => {
    for (let cut = 0; cut <= 51 + 67; cut++) {
      const conn = await net.connect();
      const { socket, state } = rawInitiator(duplexOf(conn), pairOf(60), pairOf(50).public, systemRandom);
      const first = framed(state.writeMessage());
      await socket.write(first.subarray(0, cut));
      if (cut >= first.length) {
        state.readMessage(await socket.message());
        await socket.write(framed(state.writeMessage()).subarray(0, cut - first.length));
      }
      socket.close();
    }
    await until(() => net.network.sessionCount() === 1, "only bob is left");
    await stillServes(net);
  }));

Deno.test("Network on sockets serves newcomers beside 300 connections that say nothing", () =>
  inNet(async (net) => {
    const idle = await Promise.all(Array.from({ length: 300 }, () => net.connect()));
    await stillServes(net);
    for (const conn of idle) conn.close();
    await stillServes(net);
  }));

Deno.test("Network on sockets ends a session that breaks a rule after GoAway 1 has left", () =>
  inNet(async (net) => {
    const session = await rawClient(
      duplexOf(await net.connect()),
      pairOf(61),
      pairOf(50).public,
      systemRandom,
    );
    await session.send(windowUpdate(1, Flag.syn, 0), windowUpdate(1, Flag.syn, 0));
    await until(() => session.ended, "the socket is closed");
    deepStrictEqual(session.lines, ["Window ACK 1 0", "GoAway 0 1"]);
    session.socket.close();
    await stillServes(net);
  }));

Deno.test("Network on sockets survives 10,000 streams, 1 MiB of pings and an end in the middle of a frame", () =>
  inNet(async (net) => {
    const session = await rawClient(
      duplexOf(await net.connect()),
      pairOf(62),
      pairOf(50).public,
      systemRandom,
    );
    const opens = Array.from({ length: 10_000 }, (_, i) => windowUpdate(2 * i + 1, Flag.syn, 0));
    await session.send(...opens);
    await stillServes(net);
    const count = 87_000;
    const pings = new Uint8Array(12 * count);
    for (let i = 0; i < count; i++) pings.set(ping(Flag.syn, i), 12 * i);
    await session.send(pings);
    await until(() => session.lines.length >= opens.length + count, "all are answered");
    await stillServes(net);
    await session.send(dataFrame(1, utf8("cut"), 0, 1000));
    session.socket.close();
    await until(() => net.network.sessionCount() === 1, "only bob is left");
    await stillServes(net);
  }));

Deno.test("Discovery on sockets survives what is no HTTP", () =>
  inNet(async (net) => {
    const { hostname, port } = new URL(net.network.discovery);
    const say = async (bytes: Uint8Array): Promise<void> => {
      const conn = await Deno.connect({ hostname, port: Number(port) });
      await duplexOf(conn).write(bytes).catch(() => {});
      await conn.closeWrite().catch(() => {});
      await drained(conn);
    };
    await say(new Uint8Array(1024 * 1024).fill(0xaa));
    await say(fromHex("0031" + "02".repeat(49)));
    await say(utf8("POST /dmsg-discovery/entry/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"));
    await say(
      utf8("POST /dmsg-discovery/entry/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    );
    await say(utf8("GET / HTTP/1.1\r\n" + "X: y\r\n".repeat(10_000) + "\r\n"));
    await say(utf8(`GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`));
    await say(utf8("GET http://[ HTTP/1.1\r\nHost: [\r\n\r\n"));
    match(await (await fetch(`${net.network.discovery}/health`)).text(), /started_at/);
    await stillServes(net);
  }));

Deno.test("Client on sockets survives a server address that is somebody else's", () =>
  inNet(async (net) => {
    const socket = new RawSocket(duplexOf(await net.connect()));
    socket.close();
    // The discovery's own port: HTTP answers a handshake with a page.
    const { host } = new URL(net.network.discovery);
    const guest = net.newClient(guests++);
    const discovery = new DiscoveryClient({ urls: [net.network.discovery], fetch, clock });
    await discovery.update(pairOf(63), (entry) => ({
      ...entry,
      server: { address: host, availableSessions: 9 },
    }));
    await discovery.update(pairOf(64), (entry) => ({
      ...entry,
      client: { delegatedServers: [pairOf(63).pk] },
    }));
    const error = await guest.dial({ pk: pairOf(64).pk, port: 80 }).catch((thrown) => thrown);
    match(error.message, /Cannot open stream/);
    await guest.close();
    await stillServes(net);
  }));
