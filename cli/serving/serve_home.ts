/**
 * What `dmsg serve` keeps in the data directory, so that keys and entries outlive a restart:
 *
 *     serve.json           where the discovery listens, while it does (lib/app/local_network.ts)
 *     serve/serve.lock     held while it runs
 *     serve/server-1.key   one key for each server, made on first use
 *     serve/discovery.key  the discovery's, under which it answers over dmsg
 *     serve/discovery.kv   the entries, when no server has them
 *
 * @module
 */
import { serveFilePath } from "../../lib/app/local_network.ts";
import { plainUrl } from "../../lib/app/setting_values.ts";
import type { KeyPair } from "../../lib/crypto/keys.ts";
import type { DiscoveryStore } from "../../lib/discovery/store.ts";
import { openKeyFile } from "../../lib/identity/key_file.ts";
import { type OwnerLock, takeLock } from "../../lib/identity/lock.ts";
import { type Kv, openKvServer } from "../../lib/sys/kv.ts";
import { join } from "../../lib/sys/paths.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";

/**
 * Parses where the discovery keeps entries: in a `file`, in `memory` as long as the process runs, or at the URL of a
 * KV Connect server.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseStorePlace(text: string): string {
  const place = text === "file" || text === "memory" ? text : plainUrl(text);
  if (place === undefined) throw new SyntaxError("it is file, memory, or the URL of a KV Connect server");
  return place;
}

/** The data directory of a running `dmsg serve`. */
export interface ServeHome {
  /** The servers' keys, in the order of their numbers. */
  readonly pairs: readonly KeyPair[];
  /** The discovery's key. */
  readonly discoveryPair: KeyPair;
  /** The discovery's entries; closed by {@link close}. */
  readonly store: DiscoveryStore;
  /** Tells the commands beside us where the discovery is. */
  announce(discovery: string): Promise<void>;
  /** Takes that back, closes the store and lets the next `serve` in. */
  close(): Promise<void>;
}

/**
 * Opens the directory for one `dmsg serve`.
 * @param servers  How many keys are needed.
 * @throws {UserError} busy: another one runs in this directory · local: a file can't be opened, or is no key.
 */
export async function openServeHome(
  context: Context,
  dataDir: string,
  servers: number,
  place: string,
): Promise<ServeHome> {
  const lock = await lockHome(context, dataDir);
  try {
    const keyOf = async (name: string): Promise<KeyPair> =>
      (await openKeyFile(context.files, context.random, join(dataDir, "serve", `${name}.key`))).pair;
    const pairs: KeyPair[] = [];
    for (let i = 1; i <= servers; i++) pairs.push(await keyOf(`server-${i}`));
    const discoveryPair = await keyOf("discovery");
    const { store, closeStore } = await openStore(context, join(dataDir, "serve", "discovery.kv"), place);
    const path = serveFilePath(dataDir);
    return {
      pairs,
      discoveryPair,
      store,
      announce: (discovery) =>
        context.files.replacePrivate(path, utf8(`${JSON.stringify({ discovery, pid: Deno.pid })}\n`)),
      close: async () => {
        await context.files.remove(path).catch(() => {}); // `--local` asks whether the discovery is alive
        closeStore();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The lock also makes the directory, 0700: the store makes its file readable for everybody who gets there. */
async function lockHome(context: Context, dataDir: string): Promise<OwnerLock> {
  try {
    return await takeLock({
      path: join(dataDir, "serve", "serve.lock"),
      holder: { pid: Deno.pid, command: "serve", resident: true },
      clock: context.clock,
      signal: context.signal,
    });
  } catch (error) {
    if (!(error instanceof UserError) || error.kind !== "busy") throw error;
    throw new UserError(`Another \`dmsg serve\` runs for ${dataDir}`, {
      kind: "busy",
      hint: "Use its network with --local, or choose another --data-dir.",
      cause: error,
    });
  }
}

async function openStore(
  { clock }: Context,
  path: string,
  place: string,
): Promise<{ store: DiscoveryStore; closeStore: () => void }> {
  if (place === "memory") {
    const { memoryStore } = await import("../../lib/discovery/memory.ts");
    return { store: memoryStore(), closeStore: () => {} };
  }
  const { kvStore } = await import("../../lib/discovery/kv.ts");
  const isFile = place === "file";
  let kv: Kv;
  try {
    kv = isFile ? await Deno.openKv(path) : await openKvServer(place, clock);
  } catch (cause) {
    const { storageError } = await import("../../lib/sys/storage_error.ts");
    throw storageError(cause, isFile ? path : place, "open", "entries");
  }
  return { store: kvStore(kv), closeStore: () => kv.close() };
}
