/**
 * What a group is called: the newest name that its founder has signed, whoever hands it on. It lies in the feed of
 * everybody who knows it, so whoever was away or comes late has it also when the founder is gone.
 *
 * @see lib/group/README.md "Its name"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { isUnsigned } from "../../crypto/members.ts";
import type { GroupState } from "../group_state.ts";
import type { GroupRefusal } from "../group_types.ts";
import { type GroupKey, sameKey } from "../keys/ring.ts";
import { isSealedGovernance, openGovernance, sealAlike } from "../roster/governance.ts";
import { latestOf } from "../roster/governor.ts";
import { encodeName, giveName, type GivenName, isFounders, NAME_PATH, readName } from "./name_leaf.ts";

/** The name of one group. */
export class GroupName {
  #newest: GivenName | undefined;
  #sealedUnder: GroupKey | undefined;
  /** What no key opens yet, and what is further ahead than a decision may be, by whose feed it is. */
  readonly #waiting = new Map<PublicKeyHex, Uint8Array>();

  /** With what lies in our feed. */
  constructor(private readonly state: GroupState) {
    const value = state.feed.leaves.get(NAME_PATH);
    const kept = value && readName(this.#plainOf(value) ?? NOTHING);
    if (kept !== undefined && this.#isGenuine(kept)) this.#newest = kept;
  }

  /** The founder calls it so; of anybody else it is what a founder's Go program answers. @returns Why not. */
  rename(name: string, nowNs: bigint): GroupRefusal | undefined {
    const { governor, isPrivate, own, record, signer } = this.state;
    if (record.ownerPk !== own.pk) {
      this.#unsigned(name);
      return undefined;
    }
    if (isPrivate && governor.ring.length === 0) return "no key"; // it would lie in clear
    const after = (this.#newest?.issuedAtNs ?? 0n) + 1n;
    this.#take(giveName(record.id, name, nowNs > after ? nowNs : after, own.secret, signer));
    return undefined;
  }

  /** A feed's leaf. @returns Why it was dropped. */
  hear(feed: PublicKeyHex, value: Uint8Array, nowNs: bigint): string | undefined {
    const { isPrivate, own, record } = this.state;
    this.#waiting.delete(feed); // another one has taken its place
    if (this.state.feed.holds(NAME_PATH, value)) return undefined; // what all hand on is one value
    const plain = this.#plainOf(value);
    if (plain === undefined && isPrivate && isSealedGovernance(value)) return this.#wait(feed, value);
    const given = readName(plain ?? NOTHING);
    if (given === undefined) return "it is no name";
    if (isUnsigned(given.signature)) {
      if (feed !== record.ownerPk) return "it is a name that nobody has signed";
      if (feed !== own.pk) this.#unsigned(given.name); // a founder's program from before signatures
      return undefined;
    }
    if (!isLater(given, this.#newest)) return undefined;
    if (given.issuedAtNs > latestOf(nowNs)) return this.#wait(feed, value);
    if (!this.#isGenuine(given)) return "its signature is not the founder's";
    this.#take(given);
    return undefined;
  }

  /**
   * What follows from what has come: what waited is read, the leaf lies under the current key, and the record has the
   * signed name whatever a link, an admin's answer or a probe says.
   * @param isNew  Whether a key may have come, or a time.
   */
  settle(nowNs: bigint, isNew: boolean): void {
    if (isNew) { for (const [feed, value] of [...this.#waiting]) this.hear(feed, value, nowNs); }
    if (this.#newest === undefined) return;
    const { governor: { ring: [current] }, isPrivate, next, record } = this.state;
    if (isNew && isPrivate && !sameKey(current, this.#sealedUnder)) this.#put();
    const { name } = this.#newest;
    if (name !== (next.name ?? record.name)) this.state.next = { ...next, name };
  }

  #unsigned(name: string): void {
    if (this.#newest === undefined && name !== this.state.record.name) {
      this.state.next = { ...this.state.next, name };
    }
  }

  #take(given: GivenName): void {
    this.#newest = given;
    this.#put();
  }

  #put(): void {
    const { feed, governor: { ring: [current] }, isPrivate } = this.state;
    if (isPrivate && current === undefined) return;
    const plain = encodeName(this.#newest!);
    const value = isPrivate ? sealAlike(current.key, plain) : plain;
    this.#sealedUnder = current;
    if (!feed.holds(NAME_PATH, value)) feed.replace(NAME_PATH, value);
  }

  #isGenuine(given: GivenName): boolean {
    const { record: { id, ownerPk }, signer } = this.state;
    return isFounders(given, id, ownerPk, signer);
  }

  #plainOf(value: Uint8Array): Uint8Array | undefined {
    return this.state.isPrivate ? openGovernance(value, this.state.governor.openers()) : value;
  }

  #wait(feed: PublicKeyHex, value: Uint8Array): undefined {
    this.#waiting.set(feed, value);
  }
}

const NOTHING = new Uint8Array(0);

/** Of two that were given at one time the greater name, so that all end with the same. */
const isLater = (one: GivenName, other: GivenName | undefined): boolean =>
  other === undefined || one.issuedAtNs > other.issuedAtNs ||
  one.issuedAtNs === other.issuedAtNs && one.name > other.name;
