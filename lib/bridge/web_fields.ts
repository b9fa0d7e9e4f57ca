/**
 * The fields of requests and answers that a proxy passes on: none of one connection, and none that a service would take
 * for what its own proxy says.
 *
 * @see RFC 9110 §7.6.1; lib/bridge/README.md "Proxy"
 * @module
 */
import { type Place, placeText } from "./tcp.ts";
import type { Caller } from "./web_server.ts";

/** The field that has the caller's key, 66 hex characters. */
const CALLER_FIELD = "X-Dmsg-Caller";

/** Fields of one connection (RFC 9110 §7.6.1), and those that node writes anew. */
const OF_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "expect",
]);

/** What services believe of a proxy on their machine: never taken from a caller. */
const OF_PROXY =
  /^(?:x-dmsg-|x-forwarded-|x-real-ip$|x-client-ip$|true-client-ip$|cf-connecting-ip$|forwarded$|via$)/;

/** What stands behind a proxy. */
export interface Behind {
  /** Where the service listens. */
  readonly place: Place;
  /** `PK:PORT` that callers have asked: for the links that a service makes. */
  readonly authority: string;
}

/**
 * The fields that go on to the service, as node takes them: name, value, name, value.
 * @param raw  As they came.
 */
export function onwardFields(
  raw: readonly string[],
  caller: Caller,
  { place, authority }: Behind,
): string[] {
  const fields: string[] = [];
  const named = connectionFields(raw);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i].toLowerCase();
    // CGI makes `-` and `_` one character: what has the other one could be read for ours.
    if (name.includes("_") || OF_CONNECTION.has(name) || OF_PROXY.test(name) || named.has(name)) continue;
    fields.push(raw[i], raw[i + 1]);
  }
  return [
    ...["Host", placeText(place)],
    ...fields,
    ...[CALLER_FIELD, caller.pk, "X-Forwarded-Host", authority, "X-Forwarded-Proto", "http"],
  ];
}

/** The names in `Connection` fields: they are of one connection too. */
function connectionFields(raw: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i].toLowerCase() !== "connection") continue;
    for (const name of raw[i + 1].split(",")) names.add(name.trim().toLowerCase());
  }
  // A body's length must not be lost: the service would take the body for the next request.
  names.delete("content-length");
  return names;
}

/**
 * The fields of an answer that go on to the caller.
 * @param raw  As they came.
 * @param origin  The service's own: links to it lose it.
 */
export function passedFields(raw: readonly string[], origin: string): string[] {
  const named = connectionFields(raw);
  const fields: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = [raw[i], raw[i + 1]];
    const lower = name.toLowerCase();
    if (OF_CONNECTION.has(lower) || named.has(lower)) continue;
    // Where it sends callers to is a place of this machine.
    const isOwn = lower === "location" && (value === origin || value.startsWith(`${origin}/`));
    fields.push(name, isOwn ? value.slice(origin.length) || "/" : value);
  }
  return fields;
}

/** Fields as lines of a head. */
export function fieldLines(raw: readonly string[]): string {
  let text = "";
  for (let i = 0; i + 1 < raw.length; i += 2) text += `${raw[i]}: ${raw[i + 1]}\r\n`;
  return text;
}
