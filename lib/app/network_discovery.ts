/**
 * The discovery of a network over dmsg itself: a client that sits on its servers, and HTTP on port 80 of it.
 *
 * @see lib/discovery/README.md "Over dmsg"; specification dmsg §7.3, current
 * @module
 */
import { Guests, MAX_GUESTS, type Stay } from "../bridge/guests.ts";
import { takeAll } from "../bridge/taking.ts";
import {
  type Caller,
  openWebServer,
  type WebAnswer,
  type WebHandler,
  type WebRequest,
} from "../bridge/web_server.ts";
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import { message } from "../discovery/answers.ts";
import { Callers } from "../discovery/callers.ts";
import type { DiscoveryHandler } from "../discovery/http.ts";
import type { Addr } from "../dmsg/addr.ts";
import type { Carrier } from "../dmsg/carriers/carrier.ts";
import { DmsgClient } from "../dmsg/client.ts";
import { DiscoveryClient, type DiscoveryOptions } from "../dmsg/discovery/client.ts";
import type { Entry } from "../dmsg/entries/entry.ts";
import type { DmsgStream } from "../dmsg/streams/stream.ts";
import { atMost, type Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";

/** Where discoveries answer (specification dmsg §7.3). */
const PORT = 80;
/** Where the discovery with a key answers. */
export const discoveryAddr = ({ pk }: Pick<KeyPair, "pk">): Addr => ({ pk, port: PORT });
/** Servers of this process take it within milliseconds; an old entry of theirs may have to be replaced first. */
const START_MS = 3000;
/** With more connections than this each ends with its answer, so that idle ones keep nobody out. */
const MANY_GUESTS = MAX_GUESTS / 2;
/** Answers are computed from what is in memory; the web's requests need a base for their targets. */
const BASE = "http://discovery";

/** What it is made of. */
export interface OverDmsgParts {
  /** Its key. */
  readonly pair: KeyPair;
  /**
   * Makes the discovery; its store has an entry of this key apart from the others.
   * @param servers  Keys of the servers on which it sits at the moment.
   */
  readonly handlerOf: (servers: () => string[]) => DiscoveryHandler;
  /** Keys of the servers of this process. */
  readonly servers: readonly PublicKeyHex[];
  /** Ways to them. */
  readonly carriers: readonly Carrier[];
  /** Time-outs and rates. */
  readonly clock: Clock;
  /** Ephemeral keys. */
  readonly random: Random;
  /** Told of what went wrong, and is tried again; must not throw. */
  readonly onProblem: (error: Error) => void;
}

/** A discovery that answers over dmsg. */
export interface DiscoveryOverDmsg {
  /** The discovery, for asking it in other ways. */
  readonly handler: DiscoveryHandler;
  /** Begins; resolves when it sits on the servers, or after 3 s: it goes on trying. */
  start(): Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

/** Makes it; nothing is connected yet. */
export function discoveryOverDmsg(parts: OverDmsgParts): DiscoveryOverDmsg {
  const { pair, handlerOf, servers, carriers, clock, random, onProblem } = parts;
  const handler = handlerOf(() => client.servers);
  const started = Promise.withResolvers<void>();
  const asked = {
    urls: [BASE],
    fetch: (url: string, init?: RequestInit) => handler(new Request(url, init)),
    clock,
  };
  const client: DmsgClient = new DmsgClient({
    pair,
    carriers,
    clock,
    random,
    sessions: servers.length,
    discovery: new OwnServers(asked, servers),
    onEvent: (event) => {
      if (event.kind === "registered" && event.servers.length === servers.length) started.resolve();
      else if (event.kind === "problem") onProblem(event.error);
    },
  });
  const guests = new Guests({ clock, mayStay: () => Promise.resolve(true), mutesYield: true });
  const stays = new WeakMap<Caller, Stay>();
  let server: ReturnType<typeof openWebServer> | undefined;

  async function take(stream: DmsgStream): Promise<void> {
    const { pk } = stream.remote;
    const stay = guests.enter(pk);
    if (!stay) return stream.reset();
    const caller = { pk };
    stays.set(caller, stay);
    try {
      // Loaded by the first who asks: most networks are asked over HTTP alone.
      server ??= openWebServer({
        clock,
        handler: webHandler(handler, clock, guests, stays),
        onAnswered: () => {},
      });
      await (await server).serve(stream, caller, stay.signal);
    } catch (error) { // it could not be loaded: the next one tries again
      server = undefined;
      stream.reset();
      onProblem(error as Error);
    } finally {
      stay.leave();
    }
  }

  return {
    handler,
    start: async () => {
      void takeAll(client.listen(PORT), (stream) => void take(stream));
      client.publish();
      await atMost(clock, START_MS, started.promise);
    },
    close: async () => {
      guests.stop();
      await client.close();
    },
  };
}

/**
 * Offers the servers of this process, also full ones: they have room for it in any case. No others: anybody may register
 * some, and would have us connect to whatever address it names.
 */
class OwnServers extends DiscoveryClient {
  readonly #own: readonly PublicKeyHex[];

  constructor(options: DiscoveryOptions, own: readonly PublicKeyHex[]) {
    super(options);
    this.#own = own;
  }

  override async availableServers(): Promise<Entry[]> {
    return (await this.allServers()).filter((entry) => this.#own.includes(entry.static));
  }
}

/** Requests of node for a handler of the web's. */
function webHandler(
  handler: DiscoveryHandler,
  clock: Clock,
  guests: Guests,
  stays: WeakMap<Caller, Stay>,
): WebHandler {
  const callers = new Callers();
  return {
    answer: async (request, answer, caller) => {
      stays.get(caller)?.asked();
      const response = callers.take(caller.pk, clock.nowMs()) ? await respond(handler, request) : tooMany();
      const body = new Uint8Array(await response.arrayBuffer());
      if (guests.count > MANY_GUESTS) response.headers.set("connection", "close");
      send(answer, response, body);
    },
  };
}

async function respond(
  handler: DiscoveryHandler,
  request: WebRequest,
): Promise<Response> {
  const { method = "", url = "" } = request;
  if (!url.startsWith("/")) return new Response(null, { status: 400 });
  const hasBody = method !== "GET" && method !== "HEAD";
  let asked: Request;
  try {
    // What is left of a body that is too long is passed over by node, behind the answer.
    const body = hasBody ? ReadableStream.from(request.iterator({ destroyOnReturn: false })) : undefined;
    asked = new Request(`${BASE}${url}`, { method, headers: fieldsOf(request), body });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return new Response(null, { status: 405 }); // a method that the web has no request for
  }
  return await handler(asked);
}

/** One value of each field, as the discovery reads them. */
const fieldsOf = ({ headers }: WebRequest): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name, value]] : []
  );

const tooMany = (): Response => {
  const response = message(429, "too many requests");
  response.headers.set("retry-after", "1");
  return response;
};

function send(answer: WebAnswer, { status, headers }: Response, body: Uint8Array): void {
  answer.writeHead(status, { ...Object.fromEntries(headers), "Content-Length": body.length });
  answer.end(body);
}
