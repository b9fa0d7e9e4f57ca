/**
 * `serve.json`: how `dmsg serve` tells the commands beside it (`--local`) where its discovery listens.
 *
 * @module
 */
import type { Fetch } from "../sys/fetch.ts";
import type { Files } from "../sys/files/files.ts";
import { join } from "../sys/paths.ts";
import { UserError } from "../wire/errors.ts";
import { wholeJson } from "../wire/whole_json.ts";

/** The file's content; `dmsg serve` writes it (0600) when it listens and removes it when it ends. */
export interface ServeFile {
  /** Base URL of the discovery. */
  readonly discovery: string;
  /** The process that serves. */
  readonly pid: number;
}

/** Longest `serve.json`. */
const MAX_BYTES = 16 * 1024;
/** How long a discovery on this machine may take to say that it is alive, in milliseconds. */
const HEALTH_TIMEOUT_MS = 2000;

/** Where the file is. */
export const serveFilePath = (dataDir: string): string => join(dataDir, "serve.json");

/**
 * The discovery of the network that runs beside us, after asking whether it is alive (`GET /health`).
 * @returns Its base URL.
 * @throws {UserError} no-network: `dmsg serve` does not run for this data directory · local: the file is unreadable.
 */
export async function localDiscovery(
  dataDir: string,
  host: { readonly files: Files; readonly fetch: Fetch },
): Promise<string> {
  const bytes = await host.files.read(serveFilePath(dataDir), MAX_BYTES);
  const discovery = bytes && discoveryOf(bytes);
  if (discovery && await isAlive(discovery, host.fetch)) return discovery;
  throw new UserError(`No local network runs for ${dataDir}`, {
    kind: "no-network",
    hint:
      "Start one with `dmsg serve`. For one of another home give the address that it shows: --discovery URL.",
  });
}

/** Garbage behind it does not matter: the next `serve` writes the file anew. */
function discoveryOf(bytes: Uint8Array): string | undefined {
  const { discovery } = (wholeJson(bytes)?.value ?? {}) as Partial<ServeFile>;
  return typeof discovery === "string" ? discovery : undefined;
}

async function isAlive(base: string, get: Fetch): Promise<boolean> {
  try {
    const url = new URL("health", `${base.replace(/\/+$/, "")}/`).href;
    const response = await get(url, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.status === 200;
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return false;
    throw error;
  }
}
