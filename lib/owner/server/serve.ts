/**
 * The owner's side: an App for everybody who connects to its socket.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { App } from "../../app/app.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { toHex } from "../../wire/bytes.ts";
import { Channel } from "../rpc/channel.ts";
import { errorLine, RpcCode, type RpcErrorObject } from "../rpc/rpc.ts";
import type { OwnerListener } from "../socket.ts";
import type { House, OwnerNetwork } from "./house.ts";
import type { Served } from "./served.ts";
import { ServedStream } from "./stream.ts";

/** Connections at once: calls, subscriptions and streams of all clients. */
const MAX_CONNECTIONS = 512;

/** What an owner serves with. */
export interface ServingParts {
  /** Time. */
  readonly clock: Clock;
  /** Names the instance. */
  readonly random: Random;
  /** The owner's network; left out: it gives none. */
  readonly network?: OwnerNetwork;
  /**
   * Loads what serves a connection. With it come the shapes of all methods, which most owners that run somewhere are never
   * asked for; it may fail where the program's files were replaced, or too many are open.
   */
  readonly load?: () => Promise<Pick<typeof import("./served.ts"), "Served">>;
}

/** An App that is being served. */
export interface OwnerServer {
  /** Ends all connections and takes the socket away; the app goes on. Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Serves an app until it is closed. A connection's mistakes end at most that connection.
 * @param listener  Owned from now on.
 */
export function serveApp(
  app: App,
  listener: OwnerListener,
  { clock, random, network, load = () => import("./served.ts") }: ServingParts,
): OwnerServer {
  const open = new Map<number, Served>();
  let last = 0;
  let ending: Promise<void> | undefined;
  const house: House = {
    app,
    clock,
    tokens: listener.tokens,
    network,
    instance: toHex(random.bytes(8)),
    streams: new Map(),
    listeners: new Map(),
    isOpen: (connection) => open.has(connection),
    number: () => ++last,
    run: (number, stream, raw, control) => {
      const served = new ServedStream(stream, control !== undefined);
      house.streams.set(number, { served, control });
      served.run(raw).finally(() => house.streams.delete(number));
    },
  };
  const running = (async () => {
    for await (const duplex of listener.connections()) {
      const channel = new Channel(duplex);
      if (open.size + house.streams.size >= MAX_CONNECTIONS) {
        refuse(channel, { code: RpcCode.tooMany, message: `The owner has ${MAX_CONNECTIONS} connections` });
        continue;
      }
      const loaded = await load().catch((error: Error) => error);
      if (ending) {
        channel.close();
        continue;
      }
      if (loaded instanceof Error) {
        refuse(channel, {
          code: RpcCode.fault,
          message: `The owner can't load what serves: ${loaded.message}`,
        });
        continue;
      }
      const number = house.number();
      const served = new loaded.Served(number, channel, house);
      open.set(number, served);
      served.run().finally(() => {
        open.delete(number);
        release(house, number);
      });
    }
  })();
  const end = async (): Promise<void> => {
    await listener.close();
    for (const served of open.values()) served.close();
    for (const { served } of house.streams.values()) served.reset();
    for (const { served } of house.listeners.values()) served.close();
    await running;
  };
  return { close: () => ending ??= end() };
}

/** Ends what was bound to a connection. */
function release(house: House, connection: number): void {
  for (const { served, control } of house.streams.values()) {
    if (control === connection) served.abandon();
  }
  for (const [number, { served, control }] of house.listeners) {
    if (control !== connection) continue;
    house.listeners.delete(number);
    served.close();
  }
}

function refuse(channel: Channel, error: RpcErrorObject): void {
  channel.write(errorLine(null, error)).catch(() => {}).then(() => channel.close());
}
