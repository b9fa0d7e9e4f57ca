/**
 * An HTTP server of the runtime behind one function.
 *
 * @module
 */
import { sleep, systemClock } from "./clock.ts";

/** What is under way at the end has so long; a client that sends half a request, or does not read, has all day. */
const FAREWELL_MS = 2000;

/** A running HTTP server. */
export interface HttpServer {
  /** `http://host:port` at which this machine reaches it. */
  readonly url: string;
  /** Stops it; requests under way are finished first, as far as they are within two seconds. */
  close(): Promise<void>;
}

/**
 * Serves web-standard requests.
 * @param address  Host and port; port 0 is the system's choice.
 * @throws {Error} The system's: address in use, no permission.
 */
export function serveHttp(
  address: { hostname: string; port: number },
  handler: (request: Request) => Promise<Response>,
): HttpServer {
  const server = Deno.serve({ ...address, onListen: () => {} }, handler);
  return {
    url: `http://${reachedAt(server.addr)}`,
    close: async () => {
      const over = new AbortController();
      const late = sleep(systemClock(), FAREWELL_MS, over.signal).catch(() => {});
      await Promise.race([server.shutdown(), late]);
      over.abort();
      server.unref(); // nothing of the runtime's ends what is left; it must not keep the program
    },
  };
}

/** `host:port` at which this machine reaches what listens there; IPv6 in brackets. */
export function reachedAt({ hostname, port }: { hostname: string; port: number }): string {
  const host = REACHED_AT[hostname] ?? hostname;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** "Every address" is no address to connect to; Linux takes it for one, others don't. */
const REACHED_AT: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
