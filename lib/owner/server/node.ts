/**
 * The owner's side of `app.node`: listeners, streams that are opened, and what is done with them.
 *
 * @see lib/owner/README.md "Streams"
 * @module
 */
import type { AppStream } from "../../app/node/node.ts";
import { UserError } from "../../wire/errors.ts";
import type { Channel } from "../rpc/channel.ts";
import { resultLine, type RpcId } from "../rpc/rpc.ts";
import type { ParamsOf } from "../schema/schema.ts";
import type { House } from "./house.ts";
import { ServedListener } from "./listener.ts";
import type { Handlers } from "./members.ts";

/** Methods after whose reply the connection is a stream. */
export type OpeningMethod = "node.dial" | "stream.accept";

/** Handlers of a connection. @param connection  Listeners that are opened on it end with it. */
export function streamHandlers(
  house: House,
  connection: number,
): Pick<Handlers, Extract<keyof Handlers, `node.${string}` | `stream.${string}`>> {
  const { streams, listeners } = house;
  const stream = (number: number) => streams.get(number)?.served ?? unknown("stream");
  return {
    "node.status": () => house.app.node.status(),
    "node.dial": () => unknown("way to dial"),
    "stream.accept": () => unknown("way to accept"),
    "node.listen": async ({ port }) => {
      const served = new ServedListener(await house.app.node.listen(port));
      const listener = house.number();
      // The client may have left while the port was taken.
      if (!house.isOpen(connection)) served.close();
      else listeners.set(listener, { served, control: connection });
      return { listener };
    },
    "stream.unlisten": async ({ listener }) => {
      listeners.get(listener)?.served.close();
      listeners.delete(listener);
      return await null;
    },
    "stream.ping": async ({ stream: number, sent }) => await stream(number).ping(sent),
    "stream.finish": async ({ stream: number, sent }) => (await stream(number).finish(sent), null),
    "stream.close": async ({ stream: number, sent }) => (await stream(number).close(sent), null),
    "stream.reset": async ({ stream: number }) => (stream(number).reset(), await null),
    "stream.moved": async ({ stream: number }) => await stream(number).moved,
    "stream.sign": async ({ stream: number }) => (stream(number).sign(), await null),
    "stream.outcome": async ({ stream: number }) => (await stream(number).outcome(), null),
  };
}

/** An opening request. */
export interface Opening {
  /** Of the request. */
  readonly id: RpcId;
  /** Checked. */
  readonly params: unknown;
  /** The client has left. */
  readonly gone: AbortSignal;
}

/**
 * Opens a stream and says that the connection is the stream's from here on; bytes behind the request are the stream's.
 * @returns false: the listener is closed.
 */
export async function openStream(
  house: House,
  channel: Channel,
  method: OpeningMethod,
  { id, params, gone }: Opening,
): Promise<boolean> {
  const { control } = params as ParamsOf<OpeningMethod>;
  checkControl(house, control);
  if (method === "node.dial") {
    const { to, apart } = params as ParamsOf<"node.dial">;
    const stream = await house.app.node.dial(to, gone, apart);
    await handOver(house, channel, id, stream, control, () => stream.close());
    return true;
  }
  const { listener } = params as ParamsOf<"stream.accept">;
  const { served } = house.listeners.get(listener) ?? unknown("listener");
  const stream = await served.accept(gone);
  if (stream === null) return false;
  await handOver(house, channel, id, stream, control, () => served.giveBack(stream));
  return true;
}

async function handOver(
  house: House,
  channel: Channel,
  id: RpcId,
  stream: AppStream,
  control: number | undefined,
  undo: () => void,
): Promise<void> {
  const number = house.number();
  const { hybrid } = stream as { hybrid?: boolean };
  try {
    checkControl(house, control); // it may have ended meanwhile
    await channel.write(resultLine(id, { stream: number, remote: stream.remote, hybrid }));
    checkControl(house, control);
  } catch (error) {
    undo();
    throw error;
  }
  house.run(number, stream, channel.raw(), control);
}

function checkControl(house: House, control: number | undefined): void {
  if (control !== undefined && !house.isOpen(control)) unknown("control connection");
}

function unknown(what: string): never {
  throw new UserError(`The owner has no such ${what}`, { kind: "usage", hint: "It may have ended." });
}
