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
import { GO_ZERO_TIME_NS } from "../wire/go_time.ts";
import { followedBy } from "./follow.ts";
import { judge } from "./gate.ts";
import { type Domain, makeMutation, type Mutation } from "./governance.ts";
import { Governor, type Taken } from "./governor.ts";
import type { FeedLeaf, GroupIn, GroupOut, GroupRefusal } from "./group_types.ts";
import { GROUP_KEY_BYTES, kindOf } from "./invite.ts";
import { type GroupKey, sameKey } from "./key_ring.ts";
import { FORK_PREFIX } from "./fork.ts";
import { MESSAGE_PREFIX } from "./leaf.ts";
import { curveSigner, type Signer } from "./signer.ts";
import type { Missing } from "./author_ledger.ts";
import { Inquiry } from "./inquiry.ts";
import { Ledger } from "./ledger.ts";
import { OldOwner, type OwnerAge } from "./old_owner.ts";
import { OwnFeed } from "./own_feed.ts";
import { encodeGroupRecord, type GroupRecord, postRefusal } from "./record.ts";
import { recordWith, ringOf } from "./record_state.ts";
import { isRelayable } from "./relay.ts";
import { decisionId, type Roster } from "./roster.ts";
import { makeRotation, ROTATION_AGE_NS, ROTATION_MESSAGES, rotationJitterNs } from "./rotation.ts";
import { Shelf } from "./shelf.ts";
import { Talk, type TalkOut } from "./talk.ts";
import { isSomewhere, NOWHERE, type Place } from "./thread.ts";
import { Voice } from "./voice.ts";

/** Domains in the order in which they are read (§b.3). */
const READING_ORDER: readonly string[] = ["keys", "roster", "admin", "mod", "msgs", FORK_PREFIX];
/** What others say to have seen is written down once in so many ticks: they say it again, and it is only a hint. */
const CLAIM_TICKS = 10;
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
  /** What was kept of authors' threads, see {@link GroupOut} `ledger`. */
  readonly ledgers?: Iterable<readonly [PublicKeyHex, Uint8Array]>;
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
  readonly #ledger: Ledger;
  readonly #voice: Voice;
  readonly #oldOwner: OldOwner;
  #record: GroupRecord;
  /** The key under which the decisions in our feed lie, as long as we are an admin. */
  #sealedUnder: GroupKey | undefined;
  #follow = "";
  #allow = "";
  #floor: Place = NOWHERE;
  readonly #restarts = new Map<PublicKeyHex, number>();
  readonly #inquiry = new Inquiry();
  /** What the record gets besides what follows from the roster. */
  #next: Partial<GroupRecord> = {};
  #heartbeat: string | undefined;
  #sealedCount = 0;
  #staleSinceNs: bigint | undefined;
  #isFirst = true;
  #ticks = 0;
  readonly #restored: TalkOut[] = [];
  /** Whether a decision or a key has come since the last tick. */
  #hasChanged = false;

  /** Reads back what was kept; gives nothing out. */
  constructor(
    { own, record, leaves, shown, ledgers = [], random, signer = curveSigner }: EngineOptions,
  ) {
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
    const groupId = record.id.toLowerCase();
    const isAuthor = (pk: PublicKeyHex) => this.#governor.roster.memberSpans.has(pk);
    this.#oldOwner = new OldOwner(record, own.pk, signer, () => this.#governor.isDecided);
    this.#ledger = new Ledger({ groupId, kept: ledgers, signer, isAuthor });
    this.#voice = new Voice({ own, groupId, kept, ledger: this.#ledger, random, signer });
    this.#talk = new Talk({
      groupId,
      ledger: this.#ledger,
      isPrivate: record.mode === "private",
      takesUnsigned: record.kind === "" && record.ownerPk !== own.pk,
      founder: record.ownerPk,
      keys: () => this.#governor.openers(),
      judge: (sender, tsNs) => {
        const verdict = judge(this.#governor.roster, this.#kind, sender, tsNs);
        // Nobody but such a founder knows who is in: what it publishes is by its word.
        const { age } = this.#oldOwner;
        const isHeard = age === "old" || age === "unknown" && sender === own.pk;
        return verdict === "wait" && isHeard ? "shown" : verdict;
      },
    }, signer);
    this.#shelf = new Shelf(this.#feed, this.#governor, this.#isPrivate, random);
    for (const tail of shown) this.#talk.remember(tail);
    this.#restore(kept);
    this.#sealedUnder = this.isAdmin ? this.#governor.ring[0] : undefined;
    this.#floor = this.#ledger.of(own.pk)?.state.floor ?? NOWHERE;
    for (const author of this.#ledger.authors()) this.#restarts.set(author, this.#restartsOf(author));
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

  /** How old the founder's program is: an old one is to be sent what we say. */
  get ownerAge(): OwnerAge {
    return this.#oldOwner.age;
  }

  /** All threads, as they are known here. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Leaves that must exist and are not here; of who is banned nothing is missed. */
  missing(): Missing[] {
    const { banned } = this.#governor.roster;
    return this.#ledger.missing().filter(({ author }) => !banned.has(author));
  }

  /** What members are to be asked for: what is missing, and what somebody has seen otherwise than we have. */
  wants(): Missing[] {
    return [...this.#ledger.disputes(), ...this.missing()];
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
      case "relayed":
        this.#relay(input, nowNs, outs);
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
      case "accepted":
        this.#oldOwner.tookOurs();
        this.#cameInByWord(outs);
        break;
      case "standing":
        this.#oldOwner.isNewer();
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
      if (domain === "msgs") this.#governor.retry(far, true); // they are judged by all that is decided
      for (const [path, value] of kept) {
        if (!path.startsWith(`${domain}/`)) continue;
        if (domain === "keys") this.#governor.takeRotation(value);
        else if (domain === "msgs") this.#restoreMessage(path, value);
        else if (domain === FORK_PREFIX) this.#ledger.takeFork(value);
        else this.#governor.takeDecision(domain as Domain, value, far);
      }
    }
    for (const [path, value] of kept) {
      const decision = this.#governor.decisionIn(path, value);
      if (decision !== undefined) this.#shelf.found(decision, path);
    }
    for (const rotation of this.#governor.rotations()) this.#shelf.foundRotation(rotation);
  }

  #restoreMessage(path: string, value: Uint8Array): void {
    for (const out of this.#talk.take(path, value)) {
      if (out.kind === "alive" && out.sender === this.#own.pk) this.#heartbeat = path;
      // It lay in our feed and was not shown: it may be now.
      if (out.kind === "message" && out.message.text !== undefined) this.#restored.push(out);
    }
  }

  #read(feed: PublicKeyHex, leaves: readonly FeedLeaf[], nowNs: bigint, outs: GroupOut[]): void {
    const domainOf = (path: string): number => READING_ORDER.indexOf(path.slice(0, path.indexOf("/")));
    const sorted = leaves.filter(({ path }) => domainOf(path) >= 0)
      .sort((a, b) => domainOf(a.path) - domainOf(b.path));
    for (const { path, value } of sorted) {
      const domain = READING_ORDER[domainOf(path)];
      if (domain === FORK_PREFIX) {
        if (!this.#ledger.takeFork(value)) {
          outs.push({ kind: "dropped", feed, path, reason: "it proves nothing" });
        }
        continue;
      }
      if (domain === "msgs") {
        if (feed === this.#record.ownerPk) this.#oldOwner.read(feed, value);
        this.#hear(feed, this.#talk.take(path, value), outs);
        continue;
      }
      const taken: Taken = domain === "keys"
        ? this.#governor.takeRotation(value)
        : this.#governor.takeDecision(domain as Domain, value, nowNs);
      if (typeof taken !== "string") outs.push({ kind: "dropped", feed, path, reason: taken.dropped });
    }
    this.#cameInByWord(outs);
  }

  /** A founder of the first weeks has no roster: whoever it lets read is in. */
  #cameInByWord(outs: GroupOut[]): void {
    if (this.#record.status !== "pending" || this.#oldOwner.age !== "old") return;
    this.#next = { ...this.#next, status: "active" };
    this.#hear(this.#own.pk, this.#talk.retry(), outs);
  }

  #hear(feed: PublicKeyHex, heard: readonly TalkOut[], outs: GroupOut[]): void {
    for (const out of heard) {
      if (out.kind === "dropped") outs.push({ ...out, feed });
      if (out.kind === "noted") outs.push({ ...out, kind: "archive" });
      if (out.kind === "threaded" && this.#feed.has(out.copy.path)) {
        this.#feed.replace(out.copy.path, out.copy.value);
      }
      if (out.kind === "hidden") {
        if (!out.stays) this.#feed.drop(out.path);
        outs.push({ kind: "hidden", tail: out.tail });
      }
      if (out.kind !== "message" && out.kind !== "gone") continue;
      if (out.kind === "gone") {
        for (const path of this.#feed.messagesAt(out.sender, out.tsNs)) this.#feed.drop(path);
        if (isSomewhere(out.place)) {
          outs.push({ kind: "archive", author: out.sender, place: out.place, leaf: undefined });
        }
        outs.push({ kind: "gone", sender: out.sender, tsNs: out.tsNs, tail: out.tail });
      } else {
        this.#voice.heard(out.message.tail);
        outs.push({ kind: "message", message: out.message });
      }
      if (out.copy !== undefined && this.#copies && !this.#feed.has(out.copy.path)) {
        this.#putMessage(out.copy.path, out.copy.value);
      }
    }
  }

  /** Whether we publish what others say (§b.4). */
  get #copies(): boolean {
    return this.isAdmin || this.#governor.roster.backfill && this.#kind !== "channel";
  }

  #post(text: string, nowNs: bigint, outs: GroupOut[], removes: Place = NOWHERE): void {
    const reason = !this.#isIn ? "not a member" : isSomewhere(removes)
      ? undefined // whoever may not speak may still take back
      : postRefusal(recordWith(this.#record, this.#governor.roster, this.#governor.ring), this.#own.pk);
    if (reason !== undefined) return void outs.push({ kind: "refused", reason });
    if (this.#isPrivate && this.#governor.ring.length === 0) {
      return void outs.push({ kind: "refused", reason: "no key" });
    }
    const { path, value } = this.#voice.say(text, nowNs, this.#key, { floor: this.#floor, removes });
    this.#sealedCount++;
    this.#putMessage(path, value);
    this.#hear(this.#own.pk, this.#talk.take(path, value), outs);
  }

  /** By the roster; where nobody can have one, as far as we know, by the founder's word, which may be still to come. */
  get #isIn(): boolean {
    const { status } = this.#record;
    if (this.#oldOwner.age !== "newer") return status === "active" || status === "pending";
    return status === "active" && this.isMember(this.#own.pk);
  }

  /** Once for each time of a sender: it may ask again when our answer was lost. */
  #relay(said: Extract<GroupIn, { kind: "relayed" }>, nowNs: bigint, outs: GroupOut[]): void {
    const { sender, text } = said;
    const tsNs = said.tsNs === GO_ZERO_TIME_NS ? nowNs : said.tsNs;
    const reason = this.#record.ownerPk !== this.#own.pk
      ? "not the founder"
      : this.#record.status !== "active" || !this.isMember(sender)
      ? "not a member"
      : !isRelayable(text, tsNs)
      ? "no message"
      : postRefusal(recordWith(this.#record, this.#governor.roster, this.#governor.ring), sender);
    if (reason !== undefined) return void outs.push({ kind: "refused", reason });
    if (this.#isPrivate && this.#key === undefined) {
      return void outs.push({ kind: "refused", reason: "no key" });
    }
    if (this.#feed.messagesAt(sender, tsNs).length > 0) return;
    const { path, value } = this.#voice.relay(sender, text, tsNs, this.#key);
    this.#sealedCount++;
    this.#putMessage(path, value);
    this.#hear(this.#own.pk, this.#talk.take(path, value), outs);
  }

  /** What messages are sealed with. */
  get #key(): Uint8Array | undefined {
    return this.#isPrivate ? this.#governor.ring[0]?.key : undefined;
  }

  /** Puts a message; when one of ours has to go for it, what we said up to that one is retired. */
  #putMessage(path: string, value: Uint8Array): void {
    for (const retired of this.#feed.putMessage(path, value)) {
      const place = this.#voice.placeOf(retired.path, retired.value);
      if (isSomewhere(place)) this.#floor = { inc: place.inc, seq: place.seq + 1n };
    }
  }

  #unsend(tsNs: bigint, nowNs: bigint, outs: GroupOut[]): void {
    const [path] = this.#feed.messagesAt(this.#own.pk, tsNs);
    if (path === undefined) return void outs.push({ kind: "refused", reason: "no such message" });
    const removes = this.#voice.placeOf(path, this.#feed.leaves.get(path)!);
    this.#post(encodeBody({ kind: "delete", toTsNano: tsNs }), nowNs, outs, removes);
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
    this.#oldOwner.isNewer();
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
    const { path, value } = this.#voice.beat(nowNs, this.#key, this.#floor);
    this.#sealedCount++;
    if (this.#heartbeat !== undefined) this.#feed.drop(this.#heartbeat);
    this.#heartbeat = path;
    this.#putMessage(path, value);
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
    this.#hear(this.#own.pk, this.#restored.splice(0), outs);
    const isDecided = this.#governor.retry(nowNs, isTick);
    if (isDecided) {
      this.#judgeAgain(outs);
      this.#hear(this.#own.pk, this.#talk.retry(), outs);
      this.#hasChanged = true;
    }
    if (isTick && this.#hasChanged) {
      this.#hasChanged = false;
      const hasMissed = [this.#governor.takeMissed(), this.#talk.takeMissed()].includes(true);
      if (hasMissed) outs.push({ kind: "reread" });
    }
    if (isTick && this.#record.status === "active") {
      const wants = this.#inquiry.due(this.wants());
      if (wants.length > 0) outs.push({ kind: "ask", wants });
    }
    const isNew = isDecided || this.#isFirst;
    if (isNew && this.#copies) this.#shelf.fill();
    if (isNew) this.#sealAgain();
    this.#keepThreads(outs, isTick && this.#ticks++ % CLAIM_TICKS === 0);
    outs.push(...this.#feed.takeChanges());
    if (outs.some(({ kind }) => kind === "message")) this.#next = { ...this.#next, lastMessageAt: nowNs };
    if (isNew || Object.keys(this.#next).length > 0) this.#settleRecord(outs);
    this.#isFirst = false;
  }

  /** Who comes now reads the admins' feeds first, and has only the current key: they seal the roster under it. */
  #sealAgain(): void {
    const [current] = this.#governor.ring;
    if (!this.isAdmin || sameKey(current, this.#sealedUnder)) return;
    this.#shelf.sealAgain();
    this.#sealedUnder = current;
  }

  /** The record, whom we follow and who may read, as they follow from what is known now. */
  #settleRecord(outs: GroupOut[]): void {
    const { roster, ring } = this.#governor;
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

  /** What has changed in threads, and proofs that are new: in our feed too, so that everybody gets them. */
  #keepThreads(outs: GroupOut[], withClaims: boolean): void {
    for (const { author, value } of this.#ledger.takeChanges(withClaims)) {
      outs.push({ kind: "ledger", author, value });
      const restarts = this.#restartsOf(author);
      if (restarts > (this.#restarts.get(author) ?? 0)) outs.push({ kind: "restarted", author });
      this.#restarts.set(author, restarts);
    }
    for (const { fork, path, value } of this.#ledger.takeForks()) {
      if (!this.#governor.roster.memberSpans.has(fork.author)) continue;
      this.#feed.replace(path, value);
      outs.push({ kind: "forked", author: fork.author, place: { inc: fork.inc, seq: fork.seq } });
    }
  }

  #restartsOf(author: PublicKeyHex): number {
    return this.#ledger.of(author)?.restarts() ?? 0;
  }

  /** How we stand, by the roster: in, out, or banned. Who has left has left. */
  #standing(record: GroupRecord): GroupRecord {
    const { roster } = this.#governor;
    if (record.status === "left" || record.status === "denied") return record;
    if (roster.banned.has(this.#own.pk)) return { ...record, status: "banned" };
    if (this.isMember(this.#own.pk)) return { ...record, status: "active" };
    if (record.status !== "active") return record;
    if (roster.memberSpans.has(this.#own.pk)) return { ...record, status: "revoked" };
    if (this.#oldOwner.age === "old") return { ...record, members: [...record.members, this.#own.pk] };
    // Its founder has a newer program by now, and nobody has let us in yet.
    return record.kind === "" && this.#governor.isDecided ? { ...record, status: "pending" } : record;
  }
}

/** Until an admin's feed was read, the admins that we were told of are followed too. */
function withHints(roster: Roster, { admissionPks }: GroupRecord): Roster {
  const unknown = admissionPks.filter((pk) => !roster.memberSpans.has(pk));
  return unknown.length === 0
    ? roster
    : { ...roster, members: [...roster.members, ...unknown], admins: [...roster.admins, ...unknown] };
}
