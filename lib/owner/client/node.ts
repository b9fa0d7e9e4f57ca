/**
 * `app.node` over the owner's socket: each stream has a connection of its own.
 *
 * @module
 */
import type { AppListener, AppNode, AppStream, StatusView } from "../../app/node/node.ts";
import { unlessAborted } from "../../sys/abort.ts";
import { METHODS, type ParamsOf, type ResultOf } from "../schema/schema.ts";
import { ask, type Caller } from "./caller.ts";
import type { RemoteChannels } from "./channels.ts";
import { RemoteStream } from "./stream.ts";

/** See {@link AppNode}. */
export class RemoteNode implements AppNode {
  readonly #caller: Caller;
  readonly #channels: RemoteChannels;
  readonly #control: number;

  /** Nothing is asked yet. @param control  What streams and listeners are bound to: the owner ends them with that connection. */
  constructor(caller: Caller, channels: RemoteChannels, control: number) {
    this.#caller = caller;
    this.#channels = channels;
    this.#control = control;
  }

  /** See {@link AppNode.status}. */
  status(): Promise<StatusView> {
    return this.#caller.call("node.status", {});
  }

  /** See {@link AppNode.dial}. */
  async dial(
    to: Parameters<AppNode["dial"]>[0],
    signal?: AbortSignal,
    apart?: number,
  ): Promise<AppStream> {
    const params = METHODS["node.dial"].params.only!({ to, control: this.#control, ...(apart && { apart }) });
    const stream = await this.#stream("node.dial", params as ParamsOf<"node.dial">, signal);
    return stream!;
  }

  /** See {@link AppNode.listen}. */
  async listen(port: number): Promise<AppListener> {
    const { listener } = await this.#caller.call("node.listen", { port });
    const over = new AbortController();
    let closed = false;
    return {
      accept: async () => {
        if (closed) return null;
        const params = { listener, control: this.#control };
        return await this.#stream("stream.accept", params, over.signal).catch((error) => {
          if (closed) return null;
          throw error;
        });
      },
      close: () => {
        if (closed) return;
        closed = true;
        this.#caller.tell("stream.unlisten", { listener });
        over.abort();
      },
    };
  }

  async #stream<M extends "node.dial" | "stream.accept">(
    method: M,
    params: ParamsOf<M>,
    signal?: AbortSignal,
  ): Promise<RemoteStream | null> {
    signal?.throwIfAborted();
    const channel = await this.#channels.open();
    const asked: Promise<ResultOf<"stream.accept">> = ask<M>(channel, method, params);
    try {
      const opened = await unlessAborted(signal, asked);
      this.#channels.keep(channel);
      if (opened !== null) return new RemoteStream(channel.raw(), opened, this.#caller);
      channel.close();
      return null;
    } catch (error) {
      this.#channels.drop(channel);
      throw error;
    }
  }
}
