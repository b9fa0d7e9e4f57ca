/**
 * Owners on real sockets in temporary directories.
 *
 * @module
 */
import type { ClaimRequest } from "../../lib/owner/claim.ts";
import { RemoteApp } from "../../lib/owner/client/remote.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { openApp } from "../../lib/owner/open.ts";
import { type OwnerPaths, ownerPaths } from "../../lib/owner/path.ts";
import { Channel } from "../../lib/owner/rpc/channel.ts";
import type { RpcMessage } from "../../lib/owner/rpc/rpc.ts";
import { serveApp } from "../../lib/owner/server/serve.ts";
import { connectToOwner, listenForClients } from "../../lib/owner/socket.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { concat, utf8 } from "../../lib/wire/bytes.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { FileApp, PK } from "./fake_app.ts";

export const clock = systemClock();
export const random = systemRandom;
export const never = new AbortController().signal;

/** Runs with a directory that is taken away afterwards. */
export async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "owner-test-" });
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A served app and one client of it. */
export interface World {
  readonly app: FileApp;
  readonly remote: RemoteApp;
  readonly paths: OwnerPaths;
  /** Connects once more; nothing said yet. */
  raw(): Promise<Duplex>;
  /** A connection that has said hello. */
  line(): Promise<Line>;
  end(): Promise<void>;
}

/** Runs with a served app; `transport` as on Windows when asked for. */
export function withOwner(
  run: (world: World) => Promise<void>,
  transport: "unix" | "loopback" = "unix",
): Promise<void> {
  return inDirectory(async (directory) => {
    const paths = { ...ownerPaths(directory, "unix"), transport };
    const app = new FileApp(`${directory}/log`);
    const server = serveApp(app, await listenForClients(paths, random, clock), { clock, random });
    const remote = (await RemoteApp.connect({ paths, clock, pk: PK }))!;
    const raws: Duplex[] = [];
    const raw = async () => {
      const { duplex } = (await connectToOwner(paths))!;
      raws.push(duplex);
      return duplex;
    };
    const line = async () => {
      const one = new Line(await raw());
      await one.call({ method: "hello", params: { protocol: 1 } });
      return one;
    };
    try {
      await run({ app, remote, paths, raw, line, end: () => server.close() });
    } finally {
      await remote.close();
      await server.close();
      for (const duplex of raws) duplex.close();
    }
  });
}

/** A client that says what it wants. */
export class Line {
  readonly channel: Channel;
  readonly duplex: Duplex;
  #id = 0;

  constructor(duplex: Duplex) {
    this.duplex = duplex;
    this.channel = new Channel(duplex);
  }

  async say(value: unknown): Promise<void> {
    await this.duplex.write(
      concat(utf8(typeof value === "string" ? value : JSON.stringify(value)), utf8("\n")),
    );
  }

  async call(value: object): Promise<RpcMessage> {
    await this.say({ jsonrpc: "2.0", id: ++this.#id, ...value });
    return (await this.channel.next())!;
  }
}

/** A claim as a command makes it. */
export function claimant(
  directory: string,
  options: {
    resident?: boolean;
    command?: string;
    signal?: AbortSignal;
    open?: () => Promise<FileApp>;
    network?: ClaimRequest["network"];
    onOwner?: ClaimRequest["onOwner"];
  } = {},
): Promise<KeptApp> {
  return openApp({
    paths: ownerPaths(directory, "unix"),
    pk: PK,
    command: options.command ?? "listen",
    resident: options.resident ?? true,
    open: options.open ?? (() => Promise.resolve(new FileApp(`${directory}/log`))),
    clock,
    random,
    signal: options.signal ?? never,
    network: options.network,
    onOwner: options.onOwner,
  });
}

/** Collects until a stop, or so many. */
export async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length >= count) break;
  }
  return taken;
}

/** All bytes up to the end. */
export async function readAll(from: Pick<Duplex, "read">): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let bytes = await from.read(); bytes !== null; bytes = await from.read()) parts.push(bytes.slice());
  return concat(...parts);
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!await holds()) {
    if (Date.now() > end) throw new Error("it did not come to hold");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts a process that owns, or uses, an identity; it tells its role in lines. */
export function ownerProcess(
  directory: string,
  mode: string,
): { child: Deno.ChildProcess; role: Promise<string> } {
  const script = new URL("./owner_process.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-R", "-W", "-N", script, directory, mode],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const role = (async () => {
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    return new TextDecoder().decode(value).trim();
  })();
  return { child, role };
}

/** Kills it, as `kill -9` does by default, and waits until it is gone. */
export async function kill(child: Deno.ChildProcess, signal: Deno.Signal = "SIGKILL"): Promise<void> {
  try {
    child.kill(signal);
  } catch {
    // It has ended.
  }
  await child.stdout.cancel();
  await child.status;
}
