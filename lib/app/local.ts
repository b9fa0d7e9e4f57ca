/**
 * The {@link App} of an identity in this process: chat connections, the outbox and the store, put together.
 *
 * @see lib/app/README.md
 * @module
 */
import { DMSG_CHAT_PORT } from "../chat/dmsg_chat.ts";
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import type { ClientEvent } from "../dmsg/client.ts";
import type { SessionProof } from "../dmsg/reach.ts";
import type { TwinView } from "../dmsg/twin.ts";
import type { Addr } from "../dmsg/addr.ts";
import { unlessAborted } from "../sys/abort.ts";
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import type { PeerFacts, Store } from "../store/store.ts";
import { ProtocolError, UserError } from "../wire/errors.ts";
import { formatGoTime } from "../wire/go_time.ts";
import type { App, AppListener, AppStream, QueuedView, StatusView } from "./app.ts";
import { lastCursor } from "./events/cursor.ts";
import { isBlocked } from "./peers/block_file.ts";
import { DmsgChatPort } from "./messages/dmsg_chat_port.ts";
import { followEvents } from "./events/event_feed.ts";
import { type Groups, groupsThrough } from "./groups/groups.ts";
import { hasGroups } from "./groups/has_groups.ts";
import type { LocalGroups } from "./groups/local_groups.ts";
import { readHistory } from "./messages/history.ts";
import { Incoming } from "./messages/incoming.ts";
import { CHAT_PORT, Messenger } from "./messages/messenger.ts";
import { OutboxRun } from "./outbox/outbox_run.ts";
import { PeerBook } from "./peers/peer_book.ts";
import { markRead } from "./messages/receipts.ts";
import { carrier, Sending } from "./messages/sending.ts";
import { conversationView, messageView, reachViews } from "./views.ts";

/** The store is swept this often. */
const SWEEP_MS = 86_400_000;

/** The part of a dmsg client that an app needs. */
export interface AppNetwork {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Keys of the servers that we have a session with. */
  readonly servers: readonly string[];
  /** Opens a stream. */
  dial(to: Addr, signal?: AbortSignal): Promise<AppStream>;
  /** Takes streams to a port. */
  listen(port: number): AppListener & AsyncIterable<AppStream>;
  /** As `PeerWatchParts.mark`. */
  mark?(peer: PublicKeyHex): Promise<string | undefined>;
  /** Resets all streams of a peer. */
  drop?(pk: PublicKeyHex): void;
  /** What self-dials have shown of the sessions. */
  readonly proofs?: readonly SessionProof[];
  /** Another live program with our key. */
  readonly twin?: TwinView;
}

/** What the user has set. */
export interface MessageSettings {
  /** Tells peers what the user has read. Default: no. */
  readonly receipts?: boolean;
  /** Keeps only a little of senders whom the user has not accepted. Default: no. */
  readonly acceptFirst?: boolean;
}

/** What an app is made of. */
export interface LocalAppOptions {
  /** Carries streams. */
  readonly client: AppNetwork;
  /** Our key pair, for groups; without it there are none. */
  readonly own?: KeyPair;
  /** Keeps everything; in memory when nothing is to stay. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Message ids and jitter. */
  readonly random: Random;
  /** Whether it listens on ports 1 and 9001 and runs the outbox by itself. */
  readonly resident: boolean;
  /** A port that somebody else will listen on: when it is one of those two, no messages are taken there. */
  readonly sparePort?: number;
  /** What the user has set. */
  readonly settings?: MessageSettings;
  /** How long a queued message is tried, nanoseconds; 7 days by default. */
  readonly outboxAgeNs?: bigint;
  /** URLs of the discoveries, for the status. */
  readonly discovery?: readonly string[];
  /** Whether there is no network. */
  readonly offline?: boolean;
  /** This process, for the status. */
  readonly pid: number;
  /** Told when something could not be kept. Must not throw. Default: nothing. */
  readonly onProblem?: (error: Error) => void;
  /** Ends what belongs to the app, when it is closed: node and store. */
  readonly onClose?: () => Promise<void>;
}

/** An app in this process. */
export interface LocalApp extends App {
  /** Takes what the dmsg client tells: it becomes events, and wakes messages that waited for our network. */
  networkEvent(event: ClientEvent): void;
  /** A peer has proven that it is there, on a stream to or from any port: what waits for it leaves now. */
  heardFrom(peer: PublicKeyHex): void;
  /** Whether a peer's streams are taken, whatever their port: blocked ones' are not. */
  admits(pk: PublicKeyHex): Promise<boolean>;
  /** The cursor of the newest event, 0 before the first. */
  cursor(): Promise<number>;
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
  readonly #options: LocalAppOptions;
  readonly #ended = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  readonly #book: PeerBook;
  readonly #incoming: Incoming;
  readonly #messenger: Messenger;
  readonly #dmsgChat: DmsgChatPort;
  readonly #lanes: OutboxRun;
  readonly #sending: Sending;
  readonly #startMs: number;
  readonly #counts = { inbound: 0, outbound: 0, outboundFailed: 0 };
  #lastRxNs: bigint | undefined;
  #lastSendNs: bigint | undefined;
  #registered: readonly string[] = [];
  #cancelSweep: (() => void) | undefined;
  #groups: Promise<LocalGroups> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LocalAppOptions) {
    const { client, store, clock, random, resident, settings = {} } = options;
    const onProblem = (error: Error): void => options.onProblem?.(error);
    this.#options = options;
    this.pk = client.pk;
    this.closed = this.#ended.promise;
    this.#startMs = clock.nowMs();
    this.#book = new PeerBook(store);
    this.#incoming = new Incoming({
      store,
      book: this.#book,
      clock,
      acceptFirst: settings.acceptFirst ?? false,
      onProblem,
      onKept: (from, via) => {
        this.#counts.inbound++;
        this.#lastRxNs = clock.wallNs();
        this.#sending.answerVia(from, via);
      },
      onLateAck: (from, id, once) => this.#sending.lateAck(from, id, once),
    });
    const admit = (from: PublicKeyHex): Promise<boolean> => this.#incoming.admits(from);
    const onPeer = (from: PublicKeyHex): void => this.heardFrom(from);
    this.#messenger = new Messenger({
      network: client,
      clock,
      random,
      commit: (message) => this.#incoming.take(message),
      once: true,
      admit,
      onPeer,
      onNotice: (from, notice) => this.#incoming.notice(from, notice),
    });
    const take = this.#incoming.takeDmsgChat.bind(this.#incoming);
    this.#dmsgChat = new DmsgChatPort({ pk: this.pk, network: client, clock, admit, onPeer, take });
    const carry = carrier({ messenger: this.#messenger, dmsgChat: this.#dmsgChat });
    this.#lanes = new OutboxRun({
      store,
      book: this.#book,
      clock,
      random,
      resident,
      carry,
      maxAgeNs: options.outboxAgeNs,
      mark: client.mark && ((peer) => client.mark!(peer)),
      onProblem,
      onOutcome: (next) => {
        this.#counts[next.kind === "done" ? "outbound" : "outboundFailed"]++;
        if (next.kind === "done") this.#lastSendNs = clock.wallNs();
      },
    });
    const { messenger, dmsgChat, lanes, book } = {
      messenger: this.#messenger,
      dmsgChat: this.#dmsgChat,
      lanes: this.#lanes,
      book: this.#book,
    };
    this.#sending = new Sending({ store, book, lanes, messenger, dmsgChat, clock, random });
  }

  /** See {@link App.groups}. A screen asks for the list at each start: where there is none, nothing is loaded for it. */
  readonly groups: Groups = {
    ...groupsThrough(async (ask) => await ask(await this.#openedGroups())),
    list: async () =>
      this.#groups === undefined && !await hasGroups(this.#options.store)
        ? []
        : await (await this.#openedGroups()).list(),
  };

  async start(): Promise<void> {
    await this.#lanes.start();
    const { store } = this.#options;
    if (await hasGroups(store)) await this.#openedGroups();
    const { resident, sparePort } = this.#options;
    if (!resident) return;
    const take = this.#incoming.take.bind(this.#incoming);
    const ended = (error: Error): void => {
      this.#options.onProblem?.(error);
      void this.close();
    };
    if (sparePort !== CHAT_PORT) this.#messenger.listen(take, this.#stop.signal).catch(ended);
    if (sparePort !== DMSG_CHAT_PORT) this.#dmsgChat.listen().catch(ended);
    this.#sweep();
  }

  async send(...[request, signal]: Parameters<App["send"]>): ReturnType<App["send"]> {
    signal?.throwIfAborted();
    return await unlessAborted(signal, this.#sending.send(request));
  }

  events(since: number | undefined, signal: AbortSignal): ReturnType<App["events"]> {
    const { store, clock } = this.#options;
    return followEvents(store.events, clock, since, AbortSignal.any([signal, this.#stop.signal]));
  }

  cursor(): Promise<number> {
    return lastCursor(this.#options.store.events);
  }

  async history(request: Parameters<App["history"]>[0]): ReturnType<App["history"]> {
    return (await readHistory(this.#options.store.messages, request)).map(messageView);
  }

  async search(request: Parameters<App["search"]>[0]): ReturnType<App["search"]> {
    const { text, ...options } = request;
    return (await this.#options.store.messages.search(text, options)).map(messageView);
  }

  async conversations(): ReturnType<App["conversations"]> {
    return (await this.#options.store.messages.conversations()).map(conversationView);
  }

  async status(): Promise<StatusView> {
    const { client, store, clock, discovery = [], pid, resident } = this.#options;
    const conversations = await store.messages.conversations();
    const { connected } = this.#messenger;
    return {
      pk: this.pk,
      pid,
      uptimeSec: Math.floor((clock.nowMs() - this.#startMs) / 1000),
      registered: resident && !client.twin?.hasEntry &&
        client.servers.some((server) => this.#registered.includes(server)),
      servers: [...client.servers],
      ...reachViews(client),
      discovery: [...discovery],
      conversations: conversations.length,
      unread: conversations.reduce((sum, { unread }) => sum + unread, 0),
      queued: this.#lanes.jobs().filter(({ job }) => job.kind === "queued").length,
      connections: connected.length,
      peers: [...new Set(connected)],
      ...this.#counts,
      ...(this.#lastRxNs === undefined ? {} : { lastRx: formatGoTime(this.#lastRxNs) }),
      ...(this.#lastSendNs === undefined ? {} : { lastSend: formatGoTime(this.#lastSendNs) }),
    };
  }

  async markRead({ peer, position }: Parameters<App["markRead"]>[0]): Promise<void> {
    const { store, settings } = this.#options;
    const seen = await markRead(store, peer, position);
    const { blocked } = await this.#book.get(peer);
    if (!settings?.receipts || blocked || seen.length === 0) return;
    const notices = seen.map((id) => ({ kind: "read", id }) as const);
    // A receipt is a courtesy: nothing waits for it, and one that is lost is lost.
    this.#messenger.notify({ pk: peer, port: 1 }, notices).catch(() => {});
  }

  remove({ peer, position, everywhere }: Parameters<App["remove"]>[0]): Promise<void> {
    return this.#sending.remove(peer, position, everywhere);
  }

  forget({ peer }: Parameters<App["forget"]>[0]): Promise<void> {
    return this.#sending.forget(peer);
  }

  async peers(): ReturnType<App["peers"]> {
    const all = await this.#options.store.peers.all();
    return all.map(({ peer, facts: { blocked = false, accepted = false, once = false } }) => ({
      peer,
      blocked,
      accepted,
      once,
    }));
  }

  async decide({ peer, blocked, accepted }: Parameters<App["decide"]>[0]): Promise<void> {
    const facts: Record<string, boolean | undefined> = {};
    if (blocked !== undefined) facts.blocked = blocked || undefined;
    if (accepted !== undefined) facts.accepted = accepted || undefined;
    if (Object.keys(facts).length === 0) return;
    await this.#book.commit([{ kind: "peer", peer, facts }]);
    if (!blocked) return;
    this.#messenger.drop(peer);
    this.#dmsgChat.drop(peer);
    this.#options.client.drop?.(peer);
  }

  async outbox(): Promise<QueuedView[]> {
    const { store } = this.#options;
    const queued = this.#lanes.jobs().filter(({ job }) => job.kind === "queued");
    const views = await Promise.all(queued.map(async ({ peer, job }) => {
      const message = await store.messages.get(peer, job.position);
      const { dueNs, attempts } = job;
      return message && { message: messageView(message), due: formatGoTime(dueNs), attempts };
    }));
    return views.filter((view) => view !== undefined);
  }

  cancel({ peer, position }: Parameters<App["cancel"]>[0]): Promise<void> {
    return this.#sending.cancel(peer, position);
  }

  retry({ peer, position }: Parameters<App["retry"]>[0]): Promise<void> {
    return this.#sending.retry(peer, position);
  }

  async dial(to: Addr, signal?: AbortSignal): Promise<AppStream> {
    if (!await this.#incoming.admits(to.pk)) throw isBlocked(to.pk);
    const stream = await this.#options.client.dial(to, signal);
    this.heardFrom(to.pk);
    return stream;
  }

  heardFrom(peer: PublicKeyHex): void {
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

  listen(port: number): Promise<AppListener> {
    return new Promise((resolve) => resolve(this.#listen(port)));
  }

  networkEvent(event: ClientEvent): void {
    if (event.kind === "registered") this.#registered = event.servers;
    if (event.kind === "session-up" || event.kind === "registered") this.#lanes.networkIsBack();
    if (this.#closing || event.kind === "stream-refused") return; // anybody can cause those, again and again
    const { kind: name, ...rest } = event;
    this.#options.store.commit([{ kind: "network", name, detail: plain(rest) }])
      .catch((error) => this.#options.onProblem?.(error));
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#cancelSweep?.();
    this.#stop.abort(new DOMException("the app is closed", "AbortError"));
    await this.#groups?.then((groups) => groups.close(), () => {});
    this.#messenger.close();
    this.#dmsgChat.close();
    await this.#lanes.close();
    try {
      await this.#options.onClose?.();
    } finally {
      this.#ended.resolve();
    }
  }

  /** Loaded where there are some, and at the first call: who has none pays nothing for them. */
  #openedGroups(): Promise<LocalGroups> {
    return this.#groups ??= this.#openGroups();
  }

  async #openGroups(): Promise<LocalGroups> {
    const { own, client: network, store, clock, random, resident, offline = false, onProblem = () => {} } =
      this.#options;
    if (own === undefined) throw noSecret();
    const { LocalGroups } = await import("./groups/local_groups.ts");
    const parts = { own, store, clock, random, resident, onProblem };
    if (offline) return await LocalGroups.open({ ...parts, network: undefined, carry: undefined });
    const { cxoFeeds } = await import("./groups/cxo_feeds.ts");
    return await LocalGroups.open({
      ...parts,
      network,
      carry: cxoFeeds({ own, network, resident, clock, random }),
    });
  }

  #listen(port: number): AppListener {
    try {
      return this.#options.client.listen(port);
    } catch (cause) {
      if (!(cause instanceof ProtocolError) || cause.code !== 400) throw cause;
      const hint = "Choose another port, or end what uses it.";
      throw new UserError(`Port ${port} is in use`, { kind: "busy", hint, cause });
    }
  }

  #sweep(): void {
    const { store, clock, onProblem } = this.#options;
    store.sweep().catch((error) => onProblem?.(error));
    this.#cancelSweep = clock.after(SWEEP_MS, () => this.#sweep());
  }
}

/** What of a client's event goes into the store. */
function plain(detail: Record<string, unknown>): PeerFacts {
  const entries = Object.entries(detail).map(([name, value]) => {
    if (value instanceof Error) return [name, value.message];
    if (Array.isArray(value)) return [name, value.join(" ")];
    return [name, value];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const noSecret = (): UserError =>
  new UserError("This program has no key of its own, so it has no groups", {
    kind: "usage",
    hint: "Use an identity.",
  });
