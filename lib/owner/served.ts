/**
 * One client's connection to the owner.
 *
 * @module
 */
import type { App, AppEvent, AppStream } from "../app/app.ts";
import { UserError } from "../wire/errors.ts";
import { MAX_OUTSTANDING, otherVersion } from "./caller.ts";
import type { Channel } from "./channel.ts";
import type { House } from "./house.ts";
import {
  errorLine,
  LineTooLong,
  MAX_LINE_BYTES,
  notificationLine,
  resultLine,
  RpcCode,
  type RpcErrorObject,
  type RpcId,
  type RpcMessage,
} from "./rpc.ts";
import { toRpcError } from "./rpc_errors.ts";
import {
  CLIENT_NOTES,
  isMethod,
  MEMBER_CALLS,
  type MethodName,
  METHODS,
  type ParamsOf,
  PLAIN,
  PROTOCOL,
  type ResultOf,
} from "./schema.ts";
import { followEvents } from "./served_events.ts";
import { ServedListener } from "./served_listener.ts";

/** Items of a list go out in lines of about this size. */
const PART_BYTES: number = MAX_LINE_BYTES / 2;

type Request = RpcMessage & { kind: "request" };
type Handlers = {
  readonly [M in MethodName]: (params: ParamsOf<M>, signal: AbortSignal) => Promise<ResultOf<M>>;
};

/** Reads requests, runs them at the same time, writes replies as they are ready. */
export class Served {
  readonly #number: number;
  readonly #channel: Channel;
  readonly #house: House;
  readonly #handlers: Handlers;
  readonly #running = new Map<RpcId, AbortController>();
  readonly #subscriptions = new Map<number, AbortController>();
  #greeted = false;

  /**
   * A connection on which nothing was said yet.
   * @param number  Names it for `control`.
   */
  constructor(number: number, channel: Channel, house: House) {
    this.#number = number;
    this.#channel = channel;
    this.#house = house;
    this.#handlers = {
      ...plainHandlers(house.app),
      ...memberHandlers(house.app),
      ...this.#ownHandlers(),
    };
  }

  /** Serves until the connection ends or becomes a stream. Never rejects. */
  async run(): Promise<void> {
    try {
      for (let message = await this.#channel.next(); message; message = await this.#channel.next()) {
        const next = await this.#take(message);
        if (next === "raw") return this.#stop();
        if (next === "end") break;
      }
    } catch (error) {
      if (error instanceof LineTooLong) {
        await this.#fail(null, { code: RpcCode.invalid, message: error.message }).catch(() => {});
      }
    }
    this.close();
  }

  /** Ends it at once, with all that it runs. */
  close(): void {
    this.#stop();
    this.#channel.close();
  }

  #stop(): void {
    for (const controller of [...this.#running.values(), ...this.#subscriptions.values()]) controller.abort();
  }

  /** A refusal is written before the next line is read: who does not read can't make us keep replies. */
  async #take(message: RpcMessage): Promise<"raw" | "end" | undefined> {
    if (message.kind === "notification") return void this.#note(message.method, message.params);
    if (message.kind === "invalid") return void await this.#fail(message.id, message.error);
    if (message.kind !== "request") return undefined;
    const refusal = this.#refusal(message);
    if (refusal) return void await this.#fail(message.id, refusal);
    const method = message.method as MethodName;
    if (method === "stream.dial" || method === "stream.accept") {
      return await this.#takeStream(method, message);
    }
    const answered = this.#answer(method, message);
    if (method !== "hello") return void answered.catch(() => {}); // the connection has ended
    await answered;
    return this.#greeted ? undefined : "end";
  }

  #refusal({ id, method, params }: Request): RpcErrorObject | undefined {
    if (!isMethod(method)) return { code: RpcCode.noMethod, message: "No such method" };
    const problem = METHODS[method].params.problem(params, "params");
    if (problem !== undefined) return { code: RpcCode.badParams, message: problem };
    if (!this.#greeted && method !== "hello") return { code: RpcCode.helloFirst, message: "Say hello first" };
    if (this.#running.has(id)) {
      return { code: RpcCode.invalid, message: "A request with this id is under way" };
    }
    if (this.#running.size < MAX_OUTSTANDING) return undefined;
    return { code: RpcCode.tooMany, message: `More than ${MAX_OUTSTANDING} requests are under way` };
  }

  #note(method: string, params: unknown): void {
    if (method !== "$/cancel" || CLIENT_NOTES[method].problem(params, "params") !== undefined) return;
    this.#running.get((params as { id: RpcId }).id)?.abort();
  }

  async #answer(method: MethodName, { id, params }: Request): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const handler = this.#handlers[method] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
      const result = await handler(params, controller.signal);
      await this.#succeed(id, result);
    } catch (error) {
      const cancelled = controller.signal.aborted && error === controller.signal.reason;
      await this.#fail(id, cancelled ? { code: RpcCode.cancelled, message: "Cancelled" } : toRpcError(error));
    } finally {
      this.#running.delete(id); // only now: replies that wait to be read count as well
    }
  }

  async #succeed(id: RpcId, result: unknown): Promise<void> {
    if (!Array.isArray(result)) return await this.#channel.write(resultLine(id, result));
    let items: unknown[] = [];
    let bytes = 0;
    for (const item of result) {
      const size = JSON.stringify(item).length * 3; // no character has more bytes
      if (bytes + size > PART_BYTES && items.length > 0) {
        await this.#channel.write(notificationLine("$/part", { id, items }));
        [items, bytes] = [[], 0];
      }
      items.push(item);
      bytes += size;
    }
    await this.#channel.write(resultLine(id, items));
  }

  #fail(id: RpcId | null, error: RpcErrorObject): Promise<void> {
    return this.#channel.write(errorLine(id, error));
  }

  #ownHandlers(): Omit<Handlers, typeof PLAIN[number] | MemberMethod> {
    const { app, streams, listeners } = this.#house;
    const stream = (number: number) => streams.get(number)?.served ?? unknown("stream");
    return {
      "hello": (params) => this.#hello(params),
      "cursor": async () => await app.cursor?.() ?? null,
      "events.follow": ({ since }) => this.#follow(since),
      "events.unfollow": async (
        { subscription },
      ) => (this.#subscriptions.get(subscription)?.abort(), await null),
      "stream.dial": () => unknown("way to dial"),
      "stream.accept": () => unknown("way to accept"),
      "stream.listen": async ({ port }) => {
        const served = new ServedListener(await app.listen(port));
        const listener = this.#house.number();
        // The client may have left while the port was taken.
        if (!this.#house.isOpen(this.#number)) served.close();
        else listeners.set(listener, { served, control: this.#number });
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
      "stream.outcome": async ({ stream: number }) => (await stream(number).outcome(), null),
    };
  }

  /** Runs up to its end before the next line is looked at. */
  #hello({ protocol, pk, token }: ParamsOf<"hello">): Promise<ResultOf<"hello">> {
    const { app, tokens, instance, network } = this.#house;
    if (tokens && tokens.client !== token) {
      throw new UserError("This is not a client of this identity", {
        kind: "refused",
        hint: "Run it as the user who started the owner.",
      });
    }
    if (protocol !== PROTOCOL) throw otherVersion({ protocol: PROTOCOL, pid: Deno.pid });
    if (pk !== undefined && pk !== app.pk) throw otherKey(app.pk, pk);
    this.#greeted = true;
    const connection = this.#number;
    return Promise.resolve({
      protocol,
      pk: app.pk,
      pid: Deno.pid,
      instance,
      connection,
      token: tokens?.owner,
      discovery: network?.discovery,
      pq: network?.pq,
    });
  }

  #follow(since: number | undefined): Promise<ResultOf<"events.follow">> {
    if (this.#subscriptions.size >= MAX_OUTSTANDING) {
      throw new UserError(`A connection can follow events ${MAX_OUTSTANDING} times`, {
        kind: "busy",
        hint: "Open another connection.",
      });
    }
    const subscription = this.#house.number();
    const controller = new AbortController();
    this.#subscriptions.set(subscription, controller);
    const give = (event: AppEvent) => this.#channel.write(notificationLine("event", { subscription, event }));
    followEvents(this.#house, since, controller.signal, give)
      .then(() => undefined, toRpcError)
      .then((error) => this.#channel.write(notificationLine("events.end", { subscription, error })))
      .catch(() => {}) // the connection has ended
      .finally(() => this.#subscriptions.delete(subscription));
    return Promise.resolve({ subscription });
  }

  /**
   * Opens a stream while nothing else happens on the connection; bytes behind the request are the stream's.
   * The end of the connection gives the request up.
   */
  async #takeStream(method: "stream.dial" | "stream.accept", request: Request): Promise<"raw" | undefined> {
    const { id, params } = request;
    if (this.#running.size + this.#subscriptions.size > 0) {
      const message = `${method} must be alone on its connection`;
      return void await this.#fail(id, { code: RpcCode.invalid, message });
    }
    const gone = new AbortController();
    this.#running.set(id, gone);
    this.#channel.fill().then((more) => more || gone.abort());
    try {
      const stream = method === "stream.dial"
        ? await this.#dial(params as ParamsOf<typeof method>, id, gone.signal)
        : await this.#accept(params as ParamsOf<typeof method>, id, gone.signal);
      if (stream) return "raw";
      await this.#succeed(id, null);
    } catch (error) {
      await this.#fail(id, toRpcError(error));
    } finally {
      this.#running.delete(id);
    }
    return undefined;
  }

  async #dial({ to, control }: ParamsOf<"stream.dial">, id: RpcId, gone: AbortSignal): Promise<true> {
    this.#checkControl(control);
    const stream = await this.#house.app.dial(to, gone);
    await this.#handOver(id, stream, control, () => stream.close());
    return true;
  }

  async #accept(
    { listener, control }: ParamsOf<"stream.accept">,
    id: RpcId,
    gone: AbortSignal,
  ): Promise<boolean> {
    this.#checkControl(control);
    const { served } = this.#house.listeners.get(listener) ?? unknown("listener");
    const stream = await served.accept(gone);
    if (stream === null) return false;
    await this.#handOver(id, stream, control, () => served.giveBack(stream));
    return true;
  }

  /** Says that the connection is the stream's from here on. */
  async #handOver(
    id: RpcId,
    stream: AppStream,
    control: number | undefined,
    undo: () => void,
  ): Promise<void> {
    const number = this.#house.number();
    const { hybrid } = stream as { hybrid?: boolean };
    try {
      this.#checkControl(control); // it may have ended meanwhile
      await this.#channel.write(resultLine(id, { stream: number, remote: stream.remote, hybrid }));
      this.#checkControl(control);
    } catch (error) {
      undo();
      throw error;
    }
    this.#house.run(number, stream, this.#channel.raw(), control);
  }

  #checkControl(control: number | undefined): void {
    if (control !== undefined && !this.#house.isOpen(control)) unknown("control connection");
  }
}

function plainHandlers(app: App): Pick<Handlers, typeof PLAIN[number]> {
  const handlers = PLAIN.map((name) => {
    const run = app[name].bind(app) as (params: unknown, signal: AbortSignal) => Promise<unknown>;
    return [name, async (params: unknown, signal: AbortSignal) => await run(params, signal) ?? null];
  });
  return Object.fromEntries(handlers);
}

type MemberMethod = keyof (typeof MEMBER_CALLS)["groups"];

/** Handlers of `app.groups` and its like: one object in, one value out. */
function memberHandlers(app: App): Pick<Handlers, MemberMethod> {
  const handlers = Object.entries(MEMBER_CALLS).flatMap(([member, calls]) =>
    Object.entries(calls).map(([method, name]) => {
      type Call = (params: unknown, signal: AbortSignal) => Promise<unknown>;
      const target = app[member as keyof typeof MEMBER_CALLS] as unknown as Record<string, Call>;
      return [
        method,
        async (params: unknown, signal: AbortSignal) => await target[name](params, signal) ?? null,
      ];
    })
  );
  return Object.fromEntries(handlers);
}

function unknown(what: string): never {
  throw new UserError(`The owner has no such ${what}`, { kind: "usage", hint: "It may have ended." });
}

function otherKey(ours: string, theirs: string): UserError {
  return new UserError(
    `The process that owns this identity (${Deno.pid}) has the key ${ours}, not ${theirs}`,
    {
      kind: "busy",
      hint: "The key file was changed: end that process and start it again.",
    },
  );
}
