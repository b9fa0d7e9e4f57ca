/** The discovery of a network over dmsg, over real sockets. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { openNetwork, type RunningNetwork } from "../../lib/app/network.ts";
import { memoryStore } from "../../lib/discovery/memory.ts";
import { tcp } from "../../lib/dmsg/carriers/tcp.ts";
import { DmsgClient } from "../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { fetchOverDmsg } from "../../lib/dmsg/discovery/over_dmsg.ts";
import { dmsgPlace } from "../../lib/dmsg/discovery/place.ts";
import { encodeEntry } from "../../lib/dmsg/entries/entry.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { clientEntry, pairOf, serverEntry } from "../discovery/support.ts";

const clock = systemClock();
const own = pairOf(60);
const [server1, server2] = [pairOf(50), pairOf(51)];

interface Net {
  readonly network: RunningNetwork;
  /** The discovery as it is asked over dmsg. */
  readonly over: DiscoveryClient;
  /** A connection to its port 80, of one caller. */
  dial(n: number): Promise<DmsgStream>;
  /** Several connections of one caller. */
  dialler(n: number): () => Promise<DmsgStream>;
}

async function inNet(
  run: (net: Net) => Promise<void>,
  limits: Parameters<typeof openNetwork>[0]["limits"] = {},
  store = memoryStore(),
): Promise<void> {
  const network = await openNetwork({
    version: "1.2.3",
    discoveryAddress: "127.0.0.1:0",
    discoveryPair: own,
    servers: [{ pair: server1, address: "127.0.0.1:0" }, { pair: server2, address: "127.0.0.1:0" }],
    store,
    testMode: true,
    limits,
    clock,
    random: systemRandom,
  });
  const clients: DmsgClient[] = [];
  const url = network.discoveryOverDmsg!;
  const over = new DiscoveryClient({
    urls: [url],
    fetch: fetchOverDmsg({ clock, random: systemRandom, carriers: [tcp] }),
    clock,
  });
  const dialler = (n: number): () => Promise<DmsgStream> => {
    const discovery = new DiscoveryClient({ urls: [network.discovery], fetch, clock });
    const client = new DmsgClient({
      pair: pairOf(n),
      discovery,
      carriers: [tcp],
      clock,
      random: systemRandom,
    });
    clients.push(client);
    return () => client.dial(dmsgPlace(url)!.addr);
  };
  try {
    await run({ network, over, dialler, dial: (n) => dialler(n)() });
  } finally {
    for (const client of clients) await client.close();
    await network.close();
  }
}

/** All that comes until the end. */
async function readAll(stream: DmsgStream): Promise<string> {
  let text = "";
  for (let view = await stream.read(); view; view = await stream.read()) text += fromUtf8(view);
  return text;
}

/** One request whose connection ends with the answer. */
async function ask(stream: DmsgStream, request: string): Promise<string> {
  await stream.write(utf8(request));
  return await readAll(stream);
}

Deno.test("A network tells where its discovery is over dmsg, which sits on every server and is on no list", async () => {
  await inNet(async ({ network, over }) => {
    const at = network.servers.map(({ pk, address }) => `${pk}@${address}`).join("/");
    strictEqual(network.discoveryOverDmsg, `dmsg://${own.pk}:80/${at}`);
    const health = await (await fetch(`${network.discovery}/health`)).json();
    strictEqual(health.build_info.version, "1.2.3");
    strictEqual(health.dmsg_address, `${own.pk}:80`);
    deepStrictEqual(health.dmsg_servers.toSorted(), [server1.pk, server2.pk].toSorted());
    const http = new DiscoveryClient({ urls: [network.discovery], fetch, clock });
    const servers = await http.availableServers();
    deepStrictEqual(
      servers.map(({ server }) => server!.availableSessions),
      [1024, 1024],
      "it takes no place",
    );
    deepStrictEqual([(await over.allServers()).length, await over.clients()], [2, []]);
    strictEqual(network.sessionCount(), 1, "who asks, and not who is asked");
  });
});

Deno.test("A discovery sits on the servers of its network, and connects to no other that is registered", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr as Deno.NetAddr;
  let wasAsked = false;
  void silent.accept().then((conn) => {
    conn.close();
    wasAsked = true;
  }, () => {});
  const store = memoryStore();
  for (let n = 100; n < 120; n++) {
    const entry = serverEntry(pairOf(n), { server: { address: `127.0.0.1:${port}`, availableSessions: 1 } });
    strictEqual(
      await store.put({ entry, text: encodeEntry(entry), expiresAtMs: undefined }, undefined, 0),
      "stored",
    );
  }
  await inNet(
    async ({ network, over }) => {
      const { dmsg_servers: servers } = await (await fetch(`${network.discovery}/health`)).json();
      deepStrictEqual(servers.toSorted(), [server1.pk, server2.pk].toSorted());
      strictEqual((await over.allServers()).length, 22);
      strictEqual(wasAsked, false);
    },
    {},
    store,
  );
});

Deno.test("What is posted to a discovery over dmsg is there over HTTP, and the other way round", async () => {
  await inNet(async ({ network, over }) => {
    const http = new DiscoveryClient({ urls: [network.discovery], fetch, clock });
    const alice = pairOf(1);
    strictEqual(await http.entry(alice.pk), undefined);
    await over.update(alice, (entry) => ({ ...entry, client: { delegatedServers: [server1.pk] } }));
    deepStrictEqual((await http.entry(alice.pk))?.client?.delegatedServers, [server1.pk]);
    await http.update(alice, (entry) => ({ ...entry, client: { delegatedServers: [server2.pk] } }));
    deepStrictEqual((await over.entry(alice.pk))?.client?.delegatedServers, [server2.pk]);
    await rejects(over.post({ ...clientEntry(alice), sequence: 9n }), /refused|signature|sequence/);
    await http.withdraw(alice);
    strictEqual(await over.entry(alice.pk), undefined);
    deepStrictEqual(
      (await http.entry(own.pk))?.client?.delegatedServers?.length,
      2,
      "found by whoever has its key",
    );
  });
});

Deno.test("A discovery over dmsg answers several requests on one connection, and bad ones as over HTTP", async () => {
  await inNet(async ({ network, dial }) => {
    const stream = await dial(2);
    const host = `Host: ${own.pk}:80\r\n`;
    const text = await ask(
      stream,
      `GET /health HTTP/1.1\r\n${host}\r\n` +
        `GET /dmsg-discovery/entry/none HTTP/1.1\r\n${host}\r\n` +
        `POST /dmsg-discovery/entry/ HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}` +
        `TRACE /health HTTP/1.1\r\n${host}\r\n` +
        `GET http://elsewhere/health HTTP/1.1\r\n${host}\r\n` +
        `GET //elsewhere/health HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    );
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
    deepStrictEqual(statuses, [200, 400, 422, 405, 400, 404]);
    match(text, /"message":"error bad input"/);
    const long = await ask(
      await dial(3),
      `POST /dmsg-discovery/entry/ HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 70000\r\n\r\n` +
        "x".repeat(70_000),
    );
    match(long, /^HTTP\/1\.1 413 /);
    const plain = await fetch(`${network.discovery}/dmsg-discovery/entry/none`);
    strictEqual(text.includes(await plain.text()), true, "the same words");
  });
});

Deno.test("A caller that asks a discovery too often is told to wait, and another one is not", async () => {
  await inNet(async ({ dial }) => {
    const question = `GET /health HTTP/1.1\r\nHost: x\r\n\r\n`;
    const last = question.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    const busy = await dial(4);
    let text = "";
    const reading = readAll(busy).then((all) => text = all);
    const startMs = clock.nowMs();
    // As many as may wait at once, each time; what is allowed meanwhile is added.
    for (let i = 0; i < 40; i++) {
      await busy.write(utf8(question.repeat(10)));
      await busy.ping();
    }
    await busy.write(utf8(last));
    await reading;
    const allowed = 200 + (clock.nowMs() - startMs) / 10;
    const answered = text.split("HTTP/1.1 200 ").length - 1;
    const refused = text.split("HTTP/1.1 429 ").length - 1;
    strictEqual(answered + refused, 401);
    ok(answered >= 200 && answered <= allowed + 1, `${answered} of ${allowed}`);
    if (refused > 0) match(text, /retry-after: 1\r\n/i);
    match(await ask(await dial(5), last), /^HTTP\/1\.1 200 /);
  });
});

Deno.test("Limits for clients are not those of the network's own discovery", async () => {
  await inNet(async ({ over, dial }) => {
    const [one, two] = [await dial(6), await dial(7)]; // two streams at the discovery, where each may have one
    for (const stream of [one, two]) {
      const answer = await ask(stream, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      match(answer, /^HTTP\/1\.1 200 /);
    }
    deepStrictEqual((await over.allServers()).length, 2);
  }, { maxStreamsPerClient: 1 });
});

Deno.test("Connections that ask for nothing take no place at a discovery over dmsg from who asks", async () => {
  await inNet(async ({ dialler }) => {
    const mute: DmsgStream[] = [];
    const diallers = [21, 22, 23, 24].map(dialler);
    for (let i = 0; i < 64; i++) mute.push(...await Promise.all(diallers.map((dial) => dial())));
    const question = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    const dial = dialler(25);
    for (let i = 0; i < 3; i++) match(await ask(await dial(), question), /^HTTP\/1\.1 200 /);
    strictEqual(mute.length, 256);
  });
});

Deno.test("Idle connections to a discovery over dmsg keep nobody out", async () => {
  await inNet(async ({ dialler }) => {
    const question = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    const diallers = [11, 12, 13].map(dialler);
    const asked: DmsgStream[] = [];
    for (let i = 0; i < 43; i++) asked.push(...await Promise.all(diallers.map((dial) => dial())));
    // One too many: whoever asks first is answered, and its connection ends.
    match(await ask(asked.shift()!, question), /^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i);
    for (const stream of asked) {
      await stream.write(utf8(question));
      match(fromUtf8((await stream.read())!), /^HTTP\/1\.1 200 /);
    }
    const dial = dialler(14);
    for (let i = 0; i < 3; i++) match(await ask(await dial(), question), /^HTTP\/1\.1 200 /);
  });
});
