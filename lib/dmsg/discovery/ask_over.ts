/**
 * One HTTP request over a stream, as small as a discovery needs it: HTTP/1.0, which knows no chunks.
 *
 * @see RFC 1945
 * @module
 */
import type { FetchAnswer } from "../../sys/fetch.ts";
import { concat, utf8 } from "../../wire/bytes.ts";
import type { DmsgStream } from "../streams/stream.ts";

/** Longest head of an answer; a stock discovery's has 200 bytes. */
const MAX_HEAD_BYTES = 16 * 1024;

const latin1 = new TextDecoder("latin1");

/** What is asked. */
export interface Question {
  /** HTTP method. */
  readonly method: string;
  /** For the field `Host`. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  /** A JSON body. */
  readonly body?: Uint8Array;
  /** Gives up; what is waited for rejects then. */
  readonly signal?: AbortSignal;
}

/** The part of a stream that an answer needs. */
export type Stream = Pick<DmsgStream, "read" | "write" | "close" | "reset">;

/**
 * Asks.
 * @param stream  Owned from now on; it ends with the body, or when that is cancelled.
 * @returns The answer; its body is read as it is taken. One without a length lasts until the end of the stream.
 * @throws {Error} It broke off, or is no HTTP; so does the body. As with `fetch`, whoever asks says of what.
 */
export async function askOver(stream: Stream, question: Question): Promise<FetchAnswer> {
  const { signal } = question;
  const stop = (): void => stream.reset();
  signal?.addEventListener("abort", stop, { once: true });
  const end = (): void => {
    signal?.removeEventListener("abort", stop);
    stream.close();
  };
  try {
    signal?.throwIfAborted();
    await stream.write(requestOf(question));
    const { head, rest } = await readHead(stream);
    return answerOf(head, bodyOf(stream, rest, head.length, end), end);
  } catch (error) {
    end();
    throw error;
  }
}

function requestOf({ method, host, target, body }: Question): Uint8Array {
  const lines = [`${method} ${target} HTTP/1.0`, `Host: ${host}`];
  if (body) lines.push("Content-Type: application/json", `Content-Length: ${body.length}`);
  return concat(utf8(`${lines.join("\r\n")}\r\n\r\n`), body ?? new Uint8Array(0));
}

interface Head {
  readonly status: number;
  /** Bytes of the body, when the head says it. */
  readonly length: number | undefined;
}

async function readHead(stream: Stream): Promise<{ head: Head; rest: Uint8Array }> {
  let text = "";
  for (;;) {
    const view = await next(stream);
    if (view === null) throw brokeOff();
    const before = text.length;
    text += latin1.decode(view);
    const end = text.indexOf("\r\n\r\n", Math.max(0, before - 3));
    if (end >= 0 && end < MAX_HEAD_BYTES) {
      return { head: headOf(text.slice(0, end + 2)), rest: view.slice(end + 4 - before) };
    }
    if (text.length >= MAX_HEAD_BYTES) throw noAnswer();
  }
}

function headOf(text: string): Head {
  const match = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(text);
  if (!match || /\r\ntransfer-encoding:/i.test(text)) throw noAnswer();
  const length = /\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n/i.exec(text);
  return { status: Number(match[1]), length: length ? Number(length[1]) : undefined };
}

async function* bodyOf(
  stream: Stream,
  rest: Uint8Array,
  length: number | undefined,
  end: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    let left = length ?? Infinity;
    for (let part: Uint8Array | null = rest; left > 0; part = await next(stream)) {
      if (part === null && length === undefined) return;
      if (part === null) throw brokeOff();
      const piece = part.slice(0, left); // a copy: the view is good until the next read
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  } finally {
    end();
  }
}

const answerOf = (
  { status, length }: Head,
  body: AsyncGenerator<Uint8Array>,
  end: () => void,
): FetchAnswer => ({
  status,
  headers: {
    get: (name) => length !== undefined && name.toLowerCase() === "content-length" ? `${length}` : null,
  },
  body: Object.assign(body, { cancel: () => Promise.resolve(end()) }),
});

/** The next bytes; a stream that broke off is no answer of a peer here. */
const next = (stream: Stream): Promise<Uint8Array | null> =>
  stream.read().catch((error: Error) => Promise.reject(new Error(error.message)));

const brokeOff = (): Error => new Error("the answer broke off");

const noAnswer = (): Error => new Error("the answer is no HTTP");
