/**
 * What is said, in this process.
 *
 * @module
 */
import type { MessagePolicy } from "../policies.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Conversation, Store } from "../../store/store.ts";
import { unlessAborted } from "../../sys/abort.ts";
import { UserError } from "../../wire/errors.ts";
import { type Groups, isGroupId } from "../groups/groups.ts";
import { nanosOf } from "../groups/room/message_id.ts";
import type { BesideMessages } from "../overlays/lazy_overlays.ts";
import type { Pairs } from "../pairs/pairs.ts";
import type { PeerBook } from "../peers/peer_book.ts";
import { pairedSince } from "../pairs/paired.ts";
import { conversationView, messageView } from "../views.ts";
import { readHistory } from "./history.ts";
import type { ConversationView, Messages, MessageView, SendReport, SendRequest } from "./messages.ts";
import type { Messenger } from "./messenger.ts";
import { markRead } from "./receipts.ts";
import type { Sending } from "./sending.ts";

/** What it works with. */
export interface LocalMessagesParts {
  /** Where messages are. */
  readonly store: Store;
  /** Who is blocked. */
  readonly book: PeerBook;
  /** Ours. */
  readonly sending: Sending;
  /** Tells peers what was read. */
  readonly messenger: Messenger;
  /** Whether they are told; read each time. */
  readonly settings: Pick<Partial<MessagePolicy>, "receipts">;
  /** Takes back what was said there. */
  readonly groups: Groups;
  /** The same for pairs. */
  readonly pairs: Pick<Pairs, "unsend">;
  /** Goes with the messages. */
  readonly beside: readonly BesideMessages[];
}

/** See {@link Messages}: one code path for peers and groups, save for who is told what. */
export class LocalMessages implements Messages {
  readonly #parts: LocalMessagesParts;

  /** Nothing happens by itself. */
  constructor(parts: LocalMessagesParts) {
    this.#parts = parts;
  }

  /** See {@link Messages.send}. */
  async send(request: SendRequest, signal?: AbortSignal): Promise<SendReport> {
    signal?.throwIfAborted();
    return await unlessAborted(signal, this.#parts.sending.send(request));
  }

  /** See {@link Messages.history}. */
  async history(request: Parameters<Messages["history"]>[0]): Promise<MessageView[]> {
    const { store } = this.#parts;
    return (await readHistory(store.messages, request, async (group, limit) => {
      const { newestAsSaid } = await import("../groups/room/said_order.ts"); // who is in no group needs none of it
      return await newestAsSaid(store, group, limit, request.lines ?? false);
    })).map(messageView);
  }

  /** See {@link Messages.search}. */
  async search({ text, ...options }: Parameters<Messages["search"]>[0]): Promise<MessageView[]> {
    return (await this.#parts.store.messages.search(text, options)).map(messageView);
  }

  /** See {@link Messages.conversations}. */
  async conversations(): Promise<ConversationView[]> {
    const { store } = this.#parts;
    const [all, paired] = await Promise.all([store.messages.conversations(), pairedSince(store)]);
    return withPaired(all, paired).map((one) => conversationView(one, paired.has(one.peer)));
  }

  /** See {@link Messages.markRead}. */
  async markRead({ peer, position }: Parameters<Messages["markRead"]>[0]): Promise<void> {
    const { store, book, messenger, settings: { receipts = false } } = this.#parts;
    const seen = await markRead(store, peer, position);
    if (!receipts || isGroupId(peer) || (await book.get(peer)).blocked || seen.length === 0) return;
    const notices = seen.map((id) => ({ kind: "read", id }) as const);
    // A receipt is a courtesy: nothing waits for it, and one that is lost is lost.
    messenger.notify({ pk: peer, port: 1 }, notices).catch(() => {});
  }

  /** See {@link Messages.remove}. */
  async remove(request: Parameters<Messages["remove"]>[0]): Promise<void> {
    try {
      await this.#remove(request);
    } finally {
      for (const one of this.#parts.beside) await one.lost?.(request.peer); // it is gone here, also when the peer could not be told
    }
  }

  async #remove({ peer, position, everywhere }: Parameters<Messages["remove"]>[0]): Promise<void> {
    const { store, sending, groups, pairs } = this.#parts;
    const message = await store.messages.get(peer, position);
    const isOurs = message?.direction === "out" && message.state !== "deleted";
    if (message?.via === "pair" && everywhere && isOurs) return await pairs.unsend({ peer, id: message.id! });
    if (!isGroupId(peer)) return await sending.remove(peer, position, everywhere);
    if (!everywhere || !isOurs) return await sending.remove(peer, position, false);
    await groups.unsend({ group: peer, tsNano: nanosOf(message.id!) });
  }

  /** See {@link Messages.forget}. */
  async forget({ peer }: Parameters<Messages["forget"]>[0]): Promise<void> {
    const { sending, groups } = this.#parts;
    if (isGroupId(peer) && (await groups.list()).some(({ id }) => id === peer)) {
      // What its feeds hold would come again.
      throw new UserError("A group's messages go with the group", {
        kind: "usage",
        hint: "`dmsg group delete` drops it here.",
      });
    }
    await sending.forget(peer);
    for (const one of this.#parts.beside) await one.forget(peer);
  }
}

/** Whom we are paired with is there before anything was said, in the place of the day on which that was agreed. */
function withPaired(
  all: readonly Conversation[],
  paired: ReadonlyMap<PublicKeyHex, bigint>,
): readonly Conversation[] {
  const known = new Set(all.map(({ peer }) => peer));
  const more = [...paired].filter(([peer]) => !known.has(peer));
  if (more.length === 0) return all;
  return [
    ...all,
    ...more.map(([peer, lastAtNs]): Conversation => ({ peer, lastAtNs, unread: 0, last: 0, readTo: 0 })),
  ]
    .sort((a, b) => a.lastAtNs > b.lastAtNs ? -1 : a.lastAtNs < b.lastAtNs ? 1 : 0);
}
