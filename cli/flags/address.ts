/**
 * Arguments that name a port of ours or of a peer, or a place of this machine. Stricter than the Go parser in
 * lib/dmsg/addr.ts, which takes `5x` for 5: a typing mistake must not end at another port.
 *
 * @module
 */
import type { Place } from "../../lib/bridge/tcp.ts";
import { UserError } from "../../lib/wire/errors.ts";

/** The port on which we answer pings. */
const CONTROL_PORT = 7;

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
 * Parser for a port that we listen on.
 * @param command  Whose help has more.
 * @param name  The argument or flag.
 * @throws {UserError} usage: not a port, or the one on which we answer pings.
 */
export function listeningPort(text: string, command: string, name = "address"): number {
  let port: number;
  try {
    port = parsePort(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usage(command, `The value for ${name} can't be used: ${error.message}`);
  }
  if (port !== CONTROL_PORT) return port;
  throw usage(command, `Port ${CONTROL_PORT} is the one on which we answer pings`);
}

/**
 * Parser for a place of this machine or its network: `PORT` (of 127.0.0.1), `HOST:PORT` or `[IPv6]:PORT`.
 * @param lowest  The smallest port; 0 is a free one of the system's choice.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export const parsePlace = (lowest: 0 | 1): (input: string) => Place => (input) => {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):)?(\d{1,5})$/.exec(input);
  const port = match ? Number(match[3]) : -1;
  if (match && port >= lowest && port <= 0xffff) {
    return { hostname: match[1] ?? match[2] ?? "127.0.0.1", port };
  }
  throw new SyntaxError(`a place is PORT or HOST:PORT, with a port from ${lowest} to 65535`);
};

const usage = (command: string, message: string): UserError =>
  new UserError(message, { kind: "usage", hint: `See \`dmsg ${command} --help\`.` });
