/**
 * What one member knows of its group: the parts that know it, and the few facts that are between them.
 *
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import type { Random } from "../sys/random.ts";
import { checksumSecret } from "./talk/checksum.ts";
import { judge, type Verdict } from "./talk/gate.ts";
import { Circle } from "./d2/circle.ts";
import { type Examine, examine as examined } from "./talk/examined.ts";
import { Governor } from "./roster/governor.ts";
import { type GroupKind, kindOf } from "./joining/invite.ts";
import { type MessageLeaf, openLeaf } from "./talk/leaf.ts";
import type { HolderChoice } from "./feed/holder_leaf.ts";
import { Ledger } from "./threads/ledger.ts";
import { OldOwner } from "./roster/old_owner.ts";
import { OwnFeed } from "./feed/own_feed.ts";
import type { GroupRecord } from "./record/record.ts";
import { recordWith, ringOf } from "./record/state.ts";
import { Shelf } from "./feed/shelf.ts";
import { curveSigner, type Signer } from "./talk/signer.ts";
import { Talk } from "./talk/talk.ts";
import { isSomewhere, NOWHERE, type Place } from "./threads/thread.ts";
import type { Opened } from "./talk/types.ts";
import { type Seal, Voice } from "./talk/voice.ts";

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
  /** Looks at messages' leaves; a simulation, in which many read the same one, remembers what came of it. */
  readonly examine?: Examine;
  /** Our ratchet secrets of a D2 group as they were kept, 32 bytes by their announcement's nanoseconds. */
  readonly ratchets?: ReadonlyMap<bigint, Uint8Array>;
  /** Who was known to hold the group's feeds; see {@link GroupOut} `held`. */
  readonly holder?: HolderChoice;
}

/** All that is known of one group. */
export class GroupState {
  /** Us. */
  readonly own: KeyPair;
  /** Keys and nonces. */
  readonly random: Random;
  /** The signature scheme. */
  readonly signer: Signer;
  /** What we publish. */
  readonly feed: OwnFeed;
  /** Decisions and keys. */
  readonly governor: Governor;
  /** What is said. */
  readonly talk: Talk;
  /** Decisions in our feed. */
  readonly shelf: Shelf;
  /** Authors' threads. */
  readonly ledger: Ledger;
  /** Ours. */
  readonly voice: Voice;
  /** Who reads what in a D2 group; undefined in others. */
  readonly circle: Circle | undefined;
  /** The founder's program. */
  readonly oldOwner: OldOwner;
  /** As it is kept. */
  record: GroupRecord;
  /** What the record gets besides what follows from the roster. */
  next: Partial<GroupRecord> = {};
  /** All that we said before it has left our feed. */
  floor: Place;
  /** Where our last heartbeat lies. */
  heartbeat: string | undefined;
  /** Keys that have not opened what waits: whatever comes, each is tried once. */
  readonly #tried = new WeakMap<MessageLeaf, ReadonlySet<Uint8Array>>();
  #heard: { readonly under: Uint8Array | undefined; readonly count: number } = { under: undefined, count: 0 };

  /** Of what was kept; nothing of our feed is read yet. @param kept  Our feed. */
  constructor(
    { own, record, ledgers = [], random, signer = curveSigner, examine = examined, ratchets }: EngineOptions,
    kept: readonly (readonly [string, Uint8Array])[],
  ) {
    [this.own, this.record, this.random, this.signer] = [own, record, random, signer];
    const { id, ownerPk: founder, mode } = record;
    const groupId = id.toLowerCase();
    this.feed = new OwnFeed(own.pk, kept);
    const circle = record.keys === "d2"
      ? new Circle({ own, groupId, random, signer, secrets: ratchets })
      : undefined;
    this.circle = circle;
    this.governor = new Governor({ own, groupId: id, founder, ring: ringOf(record), signer, circle });
    circle?.attach({
      roster: () => this.governor.roster,
      rotations: () => this.governor.knownRotations(),
    });
    const isAuthor = (pk: PublicKeyHex) => this.governor.roster.memberSpans.has(pk);
    this.oldOwner = new OldOwner(record, own.pk, signer, () => this.governor.isDecided);
    this.ledger = new Ledger({
      groupId,
      kept: ledgers,
      signer,
      isAuthor,
      sinceNs: () => this.record.joinedAt,
    });
    this.voice = new Voice({ own, groupId, kept, ledger: this.ledger, random, signer });
    this.talk = new Talk({
      groupId,
      founder,
      ledger: this.ledger,
      isPrivate: mode === "private",
      takesUnsigned: record.kind === "" && founder !== own.pk,
      open: (leaf) => this.#open(leaf),
      isKept: (path, value) => this.feed.holds(path, value),
      secret: checksumSecret(own.secret),
      judge: (sender, tsNs) => this.#judge(sender, tsNs),
      examine,
    }, signer);
    this.shelf = new Shelf(this.feed, this.governor, this.isPrivate);
    this.floor = this.ledger.of(own.pk)?.state.floor ?? NOWHERE;
  }

  /** Whether we decide in this group. */
  get isAdmin(): boolean {
    return this.governor.roster.admins.includes(this.own.pk);
  }

  /** Whether somebody is in. */
  isMember(pk: PublicKeyHex): boolean {
    return this.governor.roster.members.includes(pk);
  }

  /** Messages that this program has heard, our own among them, since the current key is the current one. */
  get heardUnderKey(): number {
    return this.#heard.under === this.#currentKey ? this.#heard.count : 0;
  }

  /** One more message was heard. Heartbeats are none: at two a minute they would end a key of 7 days within two. */
  countHeard(): void {
    this.#heard = { under: this.#currentKey, count: this.heardUnderKey + 1 };
  }

  get #currentKey(): Uint8Array | undefined {
    return this.governor.ring[0]?.key;
  }

  /** Whether it is sealed. */
  get isPrivate(): boolean {
    return this.record.mode === "private";
  }

  /** Who may speak, and who reads. */
  get kind(): GroupKind {
    return kindOf(this.record.mode, this.record.kind);
  }

  /** Whether we publish what others say (§b.4). */
  get copies(): boolean {
    return this.isAdmin || this.governor.roster.backfill && this.kind !== "channel";
  }

  /** Whether something can be said: in a group that is sealed there must be a key. */
  get hasKey(): boolean {
    return this.circle === undefined ? !this.isPrivate || this.governor.ring.length > 0 : this.circle.canSeal;
  }

  /** How what we say is sealed. @param audience  In a D2 group for whom; empty: everybody. */
  sealFor(audience: readonly PublicKeyHex[] = []): Seal {
    const { circle } = this;
    if (circle !== undefined) return (text, tsNs) => circle.seal(text, tsNs, audience);
    return this.isPrivate ? this.governor.ring[0]?.key : undefined;
  }

  /** The record with what is decided now. */
  get recordNow(): GroupRecord {
    return recordWith(this.record, this.governor.roster, this.governor.ring);
  }

  /** Puts a message; when one of ours has to go for it, what we said up to that one is retired. */
  putMessage(path: string, value: Uint8Array): void {
    const served = this.circle === undefined ? value : this.circle.fit(value);
    if (served === undefined) return; // a revocation forbids to serve it, and somebody else can seal it again
    const retired = this.feed.putMessage(path, served);
    for (let i = retired.length - 1; i >= 0; i--) { // the newest that has a place; each look is a signature
      const place = this.voice.placeOf(retired[i].path, retired[i].value);
      if (!isSomewhere(place)) continue;
      this.floor = { inc: place.inc, seq: place.seq + 1n };
      return;
    }
  }

  #open(leaf: MessageLeaf): Opened | undefined {
    if (this.circle !== undefined) return this.circle.open(leaf);
    const tried = this.#tried.get(leaf) ?? new Set();
    const keys = this.governor.openers(leaf.tsNs).filter((key) => !tried.has(key));
    const text = openLeaf(leaf, keys);
    if (text !== undefined) return { text, audience: [] };
    this.#tried.set(leaf, tried.union(new Set(keys)));
    return undefined;
  }

  #judge(sender: PublicKeyHex, tsNs: bigint): Verdict {
    const verdict = judge(this.governor.roster, this.kind, sender, tsNs);
    // Nobody but an old founder knows who is in: what it publishes is by its word.
    const { age } = this.oldOwner;
    const isHeard = age === "old" || age === "unknown" && sender === this.own.pk;
    return verdict === "wait" && isHeard ? "shown" : verdict;
  }
}
