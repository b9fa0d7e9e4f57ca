/**
 * What one discovery says to a question that changes nothing.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { ProtocolError } from "../../wire/errors.ts";
import type { Entry } from "../entries/entry.ts";
import { parseEntries, parseEntry } from "../entries/read.ts";
import { type Exchanger, exchangeWithRetries } from "./exchange.ts";
import { odd, unexpected } from "./many.ts";
import { DISCOVERY_TEXTS, discoveryText } from "./texts.ts";

/** Most bytes of one entry's answer. */
export const MAX_ENTRY_BYTES: number = 64 * 1024;
/** Most bytes of a list: 512 servers of 8 KiB, or 60,000 keys. */
export const MAX_LIST_BYTES: number = 4 * 1024 * 1024;

/** How it is asked. */
export interface Asking {
  /** Most bytes of the answer. */
  readonly maxBytes: number;
  /** How often again, when the network fails. */
  readonly retries: number;
  /** Ends it. */
  readonly stop?: AbortSignal;
  /** The text of a 404 that says that there is none. */
  readonly absent?: string;
}

/**
 * Asks for a party's entry.
 * @returns Undefined when there is none.
 * @throws {NetworkError} `no-network`: no answer, or something else than the party's entry.
 */
export async function entryAt(
  by: Exchanger,
  url: string,
  pk: PublicKeyHex,
  how: Pick<Asking, "retries" | "stop">,
): Promise<Entry | undefined> {
  const asking = { ...how, maxBytes: MAX_ENTRY_BYTES, absent: DISCOVERY_TEXTS.notFound };
  const text = await goodText(by, url, `entry/${pk}`, asking);
  if (text === undefined) return undefined;
  const entry = read(url, () => parseEntry(text));
  if (entry.static !== pk.toLowerCase()) throw odd(url, "the entry of another key");
  return entry;
}

/**
 * Asks for servers.
 * @param list  `available_servers` or `all_servers`.
 * @returns Undefined when it says that there are none.
 * @throws {NetworkError} `no-network`: no answer, or something malformed.
 */
export async function serversAt(
  by: Exchanger,
  url: string,
  list: string,
  how: Pick<Asking, "retries" | "stop">,
): Promise<Entry[] | undefined> {
  const asking = { ...how, maxBytes: MAX_LIST_BYTES, absent: DISCOVERY_TEXTS.noServers };
  const text = await goodText(by, url, list, asking);
  return text === undefined ? undefined : read(url, () => parseEntries(text).filter((entry) => entry.server));
}

/**
 * Asks.
 * @param path  Behind `/dmsg-discovery/`.
 * @returns The text of a good answer, or undefined when there is none.
 * @throws {NetworkError} `no-network`: no answer, or one of another status.
 */
export async function goodText(
  by: Exchanger,
  url: string,
  path: string,
  { maxBytes, retries, stop, absent }: Asking,
): Promise<string | undefined> {
  const ask = { url: `${url}/dmsg-discovery/${path}`, method: "GET", maxBytes, stop } as const;
  const answer = await exchangeWithRetries(by, ask, retries);
  if (answer.status === 200) return answer.text;
  if (answer.status === 404 && absent !== undefined && discoveryText(answer.text) === absent) {
    return undefined;
  }
  throw unexpected(url, answer);
}

/**
 * Reads an answer; a malformed one is the discovery's failure, not the party's.
 * @throws {NetworkError} `no-network`: it is malformed.
 */
export function read<T>(url: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof SyntaxError) {
      throw odd(url, "something malformed", error);
    }
    throw error;
  }
}
