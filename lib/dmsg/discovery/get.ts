/**
 * What one discovery says to a question that changes nothing.
 *
 * @module
 */
import { ProtocolError } from "../../wire/errors.ts";
import { type Exchanger, exchangeWithRetries } from "./exchange.ts";
import { odd, unexpected } from "./many.ts";
import { discoveryText } from "./texts.ts";

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
