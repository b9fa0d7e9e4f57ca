/**
 * A network of streams without dmsg under it: who dials whom gets a pair in memory. A test takes peers away and brings
 * them back, and loses what they write.
 *
 * @module
 */
import type { AppNetwork } from "../../lib/app/node/app_network.ts";
import type { AppStream } from "../../lib/app/node/node.ts";
import { type Addr, formatAddr } from "../../lib/dmsg/addr.ts";
import { dmsgError } from "../../lib/dmsg/errors.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { type MemoryDuplex, memoryDuplexPair } from "./duplex.ts";

/** A stream of a hub. */
interface HubStream extends AppStream {
  readonly pipe: MemoryDuplex;
}

/** The network. */
export class ChatHub {
  /** Who can't be reached and can't dial. */
  readonly away = new Set<string>();
  /** Whose bytes are lost from now on. */
  readonly muted = new Set<string>();
  /** Dials so far: `<who> <address>`. */
  readonly dials: string[] = [];
  /** Why dials of a party fail, in place of the usual. */
  readonly failures = new Map<string, NetworkError>();
  /** What a dial to a party waits for: the way to it takes its time. */
  readonly ways = new Map<string, () => Promise<void>>();
  /** What bytes wait for on their way, each write behind the one before it. */
  lag: (() => Promise<void>) | undefined;
  /** Whether dials stay without an answer. */
  hanging = false;
  readonly #listeners = new Map<string, HubListener>();
  readonly #open = new Map<string, Set<HubStream>>();

  /** A party. Its port table ends with {@link crash}. */
  client(pk: string): AppNetwork {
    return {
      pk,
      servers: ["server"],
      dial: (to, signal) => this.#dial(pk, to, signal),
      listen: (port) => {
        const key = `${pk}:${port}`;
        if (this.#listeners.has(key)) throw dmsgError(400);
        const listener: HubListener = new HubListener(() => {
          if (this.#listeners.get(key) === listener) this.#listeners.delete(key);
        });
        this.#listeners.set(key, listener);
        return listener;
      },
    };
  }

  /** Takes a party away: its streams break. */
  leave(pk: string): void {
    this.away.add(pk);
    this.cut(pk);
  }

  /** Brings it back. */
  back(pk: string): void {
    this.away.delete(pk);
  }

  /** Breaks all streams of a party. */
  cut(pk: string): void {
    for (const { pipe } of this.#open.get(pk) ?? []) pipe.break();
    this.#open.delete(pk);
  }

  /** The party's process is gone: streams break, ports are free. */
  crash(pk: string): void {
    this.cut(pk);
    for (const key of [...this.#listeners.keys()]) if (key.startsWith(pk)) this.#listeners.delete(key);
  }

  async #dial(from: string, to: Addr, signal?: AbortSignal): Promise<AppStream> {
    this.dials.push(`${from} ${formatAddr(to)}`);
    await Promise.resolve();
    signal?.throwIfAborted();
    if (this.hanging) await aborted(signal);
    await this.ways.get(to.pk)?.();
    const failure = this.failures.get(from);
    if (failure) throw failure;
    if (this.away.has(from) || this.away.has(to.pk)) {
      throw new NetworkError(`Cannot reach ${to.pk}: away`, { retry: true, reason: "unreachable" });
    }
    const listener = this.#listeners.get(formatAddr(to));
    if (!listener) {
      throw new NetworkError("nothing listens there", {
        retry: true,
        reason: "refused",
        cause: dmsgError(306),
      });
    }
    const [here, there] = memoryDuplexPair();
    listener.deliver(this.#stream(to.pk, there, { pk: from, port: 49152 }));
    return this.#stream(from, here, to);
  }

  #stream(owner: string, pipe: MemoryDuplex, remote: Addr): AppStream {
    let under = Promise.resolve();
    const write = (bytes: Uint8Array): Promise<void> => {
      if (this.lag === undefined) return pipe.write(bytes);
      const [kept, there, before] = [bytes.slice(), this.lag(), under];
      under = there.then(() => before).then(() => pipe.write(kept)).catch(() => {}); // it may have ended meanwhile
      return Promise.resolve();
    };
    const stream: HubStream = {
      pipe,
      remote,
      ping: () => Promise.resolve(1),
      read: () => pipe.read(),
      write: (bytes) => this.muted.has(owner) ? Promise.resolve() : write(bytes),
      closeWrite: () => pipe.closeWrite(),
      close: () => void under.then(() => pipe.close()),
      reset: () => pipe.close(),
    };
    const open = this.#open.get(owner) ?? new Set();
    this.#open.set(owner, open.add(stream));
    return stream;
  }
}

const aborted = (signal?: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));

class HubListener {
  readonly #waiting: AppStream[] = [];
  readonly #takers: ((stream: AppStream | null) => void)[] = [];
  readonly #onClose: () => void;
  #closed = false;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  deliver(stream: AppStream): void {
    const taker = this.#takers.shift();
    if (taker) taker(stream);
    else this.#waiting.push(stream);
  }

  accept(): Promise<AppStream | null> {
    const next = this.#waiting.shift();
    if (next || this.#closed) return Promise.resolve(next ?? null);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncIterator<AppStream> {
    for (let stream = await this.accept(); stream !== null; stream = await this.accept()) yield stream;
  }

  close(): void {
    this.#closed = true;
    for (const taker of this.#takers.splice(0)) taker(null);
    this.#onClose();
  }
}
