/**
 * What peers say in HTTP: paths and ranges, whole connections to a server, answers to a client.
 *
 * @module
 */
import { webGet } from "../../../lib/bridge/web_client.ts";
import { byteRange, webPath } from "../../../lib/bridge/web_path.ts";
import { openWebServer, plainAnswer } from "../../../lib/bridge/web_server.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { breakable, CALLER } from "../../bridge/web.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import type { Target } from "../fuzz.ts";

/** Longer than any limit of a connection. */
const LONG_MS = 48 * 3_600_000;

/** Targets of requests and ranges: no name leads elsewhere, no range is outside of its file. */
export const paths = (): Target => ({
  name: "bridge: paths and ranges",
  seeds: ["/a%20b/../c.html?x#y", "http://x/.well-known/z", "bytes=0-99", "bytes=-5"].map(utf8),
  run: (input) => {
    const text = fromUtf8(input);
    const path = webPath(text);
    if (typeof path === "object" && /(?:^|\/)\.(?!well-known(?:\/|$))|[\\\0\n]|\/\//.test(path.name)) {
      throw new Error(`serves ${JSON.stringify(path.name)}`);
    }
    const range = byteRange(text, 100);
    if (typeof range === "object" && !(range.from >= 0 && range.from < range.to && range.to <= 100)) {
      throw new Error(`sends ${range.from} to ${range.to}`);
    }
  },
});

/** A server that a peer says anything to: the connection ends, and the next one is served. */
export const server = async (): Promise<Target> => {
  const clock = new FakeClock();
  const handler = {
    answer: (request: import("node:http").IncomingMessage, answer: import("node:http").ServerResponse) => {
      plainAnswer(answer, 200, `${request.method}`);
      return Promise.resolve();
    },
  };
  const web = await openWebServer({ clock, handler, onAnswered: () => {} });
  const serve = async (input: Uint8Array): Promise<string> => {
    const [near, far] = memoryDuplexPair({ bufferBytes: 1 << 20 });
    const served = web.serve(breakable(near), { pk: CALLER }, new AbortController().signal);
    await far.write(input).catch(() => {});
    await far.closeWrite();
    let said = "";
    try {
      for (let bytes = await far.read(); bytes !== null; bytes = await far.read()) said += fromUtf8(bytes);
    } catch { /* cut off */ }
    far.close();
    await clock.advance(LONG_MS);
    await served;
    return said;
  };
  const whole = utf8("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  return {
    name: "bridge: server",
    seeds: [
      whole,
      utf8("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
      utf8("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc"),
      utf8("GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
      utf8("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"),
    ],
    run: serve,
    garbage: true,
    slow: true,
    finish: async () => {
      if (!(await serve(whole)).startsWith("HTTP/1.1 200 ")) throw new Error("a newcomer is not served");
    },
  };
};

/** A client that a peer answers anything to: it ends with an answer or a named error. */
export const client = (): Target => ({
  name: "bridge: client",
  seeds: [
    utf8("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
    utf8("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    utf8("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"),
    utf8("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nabc"),
  ],
  garbage: true,
  slow: true,
  run: async (input) => {
    const clock = new FakeClock();
    const [near, far] = memoryDuplexPair({ bufferBytes: 1 << 20 });
    const question = { host: `${CALLER}:80`, target: "/", fields: [] };
    const reply = webGet(breakable(near), clock, question, new AbortController().signal);
    reply.catch(() => {});
    await far.read();
    await far.write(input).catch(() => {});
    await far.closeWrite();
    const taken = reply.then(async ({ body }) => {
      for await (const _piece of body);
    });
    const known = taken.catch((error: Error) => {
      if (!["NetworkError", "ProtocolError"].includes(error.name)) throw error;
    });
    known.catch(() => {});
    await clock.advance(LONG_MS);
    await known;
  },
});
