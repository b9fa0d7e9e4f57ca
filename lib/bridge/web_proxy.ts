/**
 * An HTTP service of this machine for peers: each request goes on with the caller's key in a field that nobody outside
 * can write.
 *
 * @see RFC 9110 §7.6; lib/bridge/README.md "Proxy"
 * @module
 */
import type { NodeStream } from "./node_stream.ts";
import { type Place, placeText } from "./tcp.ts";
import { written } from "./web_files.ts";
import { type Caller, plainAnswer, type WebAnswer, type WebHandler, type WebRequest } from "./web_server.ts";

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

/** What callers may do. */
export type MayCall = (caller: Caller, method: string) => Promise<boolean>;

/** What a proxy is made of. */
export interface WebProxyParts {
  /** Where the service listens. */
  readonly place: Place;
  /** `PK:PORT` that callers have asked: for the links that a service makes. */
  readonly authority: string;
  /** Whether a caller may do this, right now. */
  readonly mayCall: MayCall;
}

/**
 * The fields that go on to the service, as node takes them: name, value, name, value.
 * @param raw  As they came.
 */
export function onwardFields(
  raw: readonly string[],
  caller: Caller,
  { place, authority }: WebProxyParts,
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

/** Makes the handler. @param parts  Its `place` is connected to anew for each request. */
export async function webProxy(parts: WebProxyParts): Promise<WebHandler> {
  const http = await import("node:http");
  const { place, mayCall } = parts;
  const origin = `http://${placeText(place)}`;

  const onward = (request: WebRequest, target: string, fields: string[]) =>
    http.request(
      {
        host: place.hostname,
        port: place.port,
        method: request.method,
        path: target,
        headers: fields,
        agent: false, // a connection of this machine costs less than one that the service closes at the wrong moment
      } as unknown as import("node:http").RequestOptions,
    );

  return {
    answer: async (request, answer, caller, gone) => {
      const target = originForm(request.url ?? "", request.method);
      if (target === undefined) return plainAnswer(answer, 400, "Bad request");
      if (!await mayCall(caller, request.method ?? "")) return plainAnswer(answer, 403, "Forbidden");
      if (gone.aborted) return; // meanwhile: nothing would end the call
      const { "content-length": length, "transfer-encoding": coding } = request.headers;
      const fields = onwardFields(request.rawHeaders, caller, parts);
      // Said by us for every method: bytes that belong to no body would be the service's next request.
      if (coding !== undefined) fields.push("Transfer-Encoding", "chunked");
      const call = onward(request, target, fields);
      const done = Promise.withResolvers<void>();
      const leave = (): void => void call.destroy();
      gone.addEventListener("abort", leave, { once: true });
      let answered = false;
      call.on("response", (response: WebRequest) => {
        answered = true;
        void pass(response, answer, origin).then(done.resolve, done.resolve);
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
    },

    upgrade: (request, stream, head, caller, answers) => {
      void (async () => {
        const target = originForm(request.url ?? "", request.method);
        if (target === undefined || request.method !== "GET") return refuse(stream, "400 Bad Request");
        // After any other one the caller could say to the service what it likes, our field too (HTTP/2 in clear text).
        if (request.headers.upgrade?.toLowerCase() !== "websocket") {
          return refuse(stream, "501 Not Implemented");
        }
        // Both ways from then on: who may only read may not do that.
        if (!await mayCall(caller, "CONNECT")) return refuse(stream, "403 Forbidden");
        if (stream.destroyed) return; // meanwhile: nothing would end the call
        const fields = onwardFields(request.rawHeaders, caller, parts);
        const call = onward(request, target, [...fields, "Connection", "Upgrade", "Upgrade", "websocket"]);
        stream.once("close", () => call.destroy());
        let answered = false;
        // In the middle of an answer there is no place for another one.
        call.on("error", () => answered ? stream.destroy() : refuse(stream, "502 Bad Gateway"));
        call.on("response", (response: WebRequest) => {
          answered = true;
          answers(false);
          const { statusCode = 502, statusMessage = "" } = response;
          const own = passedFields(response.rawHeaders, origin);
          stream.write(`HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines(own)}Connection: close\r\n\r\n`);
          // Nobody reads what the caller says from now on: neither its end nor its leaving would be heard.
          stream.once("finish", () => stream.destroy());
          response.on("error", () => stream.destroy());
          response.once("close", () => response.complete || stream.destroy());
          response.pipe(stream);
        });
        call.on("upgrade", (response: WebRequest, service: NodeStream, first: Uint8Array) => {
          answered = true;
          answers(true);
          stream.write(`HTTP/1.1 101 Switching Protocols\r\n${lines(response.rawHeaders)}\r\n`);
          if (first.length > 0) stream.write(first);
          if (head.length > 0) service.write(head);
          service.on("error", () => stream.destroy());
          service.on("close", () => stream.destroy());
          stream.on("close", () => service.destroy());
          stream.pipe(service);
          service.pipe(stream);
        });
        call.end();
      })().catch(() => stream.destroy());
    },
  };
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

/** The fields of an answer that go on to the caller. */
function passedFields(raw: readonly string[], origin: string): string[] {
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

function lines(raw: readonly string[]): string {
  let text = "";
  for (let i = 0; i + 1 < raw.length; i += 2) text += `${raw[i]}: ${raw[i + 1]}\r\n`;
  return text;
}
