/**
 * One HTTP request over a pipe to a peer.
 *
 * @see RFC 9112; lib/bridge/README.md "HTTP"
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { NetworkError, ProtocolError } from "../wire/errors.ts";
import type { Breakable } from "./join.ts";
import { pipeStream } from "./node_stream.ts";

/** Longest head of an answer. Servers of ours send some hundred bytes, applications some KiB. */
const MAX_ANSWER_HEAD_BYTES: number = 64 * 1024;
/** An answer of which nothing comes for so long, while more is wanted, is given up. */
export const ANSWER_STALL_MS = 60_000;

/** What is asked. */
export interface WebQuestion {
  /** `PK:PORT`, as stock programs say it. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  /** Name and value, one after the other. */
  readonly fields: readonly string[];
}

/** An answer whose body is still to come. */
export interface WebReply {
  /** HTTP status. */
  readonly status: number;
  /** What the peer calls it; not escaped. */
  readonly reason: string;
  /** By lower-case name, several values joined; not escaped. */
  readonly fields: Readonly<Record<string, string | undefined>>;
  /**
   * The body, piece by piece; the next one is read when it is asked for. Leaving the loop ends the connection.
   * @throws {NetworkError} It broke off, or nothing moved for a minute.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection. */
  close(): void;
}

/**
 * Asks with GET.
 * @param pipe  Owned from now on.
 * @throws {NetworkError} It broke off, or nothing came for a minute.
 * @throws {ProtocolError} by peer `http`: what came is no answer, or its head is too long.
 * @throws The signal's reason.
 */
export async function webGet(
  pipe: Breakable,
  clock: Clock,
  { host, target, fields }: WebQuestion,
  signal: AbortSignal,
): Promise<WebReply> {
  const http = await import("node:http");
  const { stream, ended, limit } = await pipeStream(pipe, clock);
  let response: import("node:http").IncomingMessage | undefined;
  const isWanted = (): boolean => !response || (!response.complete && response.readableLength === 0);
  limit.set(ANSWER_STALL_MS, `nothing has moved for ${ANSWER_STALL_MS / 1000} s`, true, isWanted);
  const stop = (): void => void stream.destroy(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  void ended.then(() => signal.removeEventListener("abort", stop));
  const broken = ended.then((error) => Promise.reject(brokenBy(error)));
  broken.catch(() => {});
  if (signal.aborted) stop();

  const call = http.request(
    {
      createConnection: () => stream,
      path: target,
      headers: ["Host", host, "Connection", "close", ...fields],
      maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
    } as unknown as import("node:http").RequestOptions,
  );
  const answered = new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    call.on("response", resolve);
    call.on("upgrade", () => reject(noAnswer("it speaks another protocol")));
    call.on("error", (error: Error & { code?: string }) => {
      if (error.code === "HPE_HEADER_OVERFLOW") reject(noAnswer("its head is too long"));
      else if (error.code?.startsWith("HPE_")) reject(noAnswer("it is no HTTP"));
      else void ended.then((why) => reject(brokenBy(why)));
    });
  });
  answered.catch(() => {});
  call.end();
  try {
    response = await Promise.race([answered, broken]);
    return {
      status: response.statusCode ?? 0,
      reason: response.statusMessage ?? "",
      fields: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: bodyOf(response, ended, () => stream.destroy()),
      close: () => void stream.destroy(),
    };
  } catch (error) {
    stream.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}

async function* bodyOf(
  response: import("node:http").IncomingMessage,
  ended: Promise<Error | undefined>,
  close: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of response as AsyncIterable<Uint8Array>) yield piece;
    if (!response.complete) throw new Error("not all of it came");
  } catch {
    // Not what node says of it: why the pipe ended is closer to the cause.
    close();
    throw brokenBy(await ended);
  } finally {
    close();
  }
}

const brokenBy = (error: Error | undefined): Error =>
  error instanceof NetworkError || error instanceof ProtocolError
    ? error
    : new NetworkError("the answer broke off", { retry: true, reason: "closed", cause: error });

const noAnswer = (why: string): ProtocolError =>
  new ProtocolError(`The peer's answer can't be read: ${why}`, { by: "peer", code: "http", ends: "stream" });
