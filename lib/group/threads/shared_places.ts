/**
 * Places of threads in which more than one leaf was seen: a liar's, for a place holds one message.
 *
 * @see lib/group/README.md "Forks"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Place } from "./thread.ts";

/** Leaves that are remembered at most, of all authors together. */
const MAX_LEAVES = 1024;

/** The paths of such leaves. */
export class SharedPlaces {
  readonly #paths = new Map<string, string[]>();
  #count = 0;

  /** Notes a leaf. @param first  The path that was noted in its place first, if any. */
  note(author: PublicKeyHex, place: Place, path: string, first: string | undefined): void {
    if (first === undefined || first === path) return;
    const name = nameOf(author, place);
    const paths = this.#paths.get(name) ?? [first];
    if (paths.includes(path)) return;
    this.#paths.set(name, [...paths, path]);
    this.#count++;
    while (this.#count > MAX_LEAVES) {
      const [oldest, leaves] = this.#paths.entries().next().value!;
      this.#paths.delete(oldest);
      this.#count -= leaves.length - 1;
    }
  }

  /** All leaves of a place; empty when there is one at the most. */
  of(author: PublicKeyHex, place: Place): readonly string[] {
    return this.#paths.get(nameOf(author, place)) ?? [];
  }
}

const nameOf = (author: PublicKeyHex, { inc, seq }: Place): string => `${author}/${inc}/${seq}`;
