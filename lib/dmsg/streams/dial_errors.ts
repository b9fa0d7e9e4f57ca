/**
 * Where a dial goes, and what its failures mean.
 *
 * @see specification dmsg §9.1
 * @module
 */
import { NetworkError, ProtocolError } from "../../wire/errors.ts";
import { type Addr, formatAddr } from "../addr.ts";
import type { Entry } from "../entries/entry.ts";
import { dmsgError } from "../errors.ts";
import { Unasked } from "../sessions/unconnected.ts";
import { refusalWords } from "./refusal_words.ts";

/**
 * The servers that a peer's entry names.
 * @param entry  Undefined when the discovery has none.
 * @returns Their keys, one or more.
 * @throws {NetworkError} unreachable: no entry, not one of a client, or no server in it.
 */
export function serversIn(entry: Entry | undefined, destination: Addr): readonly string[] {
  const no = (code: number, text: string): NetworkError =>
    new NetworkError(`Cannot reach ${destination.pk}: ${text}`, {
      retry: true,
      reason: "unreachable",
      cause: dmsgError(code),
    });
  if (!entry) {
    throw no(100, "the discovery has no entry of it. Is its program running, on the same discovery?");
  }
  if (!entry.client) throw no(102, "its entry is not one of a client");
  const servers = entry.client.delegatedServers ?? [];
  if (servers.length === 0) throw no(103, "its entry names no server: it is not connected at the moment");
  return servers;
}

/**
 * Whatever a server did wrong, another one may do right: it must not pass for the peer's refusal. That the discovery
 * did not say where the server is stays what it is.
 * @throws Always: {@link NetworkError} `unreachable`, to be tried elsewhere; or the cause, where nobody was asked.
 */
export function serverFailed(cause: Error): never {
  if (cause instanceof Unasked) throw cause;
  const isUnknown = cause instanceof ProtocolError && cause.code === 101;
  const text = isUnknown ? "the discovery knows no such server (any more)" : cause.message;
  throw new NetworkError(text, { retry: true, reason: "unreachable", cause });
}

/** A signed "no" of the peer, or our own refusal of a plain one: no other server will change it. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof NetworkError) return error.reason === "refused";
  return error instanceof ProtocolError && typeof error.code === "number" &&
    (error.code === 306 || error.code === 352 || error.code === 401 ||
      (error.code >= 200 && error.code < 300));
}

/** How a refusal is told. */
export function refusal(destination: Addr, error: unknown): NetworkError {
  const code = (error as { code?: unknown }).code;
  const why = code === 306 ? `nothing listens on its port ${destination.port}` : (error as Error).message;
  return new NetworkError(refusalWords(formatAddr(destination), why), {
    retry: code === 306 || code === 401,
    reason: "refused",
    cause: error,
  });
}

/** A server that was not tried: the others took all the time there is. */
export const NOT_TRIED = new Error("no time left");

/**
 * No server has brought the dial to its end: `unreachable`; `no-network` when the discovery would not say where any of
 * them is.
 * @param errors  What each of the servers failed with; {@link NOT_TRIED} is not told.
 */
export function unreachable(
  destination: Addr,
  servers: readonly string[],
  errors: readonly unknown[],
): NetworkError {
  const tried = servers.flatMap((server, at) => {
    const error = errors[at] as Error | undefined;
    return error === undefined || error === NOT_TRIED ? [] : [{ server, error }];
  });
  const reasons = tried.map(({ server, error }) => `${server.slice(0, 8)}…: ${error.message}`);
  const isUnasked = tried.length > 0 &&
    tried.every(({ error }) => error instanceof Unasked);
  return new NetworkError(
    `Cannot open stream to ${formatAddr(destination)}: ${reasons.join("; ") || NOT_TRIED.message}`,
    { retry: true, reason: isUnasked ? "no-network" : "unreachable", cause: tried.at(-1)?.error },
  );
}
