/**
 * What is decided in a group and under which keys it speaks: all decisions and rotations that we know, and what
 * follows from them. What can't be judged yet waits.
 *
 * @see specification skychat §b.6, §b.9, §b.14
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { toHex } from "../../wire/bytes.ts";
import { DecisionBook, type KnownDecision, knownDecision } from "./decision_book.ts";
import { nodeOf, withOwnSeen } from "./decision_node.ts";
import {
  type Domain,
  isGenuine,
  isSealedGovernance,
  type Mutation,
  OPERATIONS,
  readMutation,
  type Unsealed,
  unsealGovernance,
} from "./governance.ts";
import { KeyBook, type KeyBookOptions, type Known as KnownRotation } from "../keys/book.ts";
import type { GroupKey } from "../keys/ring.ts";
import type { Signer } from "../talk/signer.ts";
import { Parking } from "../talk/parking.ts";
import { holdsAt, type Roster } from "./roster.ts";
import type { KeyRotation } from "../keys/rotation.ts";

/**
 * A decision from further ahead than this waits until its time comes: 20 years. Go's 5 minutes would keep a node whose
 * clock is years behind out of every group, and let an admin whose clock is ahead see another roster than everybody
 * else; since each decision of ours is later than all that we know, one from ahead can always be undone.
 */
export const MAX_AHEAD_NS: bigint = 20n * 365n * 86_400n * 1_000_000_000n;
/** 2026 begins, when this was written: a clock that is before it is wrong, and mostly starts in 1970 with each start. */
const WRITTEN_NS = 1_767_225_600_000_000_000n;

/** From when on what admins say waits until its time has come, by our clock; see {@link MAX_AHEAD_NS}. */
export const latestOf = (nowNs: bigint): bigint => (nowNs > WRITTEN_NS ? nowNs : WRITTEN_NS) + MAX_AHEAD_NS;

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
  /** Reads and opens rotations of a D2 group; undefined in others. */
  readonly circle?: KeyBookOptions["circle"];
}

/** All decisions and keys of one group. */
export class Governor {
  readonly #options: GovernorOptions;
  readonly #decisions: DecisionBook;
  readonly #book: KeyBook;
  readonly #future = new Parking<KnownDecision>();
  readonly #strangers = new Parking<KnownDecision>();
  readonly #sealed = new Parking<{ domain: Domain; value: Uint8Array }>();
  #isChanged = false;

  /** With nothing decided yet. */
  constructor(options: GovernorOptions) {
    this.#options = options;
    this.#decisions = new DecisionBook(options.founder);
    this.#book = new KeyBook(options);
  }

  /** What follows from all decisions. */
  get roster(): Roster {
    return this.#decisions.roster;
  }

  /** What follows from the same decisions by their clocks, as Go programs see it. */
  rosterByClock(): Roster {
    return this.#decisions.byClock();
  }

  /** Whether anything was decided that counts. */
  get isDecided(): boolean {
    return this.roster.counted.size > 0;
  }

  /** All keys, the current one first; empty in a public group. */
  get ring(): readonly GroupKey[] {
    return this.#book.ring;
  }

  /** All keys that open something, the current one first, or the one of a time. @param atNs  When it was sealed. */
  openers(atNs?: bigint): Uint8Array[] {
    return this.#book.openers(atNs);
  }

  /** All decisions that are known, also those that don't count. */
  decisions(): KnownDecision[] {
    return this.#decisions.all();
  }

  /** See {@link DecisionBook.stands}. */
  stands(id: string): boolean {
    return this.#decisions.stands(id);
  }

  /** What a new decision about somebody names, see {@link DecisionBook}. */
  parentsFor(peer: PublicKeyHex): string[] {
    return this.#decisions.parentsFor(peer);
  }

  /** The same, with their keys where they open. */
  knownRotations(): readonly KnownRotation[] {
    return this.#book.known();
  }

  /** All rotations that are known and were made by an admin of their time. */
  rotations(): KeyRotation[] {
    return this.#book.rotations();
  }

  /** Rotations that counted and had to go for others, since the last call. */
  takeCrowdedOut(): readonly KeyRotation[] {
    return this.#book.takeCrowdedOut();
  }

  /** When the newest decision was made, nanoseconds; a new one must be later. */
  get newestNs(): bigint {
    const [decided, rotated] = [this.#decisions.newestNs, this.#book.newestNs];
    return decided > rotated ? decided : rotated;
  }

  /**
   * A decision's text, from a value of `roster/`, `admin/` or `mod/`, and under which key it lay, the current one being
   * the first; undefined: no key of ours opens it.
   */
  unsealed(value: Uint8Array): Unsealed | undefined {
    return isSealedGovernance(value) ? unsealGovernance(value, this.openers()) : { plain: value, at: 0 };
  }

  /** Takes a value of `roster/`, `admin/` or `mod/`, or its text. */
  takeDecision(domain: Domain, value: Uint8Array, nowNs: bigint): Taken {
    const plain = this.unsealed(value)?.plain;
    if (plain === undefined) {
      this.#sealed.put(toHex(value), { domain, value });
      return "waits";
    }
    if (plain === value && value[0] !== OPEN_BRACE) return { dropped: "it is neither sealed nor JSON" };
    const mutation = readMutation(plain);
    if (mutation === undefined) return { dropped: "it is no decision" };
    return this.#judge(domain, mutation, nowNs);
  }

  /** Takes a decision of ours. @returns It with its id. */
  addDecision(domain: Domain, mutation: Mutation): KnownDecision {
    const decision = knownDecision({ domain, mutation });
    this.#decisions.take(decision);
    this.#isChanged = true;
    return decision;
  }

  /** The known decision that lies in a leaf of our feed. @param value  As it lies there, or its text. */
  decisionIn(path: string, value: Uint8Array): KnownDecision | undefined {
    const domain = path.slice(0, path.indexOf("/"));
    if (!Object.hasOwn(OPERATIONS, domain)) return undefined;
    const plain = this.unsealed(value)?.plain;
    const mutation = plain && readMutation(plain);
    if (mutation?.groupId.toLowerCase() !== this.#options.groupId) return undefined;
    return this.#decisions.get(this.#own(domain as Domain, mutation).id);
  }

  /**
   * Takes a value of `keys/`; it counts from the next {@link retry} on, if it does.
   * @param isKept  It lay in our feed.
   */
  takeRotation(value: Uint8Array, isKept = false): Taken {
    const taken = this.#book.take(value, isKept);
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

  /** Something else has come by which what waits may open. */
  touch(): void {
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
      again = this.#book.settle((rotation) => this.#isOfAdmin(rotation), latestOf(nowNs));
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

  #judge(domain: Domain, mutation: Mutation, nowNs: bigint): Taken {
    if (mutation.groupId.toLowerCase() !== this.#options.groupId) {
      return { dropped: "it is of another group" };
    }
    if (this.#decisions.get(nodeOf(domain, mutation).id) !== undefined) return "known";
    if (!isGenuine(domain, mutation, this.#options.signer)) {
      return { dropped: "its signature is not its issuer's" };
    }
    const decision = this.#own(domain, mutation);
    return this.#decisions.get(decision.id) === undefined ? this.#admit(decision, nowNs) : "known";
  }

  /** A decision with its id, and with nothing seen but what its issuer has said. */
  #own(domain: Domain, mutation: Mutation): KnownDecision {
    const isKnown = this.#decisions.get(nodeOf(domain, mutation).id) !== undefined;
    return knownDecision({
      domain,
      mutation: isKnown ? mutation : withOwnSeen(domain, mutation, this.#options.signer),
    });
  }

  /** Takes a genuine decision, or lets it wait. */
  #admit(decision: KnownDecision, nowNs: bigint): Taken {
    const { id, mutation: { issuer, issuedAtNs } } = decision;
    if (issuedAtNs > latestOf(nowNs)) {
      this.#future.put(id, decision);
      return "waits";
    }
    if (!this.#decisions.isDecider(issuer)) {
      this.#strangers.put(id, decision);
      return "waits";
    }
    const dropped = this.#decisions.take(decision);
    if (dropped !== undefined) return { dropped };
    this.#isChanged = true;
    return "taken";
  }

  /** Whether a rotation's issuer was an admin when it was made. */
  #isOfAdmin({ issuer, issuedAtNs }: { issuer: PublicKeyHex; issuedAtNs: bigint }): boolean {
    return holdsAt(this.roster.adminSpans.get(issuer), issuedAtNs);
  }
}

const OPEN_BRACE = "{".charCodeAt(0);
