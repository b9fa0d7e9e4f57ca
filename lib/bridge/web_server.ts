/**
 * HTTP/1.1 over pipes of peers: node's parser, one request of a connection after the other, and limits for peers that
 * say little, or much.
 *
 * @see RFC 9112; lib/bridge/README.md "HTTP"
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { unlessAborted } from "../sys/abort.ts";
import type { Clock } from "../sys/clock.ts";
import { NetworkError } from "../wire/errors.ts";
import { type Breakable, IDLE_MS } from "./join.ts";
import { type NodeStream, type PipeStream, pipeStream } from "./node_stream.ts";

/** A request as node gives it. */
export type WebRequest = import("node:http").IncomingMessage;
/** An answer as node takes it. */
export type WebAnswer = import("node:http").ServerResponse;

/** Longest head of a request. Cookies of applications take some KiB; more is somebody's try. */
export const MAX_HEAD_BYTES: number = 32 * 1024;
/** A head is some hundred bytes: what takes longer does not want to be understood. */
export const HEAD_MS = 30_000;
/** From an answer to the next whole request. Browsers keep connections for a minute or two and make new ones then. */
export const KEEP_MS = 60_000;
/** While a request is answered and nothing moves: an answer that is computed may take minutes, a reader may be slow. */
export const STALL_MS: number = 5 * 60_000;
/** Requests that may wait on one connection behind the one that is answered; a client that sends more is cut off. */
export const MAX_WAITING = 16;

/**
 * What the parser is given at once. It reads on after a connection is cut off, some 60 µs for each request: 64 KiB of
 * the shortest ones held everything else up for 120 ms.
 */
const PIECE_BYTES = 2048;

/** Who asks. */
export interface Caller {
  /** Its key, proven by the stream. */
  readonly pk: PublicKeyHex;
}

/** What answers requests. */
export interface WebHandler {
  /**
   * Answers one request; `answer` is ended, or destroyed, when it resolves.
   * @param gone  Aborted when the caller has left.
   */
  answer(request: WebRequest, answer: WebAnswer, caller: Caller, gone: AbortSignal): Promise<void>;
  /**
   * Takes over a connection that is to become another protocol; without it the request is answered as any other.
   * @param answers  Called once, with the answer: whether the connection has become the other protocol.
   */
  upgrade?(
    request: WebRequest,
    stream: NodeStream,
    head: Uint8Array,
    caller: Caller,
    answers: (isOther: boolean) => void,
  ): void;
}

/** One request that was answered, for a log. */
export interface Answered {
  /** As it was sent; not escaped. */
  readonly method: string;
  /** The target as it was sent; not escaped. */
  readonly target: string;
  /** HTTP status. */
  readonly status: number;
  /** Whether the answer went out whole. */
  readonly whole: boolean;
}

/** What a server is made of. */
export interface WebServerParts {
  /** For the limits. */
  readonly clock: Clock;
  /** Answers. */
  readonly handler: WebHandler;
  /** Hears of each request; must not throw. */
  readonly onAnswered: (caller: Caller, answered: Answered) => void;
}

/** Serves pipes. */
export interface WebServer {
  /**
   * Serves one connection to its end; never throws.
   * @param signal  Cuts it off.
   * @returns What broke it, or undefined for an end.
   */
  serve(pipe: Breakable, caller: Caller, signal: AbortSignal): Promise<Error | undefined>;
}

interface Connection {
  readonly caller: Caller;
  readonly pipe: PipeStream;
  readonly gone: AbortController;
  /** The answers before the next one. */
  turn: Promise<void>;
  waiting: number;
  /** What came, or comes from now on, is no request that is answered. */
  refused: boolean;
  /** The request whose head came last. */
  last?: WebRequest;
}

/** Loads node's HTTP and makes a server that listens nowhere. */
export async function openWebServer(parts: WebServerParts): Promise<WebServer> {
  const { createServer } = await import("node:http");
  const server = createServer({
    maxHeaderSize: MAX_HEAD_BYTES,
    keepAliveTimeout: KEEP_MS,
    requireHostHeader: false, // refused below, which ends the connection: the parser would go through all that follows
  });
  // One that does not listen is taken for one that is being closed: it ends each connection with its first answer.
  Object.defineProperty(server, "listening", { value: true });
  // A caller that ends its direction behind its question still waits for the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  const connections = new Connections(parts, (stream) => server.emit("connection", stream));
  server.on("request", (request: WebRequest, answer: WebAnswer) => connections.requested(request, answer));
  server.on("clientError", (error: ParserError, stream: NodeStream) => connections.misread(error, stream));
  server.on("checkExpectation", ({ socket }: WebRequest) => {
    connections.refuse(socket, "417 Expectation Failed");
  });
  if (parts.handler.upgrade) {
    server.on("upgrade", (request: WebRequest, stream: NodeStream, head: Uint8Array) => {
      connections.upgraded(request, stream, head);
    });
  }
  return connections;
}

/** What node's parser found wrong. */
type ParserError = Error & { readonly code?: string };

/** Those of a server, by what node knows of them. */
class Connections implements WebServer {
  readonly #parts: WebServerParts;
  readonly #begin: (stream: NodeStream) => void;
  readonly #all = new WeakMap<NodeStream, Connection>();

  /** @param begin  Gives a stream to node's server. */
  constructor(parts: WebServerParts, begin: (stream: NodeStream) => void) {
    this.#parts = parts;
    this.#begin = begin;
  }

  async serve(pipe: Breakable, caller: Caller, signal: AbortSignal): Promise<Error | undefined> {
    const made = await pipeStream(pipe, this.#parts.clock, PIECE_BYTES);
    const { stream, ended } = made;
    const gone = new AbortController();
    const connection: Connection = {
      caller,
      pipe: made,
      gone,
      turn: Promise.resolve(),
      waiting: 0,
      refused: false,
    };
    this.#all.set(stream, connection);
    const cut = (): void => void stream.destroy(signal.reason);
    signal.addEventListener("abort", cut, { once: true });
    if (signal.aborted) cut();
    made.limit.set(HEAD_MS, "no whole request came in time", false);
    this.#begin(stream);
    stream.once("end", () => {
      if (connection.last?.complete === false) stream.destroy(endedEarly());
    });
    const error = await ended;
    signal.removeEventListener("abort", cut);
    gone.abort(error);
    return error;
  }

  /** A request's head came. */
  requested(request: WebRequest, answer: WebAnswer): void {
    const connection = this.#all.get(request.socket)!;
    if (connection.refused) return;
    connection.last = request;
    if (request.httpVersion === "1.1" && request.headers.host === undefined) {
      return this.refuse(request.socket, "400 Bad Request");
    }
    if (++connection.waiting > MAX_WAITING) return void request.socket.destroy();
    connection.turn = connection.turn.then(async () => {
      await this.#answer(connection, request, answer);
      connection.waiting--;
      if (connection.waiting === 0) connection.pipe.limit.set(KEEP_MS, "no further request came", false);
    });
  }

  /** What came is no request. */
  misread({ code }: ParserError, stream: NodeStream): void {
    const connection = this.#all.get(stream)!;
    if (connection.refused) return; // the rest of what was no request
    // Behind the last request, which is still to be answered: nobody's.
    if (code === "HPE_CLOSED_CONNECTION") return void (connection.refused = true);
    const isLong = code === "HPE_HEADER_OVERFLOW";
    this.refuse(stream, isLong ? "431 Request Header Fields Too Large" : "400 Bad Request");
  }

  /** A request asks for another protocol, which the handler speaks. */
  upgraded(request: WebRequest, stream: NodeStream, head: Uint8Array): void {
    const { caller, pipe, waiting, refused } = this.#all.get(stream)!;
    // In the middle of an answer there is no place for another protocol.
    if (waiting > 0 || refused) return void stream.destroy();
    pipe.limit.set(STALL_MS, "no answer came to a request for another protocol", false);
    this.#parts.handler.upgrade!(request, stream, head, caller, (isOther) => {
      if (isOther) pipe.limit.set(IDLE_MS, "nothing has moved for a day", true);
      else pipe.limit.set(STALL_MS, "nothing has moved while a request was answered", true);
    });
  }

  /** Says why a request is none that is answered, and ends the connection. */
  refuse(stream: NodeStream, status: string): void {
    const connection = this.#all.get(stream)!;
    if (connection.refused) return;
    connection.refused = true;
    // In the middle of an answer there is no place for another one.
    if (!stream.writable || connection.waiting > 0) return void stream.destroy();
    connection.pipe.stopReading(); // the parser would go through all that follows
    stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    stream.once("finish", () => stream.destroy());
  }

  async #answer({ caller, pipe, gone }: Connection, request: WebRequest, answer: WebAnswer): Promise<void> {
    const { handler, onAnswered } = this.#parts;
    pipe.limit.set(STALL_MS, "nothing has moved while a request was answered", true);
    const closed = new Promise<void>((resolve) => answer.once("close", resolve));
    try {
      await handler.answer(request, answer, caller, gone.signal);
    } catch {
      // What the handler did not foresee: nobody is told more than that.
      if (answer.headersSent) answer.destroy();
      else plainAnswer(answer, 500, "Internal error");
    }
    // No race with the connection's end: that would hold what it has seen of each request until then.
    await unlessAborted(gone.signal, closed).catch(() => {});
    const { method = "", url: target = "" } = request;
    onAnswered(caller, { method, target, status: answer.statusCode, whole: answer.writableFinished });
  }
}

const endedEarly = (): NetworkError =>
  new NetworkError("the request ended before its body", { retry: false, reason: "closed" });

/** A short answer in plain text. @param text  Of ours: it says nothing of this machine. */
export function plainAnswer(
  answer: WebAnswer,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": new TextEncoder().encode(`${text}\n`).length,
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  answer.end(`${text}\n`);
}
