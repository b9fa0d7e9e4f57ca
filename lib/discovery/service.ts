/**
 * How a discovery is set up, and what its endpoints work with.
 *
 * @module
 */
import type { Generation } from "../dmsg/entries/read.ts";
import type { Clock } from "../sys/clock.ts";
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
  /** The servers on which that address is reached, for `/health`; asked each time. */
  readonly dmsgServers?: () => readonly string[];
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
