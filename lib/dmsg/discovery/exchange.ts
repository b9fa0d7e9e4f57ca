/**
 * One HTTP request with a deadline and a capped answer, and the retry plan around it.
 *
 * @module
 */
import { abortWith } from "../../sys/abort.ts";
import { type Clock, sleep, within } from "../../sys/clock.ts";
import type { Fetch } from "../../sys/fetch.ts";
import { fromUtf8 } from "../../wire/bytes.ts";
import { NetworkError } from "../../wire/errors.ts";
import { readCapped } from "./http_body.ts";
import { shownUrl } from "./place.ts";

/** What requests are made with. */
export interface Exchanger {
  /** The web's `fetch`, or something of its shape. */
  readonly fetch: Fetch;
  /** Measures deadlines and pauses. */
  readonly clock: Clock;
  /** Deadline of a request, body included, and with all that is tried again. */
  readonly timeoutMs: number;
}

/** One request. */
export interface Ask {
  /** Full URL. */
  readonly url: string;
  /** HTTP method. */
  readonly method: "GET" | "POST" | "DELETE";
  /** JSON body. */
  readonly body?: string;
  /** Most bytes of the answer's body. */
  readonly maxBytes: number;
  /** Ends the request early; the promise rejects with its reason. */
  readonly stop?: AbortSignal;
}

/** What came back. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** The whole body. */
  readonly text: string;
}

/** Statuses that say "later": too many requests, and a proxy without its service. */
const LATER: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Ends what is left of a request. A reason of our own: the runtime's would load 1.5 ms of exceptions. */
const DONE = new Error("the request is over");

/**
 * Makes one request.
 * @param leftMs  What is left of the deadline.
 * @returns Status and whole body, also of a status that says no.
 * @throws {NetworkError} `no-network`: no connection, no whole answer within the deadline, an answer that is too
 * long, or one of the statuses that say "later". The message starts with the URL.
 */
export async function exchange(by: Exchanger, ask: Ask, leftMs: number = by.timeoutMs): Promise<Answer> {
  const { url, stop } = ask;
  const untilMs = by.clock.nowMs() + leftMs;
  const deadline = new AbortController();
  const unlink = abortWith(deadline, stop);
  const late = () => failure(url, `did not answer within ${Math.ceil(leftMs)} ms`, true);
  try {
    const answer = once(by, ask, deadline.signal);
    // Beginning a request takes its time where the machine is slow; who waits for it ends with this very deadline.
    return await within(by.clock, Math.max(0, untilMs - by.clock.nowMs()), answer, late);
  } catch (error) {
    if (stop?.aborted) throw stop.reason;
    if (error instanceof NetworkError) throw error;
    throw failure(url, `can't be reached (${reasonOf(error)})`, true, error);
  } finally {
    unlink();
    deadline.abort(DONE);
  }
}

async function once(
  by: Exchanger,
  { url, method, body, maxBytes }: Ask,
  signal: AbortSignal,
): Promise<Answer> {
  const headers = body === undefined ? undefined : { "content-type": "application/json" };
  const response = await by.fetch(url, { method, body, headers, signal });
  const bytes = await readCapped(response, maxBytes);
  if (bytes === undefined) throw failure(url, `answered with more than ${maxBytes} bytes`, false);
  if (LATER.has(response.status)) throw failure(url, `answered status ${response.status}`, true);
  return { status: response.status, text: fromUtf8(bytes) };
}

/** Why a request failed: the runtime says "fetch failed", and the reason within, `… client error (Connect): dns error: …`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `${error}`;
  if (!(error.cause instanceof Error)) return error.message;
  return error.cause.message.replace(/^error sending request.*?: client error \(\w+\): /, "");
}

const failure = (url: string, what: string, retry: boolean, cause?: unknown) =>
  new NetworkError(`${shownUrl(url)} ${what}`, { retry, reason: "no-network", cause });

/** Pause before the first retry; each further one is twice as long. */
const FIRST_PAUSE_MS = 200;

/**
 * Makes a request again while it fails in a way that may pass. Only for requests that change nothing.
 * @param retries  How often again, 0 or more; pauses are 200 ms, 400 ms, 800 ms …, and all of it ends by the
 * deadline: who waits for a discovery that says nothing is told so after one time limit, not after three.
 * @throws {NetworkError} The last failure, as {@link exchange}.
 */
export async function exchangeWithRetries(by: Exchanger, ask: Ask, retries: number): Promise<Answer> {
  const { clock, timeoutMs } = by;
  const untilMs = clock.nowMs() + timeoutMs;
  for (let attempt = 0;; attempt++) {
    const pauseMs = FIRST_PAUSE_MS * 2 ** attempt;
    try {
      return await exchange(by, ask, untilMs - clock.nowMs());
    } catch (error) {
      const isOver = attempt >= retries || clock.nowMs() + pauseMs >= untilMs;
      if (!(error instanceof NetworkError && error.retry) || isOver) throw error;
      await sleep(clock, pauseMs, ask.stop);
      if (clock.nowMs() >= untilMs) throw error; // the program was busy, or stopped
    }
  }
}
