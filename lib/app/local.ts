/**
 * The {@link App} of an identity in this process: chat connections, the outbox and the store, put together.
 *
 * @see lib/app/README.md
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { ClientEvent } from "../dmsg/client.ts";
import type { Store } from "../store/store.ts";
import type { App } from "./app.ts";
import type { LocalAppOptions } from "./local_options.ts";
import { LocalEvents } from "./events/local_events.ts";
import { type LazyFiles, lazyFiles } from "./files/lazy_files.ts";
import { type LazyGroups, lazyGroups } from "./groups/lazy_groups.ts";
import { Direct } from "./messages/direct.ts";
import { LocalMessages } from "./messages/local_messages.ts";
import { CHAT_PORT } from "./messages/messenger.ts";
import { LocalNode } from "./node/local_node.ts";
import { Traffic } from "./node/traffic.ts";
import { groupsWith, type LazyOverlays, lazyOverlays } from "./overlays/lazy_overlays.ts";
import { LocalOutbox } from "./outbox/local_outbox.ts";
import { type LazyPairs, lazyPairs } from "./pairs/lazy_pairs.ts";
import { tellingStore } from "./overlays/kept_titles.ts";
import { LocalPeers } from "./peers/local_peers.ts";
import { PeerBook } from "./peers/peer_book.ts";
import { sweepDaily } from "./sweep_daily.ts";

/** An app in this process. */
export interface LocalApp extends App {
  /** Takes what the dmsg client tells: it becomes events, and wakes messages that waited for our network. */
  networkEvent(event: ClientEvent): void;
  /** A peer has proven that it is there, on a stream to or from any port: what waits for it leaves now. */
  heardFrom(peer: PublicKeyHex): void;
  /** Whether a peer's streams are taken, whatever their port: blocked ones' are not. */
  admits(pk: PublicKeyHex): Promise<boolean>;
}

/**
 * Makes the app of an identity: takes up what the last process left, and when it is resident begins to listen.
 * @throws {UserError} local: the store can't be read or written.
 */
export async function openLocalApp(options: LocalAppOptions): Promise<LocalApp> {
  const app = new Local(options);
  await app.start();
  return app;
}

class Local implements LocalApp {
  readonly pk: PublicKeyHex;
  readonly closed: Promise<void>;
  readonly messages: LocalMessages;
  readonly outbox: LocalOutbox;
  readonly peers: LocalPeers;
  readonly events: LocalEvents;
  readonly groups: LazyGroups;
  readonly pairs: LazyPairs;
  readonly overlays: LazyOverlays;
  readonly files: LazyFiles;
  readonly node: LocalNode;
  readonly #options: LocalAppOptions;
  readonly #ended = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  readonly #direct: Direct;
  readonly #traffic: Traffic;
  #cancelSweep: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LocalAppOptions) {
    const { client, clock, random, resident, settings = {}, discovery = [], pid } = options;
    const onProblem = (error: Error): void => options.onProblem?.(error);
    this.#options = options;
    this.pk = client.pk;
    this.closed = this.#ended.promise;
    const told = tellingStore(options.store, (changes) => overlays.committed(changes));
    const book = new PeerBook(told);
    // Whoever commits what is decided about a peer: the next look at it sees that.
    const store: Store = { ...told, commit: (changes, more) => book.commit(changes, more) };
    const traffic = this.#traffic = new Traffic(clock);
    const heardFrom = (from: PublicKeyHex): void => this.heardFrom(from);
    const direct = this.#direct = new Direct({
      options,
      store,
      book,
      traffic,
      heardFrom,
      onControl: (from, frame) =>
        frame.type === "file-request" ? this.files.requested(from, frame) : this.pairs.heard(from, frame),
      onProblem,
    });
    const { incoming, messenger, lanes, sending } = direct;
    this.peers = new LocalPeers({ pk: client.pk, store, book, drop: (peer) => direct.drop(peer) });
    const pairs = this.pairs = lazyPairs({
      ...options,
      store,
      onProblem,
      tell: (pk, frame) => messenger.notify({ pk, port: CHAT_PORT }, [{ kind: "control", frame }]),
      isBlocked: async (peer) => (await book.get(peer)).blocked ?? false,
    });
    const common = { client, store, clock, random, resident, onProblem };
    const lazy = lazyGroups({ ...options, store, onProblem });
    const parts = { pk: this.pk, store, clock, random, onProblem, sending, pairs, peers: this.peers };
    const overlays = this.overlays = lazyOverlays({ ...parts, groups: lazy, titles: options.titles });
    const files = this.files = lazyFiles({
      ...common,
      settings: options.files,
      book,
      incoming,
      messenger,
      groups: lazy,
      findable: () => this.node.findable(),
    });
    const groups = this.groups = groupsWith(lazy, [overlays, files]);
    const beside = [overlays, files];
    this.messages = new LocalMessages({ store, book, sending, messenger, settings, groups, pairs, beside });
    this.outbox = new LocalOutbox({ store, lanes, sending, clock });
    this.events = new LocalEvents({ store, clock, stop: this.#stop.signal });
    const admits = (from: PublicKeyHex): Promise<boolean> => incoming.admits(from);
    this.node = new LocalNode({ ...common, messenger, lanes, traffic, discovery, pid, admits, heardFrom });
  }

  async start(): Promise<void> {
    await this.#direct.lanes.start();
    await this.groups.start();
    await this.pairs.start();
    await this.files.start(this.#options.sparePort);
    if (!this.#options.resident) return;
    this.#direct.listen({
      admit: (from) => this.admits(from),
      onLost: (error) => {
        this.#options.onProblem?.(error);
        void this.close();
      },
      stop: this.#stop.signal,
    });
    this.#cancelSweep = sweepDaily(this.#options);
  }

  heardFrom(peer: PublicKeyHex): void {
    this.#traffic.heardFrom(peer);
    this.pairs.isBack(peer);
    this.groups.isBack(peer);
    this.#direct.isBack(peer);
  }

  /** The one door of all ports: who comes through is there. */
  async admits(pk: PublicKeyHex): Promise<boolean> {
    const admitted = await this.#direct.incoming.admits(pk);
    if (admitted) this.heardFrom(pk);
    return admitted;
  }

  networkEvent(event: ClientEvent): void {
    if (event.kind === "registered") this.node.registered(event.servers);
    if (event.kind === "problem") this.node.failed(event.error);
    if (event.kind === "session-up" || event.kind === "registered") this.#direct.lanes.networkIsBack();
    if (this.#closing || event.kind === "stream-refused") return; // anybody can cause those, again and again
    this.events.keep(event).catch((error) => this.#options.onProblem?.(error));
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#cancelSweep?.();
    this.#stop.abort(new DOMException("the app is closed", "AbortError"));
    this.files.close();
    await this.overlays.close();
    await this.groups.close();
    await this.pairs.close();
    await this.#direct.close();
    try {
      await this.#options.onClose?.();
    } finally {
      this.#ended.resolve();
    }
  }
}
