/**
 * An HTTP service of this machine for peers: each request goes on with the caller's key in a field that nobody outside
 * can write.
 *
 * @see RFC 9110 §7.6; lib/bridge/README.md "Proxy"
 * @module
 */
import type { NodeStream } from "./node_stream.ts";
import { placeText } from "./tcp.ts";
import { type Behind, fieldLines, onwardFields, passedFields } from "./web_fields.ts";
import { written } from "./web_files.ts";
import { type Caller, plainAnswer, type WebAnswer, type WebHandler, type WebRequest } from "./web_server.ts";

/** What callers may do. */
export type MayCall = (caller: Caller, method: string) => Promise<boolean>;

/** What a proxy is made of. */
export interface WebProxyParts extends Behind {
  /** Whether a caller may do this, right now. */
  readonly mayCall: MayCall;
}

/** The service behind a handler, and how it is called. */
interface Service extends WebProxyParts {
  /** Where callers must not be sent to: its place on this machine. */
  readonly origin: string;
  /** Begins a call of it. @param target  Path and query. */
  call(request: WebRequest, target: string, fields: string[]): ServiceCall;
}

type ServiceCall = import("node:http").ClientRequest;

/** Makes the handler. @param parts  Its `place` is connected to anew for each request. */
export async function webProxy(parts: WebProxyParts): Promise<WebHandler> {
  const http = await import("node:http");
  const { place } = parts;
  const service: Service = {
    ...parts,
    origin: `http://${placeText(place)}`,
    call: (request, target, fields) =>
      http.request(
        {
          host: place.hostname,
          port: place.port,
          method: request.method,
          path: target,
          headers: fields,
          agent: false, // a connection of this machine costs less than one that the service closes at the wrong moment
        } as unknown as import("node:http").RequestOptions,
      ),
  };
  return {
    answer: (request, answer, caller, gone) => answerFrom(service, request, answer, caller, gone),
    upgrade(request, stream, head, caller, answers) {
      upgrade(service, request, stream, head, caller, answers).catch(() => stream.destroy());
    },
  };
}

async function answerFrom(
  service: Service,
  ...[request, answer, caller, gone]: Parameters<WebHandler["answer"]>
): Promise<void> {
  const target = originForm(request.url ?? "", request.method);
  if (target === undefined) return plainAnswer(answer, 400, "Bad request");
  if (!await service.mayCall(caller, request.method ?? "")) return plainAnswer(answer, 403, "Forbidden");
  if (gone.aborted) return; // meanwhile: nothing would end the call
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  const fields = onwardFields(request.rawHeaders, caller, service);
  // Said by us for every method: bytes that belong to no body would be the service's next request.
  if (coding !== undefined) fields.push("Transfer-Encoding", "chunked");
  const call = service.call(request, target, fields);
  const done = Promise.withResolvers<void>();
  const leave = (): void => void call.destroy();
  gone.addEventListener("abort", leave, { once: true });
  let answered = false;
  call.on("response", (response: WebRequest) => {
    answered = true;
    void pass(response, answer, service.origin).then(done.resolve, done.resolve);
  });
  call.on("error", () => {
    if (answered) return; // the service has said enough to take no more; the answer's own end counts
    failed(answer);
    done.resolve();
  });
  if (length !== undefined || coding !== undefined) request.pipe(call);
  else call.end();
  await done.promise;
  gone.removeEventListener("abort", leave);
}

async function upgrade(
  service: Service,
  ...[request, stream, head, caller, answers]: Parameters<NonNullable<WebHandler["upgrade"]>>
): Promise<void> {
  const target = originForm(request.url ?? "", request.method);
  if (target === undefined || request.method !== "GET") return refuse(stream, "400 Bad Request");
  // After any other one the caller could say to the service what it likes, our field too (HTTP/2 in clear text).
  if (request.headers.upgrade?.toLowerCase() !== "websocket") return refuse(stream, "501 Not Implemented");
  // Both ways from then on: who may only read may not do that.
  if (!await service.mayCall(caller, "CONNECT")) return refuse(stream, "403 Forbidden");
  if (stream.destroyed) return; // meanwhile: nothing would end the call
  const fields = onwardFields(request.rawHeaders, caller, service);
  const call = service.call(request, target, [...fields, "Connection", "Upgrade", "Upgrade", "websocket"]);
  stream.once("close", () => call.destroy());
  let answered = false;
  // In the middle of an answer there is no place for another one.
  call.on("error", () => answered ? stream.destroy() : refuse(stream, "502 Bad Gateway"));
  call.on("response", (response: WebRequest) => {
    answered = true;
    answers(false);
    answerInstead(stream, response, service.origin);
  });
  call.on("upgrade", (response: WebRequest, other: NodeStream, first: Uint8Array) => {
    answered = true;
    answers(true);
    stream.write(`HTTP/1.1 101 Switching Protocols\r\n${fieldLines(response.rawHeaders)}\r\n`);
    if (first.length > 0) stream.write(first);
    if (head.length > 0) other.write(head);
    join(stream, other);
  });
  call.end();
}

/** The service speaks no other protocol there: its answer is the last that the connection carries. */
function answerInstead(stream: NodeStream, response: WebRequest, origin: string): void {
  const { statusCode = 502, statusMessage = "" } = response;
  const own = passedFields(response.rawHeaders, origin);
  stream.write(`HTTP/1.1 ${statusCode} ${statusMessage}\r\n${fieldLines(own)}Connection: close\r\n\r\n`);
  // Nobody reads what the caller says from now on: neither its end nor its leaving would be heard.
  stream.once("finish", () => stream.destroy());
  response.on("error", () => stream.destroy());
  response.once("close", () => response.complete || stream.destroy());
  response.pipe(stream);
}

/** Bytes pass both ways, and each end ends the other. */
function join(stream: NodeStream, service: NodeStream): void {
  service.on("error", () => stream.destroy());
  service.on("close", () => stream.destroy());
  stream.on("close", () => service.destroy());
  stream.pipe(service);
  service.pipe(stream);
}

function refuse(stream: NodeStream, status: string): void {
  if (!stream.writable) return void stream.destroy();
  stream.once("finish", () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Path and query of a target; what names a host before them is left out: the service is ours, whatever it says. */
function originForm(target: string, method: string | undefined): string | undefined {
  if (target === "*" && method === "OPTIONS") return target;
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "");
  return path.startsWith("/") ? path : undefined;
}

/** The service is not there, or broke off: in the middle of an answer that has to look like it. */
function failed(answer: WebAnswer): void {
  if (answer.headersSent) answer.destroy();
  else plainAnswer(answer, 502, "The service does not answer");
}

async function pass(response: WebRequest, answer: WebAnswer, origin: string): Promise<void> {
  answer.writeHead(response.statusCode ?? 502, passedFields(response.rawHeaders, origin));
  try {
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      if (!await written(answer, piece)) return void response.destroy();
    }
    if (!response.complete) return void answer.destroy();
    answer.end();
  } catch {
    answer.destroy();
  }
}
