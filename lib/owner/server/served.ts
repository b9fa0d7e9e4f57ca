/**
 * One client's connection to the owner.
 *
 * @module
 */
import type { AppEvent } from "../../app/events/events.ts";
import { UserError } from "../../wire/errors.ts";
import { MAX_OUTSTANDING, otherVersion } from "../client/caller.ts";
import type { Channel } from "../rpc/channel.ts";
import { toRpcError } from "../rpc/errors.ts";
import { resultLines } from "../rpc/parts.ts";
import {
  errorLine,
  LineTooLong,
  notificationLine,
  RpcCode,
  type RpcErrorObject,
  type RpcId,
  type RpcMessage,
} from "../rpc/rpc.ts";
import {
  CLIENT_NOTES,
  type MethodName,
  methodNamed,
  METHODS,
  type ParamsOf,
  PROTOCOL,
  type ResultOf,
} from "../schema/schema.ts";
import { followEvents } from "./events.ts";
import type { House } from "./house.ts";
import { type Handlers, memberHandlers } from "./members.ts";
import { type OpeningMethod, openStream, streamHandlers } from "./node.ts";

type Request = RpcMessage & { kind: "request" };
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
      ...memberHandlers(house.app),
      ...streamHandlers(house, number),
      "hello": (params) => this.#hello(params),
      "events.cursor": async () => await house.app.events.cursor() ?? null,
      "events.follow": ({ since }) => this.#follow(since),
      "events.unfollow": ({ subscription }) => {
        this.#subscriptions.get(subscription)?.abort();
        return Promise.resolve(null);
      },
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
    const method = methodNamed(message.method)!;
    if (method === "node.dial" || method === "stream.accept") {
      return await this.#takeStream(method, message);
    }
    const answered = this.#answer(method, message);
    if (method !== "hello") return void answered.catch(() => {}); // the connection has ended
    await answered;
    return this.#greeted ? undefined : "end";
  }

  #refusal({ id, method: name, params }: Request): RpcErrorObject | undefined {
    const method = methodNamed(name);
    if (method === undefined) return { code: RpcCode.noMethod, message: "No such method" };
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
    for (const line of resultLines(id, result)) await this.#channel.write(line);
  }

  #fail(id: RpcId | null, error: RpcErrorObject): Promise<void> {
    return this.#channel.write(errorLine(id, error));
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

  /** The connection becomes a stream: nothing else may be under way on it. The end of it gives the request up. */
  async #takeStream(method: OpeningMethod, { id, params }: Request): Promise<"raw" | undefined> {
    if (this.#running.size + this.#subscriptions.size > 0) {
      const message = `${method} must be alone on its connection`;
      return void await this.#fail(id, { code: RpcCode.invalid, message });
    }
    const gone = new AbortController();
    this.#running.set(id, gone);
    this.#channel.fill().then((more) => more || gone.abort());
    try {
      const isOpen = await openStream(this.#house, this.#channel, method, { id, params, gone: gone.signal });
      if (isOpen) return "raw";
      await this.#succeed(id, null);
    } catch (error) {
      await this.#fail(id, toRpcError(error));
    } finally {
      this.#running.delete(id);
    }
    return undefined;
  }
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
