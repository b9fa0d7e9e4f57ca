/**
 * What is known and decided about peers, read through a small cache, and the limits for senders that nobody has
 * accepted yet.
 *
 * @see lib/app/README.md "Who is heard"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change, CommitOptions, CommitResult, PeerFacts, Store } from "../../store/store.ts";
import { Lazy } from "../../wire/lazy.ts";

/** Messages that are kept of a sender whom the user has not accepted. */
const MAX_UNACCEPTED_MESSAGES = 20;
/** Senders whom the user has not accepted and of whom something is kept. */
const MAX_UNACCEPTED_SENDERS = 200;
/** Peers in the cache. */
const MAX_CACHED = 1024;

/** Facts of peers. Whoever changes facts does it through {@link commit}. */
export class PeerBook {
  readonly #store: Store;
  readonly #cache = new Map<PublicKeyHex, Promise<PeerFacts>>();
  /** Unaccepted peers with a conversation; read when it is first needed. */
  #unaccepted = this.#unread();

  /** A book over a store. */
  constructor(store: Store) {
    this.#store = store;
  }

  /** What is known of a peer. */
  get(peer: PublicKeyHex): Promise<PeerFacts> {
    const cached = this.#cache.get(peer);
    if (cached) return cached;
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    const facts = this.#store.peers.get(peer);
    this.#cache.set(peer, facts);
    facts.catch(() => this.#cache.delete(peer));
    return facts;
  }

  /** Commits changes, facts among them. @throws As {@link Store.commit}. */
  commit(changes: readonly Change[], options?: CommitOptions): Promise<CommitResult> {
    const committed = this.#store.commit(changes, options);
    if (!changes.some(({ kind }) => kind === "peer" || kind === "forget")) return committed; // nearly all
    return committed.then((result) => {
      if (result.ok) { for (const change of changes) this.#forget(change); }
      return result;
    });
  }

  /**
   * The change that remembers what an ack says, if it says something new. None, where what is known can't be read: what
   * became of the message counts all the same, and the next ack says it again.
   */
  async onceChange(peer: PublicKeyHex, once: boolean): Promise<Change[]> {
    const facts = await this.get(peer).catch(() => undefined);
    // An ack without the sign is of a program that shows a repeated message twice.
    const isKnown = facts === undefined || (facts.once ?? false) === once;
    return isKnown ? [] : [{ kind: "peer", peer, facts: { once: once || undefined } }];
  }

  /**
   * Whether one more message of an unaccepted sender may be kept. Calls must not overlap with the commit that follows
   * from another one's answer.
   */
  async hasRoomFor(peer: PublicKeyHex): Promise<boolean> {
    const kept = await this.#store.messages.newest(peer, MAX_UNACCEPTED_MESSAGES);
    if (kept.length > 0) return kept.length < MAX_UNACCEPTED_MESSAGES;
    return (await this.#unaccepted.get()).size < MAX_UNACCEPTED_SENDERS;
  }

  /** Tells that a message of an unaccepted sender was kept. */
  async keptOf(peer: PublicKeyHex): Promise<void> {
    (await this.#unaccepted.made)?.add(peer);
  }

  #forget(change: Change): void {
    if (change.kind === "peer") this.#cache.delete(change.peer);
    if (change.kind === "peer" || change.kind === "forget") this.#unaccepted = this.#unread();
  }

  #unread(): Lazy<Set<PublicKeyHex>> {
    return new Lazy(() => this.#readUnaccepted());
  }

  async #readUnaccepted(): Promise<Set<PublicKeyHex>> {
    const accepted = new Set(
      (await this.#store.peers.all()).filter(({ facts }) => facts.accepted).map(({ peer }) => peer),
    );
    const conversations = await this.#store.messages.conversations();
    return new Set(conversations.map(({ peer }) => peer).filter((peer) => !accepted.has(peer)));
  }
}
