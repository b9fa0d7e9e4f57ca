/**
 * What is decided in a group and under which keys it speaks: all decisions and rotations that we know, and what
 * follows from them. What can't be judged yet waits.
 *
 * @see specification skychat §b.6, §b.9, §b.14
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import { toHex } from "../wire/bytes.ts";
import {
  type Domain,
  isGenuine,
  isSealedGovernance,
  type Mutation,
  openGovernance,
  OPERATIONS,
  readMutation,
} from "./governance.ts";
import { KeyBook } from "./key_book.ts";
import type { GroupKey } from "./key_ring.ts";
import type { Signer } from "./signer.ts";
import { Parking } from "./parking.ts";
import { type Decision, decisionId, foldRoster, holdsAt, type Roster } from "./roster.ts";
import type { KeyRotation } from "./rotation.ts";

/**
 * A decision from further ahead than this waits until its time comes: 20 years. Go's 5 minutes would keep a node whose
 * clock starts in 1970 out of every group, and let an admin whose clock is ahead see another roster than everybody
 * else; since each decision of ours is later than all that we know, one from ahead can always be undone.
 */
export const MAX_AHEAD_NS: bigint = 20n * 365n * 86_400n * 1_000_000_000n;
/** Most decisions of a group; an admin that floods is refused beyond it. */
export const MAX_DECISIONS = 20_000;

/** What became of a value: `taken` and `known` say no more than that; a text says why it was dropped. */
export type Taken = "taken" | "known" | "waits" | { readonly dropped: string };

/** What a governor is made for. */
export interface GovernorOptions {
  /** Us. */
  readonly own: KeyPair;
  /** UUID of the group. */
  readonly groupId: string;
  /** Always an admin. */
  readonly founder: PublicKeyHex;
  /** Known keys, see key_ring.ts. */
  readonly ring: readonly GroupKey[];
  /** The signature scheme. */
  readonly signer: Signer;
}

/** All decisions and keys of one group. */
export class Governor {
  readonly #options: GovernorOptions;
  readonly #decisions = new Map<string, Decision>();
  readonly #book: KeyBook;
  readonly #future = new Parking<Decision>();
  readonly #strangers = new Parking<Decision>();
  readonly #sealed = new Parking<{ domain: Domain; value: Uint8Array }>();
  #roster: Roster;
  #isStale = false;
  #isChanged = false;

  /** With nothing decided yet. */
  constructor(options: GovernorOptions) {
    this.#options = options;
    this.#book = new KeyBook(options);
    this.#roster = this.#fold();
  }

  /** What follows from all decisions. */
  get roster(): Roster {
    if (this.#isStale) {
      this.#roster = this.#fold();
      this.#isStale = false;
    }
    return this.#roster;
  }

  /** Whether anything was decided that counts. */
  get isDecided(): boolean {
    return this.#decisions.size > 0;
  }

  /** All keys, the current one first; empty in a public group. */
  get ring(): readonly GroupKey[] {
    return this.#book.ring;
  }

  /** All keys that open something, the current one first. */
  openers(): Uint8Array[] {
    return this.#book.openers();
  }

  /** All decisions that are known and were made by an admin of their time. */
  decisions(): Decision[] {
    return [...this.#decisions.values()].filter(({ mutation }) => this.#isOfAdmin(mutation));
  }

  /** All rotations that are known and were made by an admin of their time. */
  rotations(): KeyRotation[] {
    return this.#book.rotations();
  }

  /** When the newest decision was made, nanoseconds; a new one must be later. */
  get newestNs(): bigint {
    let newest = this.#book.newestNs;
    for (const { mutation } of this.#decisions.values()) {
      if (mutation.issuedAtNs > newest) newest = mutation.issuedAtNs;
    }
    return newest;
  }

  /** Takes a value of `roster/`, `admin/` or `mod/`. */
  takeDecision(domain: Domain, value: Uint8Array, nowNs: bigint): Taken {
    let plain = value;
    if (isSealedGovernance(value)) {
      const opened = openGovernance(value, this.openers());
      if (opened === undefined) {
        this.#sealed.put(toHex(value), { domain, value });
        return "waits";
      }
      plain = opened;
    } else if (value[0] !== OPEN_BRACE) return { dropped: "it is neither sealed nor JSON" };
    const mutation = readMutation(plain);
    if (mutation === undefined) return { dropped: "it is no decision" };
    return this.#judge({ domain, mutation }, nowNs);
  }

  /** Takes a decision of ours. */
  addDecision(domain: Domain, mutation: Mutation): void {
    this.#decisions.set(decisionId({ domain, mutation }), { domain, mutation });
    this.#changed();
  }

  /** Takes back a decision of ours that changed nothing. */
  withdraw(domain: Domain, mutation: Mutation): void {
    this.#decisions.delete(decisionId({ domain, mutation }));
    this.#changed();
  }

  /** The known decision that lies in a leaf of our feed. */
  decisionIn(path: string, value: Uint8Array): Decision | undefined {
    const domain = path.slice(0, path.indexOf("/"));
    if (!Object.hasOwn(OPERATIONS, domain)) return undefined;
    const plain = isSealedGovernance(value) ? openGovernance(value, this.openers()) : value;
    const mutation = plain && readMutation(plain);
    return mutation && this.#decisions.get(decisionId({ domain: domain as Domain, mutation }));
  }

  /** Takes a value of `keys/`; it counts from the next {@link retry} on, if it does. */
  takeRotation(value: Uint8Array): Taken {
    const taken = this.#book.take(value);
    if (taken !== "news") return taken;
    this.#isChanged = true;
    return "waits";
  }

  /** Takes a rotation of ours, with its key. */
  addRotation(rotation: KeyRotation, key: Uint8Array): void {
    this.#book.add(rotation, key);
    this.#isChanged = true;
  }

  /** Takes a key that an admin gave us. */
  addKey(key: GroupKey): void {
    this.#book.give(key);
    this.#isChanged = true;
  }

  /** Whether something that waited had to go since the last call: only who reads all feeds again finds it. */
  takeMissed(): boolean {
    return [this.#sealed, this.#future, this.#strangers].map((parking) => parking.takeLost()).includes(true);
  }

  /**
   * Tries again what waits, when a key or a decision has come since the last time.
   * @param always  Also when nothing has come: what lay in the future may have its time now.
   * @returns Whether anything has changed since the last time.
   */
  retry(nowNs: bigint, always: boolean): boolean {
    if (!this.#isChanged && !always) return false;
    for (let again = true; again;) {
      again = this.#book.settle((rotation) => this.#isOfAdmin(rotation), nowNs + MAX_AHEAD_NS);
      this.#isChanged ||= again;
      const waiting = [
        ...this.#sealed.takeAll().map(({ domain, value }) => () => this.takeDecision(domain, value, nowNs)),
        ...this.#future.takeAll().map((decision) => () => this.#admit(decision, nowNs)),
        ...this.#strangers.takeAll().map((decision) => () => this.#admit(decision, nowNs)),
      ];
      for (const run of waiting) again = run() === "taken" || again;
    }
    const changed = this.#isChanged;
    this.#isChanged = false;
    return changed;
  }

  #changed(): void {
    this.#isStale = true;
    this.#isChanged = true;
  }

  #judge(decision: Decision, nowNs: bigint): Taken {
    const { domain, mutation } = decision;
    if (this.#decisions.has(decisionId(decision))) return "known";
    if (mutation.groupId.toLowerCase() !== this.#options.groupId) {
      return { dropped: "it is of another group" };
    }
    if (!isGenuine(domain, mutation, this.#options.signer)) {
      return { dropped: "its signature is not its issuer's" };
    }
    return this.#admit(decision, nowNs);
  }

  /** Takes a genuine decision, or lets it wait. */
  #admit(decision: Decision, nowNs: bigint): Taken {
    const id = decisionId(decision);
    if (decision.mutation.issuedAtNs > nowNs + MAX_AHEAD_NS) {
      this.#future.put(id, decision);
      return "waits";
    }
    if (!this.#isOfAdmin(decision.mutation)) {
      this.#strangers.put(id, decision);
      return "waits";
    }
    if (this.#decisions.size >= MAX_DECISIONS) {
      return { dropped: `there are ${MAX_DECISIONS} decisions already` };
    }
    this.#decisions.set(id, decision);
    this.#changed();
    return "taken";
  }

  /** Whether its issuer was an admin when it was made. */
  #isOfAdmin({ issuer, issuedAtNs }: { issuer: PublicKeyHex; issuedAtNs: bigint }): boolean {
    return holdsAt(this.roster.adminSpans.get(issuer), issuedAtNs);
  }

  #fold(): Roster {
    return foldRoster({ founder: this.#options.founder, createdAtNs: 0n }, this.#decisions.values());
  }
}

const OPEN_BRACE = "{".charCodeAt(0);
