// Our commands against stock Go programs on loopback, both ways. `deno task interop` with DMSG_GO_BIN set.
import { haveIdentity } from "../script/have_identity.ts";
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../lib/crypto/hash.ts";
import { generateKeyPair } from "../../lib/crypto/keys.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { concat, fromUtf8, toHex, utf8 } from "../../lib/wire/bytes.ts";
import { newStage, type Stage } from "../script/script.ts";
import { GO_BIN, stockCurl, stockHttp, stockNetwork } from "./go_peers.ts";

if (!GO_BIN) console.log("SKIPPED: interop with stock Go programs, because DMSG_GO_BIN is not set");

/** A test that needs the Go programs; without them it is listed as ignored. */
function interop(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !GO_BIN, fn });
}

/** Random bytes that are the same in every run of one test. */
function pattern(bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  let x = 0x9e3779b9;
  for (let i = 0; i < bytes; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    out[i] = x;
  }
  return out;
}

/** Reads that many bytes; what comes behind stays unread. */
async function readExactly(stream: ReadableStream<Uint8Array>, bytes: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  for (let left = bytes; left > 0;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`ended ${left} bytes early`);
    parts.push(value);
    left -= value.length;
  }
  reader.releaseLock();
  return concat(...parts);
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return concat(...parts);
}

/** Reads lines until one fits; what comes behind stays unread. */
async function until(stream: ReadableStream<Uint8Array>, wanted: RegExp): Promise<RegExpExecArray> {
  const reader = stream.getReader();
  let text = "";
  try {
    for (;;) {
      const hit = wanted.exec(text);
      if (hit) return hit;
      const { value, done } = await reader.read();
      if (done) throw new Error(`ended without ${wanted}: ${text}`);
      text += fromUtf8(value);
    }
  } finally {
    reader.releaseLock();
  }
}

/** Our resident command, stopped at the end of the test. */
class Resident implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  constructor(stage: Stage, args: string[]) {
    this.child = stage.start(args);
  }
  /** Lets what it prints pass, so that it never waits for us. */
  drain(...streams: ReadableStream<Uint8Array>[]): void {
    for (const stream of streams) void stream.pipeTo(new WritableStream()).catch(() => {});
  }
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGTERM");
    } catch { /* it has ended already */ }
    await this.child.stdin.close().catch(() => {});
    await this.child.status;
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (!stream.locked) await stream.cancel().catch(() => {});
    }
  }
}

/** `dmsg serve` on ports of the system's choice. */
async function ourNetwork(stage: Stage): Promise<{ discovery: string } & AsyncDisposable> {
  const args = ["serve", "--json", "--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
  const resident = new Resident(stage, args);
  const line = await until(resident.child.stdout, /^(.*)\n/);
  resident.drain(resident.child.stdout, resident.child.stderr);
  return {
    discovery: JSON.parse(line[1]).discovery,
    [Symbol.asyncDispose]: () => resident[Symbol.asyncDispose](),
  };
}

/** Writes to a command's input, ends it, and gives what it printed. */
async function feed(
  child: Deno.ChildProcess,
  input: Uint8Array,
): Promise<{ stdout: Uint8Array; status: number }> {
  const stdout = readAll(child.stdout);
  const stderr = readAll(child.stderr);
  const writer = child.stdin.getWriter();
  await writer.write(input);
  await writer.close();
  const result = { stdout: await stdout, status: (await child.status).code };
  await stderr;
  return result;
}

interface Net {
  readonly discovery: string;
}

const NETWORKS: readonly [name: string, open: (stage: Stage) => Promise<Net & AsyncDisposable>][] = [
  ["the stock network", () => stockNetwork()],
  ["our network", ourNetwork],
];

for (const [name, open] of NETWORKS) {
  interop(`Stock dmsgcurl fetches 1 MiB from stock dmsghttp over ${name}`, async () => {
    await using stage = await newStage();
    await using net = await open(stage);
    const file = pattern(1 << 20);
    await Deno.mkdir(`${stage.home}/www`);
    await Deno.writeFile(`${stage.home}/www/f.bin`, file);
    await using http = await stockHttp(net.discovery, `${stage.home}/www`);
    const { body, code } = await stockCurl(net.discovery, `dmsg://${http.pk}:80/f.bin`);
    strictEqual(code, 0);
    strictEqual(toHex(sha256(body)), toHex(sha256(file)));
  });

  interop(`Our nc fetches 1 MiB from stock dmsghttp over ${name}`, async () => {
    await using stage = await newStage();
    await using net = await open(stage);
    const file = pattern(1 << 20);
    await Deno.mkdir(`${stage.home}/www`);
    await Deno.writeFile(`${stage.home}/www/f.bin`, file);
    await using http = await stockHttp(net.discovery, `${stage.home}/www`);
    const child = stage.start(["nc", "--discovery", net.discovery, `${http.pk}:80`]);
    const request = utf8(`GET /f.bin HTTP/1.1\r\nHost: ${http.pk}\r\nConnection: close\r\n\r\n`);
    const { stdout, status } = await feed(child, request);
    strictEqual(status, 0);
    const headEnd = fromUtf8(stdout.subarray(0, 4096)).indexOf("\r\n\r\n") + 4;
    match(fromUtf8(stdout.subarray(0, headEnd)), /^HTTP\/1\.1 200 OK/);
    strictEqual(toHex(sha256(stdout.subarray(headEnd))), toHex(sha256(file)));
  });

  interop(`Stock dmsgcurl fetches 1 MiB from our nc -l over ${name}`, async () => {
    await using stage = await newStage();
    await using net = await open(stage);
    const file = pattern(1 << 20);
    await using resident = new Resident(stage, ["nc", "--discovery", net.discovery, "-l", "80"]);
    const { child } = resident;
    const [, pk] = await until(child.stderr, /Listening on ([0-9a-f]{66}):80/);
    resident.drain(child.stderr);
    const fetched = stockCurl(net.discovery, `dmsg://${pk}:80/f.bin`);
    await until(child.stdout, /\r\n\r\n/); // answering earlier would be an answer to nothing
    resident.drain(child.stdout);
    const writer = child.stdin.getWriter();
    const head = utf8(`HTTP/1.1 200 OK\r\nContent-Length: ${file.length}\r\nConnection: close\r\n\r\n`);
    await writer.write(concat(head, file));
    await writer.close();
    const { body, code } = await fetched;
    strictEqual(code, 0);
    strictEqual(toHex(sha256(body)), toHex(sha256(file)));
  });

  interop(`Our http get fetches 1 MiB, and a part of it, from stock dmsghttp over ${name}`, async () => {
    await using stage = await newStage();
    await using net = await open(stage);
    const file = pattern(1 << 20);
    await Deno.mkdir(`${stage.home}/www`);
    await Deno.writeFile(`${stage.home}/www/f.bin`, file);
    await using http = await stockHttp(net.discovery, `${stage.home}/www`);
    const get = `dmsg http get --discovery ${net.discovery} dmsg://${http.pk}`;
    const whole = await stage.run(`${get}/f.bin -o f.bin`);
    deepStrictEqual([whole.status, whole.stdout], [0, `Wrote ${file.length} bytes to f.bin\n`], whole.stderr);
    strictEqual(toHex(sha256(await Deno.readFile(`${stage.home}/f.bin`))), toHex(sha256(file)));
    const part = await stage.run(`${get}:80/f.bin -H 'Range: bytes=-1000' -o part`);
    strictEqual(part.status, 0, part.stderr);
    deepStrictEqual(new Uint8Array(await Deno.readFile(`${stage.home}/part`)), file.slice(-1000));
    const none = await stage.run(`${get}/none`);
    deepStrictEqual([none.status, none.stderr], [
      8,
      `dmsg: ${http.pk.slice(0, 8)}…:80 answered 404 Not Found\n`,
    ]);
  });

  interop(`Stock dmsgcurl fetches files and a service from our http serve over ${name}`, async () => {
    await using stage = await newStage();
    await using net = await open(stage);
    const file = pattern(1 << 20);
    await Deno.mkdir(`${stage.home}/www/sub`, { recursive: true });
    await Deno.writeFile(`${stage.home}/www/sub/f.bin`, file);
    await Deno.writeTextFile(`${stage.home}/www/sub/index.html`, "<p>index");
    await using service = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => new Response(request.headers.get("X-Dmsg-Caller")),
    );
    const args = ["http", "serve", "--discovery", net.discovery];
    await using files = new Resident(stage, [...args, "www"]);
    const [, pk] = await until(files.child.stdout, /dmsg:\/\/([0-9a-f]{66}):80\//);
    files.drain(files.child.stdout, files.child.stderr);
    await using proxy = new Resident(stage, [...args, `http://127.0.0.1:${service.addr.port}`, "-p", "81"]);
    await until(proxy.child.stdout, /dmsg:\/\/[0-9a-f]{66}:81\//);
    proxy.drain(proxy.child.stdout, proxy.child.stderr);
    const whole = await stockCurl(net.discovery, `dmsg://${pk}:80/sub/f.bin`);
    deepStrictEqual([whole.code, toHex(sha256(whole.body))], [0, toHex(sha256(file))]);
    const index = await stockCurl(net.discovery, `dmsg://${pk}:80/sub/`);
    deepStrictEqual([index.code, fromUtf8(index.body)], [0, "<p>index"]);
    const pair = generateKeyPair(systemRandom);
    const caller = await stockCurl(net.discovery, `dmsg://${pk}:81/`, pair);
    deepStrictEqual([caller.code, fromUtf8(caller.body)], [0, pair.pk]);
  });

  interop(`nc carries 8 MiB unchanged, both ways, over ${name}`, async () => {
    await using stage = await newStage();
    await using net = await open(stage);
    const file = pattern(8 << 20);
    haveIdentity(stage.home, "other");
    for (const listenerSends of [false, true]) {
      const port = listenerSends ? "5001" : "5000";
      await using resident = new Resident(stage, ["nc", "--discovery", net.discovery, "-N", "-l", port]);
      const listener = resident.child;
      const [, pk] = await until(listener.stderr, /Listening on ([0-9a-f]{66}):/);
      resident.drain(listener.stderr);
      const dialler = stage.start([
        "nc",
        "--discovery",
        net.discovery,
        "--identity",
        "other",
        "-N",
        `${pk}:${port}`,
      ]);
      const [source, sink] = listenerSends ? [listener, dialler] : [dialler, listener];
      // The sink's input stays open until all is there: a classic server ends both ways with the first FIN.
      const received = readExactly(sink.stdout, file.length);
      const other = readAll(source.stdout);
      const writer = source.stdin.getWriter();
      await writer.write(file);
      await writer.close();
      strictEqual(toHex(sha256(await received)), toHex(sha256(file)));
      await sink.stdin.close().catch(() => {});
      strictEqual((await other).length, 0);
      strictEqual((await readAll(sink.stdout)).length, 0);
      await dialler.stderr.cancel();
      deepStrictEqual([(await dialler.status).code, (await listener.status).code], [0, 0]);
    }
  });

  interop(`send is acked by listen over ${name}, and tells the truth when nobody is there`, async () => {
    await using stage = await newStage();
    await using net = await open(stage);
    const disc = `--discovery ${net.discovery}`;
    await using resident = new Resident(stage, ["listen", "--json", "--discovery", net.discovery]);
    const { child } = resident;
    const pk = (await stage.run("dmsg id")).stdout.trim();
    resident.drain(child.stderr);
    for (let tries = 0; tries < 100; tries++) {
      if ((await stage.run(`dmsg disc entry ${disc} ${pk}`)).status === 0) break;
    }
    haveIdentity(stage.home, "bob");
    const received = until(child.stdout, /"body":"third"/);
    for (const words of ["first", "second"]) {
      const sent = await stage.run(`dmsg send ${disc} --identity bob ${pk} ${words}`);
      match(sent.stdout, /^Acked by [0-9a-f]{66} in \d+ms\n$/);
      strictEqual(sent.status, 0);
    }
    const handed = await stage.run(`dmsg send ${disc} --identity bob --wait=0 ${pk} third`);
    strictEqual(handed.status, 0);
    ok(await received);
    const nobody = await stage.run(
      `dmsg send ${disc} --identity bob 02${"5e0a930dfca5ad92783a501cc1b6a3a4b85617f05af0ff67d0c58a03d8c9d8ae"} x`,
    );
    strictEqual(nobody.status, 3);
  });
}

interop(
  "A stock peer without a listener is reported within a bounded time over the stock network",
  async () => {
    await using stage = await newStage();
    await using net = await stockNetwork();
    await Deno.mkdir(`${stage.home}/www`);
    await using http = await stockHttp(net.discovery, `${stage.home}/www`);
    const startedMs = performance.now();
    const sent = await stage.run(`dmsg send --discovery ${net.discovery} ${http.pk} hello`);
    strictEqual(sent.status, 3);
    ok(performance.now() - startedMs < 25_000, "took longer than the dial limit");
    match(sent.stderr, /Cannot reach \w+…?: no answer within 5000 ms/); // the limit of a send is the whole of it
  },
);

interop("Our entry on the stock discovery names its server, and is gone after the end", async () => {
  await using stage = await newStage();
  await using net = await stockNetwork();
  const resident = new Resident(stage, ["listen", "--discovery", net.discovery]);
  const pk = (await stage.run("dmsg id")).stdout.trim();
  let entry = "";
  for (let tries = 0; tries < 100 && !entry.includes(net.serverPk); tries++) {
    entry = (await stage.run(`dmsg disc entry --json --discovery ${net.discovery} ${pk}`)).stdout;
  }
  ok(entry.includes(net.serverPk), entry);
  await resident[Symbol.asyncDispose]();
  const gone = await stage.run(`dmsg disc entry --discovery ${net.discovery} ${pk}`);
  strictEqual(gone.status, 3);
});
