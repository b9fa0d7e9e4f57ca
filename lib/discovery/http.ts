/**
 * The discovery's HTTP interface, as one function from a web-standard request to its response.
 *
 * @see specification dmsg §7
 * @module
 */
import { readCapped } from "../dmsg/http_body.ts";
import { DISCOVERY_TEXTS } from "../dmsg/discovery_texts.ts";
import type { Generation } from "../dmsg/entry.ts";
import type { Clock } from "../sys/clock.ts";
import { within } from "../sys/clock.ts";
import { fromUtf8 } from "../wire/bytes.ts";
import { empty, message, unexpected, unknownPath } from "./answers.ts";
import { ROUTES } from "./endpoints.ts";
import type { RuleOptions } from "./rules.ts";
import type { DiscoveryStore } from "./store.ts";

/** What bounds one request. */
export interface DiscoveryLimits {
  /** Most bytes of a body, default 64 KiB; above it 413. */
  readonly bodyBytes: number;
  /** How long a body may take, default 10 s; above it 408. */
  readonly bodyMs: number;
  /** Most keys of one batch, default 100; above it 400. */
  readonly batchKeys: number;
  /** Most bytes of a list, default 4 MiB; a longer list ends early. */
  readonly listBytes: number;
}

/** How a discovery is set up. */
export interface DiscoveryHandlerOptions extends RuleOptions {
  /** Where entries are kept. */
  readonly store: DiscoveryStore;
  /** Wall time for the rules; timers for slow bodies. */
  readonly clock: Clock;
  /** Since when it runs, for `/health`. */
  readonly startedAt: Date;
  /** Version, commit and date, for `/health`; default `unknown`. */
  readonly build?: { readonly version: string; readonly commit: string; readonly date: string };
  /** `pk:port` at which the same interface is served over dmsg, for `/health`. */
  readonly dmsgAddress?: string;
  /** The servers on which that address is reached, for `/health`. */
  readonly dmsgServers?: readonly string[];
  /** How long client entries live after a post, default for ever. */
  readonly clientLifetimeMs?: number;
  /** Keys (hex) that may deregister others; default none. */
  readonly networkMonitors?: ReadonlySet<string>;
  /** `classic` knows the members and endpoints of 2024 only. Default `current`. */
  readonly generation?: Generation;
  /** Caps that differ from the defaults. */
  readonly limits?: Partial<DiscoveryLimits>;
  /** Told of failures of the store, which a peer sees as 500. */
  readonly onError?: (error: unknown) => void;
}

/** What an endpoint works with. */
export interface Service extends DiscoveryHandlerOptions {
  /** All caps. */
  readonly limits: DiscoveryLimits;
  /** As posted or by default. */
  readonly generation: Generation;
  /** Wall time, milliseconds since 1970. */
  nowMs(): number;
  /** A request's body as text, or the answer that it gets instead. */
  body(request: Request): Promise<string | Response>;
}

/** How often expired entries are dropped, at most. */
const SWEEP_EVERY_MS = 10_000;

/**
 * Makes a discovery.
 * @returns A handler for `Deno.serve` or a test; it never rejects.
 */
export function discoveryHandler(options: DiscoveryHandlerOptions): (request: Request) => Promise<Response> {
  const service = serviceOf(options);
  let sweptMs = -Infinity;

  /** Not on a timer: a discovery that nobody writes to needs no sweep. */
  async function sweepNowAndThen(): Promise<void> {
    const nowMs = service.nowMs();
    if (nowMs - sweptMs < SWEEP_EVERY_MS) return;
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

function route(service: Service, request: Request): Response | Promise<Response> {
  const url = new URL(request.url);
  const routes = ROUTES.filter(({ current }) => !current || service.generation === "current");
  for (const { method, path, handle } of routes) {
    const found = method === request.method && path.exec(url.pathname);
    if (found) return handle(service, request, { part: found[1] ?? "", query: url.searchParams });
  }
  // A known path with another method, or with a slash too many or too few.
  const alike = [url.pathname, `${url.pathname}/`, url.pathname.replace(/\/$/, "")];
  const known = routes.some(({ path }) => alike.some((pathname) => path.test(pathname)));
  return known ? empty(405) : unknownPath();
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
