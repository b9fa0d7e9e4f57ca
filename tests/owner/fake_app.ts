/**
 * An App whose store is a file of JSON lines, so that several processes can own it one after the other.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { AppEvent, Events } from "../../lib/app/events/events.ts";
import { noGroups } from "../../lib/app/groups/no_groups.ts";
import type { Messages, MessageView, SendReport, SendRequest } from "../../lib/app/messages/messages.ts";
import type { AppListener, AppNode, AppStream } from "../../lib/app/node/node.ts";
import { noFiles } from "../../lib/app/files/no_files.ts";
import { noPairs } from "../../lib/app/pairs/no_pairs.ts";
import { noOverlays } from "../../lib/app/overlays/no_overlays.ts";
import type { Outbox } from "../../lib/app/outbox/outbox.ts";
import type { Peers } from "../../lib/app/peers/peers.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";

export const PK = "02" + "ab".repeat(32);
export const PEER = "03" + "cd".repeat(32);
const TS = "2026-01-01T00:00:00.000000000Z";

/** A stream in memory that counts what is done to it. */
export interface FakeStream extends AppStream {
  readonly calls: string[];
  reset(): void;
}

export function fakeStream(under: Duplex & { break?(): void }, port = 7): FakeStream {
  const calls: string[] = [];
  return {
    calls,
    remote: { pk: PEER, port },
    read: () => under.read(),
    write: (bytes) => under.write(bytes),
    closeWrite: () => (calls.push("closeWrite"), under.closeWrite()),
    close: () => (calls.push("close"), under.close()),
    reset: () => (calls.push("reset"), under.break?.()),
    ping: () => (calls.push("ping"), Promise.resolve(12)),
  };
}

/** Keeps messages in a file; `path` is made when it is missing. */
export class FileApp implements App {
  readonly groups = noGroups();
  readonly pairs = noPairs();
  readonly overlays = noOverlays();
  readonly files = noFiles();
  readonly pk = PK;
  readonly #path: string;
  readonly #closed = Promise.withResolvers<void>();
  readonly calls: unknown[] = [];
  /** Ends of the streams that were dialled or put to listeners: the peer's side. */
  readonly ends: Duplex[] = [];
  readonly streams: FakeStream[] = [];
  readonly listening = new Map<number, (stream: AppStream | null) => void>();
  /** Whether the peer keeps one copy of an id. */
  once = true;
  /** Runs before a send is kept, and after. */
  hooks: { before?(signal?: AbortSignal): Promise<void>; after?(): Promise<void> } = {};

  constructor(path: string) {
    this.#path = path;
    Deno.openSync(path, { create: true, append: true }).close();
  }

  #lines(): MessageView[] {
    const text = Deno.readTextFileSync(this.#path);
    return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  async #send(request: SendRequest, signal?: AbortSignal): Promise<SendReport> {
    this.calls.push(request);
    await this.hooks.before?.(signal);
    if (request.text === "") throw new UserError("empty", { kind: "usage", hint: "Say something." });
    if (request.text === "unreachable") {
      throw new NetworkError("nobody there", { reason: "unreachable", retry: true });
    }
    const lines = this.#lines();
    const known = request.key === undefined ? undefined : lines.find(({ id }) => id === request.key);
    const position = known?.position ?? lines.length + 1;
    const asks = request.waitMs > 0 || request.key !== undefined;
    const id = request.key ?? (asks ? request.mark ?? `${position}` : undefined);
    if (!known) this.put({ text: request.text, id, position, state: asks ? "unconfirmed" : "pending" });
    await this.hooks.after?.();
    return asks ? { state: "acked", id, ms: 1, position } : { state: "handed-over", ms: 1, position };
  }

  /** Keeps a message. */
  put(part: Partial<MessageView> & { text: string }): void {
    const message = { peer: PEER, position: 0, outgoing: true, ts: TS, state: "sent", via: "dmsg", ...part };
    Deno.writeTextFileSync(this.#path, JSON.stringify(message) + "\n", { append: true });
  }

  async *#follow(since: number | undefined, signal: AbortSignal): AsyncGenerator<AppEvent> {
    let cursor = since ?? this.#lines().length;
    while (!signal.aborted) {
      for (const message of this.#lines().slice(cursor)) {
        if (signal.aborted) return;
        yield { cursor: ++cursor, ts: TS, kind: "message", message };
      }
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }

  #status(): ReturnType<AppNode["status"]> {
    const counts = { conversations: 1, unread: 0, queued: 0, inbound: 0, outbound: 0, outboundFailed: 0 };
    const connected = { connections: 2, peers: [PEER] };
    const status = {
      pk: PK,
      pid: Deno.pid,
      uptimeSec: 1.5,
      registered: true,
      servers: [PEER],
      discovery: [],
    };
    return Promise.resolve({ ...status, ...counts, ...connected });
  }

  #note(...call: unknown[]): Promise<void> {
    this.calls.push(call);
    return Promise.resolve();
  }

  readonly messages: Messages & { search(request: { text: string }): Promise<MessageView[]> } = {
    send: (request, signal) => this.#send(request, signal),
    history: ({ limit, before = Infinity }) =>
      Promise.resolve(this.#lines().filter(({ position }) => position < before).slice(-limit)),
    search: ({ text }) => Promise.resolve(this.#lines().filter((line) => line.text.includes(text))),
    conversations: () => Promise.resolve([{ peer: PEER, lastTs: TS, unread: 0 }]),
    markRead: (request) => this.#note("markRead", request),
    remove: (request) => this.#note("remove", request),
    forget: (request) => this.#note("forget", request),
  };

  readonly outbox: Outbox = {
    list: () => Promise.resolve([]),
    cancel: (request) => this.#note("cancel", request),
    /** Has every message acked that is asked for again. */
    retry: (request) => {
      const lines = this.#lines().map((line) =>
        JSON.stringify(line.position === request.position ? { ...line, state: "received" } : line) + "\n"
      );
      Deno.writeTextFileSync(this.#path, lines.join(""));
      return this.#note("retry", request);
    },
  };

  readonly peers: Peers = {
    list: () => Promise.resolve([{ peer: PEER, blocked: false, accepted: true, once: this.once }]),
    decide: (request) => this.#note("decide", request),
  };

  readonly events: { -readonly [K in keyof Events]: Events[K] } = {
    follow: (since, signal) => this.#follow(since, signal),
    cursor: () => Promise.resolve(this.#lines().length),
  };

  readonly node: AppNode = {
    status: () => this.#status(),
    dial: (to, signal) => this.#dial(to, signal),
    listen: (port) => this.#listen(port),
  };

  #dial(to: { port: number }, signal?: AbortSignal): Promise<AppStream> {
    if (to.port === 1) throw new NetworkError("no such peer", { reason: "unreachable", retry: false });
    if (to.port === 2) {
      this.calls.push("dial");
      return new Promise((_, reject) =>
        signal?.addEventListener("abort", () => {
          this.calls.push("dial aborted");
          reject(signal.reason);
        })
      );
    }
    return Promise.resolve(this.newStream());
  }

  newStream(port?: number): FakeStream {
    const [ours, theirs] = memoryDuplexPair();
    const stream = fakeStream(ours, port);
    this.streams.push(stream);
    this.ends.push(theirs);
    return stream;
  }

  #listen(port: number): Promise<AppListener> {
    if (this.listening.has(port)) throw new UserError("taken", { kind: "busy", hint: "Another port." });
    const queue: (AppStream | null)[] = [];
    const waiting: ((stream: AppStream | null) => void)[] = [];
    this.listening.set(port, (stream) => {
      const next = waiting.shift();
      if (next) next(stream);
      else queue.push(stream);
    });
    return Promise.resolve({
      accept: () =>
        queue.length > 0
          ? Promise.resolve(queue.shift()!)
          : new Promise<AppStream | null>((resolve) => waiting.push(resolve)),
      close: () => {
        this.listening.delete(port);
        for (const resolve of waiting.splice(0)) resolve(null);
      },
    });
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): Promise<void> {
    this.#closed.resolve();
    return Promise.resolve();
  }
}
