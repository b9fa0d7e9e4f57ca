/**
 * Stock Go programs on loopback, from the folder that `DMSG_GO_BIN` names. Nothing of them is part of this
 * project; without the variable the tests say that they were skipped.
 */
import { toHex } from "../../lib/wire/bytes.ts";
import { generateKeyPair, type KeyPair } from "../../lib/crypto/keys.ts";
import { systemRandom } from "../../lib/sys/random.ts";

/** The folder with `dmsg-discovery`, `dmsg-server`, `dmsgcurl`, `dmsghttp` and `redis-server`. */
export const GO_BIN: string | undefined = Deno.env.get("DMSG_GO_BIN");

/** A stock network: redis, discovery and one server. */
export interface StockNetwork extends AsyncDisposable {
  readonly discovery: string;
  readonly serverPk: string;
  /** Starts the discovery again, so that it answers over dmsg as well. @returns Its URL there. */
  alsoOverDmsg(): Promise<string>;
}

/** A port that nobody listens on now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** Starts a Go program; its output is thrown away unless it is asked for. */
function start(
  name: string,
  args: string[],
  env: Record<string, string> = {},
  stdout: "null" | "piped" = "null",
) {
  return new Deno.Command(`${GO_BIN}/${name}`, { args, env, stdin: "null", stdout, stderr: "null" }).spawn();
}

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGTERM");
  } catch { /* it has ended already */ }
  await child.status;
}

/** Waits until a URL answers 200. */
async function untilOk(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return;
    } catch { /* not listening yet */ }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${url} did not come up`);
}

/**
 * Starts a stock network and waits until its server is registered.
 * @param front  Given the server's port, says which one its entry names: something that stands before it.
 */
export async function stockNetwork(front = (port: number): number => port): Promise<StockNetwork> {
  const [redis, disc, port, health] = [freePort(), freePort(), freePort(), freePort()];
  const discovery = `http://127.0.0.1:${disc}`;
  const pair = generateKeyPair(systemRandom);
  const folder = await Deno.makeTempDir();
  const children: Deno.ChildProcess[] = [];
  const config = {
    public_key: pair.pk,
    secret_key: toHex(pair.secret),
    discovery,
    public_address: `127.0.0.1:${front(port)}`,
    local_address: `127.0.0.1:${port}`,
    health_endpoint_address: `127.0.0.1:${health}`,
    log_level: "info",
    max_sessions: 100,
  };
  await Deno.writeTextFile(`${folder}/server.json`, JSON.stringify(config));
  const redisArgs = ["--port", `${redis}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  children.push(start("redis-server", redisArgs));
  const discArgs = ["-a", `127.0.0.1:${disc}`, "--redis", `redis://127.0.0.1:${redis}`, "-t"];
  children.push(start("dmsg-discovery", discArgs));
  await untilOk(`${discovery}/health`);
  children.push(start("dmsg-server", ["start", `${folder}/server.json`]));
  await untilOk(`${discovery}/dmsg-discovery/available_servers`);
  return {
    discovery,
    serverPk: pair.pk,
    // It looks for servers when it starts, and the next time a minute later.
    alsoOverDmsg: async () => {
      const own = generateKeyPair(systemRandom);
      await end(children[1]);
      children[1] = start("dmsg-discovery", [...discArgs, "--sk", toHex(own.secret)]);
      const isThere = async () => {
        const health = await fetch(`${discovery}/health`).then((answer) => answer.json(), () => ({}));
        return health.dmsg_servers?.length > 0;
      };
      for (let tries = 0; tries < 200 && !await isThere(); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return `dmsg://${own.pk}:80/${pair.pk}@127.0.0.1:${front(port)}`;
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children.reverse()) await end(child);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A stock `dmsghttp` that runs. */
export interface StockHttp extends AsyncDisposable {
  readonly pk: string;
  readonly pid: number;
}

/** A stock `dmsghttp` that serves a folder on port 80. */
export async function stockHttp(discovery: string, folder: string): Promise<StockHttp> {
  const pair = generateKeyPair(systemRandom);
  const env = { DMSGHTTP_SK: toHex(pair.secret) };
  const child = start("dmsghttp", ["-d", folder, "-p", "80", "-D", discovery], env);
  await untilOk(`${discovery}/dmsg-discovery/entry/${pair.pk}`);
  return { pk: pair.pk, pid: child.pid, [Symbol.asyncDispose]: () => end(child) };
}

/**
 * A stock client asks at once for a stream. A stock server that reads this together with the end of its handshake ends the
 * session (findings/dmsg_bytes_behind_handshake.sh): on a busy machine a fifth of the downloads fail so, before they reach us.
 */
const CURL_TRIES = 5;

/** What a stock `dmsgcurl` fetched: the file's bytes, and its exit code. @param pair  Its key; a fresh one. */
export async function stockCurl(
  discovery: string,
  url: string,
  pair: KeyPair = generateKeyPair(systemRandom),
): Promise<{ body: Uint8Array; code: number }> {
  let fetched = await curlOnce(discovery, url, pair);
  for (let i = 1; i < CURL_TRIES && fetched.code !== 0; i++) fetched = await curlOnce(discovery, url, pair);
  return fetched;
}

async function curlOnce(
  discovery: string,
  url: string,
  pair: KeyPair,
): Promise<{ body: Uint8Array; code: number }> {
  const folder = await Deno.makeTempDir();
  try {
    const env = { DMSGCURL_SK: toHex(pair.secret) };
    const child = start("dmsgcurl", ["-c", discovery, "-o", `${folder}/out`, url], env);
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    const { code } = await child.status;
    clearTimeout(timer);
    const body = await Deno.readFile(`${folder}/out`).catch(() => new Uint8Array(0));
    return { body, code };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
