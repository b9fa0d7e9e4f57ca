/**
 * The {@link App} of an identity in this process: chat connections, the outbox and the store, put together.
 *
 * @see lib/app/README.md
 * @module
 */
import { CALL_PORT } from "../chat/call.ts";
import { DMSG_CHAT_PORT } from "../chat/dmsg_chat.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { ClientEvent } from "../dmsg/client.ts";
import type { Store } from "../store/store.ts";
import type { App } from "./app.ts";
import type { LocalAppOptions } from "./local_options.ts";
import { LocalEvents } from "./events/local_events.ts";
import { type LazyFiles, lazyFiles } from "./files/lazy_files.ts";
import { type LazyGroups, lazyGroups } from "./groups/lazy_groups.ts";
import { DmsgChatPort } from "./messages/dmsg_chat_port.ts";
import { declineCalls } from "./messages/call_port.ts";
import { answerPings, PING_PORT } from "./messages/ping_port.ts";
import { Incoming } from "./messages/incoming.ts";
import { LocalMessages } from "./messages/local_messages.ts";
import { CHAT_PORT, Messenger } from "./messages/messenger.ts";
import { carrier } from "./messages/planning.ts";
import { Sending } from "./messages/sending.ts";
import { LocalNode } from "./node/local_node.ts";
import { Traffic } from "./node/traffic.ts";
import { groupsWith, type LazyOverlays, lazyOverlays } from "./overlays/lazy_overlays.ts";
import { LocalOutbox } from "./outbox/local_outbox.ts";
import { OutboxRun } from "./outbox/outbox_run.ts";
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
  readonly #incoming: Incoming;
  readonly #messenger: Messenger;
  readonly #dmsgChat: DmsgChatPort;
  readonly #lanes: OutboxRun;
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
    const incoming: Incoming = this.#incoming = new Incoming({
      store,
      book,
      clock,
      settings,
      onProblem,
      onKept: (from, via) => {
        traffic.came();
        sending.answerVia(from, via);
      },
      onLateAck: (from, id, once) => sending.lateAck(from, id, once),
    });
    const admit = (from: PublicKeyHex): Promise<boolean> => incoming.admits(from);
    const onPeer = (from: PublicKeyHex): void => this.heardFrom(from);
    const messenger: Messenger = this.#messenger = new Messenger({
      network: client,
      clock,
      random,
      commit: (message) => incoming.take(message),
      once: true,
      admit,
      onPeer,
      onNotice: (from, notice) => incoming.notice(from, notice),
      onControl: (from, frame) => {
        const taken = frame.type === "file-request"
          ? this.files.requested(from, frame)
          : this.pairs.heard(from, frame);
        return taken.catch(onProblem);
      },
    });
    const take = incoming.takeDmsgChat.bind(incoming);
    const dmsgChat = this.#dmsgChat = new DmsgChatPort({
      pk: this.pk,
      network: client,
      clock,
      admit,
      onPeer,
      take,
    });
    const lanes: OutboxRun = this.#lanes = new OutboxRun({
      store,
      book,
      clock,
      random,
      resident,
      carry: carrier({ messenger, dmsgChat }),
      outbox: options.outbox,
      mark: client.mark && ((peer) => client.mark!(peer)),
      onProblem,
      onOutcome: ({ kind }) => traffic.went(kind === "done"),
    });
    const sending: Sending = new Sending({ store, book, lanes, messenger, dmsgChat, clock, random });
    const drop = (peer: PublicKeyHex): void => {
      messenger.drop(peer);
      dmsgChat.drop(peer);
      client.drop?.(peer);
    };
    this.peers = new LocalPeers({ pk: client.pk, store, book, drop });
    const pairs = this.pairs = lazyPairs({
      ...options,
      store,
      onProblem,
      tell: (pk, frame) => messenger.notify({ pk, port: CHAT_PORT }, [{ kind: "control", frame }]),
      isBlocked: async (peer) => (await book.get(peer)).blocked ?? false,
    });
    const lazy = lazyGroups({ ...options, store, onProblem });
    const parts = { pk: this.pk, store, clock, random, onProblem, sending, pairs, peers: this.peers };
    const overlays = this.overlays = lazyOverlays({ ...parts, groups: lazy, titles: options.titles });
    const files = this.files = lazyFiles({
      settings: options.files,
      client,
      store,
      book,
      incoming,
      messenger,
      groups: lazy,
      clock,
      random,
      resident,
      findable: () => this.node.findable(),
      onProblem,
    });
    const groups = this.groups = groupsWith(lazy, [overlays, files]);
    this.messages = new LocalMessages({
      store,
      book,
      sending,
      messenger,
      settings,
      groups,
      pairs,
      beside: [overlays, files],
    });
    this.outbox = new LocalOutbox({ store, lanes, sending, clock });
    this.events = new LocalEvents({ store, clock, stop: this.#stop.signal });
    const seen = { admits: admit, heardFrom: onPeer };
    this.node = new LocalNode({
      client,
      store,
      clock,
      messenger,
      lanes,
      traffic,
      resident,
      discovery,
      pid,
      ...seen,
    });
  }

  async start(): Promise<void> {
    await this.#lanes.start();
    await this.groups.start();
    await this.pairs.start();
    const { client, clock, resident, sparePort, onProblem } = this.#options;
    await this.files.start(sparePort);
    if (!resident) return;
    const take = this.#incoming.take.bind(this.#incoming);
    const ended = (error: Error): void => {
      this.#options.onProblem?.(error);
      void this.close();
    };
    if (sparePort !== CHAT_PORT) this.#messenger.listen(take, this.#stop.signal).catch(ended);
    if (sparePort !== DMSG_CHAT_PORT) this.#dmsgChat.listen().catch(ended);
    const beside = {
      pk: this.pk,
      network: client,
      clock,
      admit: this.admits.bind(this),
      onCall: this.#incoming.missedCall.bind(this.#incoming),
    };
    const failed = (error: Error): void => onProblem?.(error);
    if (sparePort !== PING_PORT) answerPings(beside, this.#stop.signal).catch(failed);
    if (sparePort !== CALL_PORT) declineCalls(beside, this.#stop.signal).catch(failed);
    this.#cancelSweep = sweepDaily(this.#options);
  }

  heardFrom(peer: PublicKeyHex): void {
    this.#traffic.heardFrom(peer);
    this.pairs.isBack(peer);
    this.groups.isBack(peer);
    if (!this.#lanes.find(peer)) return;
    this.#messenger.dialAgain(peer);
    this.#lanes.peerIsBack(peer);
  }

  /** The one door of all ports: who comes through is there. */
  async admits(pk: PublicKeyHex): Promise<boolean> {
    const admitted = await this.#incoming.admits(pk);
    if (admitted) this.heardFrom(pk);
    return admitted;
  }

  networkEvent(event: ClientEvent): void {
    if (event.kind === "registered") this.node.registered(event.servers);
    if (event.kind === "problem") this.node.failed(event.error);
    if (event.kind === "session-up" || event.kind === "registered") this.#lanes.networkIsBack();
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
    this.#messenger.close();
    this.#dmsgChat.close();
    await this.#lanes.close();
    try {
      await this.#options.onClose?.();
    } finally {
      this.#ended.resolve();
    }
  }
}
