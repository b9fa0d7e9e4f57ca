/**
 * How a discovery client is set up.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { Fetch } from "../../sys/fetch.ts";

/** What a discovery client needs. */
export interface DiscoveryOptions {
  /** Base URLs such as `http://host:9090`, one or more. */
  readonly urls: readonly string[];
  /** The web's `fetch`, or something of its shape. */
  readonly fetch: Fetch;
  /** Measures deadlines; its wall time goes into posted entries. */
  readonly clock: Clock;
  /** Deadline of one request, with all that is tried again. Default 5000. */
  readonly timeoutMs?: number;
  /** How often a look-up is repeated when the network fails before the deadline. Default 2. */
  readonly retries?: number;
  /** Ends all requests; their promises reject with its reason. */
  readonly signal?: AbortSignal;
}
