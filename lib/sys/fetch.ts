/**
 * HTTP requests: the web's `fetch`, or a lean one for commands that are soon done.
 *
 * @module
 */

/** The part of an answer that is used; a `Response` has it. */
export interface FetchAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** Header fields by name. */
  readonly headers: { get(name: string): string | null };
  /** The body in parts, or null when there is none. */
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/** The part of the web's `fetch` that is used; `fetch` itself fits. */
export type Fetch = (url: string, init?: RequestInit) => Promise<FetchAnswer>;

/** A connection that takes longer may need what `fetch` can: other addresses of the host, a proxy. */
const CONNECT_MS = 1000;
/** Longest answer, head included; a longer one is asked for again with `fetch`. */
const MAX_BYTES = 64 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/**
 * `fetch` that makes a small GET over `http:` without the runtime's HTTP client, whose first use costs some 10 ms.
 * Everything else goes to `fetch`, and so does, as a second request, what fails here or gets an unusual answer.
 */
export const leanFetch: Fetch = async (text, init = {}): Promise<FetchAnswer> => {
  const url = URL.parse(text);
  const { method = "GET", headers, signal } = init;
  if (url?.protocol === "http:" && !url.username && method === "GET" && !headers) {
    const answer = await get(url, signal).catch(() => undefined);
    if (answer) return answer;
    signal?.throwIfAborted();
  }
  return await fetch(text, init);
};

/** Undefined when the answer is not a plain one of known length. */
async function get(url: URL, signal: AbortSignal | null | undefined): Promise<FetchAnswer | undefined> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const limits = [AbortSignal.timeout(CONNECT_MS), ...(signal ? [signal] : [])];
  const conn = await Deno.connect({
    hostname,
    port: Number(url.port || 80),
    signal: AbortSignal.any(limits),
  });
  let open = true;
  const close = (): void => {
    if (open) conn.close();
    open = false;
  };
  signal?.addEventListener("abort", close, { once: true });
  if (signal?.aborted) close(); // while the connection was made
  try {
    // HTTP/1.0 knows no chunks: the answer has a length or ends with the connection.
    const request = `GET ${url.pathname}${url.search} HTTP/1.0\r\nHost: ${url.host}\r\n\r\n`;
    await conn.write(encoder.encode(request));
    return await readAnswer(conn);
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

async function readAnswer(conn: Deno.Conn): Promise<FetchAnswer | undefined> {
  const bytes = new Uint8Array(MAX_BYTES);
  let count = 0;
  let head: Head | "unusual" | undefined;
  while (count < bytes.length) {
    const more = await conn.read(bytes.subarray(count));
    if (more === null) return undefined;
    count += more;
    head ??= parseHead(decoder.decode(bytes.subarray(0, count)));
    if (head === "unusual") return undefined;
    if (head && count >= head.bytes + head.bodyBytes) {
      return answerOf(head, bytes.subarray(head.bytes, head.bytes + head.bodyBytes));
    }
  }
  return undefined;
}

/** Not a `Response`: its first one costs 2 ms, and this body is here already. */
const answerOf = ({ status }: Head, body: Uint8Array): FetchAnswer => ({
  status,
  headers: { get: (name) => name.toLowerCase() === "content-length" ? String(body.length) : null },
  body: {
    async *[Symbol.asyncIterator]() {
      yield body;
    },
    cancel: () => Promise.resolve(),
  },
});

/** What is read of an answer's head. */
interface Head {
  readonly status: number;
  /** Bytes of the head. */
  readonly bytes: number;
  readonly bodyBytes: number;
}

/** Undefined while the head is not whole. Redirects, encodings and answers without a body's length are unusual. */
function parseHead(text: string): Head | "unusual" | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const match = /^HTTP\/1\.[01] ([245]\d\d)[ \r]/.exec(text);
  const fields = text.slice(0, end + 2).toLowerCase();
  const length = /\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n/.exec(fields);
  if (!match || !length || /\r\n(?:transfer|content)-encoding:/.test(fields)) return "unusual";
  return { status: Number(match[1]), bytes: end + 4, bodyBytes: Number(length[1]) };
}
