/**
 * How discoveries are asked: over HTTP, over dmsg, and the public one over whichever answers.
 *
 * @see lib/app/README.md "Asking a discovery"
 * @module
 */
import { reasonOf } from "../../dmsg/discovery/exchange.ts";
import { MAX_LIST_BYTES } from "../../dmsg/discovery/get.ts";
import { wholeAnswer } from "../../dmsg/discovery/http_body.ts";
import { hedged } from "../../dmsg/streams/hedged.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Fetch } from "../../sys/fetch.ts";
import type { Files } from "../../sys/files/files.ts";
import type { Random } from "../../sys/random.ts";

/** A way that has said nothing for so long has the other one tried beside it. */
const STALL_MS = 1500;

/** The parts of the system that it uses. */
export interface FetchHost {
  /** Measures. */
  readonly clock: Clock;
  /** For the key that asks over dmsg. */
  readonly random: Random;
  /** For what is remembered of servers. */
  readonly files: Files;
  /** The data directory, as soon as it is known. */
  readonly dataDir: () => string | undefined;
}

/** One discovery that has two places. */
export interface TwoPlaces {
  /** Its base URL over HTTP, by which everybody names it. */
  readonly http: string;
  /** The same one over dmsg (lib/dmsg/discovery/place.ts). */
  readonly dmsg: string;
}

/** A `fetch` for discoveries at `http:`, `https:` and `dmsg:`. @param fetch  Asks the former. */
export function discoveryFetch(fetch: Fetch, host: FetchHost, both: TwoPlaces): Fetch {
  let loaded: Promise<Fetch> | undefined;
  // Most commands never ask over dmsg.
  const overDmsg: Fetch = async (url, init) => await (await (loaded ??= load(host)))(url, init);
  const eitherWay = fetchEitherWay(fetch, overDmsg, host.clock, both);
  return (url, init) => {
    if (url.startsWith("dmsg://")) return overDmsg(url, init);
    return (url.startsWith(`${both.http}/`) ? eitherWay : fetch)(url, init);
  };
}

async function load(host: FetchHost): Promise<Fetch> {
  const [{ fetchOverDmsg }, { CARRIERS }, { serversFile }] = await Promise.all([
    import("../../dmsg/discovery/over_dmsg.ts"),
    import("../../dmsg/carriers/mod.ts"),
    import("./servers_file.ts"),
  ]);
  return fetchOverDmsg({ ...host, carriers: CARRIERS, memory: serversFile(host.files, host.dataDir) });
}

/**
 * Asks one of the two places, dmsg at first, and the other one when that fails or stalls; the one that has answered is
 * asked first the next time. Both name one and the same store, so what is asked or told of it is told once, under one URL.
 */
export function fetchEitherWay(
  overHttp: Fetch,
  overDmsg: Fetch,
  clock: Clock,
  { http, dmsg }: TwoPlaces,
): Fetch {
  let first: "http" | "dmsg" = "dmsg";
  return async (url, init = {}) => {
    const ways = {
      http: async (signal: AbortSignal) =>
        isOfDiscovery(await wholeAnswer(await overHttp(url, { ...init, signal }), MAX_LIST_BYTES)),
      dmsg: async (signal: AbortSignal) =>
        await wholeAnswer(await overDmsg(dmsg + url.slice(http.length), { ...init, signal }), MAX_LIST_BYTES),
    };
    const second = first === "http" ? "dmsg" : "http";
    const order = [first, second] as const;
    const named = order.map((name) => async (signal: AbortSignal) => ({
      name,
      answer: await ways[name](signal),
    }));
    const signal = init.signal ?? undefined;
    const hedging = { clock, stallMs: STALL_MS, signal, isFinal: () => false, drop: () => {} };
    const outcome = await hedged(named, hedging);
    if ("errors" in outcome) {
      const why = (name: "http" | "dmsg"): string => reasonOf(outcome.errors[order.indexOf(name)]);
      // A dial tells of each server; where none answers, mostly this machine's network is away, and one says it.
      throw new Error(`${why("http")}; over dmsg: ${why("dmsg").split("; ")[0]}`);
    }
    first = outcome.value.name;
    return outcome.value.answer;
  };
}

/** A name of the web may be anybody's tomorrow: a page, a redirect, a proxy without its service. */
function isOfDiscovery<A extends { readonly bytes: Uint8Array; readonly status: number }>(answer: A): A {
  const first = answer.bytes.find((byte) => byte > 0x20);
  if (first === 0x7b || first === 0x5b) return answer; // { or [
  throw new Error(`status ${answer.status} of something that is no discovery`);
}
