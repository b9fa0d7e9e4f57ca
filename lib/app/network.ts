/**
 * A whole private network in this process: a discovery and servers.
 *
 * @see specification dmsg §7, §9.2
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import { withOwnEntry } from "../discovery/besides.ts";
import { type DiscoveryHandler, discoveryHandler } from "../discovery/http.ts";
import type { DiscoveryStore } from "../discovery/store.ts";
import { formatAddr } from "../dmsg/addr.ts";
import type { Carrier } from "../dmsg/carriers/carrier.ts";
import { listenTcp, splitHostPort, tcp, type TcpListener } from "../dmsg/carriers/tcp.ts";
import { DiscoveryClient } from "../dmsg/discovery/client.ts";
import { placeUrl } from "../dmsg/discovery/place.ts";
import { ServerEntry } from "../dmsg/entries/server_entry.ts";
import type { ServerLimits } from "../dmsg/server/limits.ts";
import { DmsgServer, type ServerEvent } from "../dmsg/server/server.ts";
import type { Clock } from "../sys/clock.ts";
import { isAddressTaken, systemReason } from "../sys/files/files.ts";
import { type HttpServer, reachedAt, serveHttp } from "../sys/http.ts";
import type { Random } from "../sys/random.ts";
import { UserError } from "../wire/errors.ts";
import { discoveryAddr, type DiscoveryOverDmsg, discoveryOverDmsg } from "./network_discovery.ts";

/** One server of the network. */
export interface ServerSpec {
  /** The server's key; keep it, clients know the server by it. */
  readonly pair: KeyPair;
  /** `host:port` to listen on; port 0 is the system's choice. */
  readonly address: string;
  /** `host:port` that clients dial when it is not the one listened on. */
  readonly advertise?: string;
}

/** How a network is set up. */
export interface NetworkSpec {
  /** `host:port` of the discovery; port 0 is the system's choice. */
  readonly discoveryAddress: string;
  /** The discovery's key, for answering over dmsg too; left out: over HTTP alone. */
  readonly discoveryPair?: KeyPair;
  /** Registered one after the other, in this order. */
  readonly servers: readonly ServerSpec[];
  /** Where the discovery keeps entries; stays open when the network closes. */
  readonly store: DiscoveryStore;
  /** The program's version, which `/health` of the discovery says; left out: `unknown`. */
  readonly version?: string;
  /** Loopback addresses may be registered. */
  readonly testMode: boolean;
  /** Of each server, where they differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<ServerLimits>;
  /** Every time-out; its wall time judges entries. */
  readonly clock: Clock;
  /** The servers' ephemeral keys. */
  readonly random: Random;
  /** Told of sessions, streams and failures; must not throw. */
  readonly onEvent?: (event: NetworkEvent) => void;
}

/** What a network tells its owner. */
export type NetworkEvent =
  /** From the server with this key. */
  | (ServerEvent & { readonly server: string })
  /**
   * An entry of a server was not taken, or (without `server`) the discovery failed to answer a request or does not sit on
   * the servers.
   */
  | { readonly kind: "problem"; readonly server?: string; readonly error: Error };

/** A running network. */
export interface RunningNetwork {
  /** Base URL of the discovery. */
  readonly discovery: string;
  /** The one over dmsg, when it has a key: `dmsg://PK:80/SERVERKEY@HOST:PORT…`. */
  readonly discoveryOverDmsg?: string;
  /** Each server's key and the `host:port` in its entry, in the order of the spec. */
  readonly servers: readonly { readonly pk: string; readonly address: string }[];
  /** Live sessions of all servers. */
  sessionCount(): number;
  /** Ends everything; the servers' entries are taken out first. */
  close(): Promise<void>;
}

/**
 * Starts a network. All servers are registered when it resolves; when it rejects, nothing of it is left running.
 * @returns Addresses and keys as bound; the caller closes it.
 * @throws {UserError} usage: an address is not host:port or can't be listened on.
 * @throws {NetworkError} The discovery refused a server's entry: a loopback address without `testMode`, or an entry
 *   kept from a time ahead of ours.
 * @see specification dmsg §7, §9.2
 */
export async function openNetwork(spec: NetworkSpec): Promise<RunningNetwork> {
  const parts: { close(): void | Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (const part of parts.reverse()) await part.close();
  };
  try {
    const near = new Map<string, string>();
    const over = overDmsg(spec, near);
    const http = openDiscovery(spec, over?.handler ?? handlerOf(spec));
    parts.push(http);
    const servers: OpenServer[] = [];
    for (const server of spec.servers) servers.push(await openServer(server, http.url, spec, parts));
    for (const server of servers) near.set(server.address, server.near);
    if (over) parts.push(over);
    await over?.start();
    return {
      discovery: http.url,
      ...(spec.discoveryPair && { discoveryOverDmsg: placeUrl(discoveryAddr(spec.discoveryPair), servers) }),
      servers: servers.map(({ pk, address }) => ({ pk, address })),
      sessionCount: () => servers.reduce((sum, { server }) => sum + server.sessionCount, 0),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** @param dmsgServers  Where the discovery sits at the moment, when it does. */
function handlerOf(
  { store, clock, version, testMode, discoveryPair, onEvent }: NetworkSpec,
  dmsgServers?: () => string[],
): DiscoveryHandler {
  return discoveryHandler({
    store: discoveryPair ? withOwnEntry(store, discoveryPair.pk) : store,
    clock,
    ...(version !== undefined && { build: { version, commit: "unknown", date: "unknown" } }),
    testMode,
    startedAt: new Date(Number(clock.wallNs() / 1_000_000n)),
    ...(discoveryPair && { dmsgAddress: formatAddr(discoveryAddr(discoveryPair)), dmsgServers }),
    onError: (error) => onEvent?.({ kind: "problem", error: error as Error }),
  });
}

function openDiscovery(spec: NetworkSpec, handler: DiscoveryHandler): HttpServer {
  const target = splitHostPort(spec.discoveryAddress);
  if (!target) throw notAddress("--discovery-address", spec.discoveryAddress);
  return bound("--discovery-address", spec.discoveryAddress, () => serveHttp(target, handler));
}

/** @param near  Where this process reaches a server, by what clients dial: a router's address may not lead back. */
function overDmsg(spec: NetworkSpec, near: ReadonlyMap<string, string>): DiscoveryOverDmsg | undefined {
  const { discoveryPair: pair, clock, random, onEvent } = spec;
  if (!pair) return undefined;
  const carrier: Carrier = {
    ...tcp,
    dial: (address, signal) => tcp.dial(near.get(address) ?? address, signal),
  };
  return discoveryOverDmsg({
    pair,
    handlerOf: (sitsOn) => handlerOf(spec, sitsOn),
    servers: spec.servers.map(({ pair }) => pair.pk),
    carriers: [carrier],
    clock,
    random,
    onProblem: (error) => onEvent?.({ kind: "problem", error }),
  });
}

interface OpenServer {
  readonly pk: PublicKeyHex;
  /** `host:port` that clients dial. */
  readonly address: string;
  /** The same for this process. */
  readonly near: string;
  readonly server: DmsgServer;
}

async function openServer(
  server: ServerSpec,
  discoveryUrl: string,
  spec: NetworkSpec,
  parts: { close(): void | Promise<void> }[],
): Promise<OpenServer> {
  const { clock, random, limits, discoveryPair } = spec;
  const own = discoveryPair?.pk;
  if (!splitHostPort(server.address)) throw notAddress("--server-address", server.address);
  const listener = bound("--server-address", server.address, () => listenTcp(server.address));
  parts.push({ close: () => listener.close() });
  const pk = server.pair.pk;
  const relay = new DmsgServer({
    pair: server.pair,
    clock,
    random,
    limits,
    own,
    onEvent: (event) => {
      const isCounted = (event.kind === "session-up" || event.kind === "session-down") &&
        event.client !== own;
      if (isCounted) entry.changed();
      spec.onEvent?.({ ...event, server: pk });
    },
  });
  parts.push({ close: () => relay.close() });
  const address = server.advertise ?? listener.address;
  const entry = new ServerEntry({
    pair: server.pair,
    address,
    availableSessions: () => relay.availableSessions,
    discovery: new DiscoveryClient({ urls: [discoveryUrl], fetch, clock }),
    clock,
    onProblem: (error) => spec.onEvent?.({ kind: "problem", server: pk, error }),
  });
  void takeAll(listener, relay);
  parts.push({ close: () => entry.close().catch(() => {}) });
  await entry.start();
  return { pk, address, near: reachedAt(splitHostPort(listener.address)!), server: relay };
}

async function takeAll(listener: TcpListener, server: DmsgServer): Promise<void> {
  for await (const { duplex, remoteIp } of listener.connections()) void server.take(duplex, remoteIp);
}

/** A socket that can't be bound is another program's, or a mistake in the options; not a fault. */
function bound<T>(flag: string, address: string, bind: () => T): T {
  try {
    return bind();
  } catch (cause) {
    throw new UserError(`Cannot listen on ${address}: ${systemReason(cause)}`, {
      kind: isAddressTaken(cause) ? "busy" : "usage",
      hint: isAddressTaken(cause)
        ? `Another program listens there: end it, or give ${flag} another one; port 0 lets the system choose.`
        : `Give ${flag} another one; port 0 lets the system choose.`,
      cause,
    });
  }
}

const notAddress = (flag: string, text: string): UserError =>
  new UserError(`${flag} "${text}" is not HOST:PORT`, { kind: "usage", hint: "For example: 127.0.0.1:0" });
