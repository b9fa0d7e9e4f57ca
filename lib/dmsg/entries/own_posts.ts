/**
 * What a client has posted of a party, and whose the entry is that a discovery hands out.
 *
 * @see lib/dmsg/README.md "The entry"
 * @module
 */
import type { Entry } from "./entry.ts";

/** Posts that are remembered, of each discovery: the newest, and those that may still be on their way. */
const MAX_REMEMBERED = 32;

/** Whose an entry is. */
export type Standing =
  /** One of our posts. */
  | "ours"
  /** There is none. */
  | "gone"
  /** Not ours, and older than what we posted: left over, or copied back by somebody. */
  | "older"
  /** Not ours, and newer than what we posted: another program has the key. */
  | "foreign";

/** Our posts to one discovery. */
class Posts {
  readonly #signatures = new Set<string>();
  #newestNs: bigint | undefined;

  add({ signature, timestampNs }: Entry): void {
    this.#signatures.add(signature!);
    const [oldest] = this.#signatures;
    if (this.#signatures.size > MAX_REMEMBERED) this.#signatures.delete(oldest);
    if (this.#newestNs === undefined || timestampNs > this.#newestNs) this.#newestNs = timestampNs;
  }

  has({ signature }: Entry): boolean {
    return signature !== undefined && this.#signatures.has(signature);
  }

  isNewer(entry: Entry): boolean {
    return this.#newestNs !== undefined && entry.timestampNs > this.#newestNs;
  }
}

/** Our posts, by discovery and key. */
export class OwnPosts {
  readonly #posts = new Map<string, Posts>();

  /** Remembers an entry that is about to be posted, signed. @param url  Base URL of the discovery. */
  add(url: string, entry: Entry): void {
    const name = `${url} ${entry.static}`;
    const posts = this.#posts.get(name) ?? new Posts();
    this.#posts.set(name, posts);
    posts.add(entry);
  }

  /** Whether anything of a key was posted, wherever. @param pk  66 hex characters. */
  has(pk: string): boolean {
    return [...this.#posts.keys()].some((name) => name.endsWith(` ${pk}`));
  }

  /**
   * Whose an entry is that a discovery has for a key; undefined stands for none. What was posted to another one is ours as
   * well: several can share a store, or be one under two names.
   */
  standing(url: string, pk: string, entry: Entry | undefined): Standing {
    if (!entry) return "gone";
    if ([...this.#posts.values()].some((posts) => posts.has(entry))) return "ours";
    return this.#posts.get(`${url} ${pk}`)?.isNewer(entry) ? "foreign" : "older";
  }
}
