/**
 * What goes wrong in a simulation, drawn from its seed.
 *
 * @module
 */
import type { Random } from "../../lib/sys/random.ts";
import { below } from "../fakes/random.ts";
import type { SimNetwork } from "./network.ts";

/** How often each thing happens in one run. */
export interface ChaosCounts {
  /** Connections that break; both ends hear of it, at different times. */
  readonly cuts: number;
  /** Connections on which nothing arrives any more, and nobody is told. */
  readonly silences: number;
  /** Servers that crash and come back. */
  readonly serverCrashes: number;
  /** Clients that crash and come back. */
  readonly clientCrashes: number;
  /** Second processes with a client's key. */
  readonly duplicates: number;
  /** Times when the discovery refuses, or is silent, or has lost everything. */
  readonly outages: number;
}

type Event = (network: SimNetwork, random: Random) => string | undefined;

/** How long something lasts: 1 s and more, milliseconds. */
const lasts = (random: Random, mostMs: number): number => 1000 + below(random, mostMs - 1000);

/** Half of the parties never hear that the other side is gone. */
const heard = (random: Random) => (): number | undefined =>
  random.fraction() < 0.5 ? undefined : below(random, 3000);

const EVENTS: Readonly<Record<keyof ChaosCounts, Event>> = {
  cuts: (network, random) => {
    const made = network.anyConnection(random);
    made?.connection.cut(below(random, 300), below(random, 3000));
    return made && `${made.from} loses its connection to ${made.address}`;
  },
  silences: (network, random) => {
    const made = network.anyConnection(random);
    made?.connection.silence();
    return made && `${made.from} hears nothing any more from ${made.address}`;
  },
  serverCrashes: (network, random) => {
    const server = network.servers[below(random, network.servers.length)];
    if (!server.relay) return undefined;
    server.crash(heard(random));
    network.later(lasts(random, 20_000), () => server.relay ? undefined : server.start());
    return `server ${server.address} crashes`;
  },
  clientCrashes: (network, random) => {
    const peer = network.peers[below(random, network.peers.length)];
    if (!peer.client) return undefined;
    peer.crash(heard(random));
    network.later(lasts(random, 30_000), () => peer.client ? undefined : peer.start());
    return `${peer.name} crashes`;
  },
  duplicates: (network, random) => {
    const peer = network.peers[below(random, network.peers.length)];
    const twin = network.twinOf(peer);
    twin.start();
    network.later(lasts(random, 10_000), () => twin.crash(heard(random)));
    return `${peer.name} has a twin`;
  },
  outages: (network, random) => {
    const kind = below(random, 5);
    if (kind === 0) network.world.emptyDiscovery();
    else {
      network.world.discovery = kind < 3 ? "refused" : "silent";
      network.later(lasts(random, 15_000), () => void (network.world.discovery = "up"));
    }
    return kind === 0 ? "the discovery forgets" : `the discovery is ${network.world.discovery}`;
  },
};

/** Spreads the events over a time. */
export function plan(network: SimNetwork, counts: ChaosCounts, spanMs: number, random: Random): void {
  for (const kind of Object.keys(EVENTS) as (keyof ChaosCounts)[]) {
    for (let i = 0; i < counts[kind]; i++) {
      network.later(below(random, spanMs), () => {
        const what = EVENTS[kind](network, random);
        if (what) network.log(`chaos: ${what}`);
      });
    }
  }
}
