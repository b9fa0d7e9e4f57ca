/**
 * An argument that names a port of ours, or of a peer. Stricter than the Go parser in lib/dmsg/addr.ts, which takes
 * `5x` for 5: a typing mistake must not end at another port.
 *
 * @module
 */

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
