/**
 * The discovery's HTTP interface, as one function from a web-standard request to its response.
 *
 * @see specification dmsg §7
 * @module
 */
import { readCapped } from "../dmsg/discovery/http_body.ts";
import { DISCOVERY_TEXTS } from "../dmsg/discovery/texts.ts";
import { within } from "../sys/clock.ts";
import { fromUtf8 } from "../wire/bytes.ts";
import { empty, message, unexpected, unknownPath } from "./answers.ts";
import { ROUTES } from "./endpoints.ts";
import type { DiscoveryHandlerOptions, Service } from "./service.ts";

/** How often expired entries are dropped, at most. */
const SWEEP_EVERY_MS = 10_000;

/** A discovery: answers a request; never rejects. */
export type DiscoveryHandler = (request: Request) => Promise<Response>;

/**
 * Makes a discovery.
 * @returns For `Deno.serve`, {@link file://../app/network_discovery.ts}, or a test.
 */
export function discoveryHandler(options: DiscoveryHandlerOptions): DiscoveryHandler {
  const service = serviceOf(options);
  let sweptMs = -Infinity;

  /** Not on a timer: a discovery that nobody writes to needs no sweep. */
  async function sweepNowAndThen(): Promise<void> {
    const nowMs = service.nowMs();
    if (Math.abs(nowMs - sweptMs) < SWEEP_EVERY_MS) return; // the clock may have been set back
    sweptMs = nowMs;
    await service.store.sweep(nowMs);
  }

  return async (request) => {
    try {
      if (request.method === "POST") await sweepNowAndThen();
      return await route(service, request);
    } catch (error) {
      options.onError?.(error);
      return unexpected();
    }
  };
}

/** Methods that Go's router has a name for; it says 405 to any other, whatever the path. */
const METHODS: ReadonlySet<string> = new Set(
  ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"],
);

function route(service: Service, request: Request): Response | Promise<Response> {
  if (!METHODS.has(request.method)) return empty(405);
  const url = new URL(request.url);
  const routes = ROUTES.filter(({ current }) => !current || service.generation === "current");
  for (const { method, path, handle } of routes) {
    const found = method === request.method && path.exec(url.pathname);
    if (found) return handle(service, request, { part: found[1] ?? "", query: url.searchParams });
  }
  // A slash too many or too few makes another path: seen of the Go one, against the text of the specification.
  const methods = routes.filter(({ path }) => path.test(url.pathname)).map(({ method }) => method);
  if (methods.length === 0) return unknownPath();
  const answer = empty(405);
  answer.headers.set("allow", methods.join(", "));
  return answer;
}

function serviceOf(options: DiscoveryHandlerOptions): Service {
  const limits = {
    bodyBytes: 64 * 1024,
    bodyMs: 10_000,
    batchKeys: 100,
    listBytes: 4 * 1024 * 1024,
    ...options.limits,
  };
  return {
    generation: "current",
    ...options,
    limits,
    nowMs: () => Number(options.clock.wallNs() / 1_000_000n),
    async body(request) {
      const late = new Error("the body took too long");
      try {
        const reading = readCapped(request, limits.bodyBytes);
        const bytes = await within(options.clock, limits.bodyMs, reading, () => late);
        return bytes === undefined ? message(413, DISCOVERY_TEXTS.tooLarge) : fromUtf8(bytes);
      } catch (error) {
        // Otherwise the sender went away: nobody reads the answer.
        if (error !== late) return empty(400);
        const answer = empty(408);
        answer.headers.set("connection", "close"); // what is left of the body would hold the socket
        return answer;
      }
    },
  };
}
