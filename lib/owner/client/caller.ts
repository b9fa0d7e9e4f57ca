/**
 * The client's side of JSON-RPC: calls over a connection to the owner.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { UserError } from "../../wire/errors.ts";
import { Channel } from "../rpc/channel.ts";
import { fromRpcError, olderOwner, otherOwner, OwnerGone } from "../rpc/errors.ts";
import { joined, type ResultPart } from "../rpc/parts.ts";
import {
  MAX_REQUEST_BYTES,
  notificationLine,
  requestLine,
  RpcCode,
  type RpcErrorObject,
} from "../rpc/rpc.ts";
import {
  type MethodName,
  METHODS,
  OWNER_NOTES,
  type ParamsOf,
  PROTOCOL,
  type ResultOf,
} from "../schema/schema.ts";
import type { OwnerConnection } from "../socket.ts";

/** Requests that may be on their way at once; the owner refuses more than this. */
export const MAX_OUTSTANDING = 64;

/** What the owner has said of itself. */
export type Hello = ResultOf<"hello">;

interface Pending {
  readonly method: MethodName;
  readonly params: unknown;
  readonly parts: ResultPart[];
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Calls on one connection, many at once. */
export class Caller {
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  readonly #waiting: (() => void)[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #over = false;
  #used = 0;
  #lastId = 0;

  /** Reads the channel from now on; nothing else may. */
  constructor(channel: Channel) {
    this.#channel = channel;
    this.#run().finally(() => this.close());
  }

  /** Resolves at the end of the connection. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Calls a method; waits while 64 others are under way.
   * @throws {OwnerGone} The connection ended first.
   * @throws What the method throws, made again from its code and data; the signal's reason.
   */
  async call<M extends MethodName>(
    method: M,
    params: ParamsOf<M>,
    signal?: AbortSignal,
  ): Promise<ResultOf<M>> {
    signal?.throwIfAborted();
    const id = ++this.#lastId;
    const line = checkedLine(id, method, params);
    // What waits is written in the turn in which it gets its place: nothing that is called later overtakes it.
    const begin = (): Promise<unknown> =>
      this.#over ? Promise.reject(new OwnerGone()) : this.#exchange(id, { method, params }, line, signal);
    const result = this.#used < MAX_OUTSTANDING
      ? (this.#used++, begin())
      : new Promise<unknown>((resolve) => this.#waiting.push(() => resolve(begin())));
    return await result as ResultOf<M>;
  }

  /** One has its answer: also one that was given up counts in the owner until then. */
  #free(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#used--;
  }

  /** Calls a method and does not wait for what comes of it. */
  tell<M extends MethodName>(method: M, params: ParamsOf<M>): void {
    this.call(method, params).catch(() => {});
  }

  /** Ends the connection and every call on it. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#channel.close();
    for (const { reject } of this.#pending.values()) reject(new OwnerGone());
    this.#pending.clear();
    for (const begin of this.#waiting.splice(0)) begin();
    this.#closed.resolve();
  }

  #exchange(
    id: number,
    asked: Pick<Pending, "method" | "params">,
    line: Uint8Array,
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (signal?.aborted) {
      queueMicrotask(() => this.#free()); // many may have been given up while they waited
      return Promise.reject(signal.reason);
    }
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#pending.set(id, { ...asked, parts: [], resolve: () => {}, reject: () => {} });
        this.#channel.write(notificationLine("$/cancel", { id })).catch(() => {});
        reject(signal!.reason);
      };
      const end = () => signal?.removeEventListener("abort", stop);
      this.#pending.set(id, {
        ...asked,
        parts: [],
        resolve: (result) => (end(), resolve(result)),
        reject: (error) => (end(), reject(error)),
      });
      signal?.addEventListener("abort", stop, { once: true });
      // A failed write is the end of the connection: reading finds it as well and knows what came before.
      this.#channel.write(line).catch(() => {});
    });
  }

  async #run(): Promise<void> {
    try {
      for (let message = await this.#channel.next(); message; message = await this.#channel.next()) {
        if (message.kind === "notification" && message.method === "$/part") this.#part(message.params);
        if (message.kind === "result") this.#take(message.id)?.(message.result);
        if (message.kind === "error") this.#fail(message.id, message.error);
      }
    } catch {
      // A line without end: this is no owner any more.
    }
  }

  #part(params: unknown): void {
    if (OWNER_NOTES["$/part"].problem(params, "params") !== undefined) return;
    const { id, member, items } = params as ResultPart & { readonly id: number };
    this.#pending.get(id)?.parts.push({ member, items });
  }

  #take(id: unknown): ((result: unknown) => void) | undefined {
    const pending = this.#pending.get(id as number);
    if (pending === undefined) return undefined; // nobody has asked
    this.#pending.delete(id as number);
    this.#free();
    return (result) => {
      try {
        pending.resolve(checkedResult(pending.method, joined(result, pending.parts)));
      } catch (error) {
        pending.reject(error);
      }
    };
  }

  #fail(id: unknown, error: RpcErrorObject): void {
    const pending = this.#pending.get(id as number);
    if (pending === undefined) return;
    this.#pending.delete(id as number);
    this.#free();
    pending.reject(refusalOf(pending, error));
  }
}

/**
 * One call on a connection on which nothing else is under way.
 * @throws {OwnerGone} The connection ended first.
 * @throws What the method throws.
 */
export async function ask<M extends MethodName>(
  channel: Channel,
  method: M,
  params: ParamsOf<M>,
): Promise<ResultOf<M>> {
  try {
    await channel.write(checkedLine(0, method, params));
  } catch (error) {
    if (error instanceof UserError) throw error;
    // It may have said why before it ended.
  }
  const message = await channel.next();
  if (message === null) throw new OwnerGone();
  if (message.kind === "error") throw refusalOf({ method, params }, message.error);
  if (message.kind !== "result") throw new Error(`The owner did not answer ${method}`);
  return checkedResult(method, message.result) as ResultOf<M>;
}

/**
 * Says hello on a new connection.
 * @param pk  The key that the owner must have; any when left out.
 * @returns undefined when it is no owner, or one that is about to end.
 * @throws {UserError} busy: an owner of another version or with another key.
 */
export async function greet(
  { duplex, tokens }: OwnerConnection,
  pk: PublicKeyHex | undefined,
): Promise<{ channel: Channel; hello: Hello } | undefined> {
  const channel = new Channel(duplex);
  try {
    const hello = await ask(channel, "hello", { protocol: PROTOCOL, pk, token: tokens?.client });
    if (hello.protocol !== PROTOCOL) throw otherVersion(hello);
    if (hello.token === tokens?.owner) return { channel, hello };
  } catch (error) {
    if (error instanceof UserError) throw (channel.close(), error);
  }
  channel.close();
  return undefined;
}

/** The error for a process of another version; both sides say it. */
export function otherVersion({ protocol, pid }: { protocol: number; pid: number }): UserError {
  return new UserError(
    `This identity is in use by a dmsg of another version (process ${pid}, protocol ${protocol})`,
    { kind: "busy", hint: "End it and start it again with this version." },
  );
}

function checkedLine(id: number, method: MethodName, params: unknown): Uint8Array {
  const line = requestLine(id, method, params);
  if (line.length <= MAX_REQUEST_BYTES + 1) return line;
  throw new UserError(`This is too long: ${line.length} bytes`, {
    kind: "usage",
    hint: "Send a file instead.",
  });
}

/** What our own table lets pass, an older owner may refuse: members and words that came later. */
const refusalOf = ({ method, params }: Pick<Pending, "method" | "params">, error: RpcErrorObject): Error =>
  error.code === RpcCode.badParams && METHODS[method].params.problem(params, "params") === undefined
    ? olderOwner()
    : fromRpcError(error);

function checkedResult(method: MethodName, result: unknown): unknown {
  const problem = METHODS[method].result.problem(result, "result");
  if (problem !== undefined) throw otherOwner(`answer to ${method} can't be used (${problem})`);
  return result;
}
