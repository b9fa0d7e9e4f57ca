/**
 * Which node holds a group's feeds: what admins say of it, and what we say as one of them.
 *
 * @see lib/group/README.md "A holder"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { concat, equal, fromHex } from "../../wire/bytes.ts";
import type { GroupState } from "../group_state.ts";
import type { GroupRefusal } from "../group_types.ts";
import { latestOf } from "../roster/governor.ts";
import { encodeHolder, HOLDER_PATH, type HolderChoice, type HolderLeaf, readHolder } from "./holder_leaf.ts";

const NOBODY: HolderChoice = { holder: undefined, namedNs: 0n };

/** The holder of one group. */
export class Holders {
  /** What each says whose feed we read; only what admins say counts. */
  readonly #heard = new Map<PublicKeyHex, HolderChoice>();
  #choice: HolderChoice;
  #hasHeard = false;

  /** With what was known before, and our own feed. */
  constructor(private readonly state: GroupState, kept: HolderChoice = NOBODY) {
    this.#choice = later(this.#own() ?? NOBODY, kept);
  }

  /** Who was named last. A member holds nothing: it copies already. */
  get choice(): HolderChoice {
    const { holder } = this.#choice;
    return holder !== undefined && this.state.isMember(holder)
      ? { ...this.#choice, holder: undefined }
      : this.#choice;
  }

  /** A feed's leaf. @returns Why it was dropped. */
  hear(issuer: PublicKeyHex, value: Uint8Array): string | undefined {
    const { own, record } = this.state;
    const read = readHolder(value);
    if (read === undefined || read.groupId !== record.id.toLowerCase()) {
      return "it names no holder of this group";
    }
    // Ours is what we have said; a bundle may bring an older one.
    if (issuer === own.pk) return undefined;
    this.#heard.set(issuer, { holder: read.holder, namedNs: read.namedNs });
    this.#hasHeard = true;
    return undefined;
  }

  /** We name one, or nobody. Who holds it already can be named again: nothing is said anew. @returns Why not. */
  name(holder: PublicKeyHex | undefined, nowNs: bigint): GroupRefusal | undefined {
    const { state } = this;
    if (!state.isAdmin) return "not an admin";
    if (holder !== undefined && state.isMember(holder)) return "a member holds nothing";
    // What the holder is to say is printed once more; that nobody holds it has nothing to print.
    if (holder === this.choice.holder) return holder === undefined ? "nothing changes" : undefined;
    const { namedNs } = this.#choice;
    this.#choice = { holder, namedNs: nowNs > namedNs ? nowNs : namedNs + 1n };
    this.#hasHeard = true;
    return undefined;
  }

  /**
   * What follows from what was said: an admin says it as well, with who is in as it knows it.
   * @param isDecided  Whether the roster may have changed.
   * @returns Whether another one may have been named.
   */
  settle(nowNs: bigint, isDecided: boolean): boolean {
    const { feed, governor, isAdmin, record } = this.state;
    if (!isDecided && !this.#hasHeard) return false;
    this.#hasHeard = false;
    for (const [pk, said] of this.#heard) {
      const counts = governor.roster.admins.includes(pk) && said.namedNs <= latestOf(nowNs);
      if (counts) this.#choice = later(said, this.#choice);
    }
    if (!isAdmin || record.status !== "active") {
      if (!isAdmin && feed.has(HOLDER_PATH)) feed.drop(HOLDER_PATH);
      return true;
    }
    if (this.#choice.namedNs === 0n) return true;
    const before = this.#own();
    const said = {
      groupId: record.id.toLowerCase(),
      ...this.#choice,
      members: [...governor.roster.members].sort(),
    };
    if (before === undefined || !isSame(before, said)) {
      const after = (before?.listedNs ?? 0n) + 1n;
      feed.replace(HOLDER_PATH, encodeHolder({ ...said, listedNs: nowNs > after ? nowNs : after }));
    }
    return true;
  }

  #own(): HolderLeaf | undefined {
    const value = this.state.feed.leaves.get(HOLDER_PATH);
    return value && readHolder(value);
  }
}

/** Of two that were said at one time the greater key, so that all end with the same. */
function later(one: HolderChoice, other: HolderChoice): HolderChoice {
  if (one.namedNs !== other.namedNs) return one.namedNs > other.namedNs ? one : other;
  return (one.holder ?? "") > (other.holder ?? "") ? one : other;
}

function isSame(one: HolderLeaf, other: Omit<HolderLeaf, "listedNs">): boolean {
  const members = (of: Pick<HolderLeaf, "members">) => concat(...of.members.map(fromHex));
  return one.holder === other.holder && one.namedNs === other.namedNs && equal(members(one), members(other));
}
