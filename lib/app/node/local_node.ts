/**
 * Our place in the network, in this process.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Addr } from "../../dmsg/addr.ts";
import type { Store } from "../../store/store.ts";
import { atMost, type Clock } from "../../sys/clock.ts";
import { NetworkError, ProtocolError, UserError } from "../../wire/errors.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import type { Messenger } from "../messages/messenger.ts";
import type { OutboxRun } from "../outbox/outbox_run.ts";
import { isBlocked } from "../peers/block_file.ts";
import { reachViews } from "../views.ts";
import type { AppNetwork } from "./app_network.ts";
import type { AppListener, AppNode, AppStream, StatusView } from "./node.ts";
import type { Traffic } from "./traffic.ts";

/** A program that has just begun can be found by then, or there is no network, which whatever comes next tells. */
const FINDABLE_MS = 6000;

/** What it works with. */
export interface LocalNodeParts {
  /** Carries streams. */
  readonly client: AppNetwork;
  /** Conversations are counted. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Who is connected. */
  readonly messenger: Messenger;
  /** What waits. */
  readonly lanes: OutboxRun;
  /** What went and came. */
  readonly traffic: Traffic;
  /** Whether it can be reached at all. */
  readonly resident: boolean;
  /** URLs of the discoveries. */
  readonly discovery: readonly string[];
  /** This process. */
  readonly pid: number;
  /** Whether a peer's streams are taken. */
  readonly admits: (peer: PublicKeyHex) => Promise<boolean>;
  /** A peer has proven that it is there. */
  readonly heardFrom: (peer: PublicKeyHex) => void;
}

/** See {@link AppNode}. */
export class LocalNode implements AppNode {
  readonly #parts: LocalNodeParts;
  readonly #startMs: number;
  #registered: readonly string[] = [];
  #problem: string | undefined;
  /** Those who wait until peers can reach us. */
  readonly #waiting = new Set<() => void>();

  /** The time since the start counts from here. */
  constructor(parts: LocalNodeParts) {
    this.#parts = parts;
    this.#startMs = parts.clock.nowMs();
  }

  /** Our entry names these servers now. */
  registered(servers: readonly string[]): void {
    this.#registered = servers;
    this.#problem = undefined;
    for (const wake of this.#waiting) wake();
  }

  /** The last round of being reachable has failed; it is made again. */
  failed(problem: Error): void {
    this.#problem = problem.message;
  }

  /** Resolves when peers can reach us, at the latest after 6 s: who asks a peer to dial us must be found first. */
  async findable(): Promise<void> {
    if (this.#isRegistered()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    await atMost(this.#parts.clock, FINDABLE_MS, promise);
    this.#waiting.delete(resolve);
  }

  #isRegistered(): boolean {
    const { client, resident } = this.#parts;
    return resident && !client.twin?.hasEntry &&
      client.servers.some((server) => this.#registered.includes(server));
  }

  /** See {@link AppNode.status}. */
  async status(): Promise<StatusView> {
    const { client, store, clock, messenger, lanes, traffic, discovery, pid } = this.#parts;
    const conversations = await store.messages.conversations();
    const { connected } = messenger;
    const queued = lanes.jobs().filter(({ job }) => job.kind === "queued");
    return {
      pk: client.pk,
      pid,
      uptimeSec: Math.floor((clock.nowMs() - this.#startMs) / 1000),
      registered: this.#isRegistered(),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      servers: [...client.servers],
      ...reachViews(client),
      discovery: [...discovery],
      conversations: conversations.length,
      unread: conversations.reduce((sum, { unread }) => sum + unread, 0),
      queued: queued.length,
      ...(queued.length === 0 ? {} : { queuedFor: [...new Set(queued.map(({ peer }) => peer))] }),
      connections: connected.length,
      peers: [...new Set(connected)],
      ...(traffic.heard.length === 0 ? {} : { heard: traffic.heard }),
      ...traffic.counts,
      ...(traffic.lastRxNs === undefined ? {} : { lastRx: formatGoTime(traffic.lastRxNs) }),
      ...(traffic.lastSendNs === undefined ? {} : { lastSend: formatGoTime(traffic.lastSendNs) }),
    };
  }

  /** See {@link AppNode.dial}. */
  async dial(to: Addr, signal?: AbortSignal, apart?: number): Promise<AppStream> {
    const { client, admits, heardFrom } = this.#parts;
    if (!await admits(to.pk)) throw isBlocked(to.pk);
    try {
      const stream = await client.dial(to, signal, apart);
      heardFrom(to.pk);
      return stream;
    } catch (error) {
      // A "no" is the peer's own, and signed: it is there.
      if (error instanceof NetworkError && error.reason === "refused") heardFrom(to.pk);
      throw error;
    }
  }

  /** See {@link AppNode.listen}. */
  listen(port: number): Promise<AppListener> {
    return new Promise((resolve) => resolve(this.#listen(port)));
  }

  #listen(port: number): AppListener {
    try {
      return this.#parts.client.listen(port);
    } catch (cause) {
      if (!(cause instanceof ProtocolError) || cause.code !== 400) throw cause;
      const hint = "Choose another port, or end what uses it.";
      throw new UserError(`Port ${port} is in use`, { kind: "busy", hint, cause });
    }
  }
}
