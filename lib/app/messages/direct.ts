/**
 * What goes to single peers and comes from them: our ports, the outbox's lanes, and what joins them.
 *
 * @see lib/app/README.md
 * @module
 */
import { CALL_PORT } from "../../chat/call.ts";
import type { ControlFrame } from "../../chat/control.ts";
import { DMSG_CHAT_PORT } from "../../chat/dmsg_chat.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Store } from "../../store/store.ts";
import type { LocalAppOptions } from "../local_options.ts";
import type { Traffic } from "../node/traffic.ts";
import { OutboxRun } from "../outbox/outbox_run.ts";
import type { PeerBook } from "../peers/peer_book.ts";
import { declineCalls } from "./call_port.ts";
import { DmsgChatPort } from "./dmsg_chat_port.ts";
import { Incoming } from "./incoming.ts";
import { CHAT_PORT, Messenger } from "./messenger.ts";
import { answerPings, PING_PORT } from "./ping_port.ts";
import { carrier } from "./planning.ts";
import { Sending } from "./sending.ts";

/** What it is made of. */
export interface DirectParts {
  /** The app's. */
  readonly options: LocalAppOptions;
  /** The app's, of which what is committed is known to the book. */
  readonly store: Store;
  /** What is decided about peers. */
  readonly book: PeerBook;
  /** What goes and comes is counted there. */
  readonly traffic: Traffic;
  /** A peer has proven that it is there. */
  readonly heardFrom: (from: PublicKeyHex) => void;
  /** A peer says something that is no message. */
  readonly onControl: (from: PublicKeyHex, frame: ControlFrame) => Promise<void>;
  /** Something could not be kept. */
  readonly onProblem: (error: Error) => void;
}

/** What the ports that are listened on tell. */
export interface DirectListening {
  /** Whether somebody may ping or call. */
  readonly admit: (from: PublicKeyHex) => Promise<boolean>;
  /** A port of messages is lost. */
  readonly onLost: (error: Error) => void;
  /** Ends the listening. */
  readonly stop: AbortSignal;
}

/** The members that messages of single peers need. */
export class Direct {
  /** What peers say. */
  readonly incoming: Incoming;
  /** Port 1. */
  readonly messenger: Messenger;
  /** The outbox. */
  readonly lanes: OutboxRun;
  /** What the user does with messages of ours. */
  readonly sending: Sending;
  readonly #parts: DirectParts;
  readonly #dmsgChat: DmsgChatPort;

  /** Nothing happens by itself. */
  constructor(parts: DirectParts) {
    this.#parts = parts;
    const { options, store, book } = parts;
    const { client, clock, random } = options;
    this.incoming = this.#newIncoming();
    const messenger = this.messenger = this.#newMessenger();
    const dmsgChat = this.#dmsgChat = new DmsgChatPort({
      pk: client.pk,
      network: client,
      clock,
      admit: (from) => this.incoming.admits(from),
      onPeer: parts.heardFrom,
      take: this.incoming.takeDmsgChat.bind(this.incoming),
    });
    const lanes = this.lanes = this.#newLanes();
    this.sending = new Sending({ store, book, lanes, messenger, dmsgChat, clock, random });
  }

  #newIncoming(): Incoming {
    const { options: { clock, settings = {} }, store, book, traffic, onProblem } = this.#parts;
    return new Incoming({
      store,
      book,
      clock,
      settings,
      onProblem,
      onKept: (from, via) => {
        traffic.came();
        this.sending.answerVia(from, via);
      },
      onLateAck: (from, id, once) => this.sending.lateAck(from, id, once),
    });
  }

  #newMessenger(): Messenger {
    const { options: { client, clock, random }, heardFrom, onControl, onProblem } = this.#parts;
    return new Messenger({
      network: client,
      clock,
      random,
      commit: (message) => this.incoming.take(message),
      once: true,
      admit: (from) => this.incoming.admits(from),
      onPeer: heardFrom,
      onNotice: (from, notice) => this.incoming.notice(from, notice),
      onControl: (from, frame) => onControl(from, frame).catch(onProblem),
    });
  }

  #newLanes(): OutboxRun {
    const { options, store, book, traffic, onProblem } = this.#parts;
    const { client, clock, random, resident, outbox } = options;
    return new OutboxRun({
      store,
      book,
      clock,
      random,
      resident,
      carry: carrier({ messenger: this.messenger, dmsgChat: this.#dmsgChat }),
      outbox,
      mark: client.mark && ((peer) => client.mark!(peer)),
      onProblem,
      onOutcome: ({ kind }) => traffic.went(kind === "done"),
    });
  }

  /** Takes messages, pings and calls, but for the port that somebody else listens on. */
  listen({ admit, onLost, stop }: DirectListening): void {
    const { options: { client, clock, sparePort }, onProblem } = this.#parts;
    const take = this.incoming.take.bind(this.incoming);
    if (sparePort !== CHAT_PORT) this.messenger.listen(take, stop).catch(onLost);
    if (sparePort !== DMSG_CHAT_PORT) this.#dmsgChat.listen().catch(onLost);
    const onCall = this.incoming.missedCall.bind(this.incoming);
    const beside = { pk: client.pk, network: client, clock, admit, onCall };
    if (sparePort !== PING_PORT) answerPings(beside, stop).catch(onProblem);
    if (sparePort !== CALL_PORT) declineCalls(beside, stop).catch(onProblem);
  }

  /** What waits for a peer leaves now: it is there. */
  isBack(peer: PublicKeyHex): void {
    if (!this.lanes.find(peer)) return;
    this.messenger.dialAgain(peer);
    this.lanes.peerIsBack(peer);
  }

  /** Ends a peer's connections, of all ports. */
  drop(peer: PublicKeyHex): void {
    this.messenger.drop(peer);
    this.#dmsgChat.drop(peer);
    this.#parts.options.client.drop?.(peer);
  }

  /** Ends all of it, the outbox last. */
  async close(): Promise<void> {
    this.messenger.close();
    this.#dmsgChat.close();
    await this.lanes.close();
  }
}
