/**
 * A network in memory: addresses that listen, a carrier that dials them, and a way to every connection, so that a
 * test can lose the ones it wants.
 *
 * @module
 */
import type { Carrier } from "../../lib/dmsg/carriers/carrier.ts";
import { type Clock, sleep } from "../../lib/sys/clock.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";

/** How the network's connections behave. */
export interface NetworkOptions {
  readonly clock: Clock;
  /** Called once for each connection: its latency, segments and buffer. Default: 1 ms, as written. */
  readonly line?: (from: string, address: string) => Partial<Omit<ConnectionOptions, "clock">>;
}

/** A live connection and who made it. */
export interface NetworkConnection {
  /** The dialling host. */
  readonly from: string;
  /** The address that it dialled. */
  readonly address: string;
  readonly connection: Connection;
}

/** Takes a connection. */
export type Accept = (duplex: Duplex, remoteIp: string) => void;

/** Hosts, and the connections between them. */
export class FakeNetwork {
  readonly #options: NetworkOptions;
  readonly #listening = new Map<string, Accept>();
  #connections: NetworkConnection[] = [];
  /** Connections made so far. */
  dials = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Takes connections to an address; a second call for it replaces the first. */
  listen(address: string, accept: Accept): void {
    this.#listening.set(address, accept);
  }

  /** Connections to the address are refused from now on; those that are open stay. */
  unlisten(address: string): void {
    this.#listening.delete(address);
  }

  /** Connections of which an end is open, oldest first. */
  connections(which: Partial<Pick<NetworkConnection, "from" | "address">> = {}): NetworkConnection[] {
    this.#connections = this.#connections.filter(({ connection }) => !connection.over);
    const { from, address } = which;
    return this.#connections.filter((made) =>
      (from === undefined || made.from === from) && (address === undefined || made.address === address)
    );
  }

  /** The carrier of one host. Takes a round trip to connect or to be refused. */
  carrier(from: string): Carrier {
    return {
      name: "memory",
      addressIn: (entry) => entry.server?.address || undefined,
      dial: (address, signal) => this.#dial(from, address, signal),
    };
  }

  async #dial(from: string, address: string, signal: AbortSignal): Promise<Duplex> {
    const { clock, line } = this.#options;
    const options = { clock, latencyMs: () => 1, ...line?.(from, address) };
    await sleep(clock, 2 * options.latencyMs(), signal);
    const accept = this.#listening.get(address);
    if (!accept) {
      throw new NetworkError(`cannot connect to server ${address}: refused`, {
        retry: true,
        reason: "no-network",
      });
    }
    const connection = new Connection(options);
    this.dials++;
    this.#connections.push({ from, address, connection });
    accept(connection.ends[1], from);
    return connection.ends[0];
  }
}
