/**
 * Arguments that name a port of a peer, and a port of ours. Stricter than the Go parser in lib/dmsg/addr.ts, which
 * takes `5x` for 5: a typing mistake must not end at another port.
 *
 * @module
 */
import type { Addr } from "../lib/dmsg/addr.ts";
import { parsePeer } from "./flags.ts";

/**
 * Parser for a port.
 * @returns 1 … 65535.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parsePort(input: string): number {
  const port = /^\d{1,5}$/.test(input) ? Number(input) : 0;
  if (port < 1 || port > 0xffff) throw new SyntaxError("a port is a number from 1 to 65535");
  return port;
}

/**
 * Parser for `PK:PORT`.
 * @param defaultPort  The port of a bare key; without it a port must be given.
 * @throws {SyntaxError} Not a key, or not a port; becomes a usage error.
 */
export async function parseAddress(input: string, defaultPort?: number): Promise<Addr> {
  const at = input.indexOf(":");
  const pk = await parsePeer(at < 0 ? input : input.slice(0, at));
  if (at >= 0) return { pk, port: parsePort(input.slice(at + 1)) };
  if (defaultPort === undefined) throw new SyntaxError("a port is missing: PK:PORT");
  return { pk, port: defaultPort };
}
