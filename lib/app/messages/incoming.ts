/**
 * What peers say, into the store: messages, receipts and retractions. An ack goes out only for what is kept.
 *
 * @see lib/app/README.md "What arrives"
 * @module
 */
import { Turns } from "../../wire/turns.ts";
import type { MessagePolicy } from "../policies.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Change, MessageState, NewMessage, Store } from "../../store/store.ts";
import type { Kept, Notice } from "./inbox.ts";
import type { IncomingMessage } from "./messenger.ts";
import type { PeerBook } from "../peers/peer_book.ts";
import { SAID_HERE } from "../said_here.ts";

/** What incoming things are handled with. */
export interface IncomingParts {
  /** Where they go. */
  readonly store: Store;
  /** Who may be heard. */
  readonly book: PeerBook;
  /** When they came. */
  readonly clock: Pick<Clock, "wallNs">;
  /** Whether unknown senders are limited until the user accepts them; read for each message. */
  readonly settings: Pick<Partial<MessagePolicy>, "acceptFirst">;
  /** Told when something could not be kept: the disk is full, for example. Must not throw. */
  readonly onProblem: (error: Error) => void;
  /** A message was kept. */
  readonly onKept: (from: PublicKeyHex, via: NewMessage["via"]) => void;
  /** An ack came after all. */
  readonly onLateAck: (from: PublicKeyHex, id: string, once: boolean) => Promise<void>;
}

/** A message of port 9001. */
export interface DmsgChatText {
  /** The key of the stream. */
  readonly from: PublicKeyHex;
  /** Not empty. */
  readonly text: string;
  /** Whether the message names that key as its sender. */
  readonly senderIsPeer: boolean;
}

/** Begins as what a Go program keeps of a call that nobody took. */
const MISSED_CALL = "📞 Missed call: this program takes none, and has told the caller to write.";

/** States from which a receipt of the reader moves a message on. */
const READABLE: readonly MessageState[] = ["pending", "sent", "received", "unconfirmed"];

/** Takes what peers send. */
export class Incoming {
  readonly #parts: IncomingParts;
  /** Unaccepted senders one after the other: their limits are counted before each commit. */
  readonly #turns = new Turns();

  /** Nothing happens by itself. */
  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  /** Whether a peer's connection is taken at all: not when what is known of the peer can't be read, which is told. */
  async admits(from: PublicKeyHex): Promise<boolean> {
    try {
      return !(await this.#parts.book.get(from)).blocked;
    } catch (error) {
      this.#parts.onProblem(error as Error);
      return false;
    }
  }

  /**
   * Keeps messages of port 1, all of one sender and in order.
   * @returns Whether each is kept, now or before: true lets the ack go out. False for blocked senders, unaccepted ones
   * beyond their limits, and an id with another body; `failed` when the store fails, and false for what comes behind
   * that and asks for an ack.
   */
  async take(burst: readonly IncomingMessage[]): Promise<Kept[]> {
    const messages = burst.map(({ from, id, body, form, replyTo }): NewMessage => {
      const optional = { ...(id === undefined ? {} : { id }), ...(replyTo === undefined ? {} : { replyTo }) };
      return { ...this.#received(from), body, form, via: "dmsg", ...optional };
    });
    if (messages.length > 1 && await this.#takeTogether(messages)) return messages.map(() => true);
    const kept: Kept[] = [];
    for (const [i, message] of messages.entries()) {
      const mustWait = burst[i].wantsAck && kept.includes("failed");
      kept.push(mustWait ? false : await this.#take(message));
    }
    return kept;
  }

  /** Keeps a message of port 9001, which knows no acks. */
  async takeDmsgChat({ from, text, senderIsPeer }: DmsgChatText): Promise<boolean> {
    const reason = senderIsPeer ? {} : { reason: "it names another key as its sender" };
    const message = {
      ...this.#received(from),
      body: text,
      form: "text",
      via: "dmsg-chat",
      ...reason,
    } as const;
    return await this.#take(message) === true;
  }

  /** Tells that a peer has called. @returns Whether that is kept: as a message of that peer would be. */
  async missedCall(from: PublicKeyHex): Promise<boolean> {
    const told = { body: MISSED_CALL, form: "text", via: "dmsg", reason: SAID_HERE } as const;
    return await this.#take({ ...this.#received(from), ...told }) === true;
  }

  /** Takes what a peer says about a message. Peers speak about our messages, and retract only their own. */
  async notice(from: PublicKeyHex, notice: Notice): Promise<void> {
    const { store, onLateAck, onProblem } = this.#parts;
    const { id } = notice;
    try {
      if (!await this.admits(from)) return;
      if (notice.kind === "late-ack") return await onLateAck(from, id, notice.once);
      const message = await store.messages.byId(from, notice.kind === "read" ? "out" : "in", id);
      if (!message) return;
      const at = { peer: from, position: message.position };
      const change: Change = notice.kind === "read"
        ? { kind: "state", ...at, state: "read", from: READABLE }
        : { kind: "delete", ...at };
      if (message.state !== "deleted") await store.commit([change]);
    } catch (error) {
      onProblem(error as Error);
    }
  }

  #received(peer: PublicKeyHex): Pick<NewMessage, "peer" | "direction" | "atNs" | "state"> {
    return { peer, direction: "in", atNs: this.#parts.clock.wallNs(), state: "received" };
  }

  /** All in one commit. @returns false when nothing was kept: each of them has to be looked at by itself. */
  async #takeTogether(messages: readonly NewMessage[]): Promise<boolean> {
    const { book, settings: { acceptFirst = false }, store, onKept } = this.#parts;
    try {
      const { blocked, accepted } = await book.get(messages[0].peer);
      if (blocked || (acceptFirst && !accepted)) return false;
      const { ok } = await store.commit(messages.map((message) => ({ kind: "message", message })));
      if (ok) { for (const { peer, via } of messages) onKept(peer, via); }
      return ok;
    } catch {
      return false; // who is first meets the same failure, and tells it
    }
  }

  async #take(message: NewMessage): Promise<Kept> {
    const { book, settings: { acceptFirst = false }, onProblem } = this.#parts;
    try {
      const facts = await book.get(message.peer);
      if (facts.blocked) return false;
      if (!acceptFirst || facts.accepted) return await this.#keep(message);
      return await this.#turns.run(() => this.#keepUnaccepted(message));
    } catch (error) {
      onProblem(error as Error);
      return "failed";
    }
  }

  async #keepUnaccepted(message: NewMessage): Promise<boolean> {
    const { store, book } = this.#parts;
    const { peer, id, body } = message;
    if (!await book.hasRoomFor(peer)) {
      return id !== undefined && await store.seen.check(peer, "in", id, body) === "repeat";
    }
    const kept = await this.#keep(message);
    if (kept) await book.keptOf(peer);
    return kept;
  }

  async #keep(message: NewMessage): Promise<boolean> {
    const { store, onKept } = this.#parts;
    const result = await store.commit([{ kind: "message", message }]);
    if (!result.ok) return result.reason === "repeat";
    onKept(message.peer, message.via);
    return true;
  }
}
