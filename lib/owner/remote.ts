/**
 * The same App, over the socket of the process that owns the identity.
 *
 * One connection carries calls. Each subscription and each stream has a connection of its own, so that a reader who
 * is slow holds up nothing else, and the kernel's socket buffer is all that waits for it.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { App, AppEvent, AppListener, AppStream, HistoryRequest, SendRequest } from "../app/app.ts";
import type { Groups } from "../app/groups/groups.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";

import { unlessAborted } from "../sys/abort.ts";
import { type Clock, within } from "../sys/clock.ts";
import { UserError } from "../wire/errors.ts";
import { ask, Caller, greet, type Hello } from "./caller.ts";
import type { Channel } from "./channel.ts";
import type { OwnerPaths } from "./path.ts";
import { remoteGroups } from "./remote_groups.ts";
import { RemoteStream } from "./remote_stream.ts";
import { fromRpcError, OwnerGone, OwnerSilent } from "./rpc_errors.ts";
import type { RpcErrorObject } from "./rpc.ts";
import { type MethodName, OWNER_NOTES, type ParamsOf, type ResultOf } from "./schema.ts";
import { connectToOwner, type OwnerConnection } from "./socket.ts";

/** An owner that accepts and then says nothing for so long is stopped or stuck. */
const HELLO_MS = 3_000;

/** What {@link RemoteApp.connect} works with. */
export interface RemoteRequest {
  /** Where the owner may listen. */
  readonly paths: OwnerPaths;
  /** The key that the owner must have; any when left out. */
  readonly pk?: PublicKeyHex;
  /** For the time limit of the hello. */
  readonly clock: Clock;
  /** A shorter limit than 3 s. */
  readonly limitMs?: number;
}

/** App over the owner's socket. Every method throws {@link OwnerGone} when the owner ends under it. */
export class RemoteApp implements App {
  /** See {@link App.pk}. */
  readonly pk: PublicKeyHex;
  readonly #request: RemoteRequest;
  /** How the owner reaches the network, and which process it is. */
  readonly owner: Pick<Hello, "pid" | "discovery" | "pq">;
  readonly #instance: string;
  readonly #caller: Caller;
  /** What streams and listeners are bound to: the owner ends them with our first connection. */
  readonly #control: number;
  readonly #channels = new Set<Channel>();
  #groups: Groups | undefined;

  private constructor(request: RemoteRequest, channel: Channel, hello: Hello) {
    this.#request = request;
    this.#caller = new Caller(channel);
    this.pk = hello.pk;
    this.owner = hello;
    this.#instance = hello.instance;
    this.#control = hello.connection;
    this.#caller.closed.then(() => this.#hangUp());
  }

  /**
   * Connects to the identity's owner.
   * @param connection  A connection on which nothing was said yet, when there is one; owned from now on.
   * @returns undefined when there is none that answers.
   * @throws {UserError} busy: it speaks another protocol or has another key · refused: the socket is not ours.
   * @throws {OwnerSilent} It does not answer.
   */
  static async connect(
    request: RemoteRequest,
    connection?: OwnerConnection,
  ): Promise<RemoteApp | undefined> {
    const reached = await reach(request, connection);
    return reached && new RemoteApp(request, reached.channel, reached.hello);
  }

  /** See {@link App.closed}. */
  get closed(): Promise<void> {
    return this.#caller.closed;
  }

  /** See {@link App.send}. */
  send(request: SendRequest, signal?: AbortSignal): ReturnType<App["send"]> {
    const { to, text, waitMs, key, replyTo, queue } = request;
    return this.#caller.call("send", { to: plain(to), text, waitMs, key, replyTo, queue }, signal);
  }

  /**
   * See {@link App.events}.
   * @throws {OwnerGone} The owner ended before the signal; go on behind the last cursor with the next one.
   */
  events(since: number | undefined, signal: AbortSignal): AsyncIterable<AppEvent> {
    // Asked here: what is sent over the control connection after this call belongs to "what comes from now on".
    const start = since === undefined ? this.cursor() : Promise.resolve(since);
    start.catch(() => {}); // until somebody reads
    return this.#follow(start, signal);
  }

  async *#follow(start: Promise<number | undefined>, signal: AbortSignal): AsyncGenerator<AppEvent> {
    if (signal.aborted) return;
    const since = await start;
    const channel = await this.#open();
    const stop = (): void => this.#drop(channel);
    signal.addEventListener("abort", stop, { once: true });
    try {
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

  /** The cursor of the newest event; undefined when the owner's app can't tell. */
  async cursor(): Promise<number | undefined> {
    return await this.#caller.call("cursor", {}) ?? undefined;
  }

  /** See {@link App.history}. */
  history({ peer, limit, since, before }: HistoryRequest): ReturnType<App["history"]> {
    return this.#call("history", { peer, limit, since, before });
  }

  /** See {@link App.search}. */
  search({ text, peer, limit }: Parameters<App["search"]>[0]): ReturnType<App["search"]> {
    return this.#call("search", { text, peer, limit });
  }

  /** See {@link App.conversations}. */
  conversations(): ReturnType<App["conversations"]> {
    return this.#call("conversations", {});
  }

  /** See {@link App.status}. */
  status(): ReturnType<App["status"]> {
    return this.#call("status", {});
  }

  /** See {@link App.markRead}. */
  markRead({ peer, position }: Parameters<App["markRead"]>[0]): Promise<void> {
    return this.#call("markRead", { peer, position });
  }

  /** See {@link App.remove}. */
  remove({ peer, position, everywhere }: Parameters<App["remove"]>[0]): Promise<void> {
    return this.#call("remove", { peer, position, everywhere });
  }

  /** See {@link App.forget}. */
  forget({ peer }: Parameters<App["forget"]>[0]): Promise<void> {
    return this.#call("forget", { peer });
  }

  /** See {@link App.peers}. */
  peers(): ReturnType<App["peers"]> {
    return this.#call("peers", {});
  }

  /** See {@link App.decide}. */
  decide({ peer, blocked, accepted }: Parameters<App["decide"]>[0]): Promise<void> {
    return this.#call("decide", { peer, blocked, accepted });
  }

  /** See {@link App.outbox}. */
  outbox(): ReturnType<App["outbox"]> {
    return this.#call("outbox", {});
  }

  /** See {@link App.cancel}. */
  cancel({ peer, position }: Parameters<App["cancel"]>[0]): Promise<void> {
    return this.#call("cancel", { peer, position });
  }

  /** See {@link App.retry}. */
  retry({ peer, position }: Parameters<App["retry"]>[0]): Promise<void> {
    return this.#call("retry", { peer, position });
  }

  /** See {@link App.groups}. */
  get groups(): Groups {
    return this.#groups ??= remoteGroups((method, params, signal) =>
      this.#caller.call(method, params, signal)
    );
  }

  /** See {@link App.dial}. */
  async dial(to: Parameters<App["dial"]>[0], signal?: AbortSignal): Promise<AppStream> {
    const stream = await this.#stream("stream.dial", { to: plain(to), control: this.#control }, signal);
    return stream!;
  }

  /** See {@link App.listen}. */
  async listen(port: number): Promise<AppListener> {
    const { listener } = await this.#caller.call("stream.listen", { port });
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

  /** See {@link App.close}; the owner goes on. */
  close(): Promise<void> {
    this.#caller.close();
    return Promise.resolve();
  }

  /** Lists are read-only in the table, and methods without a result give null there. */
  #call<M extends MethodName, R>(method: M, params: ParamsOf<M>): Promise<R> {
    return this.#caller.call(method, params).then((result) => (result ?? undefined) as R);
  }

  async #stream<M extends "stream.dial" | "stream.accept">(
    method: M,
    params: ParamsOf<M>,
    signal?: AbortSignal,
  ): Promise<RemoteStream | null> {
    signal?.throwIfAborted();
    const channel = await this.#open();
    const asked: Promise<ResultOf<"stream.accept">> = ask<M>(channel, method, params);
    try {
      const opened = await unlessAborted(signal, asked);
      this.#channels.delete(channel); // from now on it ends as a stream does, behind its last byte
      if (opened !== null) return new RemoteStream(channel.raw(), opened, this.#caller);
      channel.close();
      return null;
    } catch (error) {
      this.#drop(channel); // for the owner that means: give it up
      throw error;
    }
  }

  async #open(): Promise<Channel> {
    const request = { ...this.#request, limitMs: undefined, pk: this.pk };
    const reached = await reach(request).catch((error) => {
      throw error instanceof OwnerSilent ? new OwnerGone(error) : error;
    });
    // Another owner than the one that we know would not know our streams, listeners and control connection.
    if (reached === undefined || reached.hello.instance !== this.#instance) {
      reached?.channel.close();
      throw new OwnerGone();
    }
    this.#channels.add(reached.channel);
    return reached.channel;
  }

  #drop(channel: Channel): void {
    this.#channels.delete(channel);
    channel.close();
  }

  #hangUp(): void {
    for (const channel of this.#channels) channel.close();
    this.#channels.clear();
  }
}

async function reach(
  { paths, pk, clock, limitMs = HELLO_MS }: RemoteRequest,
  known?: OwnerConnection,
): Promise<{ channel: Channel; hello: Hello } | undefined> {
  const connection = known ?? await connectToOwner(paths);
  if (connection === undefined) return undefined;
  const waitMs = Math.max(0, Math.min(limitMs, HELLO_MS));
  return await within(clock, waitMs, greet(connection, pk), () => new OwnerSilent()).catch((error) => {
    connection.duplex.close();
    if (error instanceof UserError || error instanceof OwnerSilent) throw error;
    return undefined;
  });
}

/** The next event of a subscription's own connection; null when the app has ended it. */
async function nextEvent(channel: Channel): Promise<AppEvent | null> {
  const message = await channel.next();
  if (message === null) throw new OwnerGone();
  if (message.kind !== "notification") throw new Error("The owner sent something that is no event");
  const shape = message.method === "event" ? OWNER_NOTES.event : OWNER_NOTES["events.end"];
  const problem = shape.problem(message.params, "params");
  if (problem !== undefined) throw new Error(`The owner sent an event that can't be used: ${problem}`);
  if (message.method === "event") return (message.params as { event: AppEvent }).event;
  const { error } = message.params as { error?: RpcErrorObject };
  if (error !== undefined) throw fromRpcError(error);
  return null;
}

/** Only what the table knows: callers may have more in their objects. */
const plain = ({ pk, port }: Parameters<App["dial"]>[0]): { pk: PublicKeyHex; port: number } => ({
  pk,
  port,
});
