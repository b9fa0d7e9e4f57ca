/**
 * The leaves that we publish: our messages, what we copy of others', and decisions. What is put and dropped is given
 * out, so that a shell can write it to its disk and into the next Root in one step.
 *
 * @see specification skychat §b.2, §b.4, §b.6
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { FeedChange, Leaves } from "../../cxo/feed/change.ts";
import { PackedMap } from "../../wire/packed.ts";
import { type Domain, governancePath } from "../roster/governance.ts";
import { MESSAGE_PREFIX, parseLeafPath } from "../talk/leaf.ts";

/** Most messages in a feed: what Go peers cope with; older ones go, which takes nothing back. */
export const MAX_FEED_MESSAGES = 500;
/**
 * So many more go with one that has to: a leaf that goes at the front of a level moves all that follow it, and every
 * reader fetches their Refs nodes again.
 */
export const RETIRED_BESIDE = 49;

const NUMBERED = /^(roster|admin|mod|keys)\/(\d{5,})$/;

/** Our feed, as it is to be published. */
export class OwnFeed {
  readonly #own: PublicKeyHex;
  readonly #leaves = new PackedMap();
  /** Paths of messages by sender, oldest first. */
  readonly #messages = new Map<PublicKeyHex, string[]>();
  #count = 0;
  readonly #numbers: Record<Domain | "keys", number> = { roster: 0, admin: 0, mod: 0, keys: 0 };
  #changes: FeedChange[] = [];

  /**
   * A feed as it was left.
   * @param leaves  What was published before, path and value; the numbers of decisions go on behind it.
   */
  constructor(own: PublicKeyHex, leaves: Iterable<readonly [string, Uint8Array]>) {
    this.#own = own;
    for (const [path, value] of leaves) {
      const [, domain, number] = NUMBERED.exec(path) ?? [];
      if (domain !== undefined) {
        const known = domain as Domain | "keys";
        this.#numbers[known] = Math.max(this.#numbers[known], Number(number));
      }
      if (isMessage(path)) this.#index(path);
      this.#leaves.set(path, value);
    }
  }

  /** All leaves, path and value. */
  get leaves(): Leaves {
    return this.#leaves;
  }

  /** Whether there is a leaf. */
  has(path: string): boolean {
    return this.#leaves.has(path);
  }

  /** Whether there is a leaf, and this is its value. */
  holds(path: string, value: Uint8Array): boolean {
    return this.#leaves.holds(path, value);
  }

  /**
   * Puts a message. Beyond {@link MAX_FEED_MESSAGES} the oldest of whoever has most of them goes, ours last, and then
   * {@link RETIRED_BESIDE} more in the same way: so nobody who floods, and no clock that is years behind, drives out
   * what others said.
   * @returns What of ours had to go.
   */
  putMessage(path: string, value: Uint8Array): { readonly path: string; readonly value: Uint8Array }[] {
    if (!this.#leaves.has(path)) this.#index(path);
    this.#put(path, value);
    const ours: { path: string; value: Uint8Array }[] = [];
    if (this.#count <= MAX_FEED_MESSAGES) return ours;
    while (this.#count > MAX_FEED_MESSAGES - RETIRED_BESIDE) {
      const sender = this.#mostSaid();
      const [oldest] = this.#messages.get(sender)!;
      if (sender === this.#own) ours.push({ path: oldest, value: this.#leaves.get(oldest)! });
      this.drop(oldest);
    }
    return ours;
  }

  /** Puts a decision or a rotation behind the others of its domain. @returns Its path. */
  putNumbered(domain: Domain | "keys", value: Uint8Array): string {
    const path = governancePath(domain, ++this.#numbers[domain]);
    this.#put(path, value);
    return path;
  }

  /** Writes a leaf anew in its place. */
  replace(path: string, value: Uint8Array): void {
    this.#put(path, value);
  }

  /** Takes a leaf out. */
  drop(path: string): void {
    if (!this.#leaves.delete(path)) return;
    this.#changes.push({ kind: "drop", path });
    if (!isMessage(path)) return;
    const sender = senderOf(path);
    const paths = this.#messages.get(sender)!;
    paths.splice(paths.indexOf(path), 1);
    if (paths.length === 0) this.#messages.delete(sender);
    this.#count--;
  }

  /** Paths of messages of a sender at a time. */
  messagesAt(sender: PublicKeyHex, tsNs: bigint): string[] {
    const prefix = `${MESSAGE_PREFIX}/${sender}/${tsNs}/`;
    return (this.#messages.get(sender) ?? []).filter((path) => path.startsWith(prefix));
  }

  /** What has changed since the last call, in order. */
  takeChanges(): FeedChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  #put(path: string, value: Uint8Array): void {
    this.#leaves.set(path, value);
    this.#changes.push({ kind: "put", path, value });
  }

  #index(path: string): void {
    const sender = senderOf(path);
    const paths = this.#messages.get(sender) ?? [];
    insertByTime(paths, path);
    this.#messages.set(sender, paths);
    this.#count++;
  }

  #mostSaid(): PublicKeyHex {
    let [most, count] = [this.#own, 0];
    for (const [sender, { length }] of this.#messages) {
      if (sender !== this.#own && length > count) [most, count] = [sender, length];
    }
    return most;
  }
}

const isMessage = (path: string): boolean => path.startsWith(`${MESSAGE_PREFIX}/`);
const senderOf = (path: string): PublicKeyHex => parseLeafPath(path)?.sender ?? "";
const timeOf = (path: string): bigint => parseLeafPath(path)?.tsNs ?? 0n;

function insertByTime(paths: string[], path: string): void {
  const tsNs = timeOf(path);
  let at = paths.length; // nearly always the newest
  while (at > 0 && timeOf(paths[at - 1]) > tsNs) at--;
  paths.splice(at, 0, path);
}
