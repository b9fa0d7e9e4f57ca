/**
 * What an admin decides, and when the group gets another key.
 *
 * @see specification skychat §b.6, §b.9, §b.14
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import type { KnownDecision } from "./decision_book.ts";
import { type Domain, makeMutation, type Mutation, putsOut, silences } from "./governance.ts";
import type { GroupState } from "../group_state.ts";
import type { GroupIn, GroupOut, GroupRefusal } from "../group_types.ts";
import type { Inviting } from "../joining/inviting.ts";
import { GROUP_KEY_BYTES } from "../joining/invite.ts";
import { type GroupKey, sameKey } from "../keys/ring.ts";
import { fittingName } from "../record/name_leaf.ts";
import { changesRoster, holdsAt, type Roster } from "./roster.ts";
import {
  epochAfter,
  KEY_RING_LENGTH,
  makeRotation,
  ROTATION_AGE_NS,
  ROTATION_MESSAGES,
  rotationJitterNs,
} from "../keys/rotation.ts";

/** How much longer each further admin waits before it rotates what another one should have rotated. */
const RANK_NS = 30_000_000_000n;
/** How many more messages each further admin hears before it rotates by their count. */
const RANK_MESSAGES = 64;

const NOTHING = new Uint8Array(0);
const NO_KEY = { epoch: 0n, key: NOTHING };

/** Decides in one group. */
export class Deciding {
  #staleSinceNs: bigint | undefined;

  /** After our feed was read back. */
  constructor(private readonly state: GroupState, private readonly inviting: Inviting) {}

  /** Adds, removes, promotes and the rest. */
  decide(domain: Domain, op: number, peer: PublicKeyHex, nowNs: bigint, outs: GroupOut[]): void {
    const { governor, isAdmin, isPrivate, record, shelf } = this.state;
    const refused = (reason: GroupRefusal) => void outs.push({ kind: "refused", reason });
    if (!isAdmin) return refused("not an admin");
    if (isPrivate && governor.ring.length === 0) return refused("no key"); // it would lie in clear
    if (peer === record.ownerPk) return refused("the founder");
    if (domain === "roster" && op === 1 && governor.roster.banned.has(peer)) return refused("banned");
    if (!changesRoster(governor.roster, domain, op, peer)) return refused("nothing changes");
    const decision = governor.addDecision(domain, this.#decision(domain, op, peer, nowNs));
    shelf.put(decision);
    outs.push({ kind: "decided", id: decision.id });
    const isOut = putsOut(domain, op);
    const isBack = domain === "roster" && op === 1 &&
      (governor.roster.memberSpans.get(peer)?.length ?? 0) > 1;
    if (!(isOut || isBack) || !isPrivate) return; // who comes back must not read what was said meanwhile
    // Under the old key, so that the removed one can learn of it; then once more for who has only the new one.
    // Who comes back gets again what was sealed against it, if anything was.
    this.#rotate(nowNs, isBack ? this.state.circle?.revokedSinceNs : undefined);
    shelf.put(decision);
  }

  /** A new key, by somebody's wish. */
  rotate(nowNs: bigint, outs: GroupOut[]): void {
    if (!this.state.isPrivate) return void outs.push({ kind: "refused", reason: "not private" });
    if (!this.state.isAdmin) return void outs.push({ kind: "refused", reason: "not an admin" });
    this.#rotate(nowNs);
  }

  /** A new key, under which all seal again what was said since a time. */
  revokeHistory(sinceNs: bigint, nowNs: bigint, outs: GroupOut[]): void {
    if (this.state.circle === undefined) return void outs.push({ kind: "refused", reason: "not d2" });
    if (!this.state.isAdmin) return void outs.push({ kind: "refused", reason: "not an admin" });
    this.#rotate(nowNs, sinceNs);
  }

  /** The first key of a D2 group, which its founder can't have been given. */
  begin(nowNs: bigint): void {
    const { circle, isAdmin, record, governor } = this.state;
    const isFirst = circle !== undefined && isAdmin && record.status === "active" && !governor.isDecided;
    if (isFirst && governor.rotations().length === 0) this.#rotate(nowNs);
  }

  /** A new key, when it is time for one. */
  rotateWhenDue(nowNs: bigint): void {
    const { isAdmin, isPrivate, record } = this.state;
    if (record.status === "active" && isAdmin && isPrivate && this.#isDue(nowNs)) this.#rotate(nowNs);
  }

  /** What an admin's answer told us: enough to read its feed, which proves the rest. */
  admitted({ name, admins, ...given }: Extract<GroupIn, { kind: "admitted" }>): void {
    const { circle, governor, record } = this.state;
    const { epoch, key } = circle === undefined
      ? given
      : circle.openWrapped(given.wrapped ?? NOTHING) ?? NO_KEY;
    if (key.length === GROUP_KEY_BYTES) {
      governor.addKey({ epoch, key, issuedAtNs: 0n, issuer: NULL_PK, mark: "", wraps: 0 });
    }
    this.state.next = {
      name: name === "" ? record.name : fittingName(name),
      admissionPks: [...new Set([...record.admissionPks, ...admins])],
      status: "pending", // until the roster names us
    };
  }

  /**
   * Who comes now reads the admins' feeds first, and has only the current key: they seal the roster under it. The others do
   * that before its key leaves the ring: a restart would know nobody any more.
   */
  sealAgain(): void {
    const { governor: { ring }, isAdmin, shelf } = this.state;
    const near = isAdmin ? ring.slice(0, 1) : ring.slice(0, KEY_RING_LENGTH / 2);
    if (ring.length === 0 || near.some((key) => sameKey(key, shelf.oldest))) return;
    shelf.sealAgain();
    this.inviting.sealAgain();
  }

  #decision(domain: Domain, op: number, peer: PublicKeyHex, nowNs: bigint): Mutation {
    const { governor, own, record, signer, voice } = this.state;
    // What was said since then would be gone at everybody.
    const issuedAtNs = this.#laterThanAll(silences(domain, op) ? voice.toldNs(nowNs) : nowNs);
    const body = { groupId: record.id, op, peer, parentSeq: 0n, issuedAtNs, issuer: own.pk };
    return makeMutation(domain, body, own.secret, signer, governor.parentsFor(peer));
  }

  #laterThanAll(nowNs: bigint): bigint {
    const { governor: { newestNs }, voice } = this.state;
    const atNs = voice.later(nowNs, newestNs); // who is put out has said before it what we have read
    return atNs > newestNs ? atNs : newestNs + 1n;
  }

  #rotate(nowNs: bigint, sinceNs?: bigint): void {
    const { circle, governor, own, random, record, signer } = this.state;
    // Also above keys that are not wrapped for us: they would stay the others'.
    const known = governor.rotations().reduce((most, { epoch }) => epoch > most ? epoch : most, 0n);
    const held = governor.ring[0]?.epoch ?? 0n;
    const epoch = epochAfter(known > held ? known : held);
    if (circle !== undefined) {
      const made = circle.rotate(epoch, this.#laterThanAll(nowNs), sinceNs);
      return governor.addRotation(made.rotation, made.key);
    }
    const groupKey = random.bytes(GROUP_KEY_BYTES);
    const rotation = makeRotation(
      {
        groupId: record.id,
        epoch,
        groupKey,
        members: governor.roster.members,
        issuedAtNs: this.#laterThanAll(nowNs),
      },
      own,
      random,
      signer,
    );
    governor.addRotation(rotation, groupKey);
  }

  /** By age, by count, and when the current key was wrapped for more than are in (§b.9). */
  #isDue(nowNs: bigint): boolean {
    const { circle, governor, own, heardUnderKey, record: { joinedAt } } = this.state;
    const { ring: [current], roster } = governor;
    // In a D2 group an admin that comes back with nothing speaks, and has no key until it makes one.
    if (current === undefined) {
      return circle !== undefined && governor.rotations().length > 0 && this.#isStale(nowNs);
    }
    const rank = roster.admins.indexOf(own.pk);
    if (heardUnderKey >= ROTATION_MESSAGES + rank * RANK_MESSAGES) return true;
    // Of the first key nobody tells when it was made: it is at least as old as our coming.
    const sinceNs = current.issuedAtNs > 0n ? current.issuedAtNs : joinedAt;
    if (sinceNs > 0n && nowNs - sinceNs > ROTATION_AGE_NS + rotationJitterNs(own.pk)) return true;
    return this.#isStale(nowNs);
  }

  #isStale(nowNs: bigint): boolean {
    const { circle, governor, own } = this.state;
    const { ring: [current], roster } = governor;
    const isOfGo = (): boolean => decidesAsGo(governor.decisions(), current.issuer);
    // One of ours that we have not is of a Go program with our identity, which wraps none for itself.
    const isWithheld = (): boolean =>
      governor.rotations().some(({ epoch, issuer }) => epoch > current.epoch && issuer !== own.pk);
    const isStale = circle === undefined
      ? isWithheld() || isOfOthers(current, roster, isOfGo)
      : !circle.isCurrentFit;
    if (!isStale) {
      this.#staleSinceNs = undefined;
      return false;
    }
    this.#staleSinceNs ??= nowNs;
    return nowNs - this.#staleSinceNs >= BigInt(roster.admins.indexOf(own.pk)) * RANK_NS;
  }
}

/**
 * Whether a key is of who is out, or was wrapped for more than are in, or for fewer than were in then: its maker did not
 * know of a removal, of who was let in by another admin, or (a founder that came back with nothing) of anybody.
 * @param isOfGo  Whether its maker's program wraps no key for itself.
 */
function isOfOthers(
  { issuedAtNs, issuer, wraps }: GroupKey,
  { members, memberSpans }: Roster,
  isOfGo: () => boolean,
): boolean {
  if (wraps === 0) return false;
  if (!members.includes(issuer)) return true; // who makes a key has it, whomever it is wrapped for
  const wereIn = members.filter((pk) => holdsAt(memberSpans.get(pk), issuedAtNs)).length;
  const fits = (holders: number): boolean => holders >= wereIn && holders <= members.length;
  return fits(wraps) === fits(wraps + 1) ? !fits(wraps) : !fits(isOfGo() ? wraps + 1 : wraps);
}

/** Whether somebody has decided, and never named what it had seen: then its program is one of Go. */
function decidesAsGo(decisions: readonly KnownDecision[], pk: PublicKeyHex): boolean {
  const its = decisions.filter(({ mutation }) => mutation.issuer === pk);
  return its.length > 0 && its.every(({ mutation: { seen } }) => seen === undefined || seen === null);
}
