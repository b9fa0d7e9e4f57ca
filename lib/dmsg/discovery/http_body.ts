/**
 * Reading HTTP bodies of unknown length up to a cap.
 *
 * @module
 */
import type { FetchAnswer } from "../../sys/fetch.ts";
import { concat } from "../../wire/bytes.ts";

/** What bodies are read from: a `Request`, or the answer to one. Of the headers only `content-length` is looked at. */
export type Message = Omit<FetchAnswer, "status">;

/**
 * Reads a whole body, or gives up as soon as it is known to be too long.
 * @param maxBytes  Most bytes that are read.
 * @returns The bytes, or undefined when there are more; the rest is cancelled then.
 */
export async function readCapped(
  { headers, body }: Message,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array(0);
  if (Number(headers.get("content-length") ?? 0) > maxBytes) {
    await body.cancel();
    return undefined;
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const part of body) {
    length += part.length;
    if (length > maxBytes) return undefined;
    parts.push(part);
  }
  return parts.length === 1 ? parts[0] : concat(...parts);
}

/** An answer whose body is in memory, whole. */
export type WholeAnswer = FetchAnswer & { readonly bytes: Uint8Array };

/**
 * Reads an answer to its end: the way that brought it is over then.
 * @param maxBytes  Most bytes of its body.
 * @returns The same answer; its body can be read again.
 * @throws {Error} It is longer.
 */
export async function wholeAnswer(answer: FetchAnswer, maxBytes: number): Promise<WholeAnswer> {
  const bytes = await readCapped(answer, maxBytes);
  if (bytes === undefined) throw new Error(`it answered with more than ${maxBytes} bytes`);
  return { status: answer.status, headers: answer.headers, bytes, body: bodyOf(bytes) };
}

const bodyOf = (bytes: Uint8Array): FetchAnswer["body"] => ({
  async *[Symbol.asyncIterator]() {
    yield bytes;
  },
  cancel: () => Promise.resolve(),
});
