/**
 * `app.events` over the owner's socket: each subscription has a connection of its own.
 *
 * @module
 */
import type { AppEvent, Events } from "../../app/events/events.ts";
import type { Channel } from "../rpc/channel.ts";
import { fromRpcError, otherOwner, OwnerGone } from "../rpc/errors.ts";
import type { RpcErrorObject } from "../rpc/rpc.ts";
import { OWNER_NOTES } from "../schema/schema.ts";
import { ask, type Caller } from "./caller.ts";
import type { RemoteChannels } from "./channels.ts";

/** See {@link Events}. */
export class RemoteEvents implements Events {
  readonly #caller: Caller;
  readonly #channels: RemoteChannels;

  /** Nothing is asked yet. */
  constructor(caller: Caller, channels: RemoteChannels) {
    this.#caller = caller;
    this.#channels = channels;
  }

  /**
   * See {@link Events.follow}.
   * @throws {OwnerGone} The owner ended before the signal; go on behind the last cursor with the next one.
   */
  follow(since: number | undefined, signal: AbortSignal): AsyncIterable<AppEvent> {
    // Asked here: what is sent over the control connection after this call belongs to "what comes from now on".
    const start = since === undefined ? this.cursor() : Promise.resolve(since);
    start.catch(() => {}); // until somebody reads
    return this.#follow(start, signal);
  }

  /** See {@link Events.cursor}. */
  async cursor(): Promise<number | undefined> {
    return await this.#caller.call("events.cursor", {}) ?? undefined;
  }

  async *#follow(start: Promise<number | undefined>, signal: AbortSignal): AsyncGenerator<AppEvent> {
    if (signal.aborted) return;
    const since = await start;
    const channel = await this.#channels.open();
    const stop = (): void => this.#channels.drop(channel);
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) return; // while the connection was made: nobody tells it a second time
      await ask(channel, "events.follow", { since });
      for (let item = await nextEvent(channel); item; item = await nextEvent(channel)) {
        if (signal.aborted) return;
        yield item;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
  }
}

/** The next event of a subscription's own connection; null when the app has ended it. */
async function nextEvent(channel: Channel): Promise<AppEvent | null> {
  const message = await channel.next();
  if (message === null) throw new OwnerGone();
  if (message.kind !== "notification") throw new Error("The owner sent something that is no event");
  const shape = message.method === "event" ? OWNER_NOTES.event : OWNER_NOTES["events.end"];
  const problem = shape.problem(message.params, "params");
  if (problem !== undefined) throw otherOwner(`events can't be used (${problem})`);
  if (message.method === "event") return (message.params as { event: AppEvent }).event;
  const { error } = message.params as { error?: RpcErrorObject };
  if (error !== undefined) throw fromRpcError(error);
  return null;
}
