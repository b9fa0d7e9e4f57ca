// A stock server that holds two sessions of one key leaves the older one connected and deaf: our programs find out by
// themselves. `deno task interop` with DMSG_GO_BIN set.
import { haveIdentity } from "../script/have_identity.ts";
import { ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { fromHex } from "../../lib/wire/bytes.ts";
import { newStage, type Stage } from "../script/script.ts";
import { GO_BIN, stockCurl, stockHttp, stockNetwork } from "./go_peers.ts";

function interop(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !GO_BIN, fn });
}

/** Everything is mended by then: two self-dials that fail, and the entry's look; the machine may be busy. */
const MENDED_MS = 90_000;

/** Sends until something is acked. @returns How long that took. */
async function untilAcked(stage: Stage, discovery: string, pk: string): Promise<number> {
  haveIdentity(stage.home, "bob");
  const startMs = performance.now();
  for (;;) {
    const { status } = await stage.run(`dmsg send --discovery ${discovery} --identity bob ${pk} hello`);
    const tookMs = performance.now() - startMs;
    if (status === 0) return tookMs;
    ok(tookMs < MENDED_MS, `not acked within ${MENDED_MS} ms`);
  }
}

/** A resident `listen` whose output nobody reads. */
function listening(stage: Stage, discovery: string): AsyncDisposable {
  const child = stage.start(["listen", "--json", "--discovery", discovery]);
  const drain = (stream: ReadableStream<Uint8Array>) => stream.pipeTo(new WritableStream()).catch(() => {});
  const drained = [drain(child.stdout), drain(child.stderr)];
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.stdin.close().catch(() => {});
      await child.status;
      await Promise.all(drained);
    },
  };
}

/** Stands before a server. `freeze` cuts the clients off, and tells the server nothing of it. */
class Front implements AsyncDisposable {
  readonly port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  #pairs: [Deno.Conn, Deno.Conn][] = [];
  readonly #all: Deno.Conn[] = [];

  constructor(target: number) {
    this.#target = target;
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    void this.#takeAll().catch(() => {});
  }

  freeze(): void {
    for (const [client] of this.#pairs.splice(0)) shut(client);
  }

  async #takeAll(): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      const pair: [Deno.Conn, Deno.Conn] = [client, server];
      this.#pairs.push(pair);
      this.#all.push(...pair);
      const isFrozen = (): boolean => !this.#pairs.includes(pair);
      void copy(client, server, isFrozen);
      void copy(server, client, isFrozen);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#all) shut(conn);
    return Promise.resolve();
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn, isFrozen: () => boolean): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (isFrozen()) return;
      if (count === null) break;
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
  } catch { /* one of them is gone */ }
  if (isFrozen()) return;
  shut(to);
}

function shut(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* closed already */ }
}

const status = async (stage: Stage) => JSON.parse((await stage.run("dmsg status --json")).stdout);

interop("A listen is heard again after dmsgcurl has used its key for a moment", async () => {
  await using stage = await newStage();
  await using net = await stockNetwork();
  await Deno.mkdir(`${stage.home}/www`);
  await Deno.writeTextFile(`${stage.home}/www/f`, "x");
  await using http = await stockHttp(net.discovery, `${stage.home}/www`);
  await using _listen = listening(stage, net.discovery);
  const pk = (await stage.run("dmsg id")).stdout.trim();
  await untilAcked(stage, net.discovery, pk);
  const secret = (await Deno.readTextFile(`${stage.home}/.local/share/dmsg/identity.key`)).trim();
  const pair = keyPairOf(fromHex(secret));
  strictEqual(pair.pk, pk);
  // Whether it gets its file or not: its connection alone takes ours out of the server's table.
  await stockCurl(net.discovery, `dmsg://${http.pk}:80/f`, pair);
  const tookMs = await untilAcked(stage, net.discovery, pk);
  console.log(`    mended after ${(tookMs / 1000).toFixed(1)} s`);
  ok((await status(stage)).registered);
});

interop(
  "A listen is heard again after its address has changed while the server still holds its old session",
  async () => {
    await using stage = await newStage();
    let front: Front | undefined;
    await using net = await stockNetwork((port) => (front = new Front(port)).port);
    await using _front = front!;
    await using _listen = listening(stage, net.discovery);
    const pk = (await stage.run("dmsg id")).stdout.trim();
    await untilAcked(stage, net.discovery, pk);
    front!.freeze();
    // The server sees the end of the old one after its keep-alive: that takes the new one out of its table.
    await new Promise((resolve) => setTimeout(resolve, 45_000));
    const tookMs = await untilAcked(stage, net.discovery, pk);
    console.log(`    mended after ${(45 + tookMs / 1000).toFixed(1)} s`);
  },
);
