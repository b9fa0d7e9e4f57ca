/**
 * `fetch` for discoveries that are asked over dmsg.
 *
 * @see lib/dmsg/README.md "A discovery over dmsg"
 * @module
 */
import type { Fetch, FetchAnswer } from "../../sys/fetch.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { formatAddr } from "../addr.ts";
import { parseEntries } from "../entries/read.ts";
import { askOver } from "./ask_over.ts";
import { Asker, type AskerOptions } from "./asker.ts";
import { MAX_LIST_BYTES } from "./get.ts";
import { wholeAnswer } from "./http_body.ts";
import { type ServerMemory, serversOf } from "./known_servers.ts";
import { type DmsgPlace, dmsgPlace, type KnownServer } from "./place.ts";

/** What it is made of. */
export interface OverDmsgOptions extends AskerOptions {
  /** Where else its servers are than a URL says; left out: nothing is known. */
  readonly memory?: ServerMemory;
}

/** What tells of servers. */
const SERVERS_PATH = "/dmsg-discovery/available_servers";

/**
 * Makes a `fetch` that asks URLs of {@link dmsgPlace}. Who asks has a key of its own for each discovery, thrown away with
 * the process: the discovery is needed before anybody can be reached under a key, and a second client of one key pushes the
 * first off, also where two discoveries sit on one server. Its session stays, for what is asked next.
 * @throws {TypeError} Of the `fetch`: it is no such URL. @throws {Error} Of the `fetch`: it can't be reached, and why.
 */
export function fetchOverDmsg(options: OverDmsgOptions): Fetch {
  const askers = new Map<string, Promise<Asker>>();
  const askerOf = (place: DmsgPlace): Promise<Asker> => {
    const known = askers.get(place.base);
    if (known) return known;
    const made = newAsker(place, options);
    askers.set(place.base, made);
    return made;
  };
  return async (url, { method = "GET", body, signal } = {}) => {
    const place = dmsgPlace(url);
    if (!place) throw new TypeError(`not a URL of a discovery over dmsg: ${url}`);
    try {
      const asker = await askerOf(place);
      const stream = await asker.dial(signal ?? undefined);
      const answer = await askOver(stream, {
        method,
        host: formatAddr(place.addr),
        target: place.path || "/",
        body: typeof body === "string" ? utf8(body) : undefined,
        signal: signal ?? undefined,
      });
      if (method !== "GET" || place.path !== SERVERS_PATH) return answer;
      return await learning(answer, (servers) => {
        asker.learn(servers);
        void options.memory?.learn(place.addr.pk, servers);
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error((error as Error).message); // whose reason would be about the peer: this one is the discovery
    }
  };
}

async function newAsker(place: DmsgPlace, options: OverDmsgOptions): Promise<Asker> {
  return new Asker(place, await options.memory?.recall(place.addr.pk) ?? [], options);
}

/** Has the servers remembered that an answer tells of. @returns The answer. */
async function learning(
  answer: FetchAnswer,
  learn: (servers: readonly KnownServer[]) => void,
): Promise<FetchAnswer> {
  const whole = await wholeAnswer(answer, MAX_LIST_BYTES);
  try {
    if (whole.status === 200) learn(serversOf(parseEntries(fromUtf8(whole.bytes))));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error; // who has asked is told what is wrong with it
  }
  return whole;
}
