/**
 * An HTTP server of the runtime behind one function.
 *
 * @module
 */

/** A running HTTP server. */
export interface HttpServer {
  /** `http://host:port` as bound. */
  readonly url: string;
  /** Stops it; requests under way are finished first. */
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
  const { hostname, port } = server.addr;
  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
    close: () => server.shutdown(),
  };
}
