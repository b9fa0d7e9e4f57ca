/**
 * The addresses that `dmsg serve` is given.
 *
 * @module
 */
import { splitHostPort } from "../../lib/dmsg/carriers/tcp.ts";
import { UserError } from "../../lib/wire/errors.ts";

/**
 * Says before anything is started what the discovery or the clients would find out later.
 * @param addresses  Where the servers listen.
 * @param advertise  Where clients reach them when that differs, in the same order; may be shorter.
 * @param testMode  Whether the discovery takes servers on loopback addresses.
 * @throws {UserError} usage: there are too many, nobody can connect to one, or nobody but us.
 */
export function checkAdvertised(
  addresses: readonly string[],
  advertise: readonly string[],
  testMode: boolean,
): void {
  if (advertise.length > addresses.length) {
    throw usage(
      "There are more --advertise than --server-address",
      "Give one for each server, in its order.",
    );
  }
  for (const [i, address] of addresses.entries()) {
    const shown = advertise[i] ?? address;
    if (/^(|0\.0\.0\.0|::)$/.test(splitHostPort(shown)!.hostname)) {
      throw usage(
        `Nobody can connect to ${shown}`,
        "Say with --advertise HOST:PORT where clients reach the server.",
      );
    }
    if (!testMode && isLoopback(shown)) {
      throw usage(
        `A server at ${shown} can't be reached by those who reach the discovery`,
        "Give --server-address (and --advertise) as others see it, or --test-mode.",
      );
    }
  }
}

/** Whether an address can be reached from this machine only. */
export function isLoopback(address: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(splitHostPort(address)?.hostname ?? "");
}

/**
 * Parser for an address to listen on.
 * @throws {SyntaxError} Not `HOST:PORT`; becomes a usage error.
 */
export function parseHostPort(input: string): string {
  if (splitHostPort(input)) return input;
  throw new SyntaxError("an address is HOST:PORT, for example 127.0.0.1:0 or [::1]:0");
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
