/**
 * The threads of all authors of a group: what is missing, who went on without its state, and who said two things in
 * one place.
 *
 * @see lib/group/README.md "Threads", "Forks"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { concat } from "../../wire/bytes.ts";
import { holdsAt, pack, type Packed, unpack } from "../../wire/packed.ts";
import { AuthorLedger, type Missing } from "./author_ledger.ts";
import { earlierFork, encodeFork, type Fork, forkPath, makeFork, readFork } from "./fork.ts";
import { encodeLedger, readLedger } from "./ledger_state.ts";
import type { Signer } from "../talk/signer.ts";
import {
  encodeHeads,
  type Head,
  MAX_HEADS,
  type Place,
  type Proven,
  readHeads,
  type Thread,
} from "./thread.ts";

/** Bytes of a name, and of what it covers. */
const HASH_BYTES = 32;
/** Leaves of one author whose signatures are remembered, to find another one in the same place. */
export const MAX_REMEMBERED = 256;

interface Remembered {
  /** Its rest (32) ‖ hash (32) ‖ signature (65): there are hundreds for each author, and an array has its price. */
  readonly packed: Packed;
  readonly path: string;
}

const restIn = ({ packed }: Remembered): Uint8Array => unpack(packed.slice(0, HASH_BYTES));
const signedIn = (leaf: Remembered): { rest: Uint8Array; signature: Uint8Array } => ({
  rest: restIn(leaf),
  signature: unpack(leaf.packed.slice(2 * HASH_BYTES)),
});

/** What a ledger is made for. */
export interface LedgerOptions {
  /** UUID of the group, lower case. */
  readonly groupId: string;
  /** Ledgers as they were kept, by author. */
  readonly kept: Iterable<readonly [PublicKeyHex, Uint8Array]>;
  /** The signature scheme. */
  readonly signer: Signer;
  /** When we came in; asked at each leaf. */
  readonly sinceNs: () => bigint;
  /** Whether somebody is or was a member: what is said of others is not remembered. */
  readonly isAuthor: (pk: PublicKeyHex) => boolean;
}

/** All threads of one group. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #authors = new Map<PublicKeyHex, AuthorLedger>();
  readonly #remembered = new Map<PublicKeyHex, Map<string, Remembered>>();
  readonly #forks = new Map<PublicKeyHex, Fork>();
  readonly #changed = new Set<PublicKeyHex>();
  /** Those of whom others have said something new since their ledger was last given out. */
  readonly #named = new Set<PublicKeyHex>();
  /** Leaves that a member has seen otherwise than we have, by the two of them. */
  readonly #disputes = new Map<string, Missing>();
  #newForks: Fork[] = [];

  /** With what was kept; what can't be read is learnt again. */
  constructor(options: LedgerOptions) {
    this.#options = options;
    for (const [author, bytes] of options.kept) {
      const state = readLedger(bytes);
      if (state !== undefined) this.#authors.set(author, new AuthorLedger(author, state));
    }
  }

  /** One author's thread; undefined: it never said anything with one. */
  of(author: PublicKeyHex): AuthorLedger | undefined {
    return this.#authors.get(author);
  }

  /** Who ever said something with a thread, or is said to have. */
  authors(): PublicKeyHex[] {
    return [...this.#authors.keys()];
  }

  /** Who is proven to have said two things in one place. */
  forks(): Fork[] {
    return [...this.#forks.values()];
  }

  /** All that is not here. */
  missing(): Missing[] {
    return [...this.#authors.values()].flatMap((author) => author.missing());
  }

  /** What has retired, see {@link AuthorLedger.retired}. */
  retired(): Missing[] {
    return [...this.#authors.values()].flatMap((author) => author.retired());
  }

  /** Leaves of which somebody has seen another one than we have: who asks for them gets the proof, or nothing. */
  disputes(): Missing[] {
    return [...this.#disputes.values()];
  }

  /** The path of a leaf that was noted not long ago. */
  pathOf(author: PublicKeyHex, { inc, seq }: Place): string | undefined {
    return this.#remembered.get(author)?.get(`${inc}/${seq}`)?.path;
  }

  /**
   * Notes a leaf whose thread is proven; the same one again changes nothing, another one in its place is a fork.
   * @returns Whether nothing was in its place.
   */
  note(author: PublicKeyHex, { thread, rest, hash }: Proven, tsNs: bigint, path: string): boolean {
    const ledger = this.#open(author);
    const isNew = thread.seq > 0n && !ledger.has(thread);
    if (thread.seq > 0n) {
      this.#compare(author, thread, { packed: pack(concat(rest, hash, thread.signature)), path });
    }
    if (ledger.note(thread, hash, tsNs, this.#options.sinceNs())) this.#changed.add(author);
    for (const head of readHeads(thread.heads)) {
      if (head.author === author || !this.#options.isAuthor(head.author)) continue;
      if (this.#open(head.author).claim(author, head)) this.#named.add(head.author);
      this.#dispute(author, head);
    }
    return isNew;
  }

  /** Takes a proof. @returns Whether it is one. */
  takeFork(value: Uint8Array): boolean {
    const fork = readFork(value, this.#options.groupId, this.#options.signer);
    if (fork !== undefined) this.#prove(fork);
    return fork !== undefined;
  }

  /** The newest leaf of each other author. @param since  Left out: what is there already as it is. */
  headsOf(own: PublicKeyHex, since: ReadonlyMap<PublicKeyHex, Place>): Uint8Array {
    const heads: Head[] = [];
    for (const { author, state: { newest } } of this.#authors.values()) {
      const before = since.get(author);
      if (author === own || newest === undefined || heads.length >= MAX_HEADS) continue;
      if (before?.inc === newest.inc && before.seq === newest.seq) continue;
      heads.push({ author, ...newest });
    }
    return encodeHeads(heads);
  }

  /**
   * Ledgers that have changed since the last call, as they are to be kept.
   * @param named  Those too of which only others have said something: each leaf says something of everybody.
   */
  takeChanges(named: boolean): { readonly author: PublicKeyHex; readonly value: Uint8Array }[] {
    const authors = named ? new Set([...this.#changed, ...this.#named]) : new Set(this.#changed);
    for (const author of authors) this.#named.delete(author);
    this.#changed.clear();
    return [...authors].map((author) => ({
      author,
      value: encodeLedger(this.#authors.get(author)!.state),
    }));
  }

  /** Proofs that are new since the last call, with their leaves. */
  takeForks(): { readonly fork: Fork; readonly path: string; readonly value: Uint8Array }[] {
    const forks = this.#newForks.map((fork) => ({
      fork,
      path: forkPath(fork.author),
      value: encodeFork(fork),
    }));
    this.#newForks = [];
    return forks;
  }

  #open(author: PublicKeyHex): AuthorLedger {
    const known = this.#authors.get(author);
    if (known !== undefined) return known;
    const ledger = new AuthorLedger(author);
    this.#authors.set(author, ledger);
    return ledger;
  }

  #compare(author: PublicKeyHex, { inc, seq }: Thread, leaf: Remembered): void {
    const all = this.#remembered.get(author) ?? new Map<string, Remembered>();
    this.#remembered.set(author, all);
    const key = `${inc}/${seq}`;
    const other = all.get(key);
    if (other === undefined) {
      all.set(key, leaf);
      if (all.size > MAX_REMEMBERED) all.delete(all.keys().next().value!);
    } else if (!holdsAt(other.packed, 0, restIn(leaf))) {
      this.#prove(makeFork(this.#options.groupId, author, { inc, seq }, [signedIn(other), signedIn(leaf)]));
    }
  }

  #dispute(by: PublicKeyHex, { author, inc, seq, hash }: Head): void {
    const known = this.#remembered.get(author)?.get(`${inc}/${seq}`);
    if (known === undefined || holdsAt(known.packed, HASH_BYTES, hash) || this.#forks.has(author)) return;
    this.#disputes.set(`${by}/${author}`, { author, inc, from: seq, to: seq, saidBy: by });
  }

  /** Of several proofs about one author everybody keeps the same one. */
  #prove(fork: Fork): void {
    const known = this.#forks.get(fork.author);
    const kept = known === undefined ? fork : earlierFork(known, fork);
    if (kept === known) return;
    this.#forks.set(fork.author, kept);
    for (const [key, { author }] of this.#disputes) if (author === fork.author) this.#disputes.delete(key);
    this.#newForks = [...this.#newForks.filter(({ author }) => author !== fork.author), kept];
  }
}
