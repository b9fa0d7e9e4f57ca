/**
 * One question or change for several discoveries: who wins, and what a failure is called.
 *
 * @module
 */
import { abortWith } from "../../sys/abort.ts";
import { type Clock, sleep } from "../../sys/clock.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Entry } from "../entries/entry.ts";
import type { Answer } from "./exchange.ts";
import { shownUrl } from "./place.ts";
import { DISCOVERY_TEXTS } from "./texts.ts";

/** A discovery that did not do it. */
export interface DiscoveryFailure {
  /** Base URL. */
  readonly url: string;
  /** Why: reason `refused` when it answered no, else `no-network`. */
  readonly error: NetworkError;
}

/** What became of a change that went to every discovery; at least one of the two first lists has a member. */
export interface DiscoveryReport {
  /** Base URLs that did it. */
  readonly taken: readonly string[];
  /** Base URLs that already hold a newer entry of the same key: another program posted meanwhile. */
  readonly superseded: readonly string[];
  /** Those that did not do it. */
  readonly failed: readonly DiscoveryFailure[];
}

/** What one discovery offers. */
export interface Offer {
  /** Base URL. */
  readonly url: string;
  /** Its servers with room. */
  readonly servers: readonly Entry[];
}

/** What one discovery did with a change. */
export type Outcome = "taken" | "superseded";

/** So long, in milliseconds, the others are waited for once one has answered; a server on the other side of the world takes a third. */
const GRACE_MS = 1000;

/** "It is not there", as one discovery's answer. */
const ABSENT = Symbol("absent");

/** Why the others are stopped. A reason of our own: the runtime's would load 1.5 ms of exceptions. */
const DONE = new Error("another discovery answered first");

/**
 * Asks all discoveries at once and takes the first value; the other requests are ended then.
 * @param urls  Base URLs.
 * @param what  How the message of the failure begins, such as `Cannot list servers`.
 * @param ask  Asks one of them; undefined means that it answered "there is none".
 * @returns Undefined when all that answered have none.
 * @throws {NetworkError} None answered. The reason of `signal` when that is aborted.
 */
export async function firstOf<T>(
  urls: readonly string[],
  what: string,
  ask: (url: string, stop: AbortSignal) => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const won = new AbortController();
  const unlink = abortWith(won, signal);
  try {
    return await Promise.any(urls.map(async (url) => await ask(url, won.signal) ?? Promise.reject(ABSENT)));
  } catch (error) {
    const reasons: unknown[] = (error as AggregateError).errors;
    if (signal?.aborted) throw signal.reason;
    if (reasons.includes(ABSENT)) return undefined;
    throw failed(what, reasons.map(networkError));
  } finally {
    unlink();
    won.abort(DONE);
  }
}

/**
 * Waits for the answers of several discoveries: once one has answered, for the others no longer than {@link GRACE_MS}.
 * @param answers  One of each; they never reject, save for a mistake in our code.
 * @param isAnswer  Whether it is one, or says why there is none.
 * @returns In their order; undefined: none yet.
 */
export async function soonOf<T>(
  answers: readonly Promise<T>[],
  clock: Clock,
  isAnswer: (value: T) => boolean,
): Promise<(T | undefined)[]> {
  const values: (T | undefined)[] = answers.map(() => undefined);
  const first = Promise.withResolvers<void>();
  const all = Promise.all(answers.map(async (answer, i) => {
    const value = await answer;
    values[i] = value;
    if (isAnswer(value)) first.resolve();
  }));
  if (answers.length === 1) return await all.then(() => values);
  const over = new AbortController();
  const late = first.promise.then(() => sleep(clock, GRACE_MS, over.signal)).catch(() => {});
  await Promise.race([all, late]).finally(() => over.abort());
  return [...values];
}

/**
 * What each discovery says to a question that changes nothing. One that is silent while another has answered is waited for
 * no longer than {@link GRACE_MS}.
 * @param what  How the message of the failure begins, such as `Cannot list servers`.
 * @returns What those have said that answered by then.
 * @throws {NetworkError} None did.
 */
export async function eachOf<T extends object>(
  urls: readonly string[],
  what: string,
  ask: (url: string) => Promise<T>,
  clock: Clock,
): Promise<T[]> {
  const isAnswer = (value: T | NetworkError): value is T => !(value instanceof NetworkError);
  const found = await soonOf(urls.map((url) => ask(url).catch(networkError)), clock, isAnswer);
  const answers = found.filter((one) => one !== undefined).filter(isAnswer);
  if (answers.length > 0) return answers;
  throw failed(what, found.map((one, i) => one instanceof NetworkError ? one : stillSilent(urls[i])));
}

/** Of one that keeps the others waiting no longer. @param url  Base URL. */
export const stillSilent = (url: string): NetworkError =>
  new NetworkError(`${shownUrl(url)} has not answered within ${GRACE_MS} ms behind another one`, {
    retry: true,
    reason: "no-network",
  });

/**
 * Makes a change in all discoveries. One that is silent while another has answered is waited for no longer than
 * {@link GRACE_MS}: what it does goes on.
 * @param urls  Base URLs.
 * @param what  How the message of the failure begins, such as `Cannot register "02ab…"`.
 * @param act  Changes one of them.
 * @returns What became of it where, when at least one did not fail.
 * @throws {NetworkError} All failed: `refused` when all answered no, else `no-network`. The reason of `signal`
 * when that is aborted.
 */
export async function everywhere(
  urls: readonly string[],
  what: string,
  act: (url: string) => Promise<Outcome>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<DiscoveryReport> {
  const acts = urls.map((url) =>
    act(url).catch((error) => {
      signal?.throwIfAborted();
      return networkError(error);
    })
  );
  const outcomes = await soonOf(acts, clock, (outcome) => typeof outcome === "string");
  if (signal?.aborted) throw signal.reason;
  const report = { taken: [] as string[], superseded: [] as string[], failed: [] as DiscoveryFailure[] };
  urls.forEach((url, i) => {
    const outcome = outcomes[i];
    if (typeof outcome === "string") report[outcome].push(url);
    else report.failed.push({ url, error: outcome ?? stillSilent(url) });
  });
  if (report.failed.length === urls.length) throw failed(what, report.failed.map(({ error }) => error));
  return report;
}

/**
 * Lets only network failures through as values.
 * @throws What it was given, when that is anything else: a mistake in our code, or an abort.
 */
export function networkError(error: unknown): NetworkError {
  if (error instanceof NetworkError) return error;
  throw error;
}

/** All discoveries failed: one sentence, and what to do about it. */
function failed(what: string, errors: NetworkError[]): NetworkError {
  const allRefused = errors.every((error) => error.reason === "refused");
  const todo = allRefused ? "Check this machine's clock and keys" : "Check the network and the discovery URL";
  return new NetworkError(`${what}: ${errors.map((error) => error.message).join("; ")}. ${todo}.`, {
    retry: errors.some((error) => error.retry),
    reason: allRefused ? "refused" : "no-network",
    cause: errors[0],
  });
}

/** One discovery answered no, with one of its texts; only "unexpected" is its own trouble and may pass. */
export const refused = (url: string, text: string): NetworkError =>
  new NetworkError(`${shownUrl(url)} refused: ${text}`, {
    retry: text === DISCOVERY_TEXTS.unexpected,
    reason: "refused",
  });

/** One discovery answered with something that can't be used. @param what  Ends the sentence `<url> answered with …`. */
export const odd = (url: string, what: string, cause?: unknown): NetworkError =>
  new NetworkError(`${shownUrl(url)} answered with ${what}`, { retry: false, reason: "no-network", cause });

/** One discovery answered with a status that has no meaning there, or with its own trouble. */
export function unexpected(url: string, { status, text }: Answer): NetworkError {
  if (!isInTrouble(status, text)) return odd(url, `status ${status}, which no discovery does here`);
  return new NetworkError(
    `${shownUrl(url)} answered with status 500: it has trouble of its own, perhaps with its database`,
    {
      retry: true,
      reason: "no-network",
    },
  );
}

/** What a discovery says whose database is away; it is nothing that the asker could do better. */
const isInTrouble = (status: number, text: string): boolean =>
  status === 500 && text.includes(DISCOVERY_TEXTS.unexpected);
