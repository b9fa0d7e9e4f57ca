/**
 * One member's group: posts and feed changes in, leaves and events out. It has no socket, clock or disk.
 *
 * Its whole memory is the record and our own feed: decisions and messages of others are copied there, as the protocol
 * wants it, and read back from there after a restart. What it gives out is to be kept before the next input; a shell
 * that can't keep it makes a new engine of what was kept before.
 *
 * @see specification skychat §b.2–§b.10, §b.14
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { FeedLeaf, Leaves } from "../cxo/feed/change.ts";
import { RATCHET_PREFIX } from "./d2/ratchet.ts";
import { Holders } from "./feed/holders.ts";
import { type EngineOptions, GroupState } from "./group_state.ts";
import type { GroupIn, GroupOut, GroupRefusal } from "./group_types.ts";
import { Hearing } from "./hearing.ts";
import type { KnownInvite } from "./joining/invite_book.ts";
import { Inviting } from "./joining/inviting.ts";
import { GroupName } from "./record/group_name.ts";
import type { GroupRecord, GroupStatus } from "./record/record.ts";
import { Deciding } from "./roster/deciding.ts";
import { type Disagreement, disagreements } from "./roster/disagreement.ts";
import type { OwnerAge } from "./roster/old_owner.ts";
import { newestDecisions, partingOf } from "./roster/parting.ts";
import { Standing } from "./roster/standing.ts";
import { MESSAGE_PREFIX } from "./talk/leaf.ts";
import { Speaking } from "./talk/speaking.ts";
import type { Missing } from "./threads/author_ledger.ts";
import { Inquiry } from "./threads/inquiry.ts";
import type { Ledger } from "./threads/ledger.ts";
import { ThreadNews } from "./threads/news.ts";

/** Secrets with members that are found in one tick, so that a removal does not wait for them. */
const WARMED = 16;

/** How we stand where others may need our key for secrets with them. */
const RENEWED: ReadonlySet<GroupStatus> = new Set(["active", "pending", "awaiting_approval"]);

/** One member's view of one group. */
export class GroupEngine {
  readonly #state: GroupState;
  readonly #inviting: Inviting;
  readonly #holders: Holders;
  readonly #name: GroupName;
  readonly #hearing: Hearing;
  readonly #speaking: Speaking;
  readonly #deciding: Deciding;
  readonly #standing: Standing;
  readonly #news: ThreadNews;
  readonly #inquiry = new Inquiry();
  #isFirst = true;
  /** Whether a decision or a key has come since the last tick. */
  #hasChanged = false;

  /** Reads back what was kept; gives nothing out. */
  constructor(options: EngineOptions) {
    const kept = [...options.leaves];
    const state = new GroupState(options, kept);
    this.#state = state;
    for (const tail of options.shown) state.talk.remember(tail);
    this.#inviting = new Inviting(state);
    this.#holders = new Holders(state, options.holder);
    this.#name = new GroupName(state);
    this.#hearing = new Hearing(state, this.#inviting, this.#holders, this.#name);
    this.#hearing.restore(kept);
    this.#speaking = new Speaking(state, this.#hearing);
    this.#deciding = new Deciding(state, this.#inviting);
    this.#standing = new Standing(state, this.#holders);
    this.#news = new ThreadNews(state);
  }

  /** The record as it is now. */
  get record(): GroupRecord {
    return this.#state.record;
  }

  /** Our feed as it is to be published. */
  get leaves(): Leaves {
    return this.#state.feed.leaves;
  }

  /** Whether we decide in this group. */
  get isAdmin(): boolean {
    return this.#state.isAdmin;
  }

  /** How old the founder's program is: an old one is to be sent what we say. */
  get ownerAge(): OwnerAge {
    return this.#state.oldOwner.age;
  }

  /** Signed invites, the newest first. */
  invites(): KnownInvite[] {
    return this.#inviting.all();
  }

  /** Where Go programs see another roster than we do. */
  disagreements(): Disagreement[] {
    return disagreements(this.#state.governor.roster, this.#state.governor.rosterByClock());
  }

  /** Our announcement of a key for secrets with the others; undefined in a group that is no D2 group. */
  get announcement(): Uint8Array | undefined {
    const { circle, own } = this.#state;
    return circle?.ratchets.of(own.pk)?.value;
  }

  /** The current key of a D2 group for somebody who is in, wrapped. */
  wrapFor(pk: PublicKeyHex): Uint8Array | undefined {
    return this.isMember(pk) ? this.#state.circle?.wrapFor(pk) : undefined;
  }

  /** A leaf as it may be given to others; undefined: not at all, since history was revoked. */
  served({ path, value }: FeedLeaf): FeedLeaf | undefined {
    const { circle } = this.#state;
    if (circle === undefined || !path.startsWith(`${MESSAGE_PREFIX}/`)) return { path, value };
    const served = circle.fit(value);
    return served && { path, value: served };
  }

  /** All threads, as they are known here. */
  get ledger(): Ledger {
    return this.#state.ledger;
  }

  /** Leaves that must exist and are not here; of who is banned nothing is missed. */
  missing(): Missing[] {
    return this.#ofWhoIsHeard(this.ledger.missing());
  }

  /**
   * What members are to be asked for: what somebody has seen otherwise than we have, what is missing, and what its author
   * has retired before it came here.
   */
  wants(): Missing[] {
    return [...this.ledger.disputes(), ...this.missing(), ...this.#ofWhoIsHeard(this.ledger.retired())];
  }

  #ofWhoIsHeard(all: readonly Missing[]): Missing[] {
    const { banned } = this.#state.governor.roster;
    return all.filter(({ author }) => !banned.has(author));
  }

  /** Whether somebody is in. */
  isMember(pk: PublicKeyHex): boolean {
    return this.#state.isMember(pk);
  }

  /** What somebody who was put out is told of that, see {@link partingOf}; none: it is in, or was never put out. */
  parting(pk: PublicKeyHex, skip = 0): FeedLeaf[] {
    return this.isMember(pk) ? [] : partingOf(this.#state.governor.decisions(), pk, skip);
  }

  /** What a member is told of all that was decided, see {@link newestDecisions}. */
  decided(skip = 0): FeedLeaf[] {
    return newestDecisions(this.#state.governor.decisions(), skip);
  }

  /** Whether a decision of ours counts, by all that is known by now; who decided elsewhere may not have known of it. */
  stands(id: string): boolean {
    return this.#state.governor.stands(id);
  }

  /** How many decisions are known here, those among them that do not count. */
  get decisionCount(): number {
    return this.#state.governor.decisions().length;
  }

  /**
   * Takes one input.
   * @param nowNs  The wall clock, nanoseconds since 1970; it may jump.
   * @returns All that follows, to be written down together. The first call also says whom to follow and allow.
   */
  handle(input: GroupIn, nowNs: bigint): GroupOut[] {
    const outs: GroupOut[] = [];
    this.#renew(nowNs, outs);
    this.#take(input, nowNs, outs);
    this.#settle(nowNs, input.kind === "tick", outs);
    return outs;
  }

  /** In a D2 group our key for secrets with the others, and the first key of all. */
  #renew(nowNs: bigint, outs: GroupOut[]): void {
    const { circle, feed, governor, own, record: { status } } = this.#state;
    // Also while an admin is to decide: its answer is the key, wrapped for this one.
    if (circle === undefined || !RENEWED.has(status)) return;
    if (circle.ratchets.renew(nowNs, governor.roster.members)) {
      outs.push({ kind: "ratchets", secrets: circle.ratchets.secrets });
    }
    const { value } = circle.ratchets.of(own.pk)!;
    const path = `${RATCHET_PREFIX}/${own.pk}`;
    if (!feed.holds(path, value)) feed.replace(path, value);
    this.#deciding.begin(nowNs);
  }

  #take(input: GroupIn, nowNs: bigint, outs: GroupOut[]): void {
    const state = this.#state;
    switch (input.kind) {
      case "leaves":
        return this.#hearing.read(input.feed, input.leaves, nowNs, outs);
      case "post":
        return this.#speaking.post(input.text, nowNs, outs, { audience: input.audience });
      case "relayed":
        return this.#speaking.relay(input, nowNs, outs);
      case "unsend":
        return this.#speaking.unsend(input, nowNs, outs);
      case "decide":
        return this.#deciding.decide(input.domain, input.op, input.peer, nowNs, outs);
      case "admit":
        return this.#admit(input, nowNs, outs);
      case "invite":
        return this.#inviting.issue(input, nowNs, outs);
      case "revoke":
        return this.#inviting.revoke(input.invite, nowNs, outs);
      case "rotate":
        return this.#deciding.rotate(nowNs, outs);
      case "revoke-history":
        return this.#deciding.revokeHistory(input.sinceNs, nowNs, outs);
      case "name-holder":
        return refuse(this.#holders.name(input.holder, nowNs), outs);
      case "ratchet":
        return void this.#hearing.announced(input.value);
      case "admitted":
        state.oldOwner.isNewer();
        return this.#deciding.admitted(input);
      case "accepted":
        state.oldOwner.tookOurs();
        return this.#hearing.cameInByWord(outs);
      case "standing":
        state.oldOwner.isNewer();
        state.next = { status: input.status };
        return;
      case "rename":
        return refuse(this.#name.rename(input.name, nowNs), outs);
      case "tick":
        this.#deciding.rotateWhenDue(nowNs);
        this.#inviting.prune(nowNs);
        state.circle?.ratchets.warm(state.governor.roster.members, WARMED);
        return this.#speaking.beat(nowNs, outs);
    }
  }

  #admit({ invite, peer }: Extract<GroupIn, { kind: "admit" }>, nowNs: bigint, outs: GroupOut[]): void {
    if (this.isMember(peer)) return;
    const verdict = invite === undefined ? "admits" : this.#inviting.judge(invite, peer, nowNs);
    if (verdict !== "admits") return void outs.push({ kind: "refused", reason: verdict });
    this.#deciding.decide("roster", 1, peer, nowNs, outs);
    const isIn = !outs.some(({ kind }) => kind === "refused");
    if (isIn && invite !== undefined) this.#inviting.used(invite, peer, nowNs);
  }

  /** What follows from what has changed: waiting things, copies, the record, whom we follow, who may read. */
  #settle(nowNs: bigint, isTick: boolean, outs: GroupOut[]): void {
    const state = this.#state;
    this.#hearing.hearRestored(outs);
    const isDecided = state.governor.retry(nowNs, isTick);
    if (isDecided) {
      this.#hearing.judgeAgain(outs);
      this.#hearing.hear(state.own.pk, state.talk.retry(), outs);
      this.#hasChanged = true;
    }
    if (isTick) this.#ask(outs);
    const isNew = isDecided || this.#isFirst;
    this.#isFirst = false;
    if (isNew) state.shelf.fill(); // also where messages are not copied: our feed is what a restart knows the roster by
    if (isNew) this.#inviting.retry(nowNs);
    if (isNew) this.#deciding.sealAgain();
    if (isNew) this.#hearing.sealAgain(outs);
    const isHeld = this.#holders.settle(nowNs, isNew);
    this.#name.settle(nowNs, isNew || isTick);
    this.#news.tell(outs, isTick);
    outs.push(...state.feed.takeChanges());
    if (outs.some(({ kind }) => kind === "message")) state.next = { ...state.next, lastMessageAt: nowNs };
    if (isNew || isHeld || Object.keys(state.next).length > 0) this.#standing.settle(nowNs, outs);
  }

  /** For what had to go and may count now, and for what is missing. */
  #ask(outs: GroupOut[]): void {
    const { governor, record, talk } = this.#state;
    if (this.#hasChanged) {
      this.#hasChanged = false;
      const hasMissed = [governor.takeMissed(), this.#inviting.takeMissed(), talk.takeMissed()].includes(
        true,
      );
      if (hasMissed) outs.push({ kind: "reread" });
    }
    if (record.status !== "active") return;
    const wants = this.#inquiry.due(this.wants());
    if (wants.length > 0) outs.push({ kind: "ask", wants });
  }
}

/** @param reason  Why something is not done; undefined: it is. */
function refuse(reason: GroupRefusal | undefined, outs: GroupOut[]): void {
  if (reason !== undefined) outs.push({ kind: "refused", reason });
}
