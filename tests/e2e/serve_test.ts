import { deepStrictEqual, match } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { networkTest, type TestNetwork } from "./network.ts";

const dataDir = (network: TestNetwork): string => `${network.stage.home}/.local/share/dmsg`;

const names = (path: string): string[] => [...Deno.readDirSync(path)].map((entry) => entry.name).sort();

networkTest(
  "serve prints one JSON line, keeps its files private, and leaves keys and entries only",
  async (network) => {
    const { discovery, servers } = network.ready;
    match(discovery, /^http:\/\/127\.0\.0\.1:\d+$/);
    match(servers[0].address, /^127\.0\.0\.1:\d+$/);
    const file = `${dataDir(network)}/serve.json`;
    deepStrictEqual(Object.keys(JSON.parse(Deno.readTextFileSync(file))), ["discovery", "pid"]);
    for (const [path, mode] of [[file, 0o600], [`${dataDir(network)}/serve`, 0o700]] as const) {
      deepStrictEqual(Deno.statSync(path).mode! & 0o777, mode);
    }
    network.serve.kill("SIGTERM");
    const { status, stdout, stderr } = await network.serve.ended();
    deepStrictEqual([status, fromUtf8(stdout).split("\n").length, stderr], [143, 2, ""]);
    deepStrictEqual(names(dataDir(network)).includes("serve.json"), false);
    for (const name of ["server-1", "discovery"]) {
      deepStrictEqual(Deno.statSync(`${dataDir(network)}/serve/${name}.key`).mode! & 0o777, 0o600);
    }
  },
);

networkTest(
  "serve on the same directory is busy (7) while one runs, and goes on from its store after it",
  async (network) => {
    const second = await network.stage.run("dmsg serve --discovery-address 127.0.0.1:0");
    deepStrictEqual([second.status, second.stdout], [7, ""]);
    const { process: listener, address } = await network.listener("a", "5000");
    const [pk] = address.split(":");
    listener.kill("SIGKILL"); // its entry stays
    await listener.ended();
    network.serve.kill("SIGINT");
    await network.serve.ended();
    deepStrictEqual((await network.serveAgain()).servers[0].pk, network.ready.servers[0].pk);
    deepStrictEqual((await network.stage.run("dmsg disc clients --local")).stdout, `${pk}\n`);
  },
);

networkTest(
  "Two people meet over the discovery of serve that is asked over dmsg alone, also after a restart",
  async (network) => {
    const { stage, ready } = network;
    const url = ready.discovery_over_dmsg;
    match(url, new RegExp(`^dmsg://[0-9a-f]{66}:80/${ready.servers[0].pk}@${ready.servers[0].address}$`));
    const listener = network.startAt(url, "a", "listen", "--json");
    const [pk] = /0[23][0-9a-f]{64}/.exec(await listener.prints("stdout", "banner"))!;
    const sending = network.startAt(url, "b", "send", pk, "hello", "--wait=5s", "--json");
    await sending.end();
    const sent = await sending.ended();
    deepStrictEqual([sent.status, JSON.parse(fromUtf8(sent.stdout)).acked], [0, true]);
    listener.kill("SIGTERM");
    deepStrictEqual((await listener.ended()).status, 143);
    const gone = await stage.run(`dmsg disc entry --discovery ${url} ${pk}`);
    deepStrictEqual([gone.status, gone.stdout], [3, ""]);
    network.serve.kill("SIGINT");
    await network.serve.ended();
    const [, key] = /^dmsg:\/\/([0-9a-f]{66}):/.exec((await network.serveAgain()).discovery_over_dmsg)!;
    deepStrictEqual(url.includes(key), true, "the same key");
  },
);

networkTest("serve outlives whatever comes from the wire", async (network) => {
  const { discovery, servers } = network.ready;
  const server = servers[0].address.split(":");
  const http = new URL(discovery);
  const junk = crypto.getRandomValues(new Uint8Array(5000));
  const starts = [
    junk,
    new Uint8Array(0),
    Uint8Array.of(0, 0),
    Uint8Array.of(0xff, 0xff, 1),
    Uint8Array.of(0, 33),
  ];
  for (const [hostname, port] of [server, [http.hostname, http.port]]) {
    await Promise.all(starts.map(async (bytes) => {
      using socket = await Deno.connect({ hostname, port: Number(port) });
      await socket.write(bytes);
      await socket.closeWrite();
      await socket.read(new Uint8Array(100)).catch(() => {});
    }));
  }
  for (
    const [method, path, body] of [
      ["POST", "/dmsg-discovery/entry/", "{"],
      ["POST", "/dmsg-discovery/entry/", "[".repeat(100_000)],
      ["DELETE", "/dmsg-discovery/entry", "null"],
      ["GET", "/dmsg-discovery/entry/%ff%00", undefined],
    ]
  ) {
    const response = await fetch(`${discovery}${path}`, { method, body });
    await response.body?.cancel();
  }
  const { address } = await network.listener("a", "5000");
  const ping = await network.start("b", "ping", address.split(":")[0], "-n", "1").ended();
  deepStrictEqual(ping.status, 0);
});
