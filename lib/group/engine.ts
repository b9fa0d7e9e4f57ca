/**
 * One member's group: posts and feed changes in, leaves and events out. It has no socket, clock or disk.
 *
 * Its whole memory is the record and our own feed: decisions and messages of others are copied there, as the protocol
 * wants it, and read back from there after a restart.
 *
 * @see specification skychat §b.2–§b.10, §b.14
 * @module
 */
import { encodeBody } from "../chat/body.ts";
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import { NULL_PK } from "../crypto/members.ts";
import type { Random } from "../sys/random.ts";
import { followedBy } from "./follow.ts";
import { judge } from "./gate.ts";
import { type Domain, makeMutation, type Mutation } from "./governance.ts";
import { Governor, type Taken } from "./governor.ts";
import type { FeedLeaf, GroupIn, GroupOut, GroupRefusal } from "./group_types.ts";
import { GROUP_KEY_BYTES, kindOf } from "./invite.ts";
import { type GroupKey, sameKey } from "./key_ring.ts";
import {
  curveSigner,
  encodeLeaf,
  HEARTBEAT_TEXT,
  leafPath,
  makeLeaf,
  MESSAGE_PREFIX,
  parseLeafPath,
  type Signer,
} from "./leaf.ts";
import { OwnFeed } from "./own_feed.ts";
import { encodeGroupRecord, type GroupRecord, postRefusal } from "./record.ts";
import { recordWith, ringOf, sameRing } from "./record_state.ts";
import { decisionId, type Roster } from "./roster.ts";
import { makeRotation, ROTATION_AGE_NS, ROTATION_MESSAGES, rotationJitterNs } from "./rotation.ts";
import { Shelf } from "./shelf.ts";
import { Talk, type TalkOut } from "./talk.ts";

/** Domains in the order in which they are read (§b.3). */
const READING_ORDER: readonly string[] = ["keys", "roster", "admin", "mod", "msgs"];
/** How much longer each further admin waits before it rotates what another one should have rotated. */
const RANK_NS = 30_000_000_000n;

/** What an engine is made for. */
export interface EngineOptions {
  /** Us. */
  readonly own: KeyPair;
  /** The group as it was kept. */
  readonly record: GroupRecord;
  /** Our feed as it was kept, path and value. */
  readonly leaves: Iterable<readonly [string, Uint8Array]>;
  /** Tails of messages that were shown with their text before, beside those in the feed. */
  readonly shown: Iterable<string>;
  /** Keys and nonces. */
  readonly random: Random;
  /** The signature scheme; the curve's when left out. */
  readonly signer?: Signer;
}

/** One member's view of one group. */
export class GroupEngine {
  readonly #own: KeyPair;
  readonly #random: Random;
  readonly #signer: Signer;
  readonly #feed: OwnFeed;
  readonly #governor: Governor;
  readonly #talk: Talk;
  readonly #shelf: Shelf;
  #record: GroupRecord;
  #lastRing: readonly GroupKey[];
  #follow = "";
  #allow = "";
  #seq = 0n;
  #lastNs = 0n;
  /** What the record gets besides what follows from the roster. */
  #next: Partial<GroupRecord> = {};
  #heartbeat: string | undefined;
  #sealedCount = 0;
  #staleSinceNs: bigint | undefined;
  /** Whether a decision or a key has come since the last tick. */
  #hasChanged = false;

  /** Reads back what was kept; gives nothing out. */
  constructor({ own, record, leaves, shown, random, signer = curveSigner }: EngineOptions) {
    this.#own = own;
    this.#record = record;
    this.#random = random;
    this.#signer = signer;
    const kept = [...leaves];
    this.#feed = new OwnFeed(own.pk, kept);
    this.#governor = new Governor({
      own,
      groupId: record.id,
      founder: record.ownerPk,
      ring: ringOf(record),
      signer,
    });
    this.#talk = new Talk({
      isPrivate: record.mode === "private",
      takesUnsigned: record.kind === "" && record.ownerPk !== own.pk,
      keys: () => this.#governor.openers(),
      judge: (sender, tsNs) => judge(this.#governor.roster, this.#kind, sender, tsNs),
    }, signer);
    this.#shelf = new Shelf(this.#feed, this.#governor, this.#isPrivate, random);
    for (const tail of shown) this.#talk.remember(tail);
    this.#restore(kept);
    this.#lastRing = this.#governor.ring;
  }

  /** The record as it is now. */
  get record(): GroupRecord {
    return this.#record;
  }

  /** Our feed as it is to be published. */
  get leaves(): ReadonlyMap<string, Uint8Array> {
    return this.#feed.leaves;
  }

  /** Whether we decide in this group. */
  get isAdmin(): boolean {
    return this.#governor.roster.admins.includes(this.#own.pk);
  }

  /** Whether somebody is in. */
  isMember(pk: PublicKeyHex): boolean {
    return this.#governor.roster.members.includes(pk);
  }

  /**
   * Takes one input.
   * @param nowNs  The wall clock, nanoseconds since 1970; it may jump.
   * @returns All that follows, to be written down together. The first call also says whom to follow and allow.
   */
  handle(input: GroupIn, nowNs: bigint): GroupOut[] {
    const outs: GroupOut[] = [];
    switch (input.kind) {
      case "leaves":
        this.#read(input.feed, input.leaves, nowNs, outs);
        break;
      case "post":
        this.#post(input.text, nowNs, outs);
        break;
      case "unsend":
        this.#unsend(input.tsNs, nowNs, outs);
        break;
      case "decide":
        this.#decide(input.domain, input.op, input.peer, nowNs, outs);
        break;
      case "admit":
        if (!this.isMember(input.peer)) this.#decide("roster", 1, input.peer, nowNs, outs);
        break;
      case "rotate":
        this.#askedRotation(nowNs, outs);
        break;
      case "admitted":
        this.#admitted(input);
        break;
      case "standing":
        this.#next = { status: input.status };
        break;
      case "rename":
        this.#next = { name: input.name };
        break;
      case "tick":
        this.#tick(nowNs, outs);
    }
    this.#settle(nowNs, input.kind === "tick", outs);
    return outs;
  }

  get #kind() {
    return kindOf(this.#record.mode, this.#record.kind);
  }

  get #isPrivate(): boolean {
    return this.#record.mode === "private";
  }

  #restore(kept: readonly (readonly [string, Uint8Array])[]): void {
    const far = 2n ** 63n; // what lies in our feed was judged when it came
    for (const domain of READING_ORDER) {
      for (const [path, value] of kept) {
        if (!path.startsWith(`${domain}/`)) continue;
        if (domain === "keys") this.#governor.takeRotation(value);
        else if (domain === "msgs") this.#restoreMessage(path, value);
        else this.#governor.takeDecision(domain as Domain, value, far);
      }
    }
    this.#governor.retry(far, true);
    for (const [path, value] of kept) {
      const decision = this.#governor.decisionIn(path, value);
      if (decision !== undefined) this.#shelf.found(decision, path);
    }
    for (const rotation of this.#governor.rotations()) this.#shelf.foundRotation(rotation);
  }

  #restoreMessage(path: string, value: Uint8Array): void {
    for (const out of this.#talk.take(path, value)) {
      if (out.kind === "alive" && out.sender === this.#own.pk) this.#heartbeat = path;
    }
    this.#noteOwn(path.slice(path.indexOf("/") + 1));
  }

  /** What we say next comes after all that we ever said, also when the disk was lost. */
  #noteOwn(tail: string): void {
    const at = parseLeafPath(`${MESSAGE_PREFIX}/${tail}`);
    if (at?.sender !== this.#own.pk) return;
    if (at.seq > this.#seq) this.#seq = at.seq;
    if (at.tsNs > this.#lastNs) this.#lastNs = at.tsNs;
  }

  #read(feed: PublicKeyHex, leaves: readonly FeedLeaf[], nowNs: bigint, outs: GroupOut[]): void {
    const domainOf = (path: string): number => READING_ORDER.indexOf(path.slice(0, path.indexOf("/")));
    const sorted = leaves.filter(({ path }) => domainOf(path) >= 0)
      .sort((a, b) => domainOf(a.path) - domainOf(b.path));
    for (const { path, value } of sorted) {
      const domain = READING_ORDER[domainOf(path)];
      if (domain === "msgs") {
        this.#hear(feed, this.#talk.take(path, value), outs);
        continue;
      }
      const taken: Taken = domain === "keys"
        ? this.#governor.takeRotation(value)
        : this.#governor.takeDecision(domain as Domain, value, nowNs);
      if (typeof taken !== "string") outs.push({ kind: "dropped", feed, path, reason: taken.dropped });
    }
  }

  #hear(feed: PublicKeyHex, heard: readonly TalkOut[], outs: GroupOut[]): void {
    for (const out of heard) {
      if (out.kind === "dropped") outs.push({ ...out, feed });
      if (out.kind === "hidden") {
        this.#feed.drop(out.path);
        outs.push({ kind: "hidden", tail: out.tail });
      }
      if (out.kind === "alive" || out.kind === "dropped" || out.kind === "hidden") continue;
      if (out.kind === "gone") {
        for (const path of this.#feed.messagesAt(out.sender, out.tsNs)) this.#feed.drop(path);
        outs.push({ kind: "gone", sender: out.sender, tsNs: out.tsNs, tail: out.tail });
      } else {
        this.#noteOwn(out.message.tail);
        outs.push({ kind: "message", message: out.message });
      }
      if (out.copy !== undefined && this.#copies && !this.#feed.has(out.copy.path)) {
        this.#feed.putMessage(out.copy.path, out.copy.value);
      }
    }
  }

  /** Whether we publish what others say (§b.4). */
  get #copies(): boolean {
    return this.isAdmin || this.#governor.roster.backfill && this.#kind !== "channel";
  }

  #post(text: string, nowNs: bigint, outs: GroupOut[]): void {
    const reason = this.#record.status !== "active" || !this.isMember(this.#own.pk)
      ? "not a member"
      : postRefusal(recordWith(this.#record, this.#governor.roster, this.#governor.ring), this.#own.pk);
    if (reason !== undefined) return void outs.push({ kind: "refused", reason });
    if (this.#isPrivate && this.#governor.ring.length === 0) {
      return void outs.push({ kind: "refused", reason: "no key" });
    }
    const { path, value } = this.#say(text, nowNs);
    this.#feed.putMessage(path, value);
    this.#hear(this.#own.pk, this.#talk.take(path, value), outs);
  }

  /** A leaf of ours; its time is later than that of the one before, whatever the clock says. */
  #say(text: string, nowNs: bigint): FeedLeaf {
    const tsNs = nowNs > this.#lastNs ? nowNs : this.#lastNs + 1n;
    this.#lastNs = tsNs;
    const key = this.#isPrivate ? this.#governor.ring[0].key : undefined;
    const leaf = makeLeaf({ author: this.#own, tsNs, text, key }, this.#random, this.#signer);
    this.#sealedCount++;
    return { path: leafPath(this.#own.pk, tsNs, ++this.#seq), value: encodeLeaf(leaf) };
  }

  #unsend(tsNs: bigint, nowNs: bigint, outs: GroupOut[]): void {
    if (this.#feed.messagesAt(this.#own.pk, tsNs).length === 0) {
      return void outs.push({ kind: "refused", reason: "no such message" });
    }
    this.#post(encodeBody({ kind: "delete", toTsNano: tsNs }), nowNs, outs);
  }

  #decide(domain: Domain, op: number, peer: PublicKeyHex, nowNs: bigint, outs: GroupOut[]): void {
    const refused = (reason: GroupRefusal) => void outs.push({ kind: "refused", reason });
    if (!this.isAdmin) return refused("not an admin");
    if (peer === this.#record.ownerPk) return refused("the founder");
    if (domain === "roster" && op === 1 && this.#governor.roster.banned.has(peer)) return refused("banned");
    const mutation = this.#decision(domain, op, peer, nowNs);
    this.#governor.addDecision(domain, mutation);
    if (!this.#governor.roster.counted.has(decisionId({ domain, mutation }))) {
      this.#governor.withdraw(domain, mutation);
      return refused("nothing changes");
    }
    this.#shelf.put({ domain, mutation });
    const isOut = domain === "roster" && op === 2 || domain === "mod" && op === 1;
    const isBack = domain === "roster" && op === 1 &&
      (this.#governor.roster.memberSpans.get(peer)?.length ?? 0) > 1;
    if (!(isOut || isBack) || !this.#isPrivate) return; // who comes back must not read what was said meanwhile
    // Under the old key, so that the removed one can learn of it; then once more for who has only the new one.
    this.#rotate(nowNs);
    this.#shelf.put({ domain, mutation });
  }

  #decision(domain: Domain, op: number, peer: PublicKeyHex, nowNs: bigint): Mutation {
    const body = { groupId: this.#record.id, op, peer, parentSeq: 0n, issuer: this.#own.pk };
    return makeMutation(
      domain,
      { ...body, issuedAtNs: this.#laterThanAll(nowNs) },
      this.#own.secret,
      this.#signer,
    );
  }

  #laterThanAll(nowNs: bigint): bigint {
    const newest = this.#governor.newestNs;
    return nowNs > newest ? nowNs : newest + 1n;
  }

  #askedRotation(nowNs: bigint, outs: GroupOut[]): void {
    if (!this.#isPrivate) return void outs.push({ kind: "refused", reason: "not private" });
    if (!this.isAdmin) return void outs.push({ kind: "refused", reason: "not an admin" });
    this.#rotate(nowNs);
  }

  #rotate(nowNs: bigint): void {
    const groupKey = this.#random.bytes(GROUP_KEY_BYTES);
    const rotation = makeRotation(
      {
        groupId: this.#record.id,
        epoch: (this.#governor.ring[0]?.epoch ?? 0n) + 1n,
        groupKey,
        members: this.#governor.roster.members,
        issuedAtNs: this.#laterThanAll(nowNs),
      },
      this.#own,
      this.#random,
      this.#signer,
    );
    this.#governor.addRotation(rotation, groupKey);
    this.#sealedCount = 0;
  }

  /** What an admin's answer told us: enough to read its feed, which proves the rest. */
  #admitted({ key, epoch, name, admins }: Extract<GroupIn, { kind: "admitted" }>): void {
    if (key.length === GROUP_KEY_BYTES) {
      this.#governor.addKey({ epoch, key, issuedAtNs: 0n, issuer: NULL_PK, mark: "", wraps: 0 });
    }
    this.#next = {
      name: name === "" ? this.#record.name : name,
      admissionPks: [...new Set([...this.#record.admissionPks, ...admins])],
      status: "pending", // until the roster names us
    };
  }

  #tick(nowNs: bigint, outs: GroupOut[]): void {
    if (this.#record.status !== "active" || !this.isAdmin) {
      if (this.#heartbeat !== undefined) this.#feed.drop(this.#heartbeat);
      this.#heartbeat = undefined;
      return;
    }
    if (this.#isPrivate && this.#isRotationDue(nowNs)) this.#rotate(nowNs);
    if (this.#isPrivate && this.#governor.ring.length === 0) return;
    const { path, value } = this.#say(HEARTBEAT_TEXT, nowNs);
    if (this.#heartbeat !== undefined) this.#feed.drop(this.#heartbeat);
    this.#heartbeat = path;
    this.#feed.putMessage(path, value);
    this.#hear(this.#own.pk, this.#talk.take(path, value), outs);
  }

  /** By age, by count, and when the current key was wrapped for more than are in (§b.9). */
  #isRotationDue(nowNs: bigint): boolean {
    const [current] = this.#governor.ring;
    if (current === undefined) return false;
    if (this.#sealedCount >= ROTATION_MESSAGES) return true;
    if (
      current.issuedAtNs > 0n && nowNs - current.issuedAtNs > ROTATION_AGE_NS + rotationJitterNs(this.#own.pk)
    ) {
      return true;
    }
    if (current.wraps <= this.#governor.roster.members.length) {
      this.#staleSinceNs = undefined;
      return false;
    }
    this.#staleSinceNs ??= nowNs;
    const rank = BigInt(this.#governor.roster.admins.indexOf(this.#own.pk));
    return nowNs - this.#staleSinceNs >= rank * RANK_NS;
  }

  /** What follows from what has changed: waiting things, copies, the record, whom we follow, who may read. */
  #settle(nowNs: bigint, isTick: boolean, outs: GroupOut[]): void {
    if (this.#governor.retry(nowNs, isTick)) {
      this.#judgeAgain(outs);
      this.#hear(this.#own.pk, this.#talk.retry(), outs);
      this.#hasChanged = true;
    }
    if (isTick && this.#hasChanged) {
      this.#hasChanged = false;
      const hasMissed = [this.#governor.takeMissed(), this.#talk.takeMissed()].includes(true);
      if (hasMissed) outs.push({ kind: "reread" });
    }
    if (this.#copies) this.#shelf.fill();
    const { roster, ring } = this.#governor;
    if (!sameKey(ring[0], this.#lastRing[0])) this.#shelf.sealAgain();
    if (!sameRing(ring, this.#lastRing)) this.#lastRing = ring;
    outs.push(...this.#feed.takeChanges());
    if (outs.some(({ kind }) => kind === "message")) this.#next = { ...this.#next, lastMessageAt: nowNs };
    const record = this.#standing({ ...recordWith(this.#record, roster, ring), ...this.#next });
    this.#next = {};
    if (encodeGroupRecord(record) !== encodeGroupRecord(this.#record)) outs.push({ kind: "record", record });
    this.#record = record;
    const feeds = record.status === "active" || record.status === "pending"
      ? followedBy(this.#own.pk, withHints(roster, record), this.#kind, record.ownerPk)
      : [];
    if (feeds.join() !== this.#follow) outs.push({ kind: "follow", feeds });
    this.#follow = feeds.join();
    const readers = this.#isPrivate ? [...roster.members].sort() : undefined;
    const allow = readers?.join() ?? "*";
    if (allow !== this.#allow) outs.push({ kind: "allow", readers });
    this.#allow = allow;
  }

  /**
   * What was shown before a decision was known that forbids it. Copies stay in our feed, for another decision may yet
   * allow it and their writers may be gone; only those of who is banned go, and ours never.
   */
  #judgeAgain(outs: GroupOut[]): void {
    for (const tail of this.#talk.judgeAgain((path) => this.#feed.leaves.get(path))) {
      const sender = tail.slice(0, tail.indexOf("/"));
      if (this.#governor.roster.banned.has(sender)) this.#feed.drop(`${MESSAGE_PREFIX}/${tail}`);
      outs.push({ kind: "hidden", tail });
    }
  }

  /** How we stand, by the roster: in, out, or banned. Who has left has left. */
  #standing(record: GroupRecord): GroupRecord {
    const { roster } = this.#governor;
    if (record.status === "left" || record.status === "denied") return record;
    if (roster.banned.has(this.#own.pk)) return { ...record, status: "banned" };
    if (this.isMember(this.#own.pk)) return { ...record, status: "active" };
    const wasIn = record.status === "active" && roster.memberSpans.has(this.#own.pk);
    return wasIn ? { ...record, status: "revoked" } : record;
  }
}

/** Until an admin's feed was read, the admins that we were told of are followed too. */
function withHints(roster: Roster, { admissionPks }: GroupRecord): Roster {
  const unknown = admissionPks.filter((pk) => !roster.memberSpans.has(pk));
  return unknown.length === 0
    ? roster
    : { ...roster, members: [...roster.members, ...unknown], admins: [...roster.admins, ...unknown] };
}
