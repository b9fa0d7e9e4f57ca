/**
 * What a member does with leaves of feeds, its own kept one among them: each goes to whoever knows its kind, and what
 * is shown is copied.
 *
 * @see specification skychat §b.3, §b.4
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { FeedLeaf } from "../cxo/feed/change.ts";
import { NO_RESEALING } from "./d2/epoch_key.ts";
import { RATCHET_PREFIX, readAnnouncement } from "./d2/ratchet.ts";
import { HOLDER_PREFIX } from "./feed/holder_leaf.ts";
import type { Holders } from "./feed/holders.ts";
import type { GroupState } from "./group_state.ts";
import type { GroupOut } from "./group_types.ts";
import { INVITE_PATHS } from "./joining/invite_record.ts";
import type { Inviting } from "./joining/inviting.ts";
import type { GroupName } from "./record/group_name.ts";
import { NAME_PREFIX } from "./record/name_leaf.ts";
import { type Domain, MAX_DECISION_BYTES, type Unsealed } from "./roster/governance.ts";
import type { Taken } from "./roster/governor.ts";
import { MAX_LEAF_BYTES, MESSAGE_PREFIX, readLeaf } from "./talk/leaf.ts";
import type { TalkOut } from "./talk/types.ts";
import { FORK_PREFIX } from "./threads/fork.ts";
import { isSomewhere } from "./threads/thread.ts";

/**
 * Keys and decisions in the order in which they are read, before all else (§b.3): of who is no admin yet no more than some
 * decisions wait.
 */
export const GOVERNANCE_ORDER: readonly string[] = [RATCHET_PREFIX, "keys", "admin", "roster", "mod"];

const READING_ORDER: readonly string[] = [
  ...GOVERNANCE_ORDER,
  INVITE_PATHS,
  HOLDER_PREFIX,
  NAME_PREFIX,
  "msgs",
  FORK_PREFIX,
];

/** Longest value of all that is no message: one commit of the store holds it. */
const MAX_OTHER_BYTES = 448 << 10;
/** Longest value of what is one statement; of each kind, sealed ones are tried with many keys, and again and again. */
const MAX_BYTES: Readonly<Record<string, number>> = {
  [MESSAGE_PREFIX]: MAX_LEAF_BYTES,
  roster: MAX_DECISION_BYTES,
  admin: MAX_DECISION_BYTES,
  mod: MAX_DECISION_BYTES,
  [INVITE_PATHS]: MAX_DECISION_BYTES,
  [NAME_PREFIX]: MAX_DECISION_BYTES,
};

const rankOf = (path: string): number => READING_ORDER.indexOf(path.slice(0, path.indexOf("/")));

/** Reads and hears. */
export class Hearing {
  readonly #restored: TalkOut[] = [];
  #isToldD2 = false;

  /** For one group. */
  constructor(
    private readonly state: GroupState,
    private readonly inviting: Inviting,
    private readonly holders: Holders,
    private readonly name: GroupName,
  ) {}

  /** Reads back our own feed; what it held and was not shown comes out of {@link hearRestored}. */
  restore(kept: readonly (readonly [string, Uint8Array])[]): void {
    const { governor, ledger, shelf } = this.state;
    const far = 2n ** 63n; // what lies in our feed was judged when it came
    const texts = new Map<string, Unsealed>();
    const { ring } = governor;
    for (const domain of READING_ORDER) {
      if (domain === INVITE_PATHS) governor.retry(far, true); // they and messages are judged by all that is decided
      for (const [path, value] of kept) {
        if (!path.startsWith(`${domain}/`)) continue;
        if (domain === RATCHET_PREFIX) this.#announced(value);
        else if (domain === "keys") this.#restoreRotation(path, value);
        else if (domain === "msgs") this.#restoreMessage(path, value);
        else if (domain === FORK_PREFIX) ledger.takeFork(value);
        else if (domain === INVITE_PATHS) this.inviting.restore(path, value);
        else if (domain === HOLDER_PREFIX || domain === NAME_PREFIX) continue;
        else {
          const text = governor.unsealed(value);
          if (text !== undefined) texts.set(path, text);
          governor.takeDecision(domain as Domain, text?.plain ?? value, far);
        }
      }
    }
    const ages = new Map<string, number>(); // of one that lies there twice the later one is sealed again
    for (const [path, value] of kept) {
      const text = texts.get(path);
      const decision = governor.decisionIn(path, text?.plain ?? value);
      if (decision === undefined) continue;
      shelf.found(decision, path, value);
      ages.set(decision.id, text?.at ?? ring.length);
    }
    shelf.oldest = ring[[...ages.values()].reduce((most, age) => Math.max(most, age), 0)];
    for (const rotation of governor.rotations()) shelf.foundRotation(rotation);
  }

  /** What a founder made before it knew that its group is a D2 group is in nobody's way any more, nor is a second copy. */
  #restoreRotation(path: string, value: Uint8Array): void {
    const { circle, feed, governor, shelf } = this.state;
    const taken = governor.takeRotation(value, true);
    if (taken === "known" || circle !== undefined && typeof taken !== "string") feed.drop(path);
    else shelf.foundKey(path, value);
  }

  #restoreMessage(path: string, value: Uint8Array): void {
    const { state } = this;
    for (const out of state.talk.take(path, value)) {
      if (out.kind === "alive" && out.sender === state.own.pk) state.heartbeat = path;
      // It lay in our feed and was not shown: it may be now.
      if (out.kind === "message" && out.message.text !== undefined) this.#restored.push(out);
    }
  }

  /** What was found in our feed and not shown before. */
  hearRestored(outs: GroupOut[]): void {
    this.hear(this.state.own.pk, this.#restored.splice(0), outs);
  }

  /** Leaves of a feed, in any order. */
  read(feed: PublicKeyHex, leaves: readonly FeedLeaf[], nowNs: bigint, outs: GroupOut[]): void {
    const sorted = leaves.filter(({ path }) => rankOf(path) >= 0)
      .sort((a, b) => rankOf(a.path) - rankOf(b.path));
    for (const leaf of sorted) {
      const reason = this.#take(feed, leaf, nowNs, outs);
      if (reason !== undefined) outs.push({ kind: "dropped", feed, path: leaf.path, reason });
    }
    this.cameInByWord(outs);
  }

  /** @returns Why it was dropped, where the one who knows its kind does not say so itself. */
  #take(feed: PublicKeyHex, { path, value }: FeedLeaf, nowNs: bigint, outs: GroupOut[]): string | undefined {
    const { governor, ledger, oldOwner, record, shelf, talk } = this.state;
    const domain = READING_ORDER[rankOf(path)];
    if (value.length > (MAX_BYTES[domain] ?? MAX_OTHER_BYTES)) return "it is too long";
    if (domain === RATCHET_PREFIX) {
      return this.#provesD2(path, value, outs) ? undefined : this.announced(value);
    }
    if (domain === FORK_PREFIX) return ledger.takeFork(value) ? undefined : "it proves nothing";
    if (domain === INVITE_PATHS) return this.inviting.take(path, value, nowNs);
    if (domain === HOLDER_PREFIX) return this.holders.hear(feed, value);
    if (domain === NAME_PREFIX) return this.name.hear(feed, value, nowNs);
    if (domain === MESSAGE_PREFIX) {
      if (feed === record.ownerPk) oldOwner.read(feed, value);
      return void this.hear(feed, talk.take(path, value), outs);
    }
    if (shelf.has(domain, value)) return undefined;
    const taken: Taken = domain === "keys"
      ? governor.takeRotation(value)
      : governor.takeDecision(domain as Domain, value, nowNs);
    return typeof taken === "string" ? undefined : taken.dropped;
  }

  /**
   * Whether a founder that came back by a link, and made keys before it heard of anybody, finds a key that it had
   * announced itself: nobody else can have signed that, and it signs none in another group. A key that it was given, or
   * founded the group with, says that it is no such group.
   */
  #provesD2(path: string, value: Uint8Array, outs: GroupOut[]): boolean {
    const { circle, governor: { ring }, own, record: { id, ownerPk, status }, signer } = this.state;
    if (circle !== undefined || ownerPk !== own.pk || status !== "active") return false;
    if (path !== `${RATCHET_PREFIX}/${own.pk}` || ring.length === 0) return false;
    if (ring.some(({ issuer }) => issuer !== own.pk)) return false;
    if (readAnnouncement(value, id.toLowerCase(), signer)?.issuer !== own.pk) return false;
    if (!this.#isToldD2) outs.push({ kind: "is-d2" });
    return this.#isToldD2 = true;
  }

  /** A member's key for secrets with it. @returns Why it was dropped. */
  announced(value: Uint8Array): string | undefined {
    const { feed, governor, own } = this.state;
    const issuer = this.#announced(value);
    if (issuer === false) return "it is no member's key for this group";
    if (issuer === undefined || issuer === own.pk) return undefined;
    governor.touch();
    feed.replace(`${RATCHET_PREFIX}/${issuer}`, value);
    return undefined;
  }

  /** @returns Whose it is; undefined: it is known; false: it is none. */
  #announced(value: Uint8Array): PublicKeyHex | undefined | false {
    const { circle, record, signer } = this.state;
    const read = circle && readAnnouncement(value, record.id.toLowerCase(), signer);
    if (circle === undefined || read === undefined) return false;
    return circle.ratchets.take(read) ? read.issuer : undefined;
  }

  /** Seals anew what a revocation forbids to serve as it is; what can't be sealed here is dropped. */
  sealAgain(outs: GroupOut[]): void {
    const { circle, feed } = this.state;
    if (circle === undefined || circle.revokedSinceNs === NO_RESEALING) return;
    for (const [path, value] of [...feed.leaves]) {
      if (!path.startsWith(`${MESSAGE_PREFIX}/`)) continue;
      const served = circle.fit(value);
      if (served === value) continue;
      if (served === undefined) feed.drop(path);
      else feed.replace(path, served);
      const { sender: author, thread } = readLeaf(value)!;
      if (!thread || thread.seq === 0n) continue;
      const leaf = served && { path, value: served };
      if (leaf !== undefined) outs.push({ kind: "archive", author, place: thread, leaf });
    }
  }

  /** A founder of the first weeks has no roster: whoever it lets read is in. */
  cameInByWord(outs: GroupOut[]): void {
    const { state } = this;
    if (state.record.status !== "pending" || state.oldOwner.age !== "old") return;
    state.next = { ...state.next, status: "active" };
    this.hear(state.own.pk, state.talk.retry(), outs);
  }

  /** What follows from messages that were taken. */
  hear(feed: PublicKeyHex, heard: readonly TalkOut[], outs: GroupOut[]): void {
    for (const out of heard) this.#hearOne(feed, out, outs);
  }

  #hearOne(feed: PublicKeyHex, out: TalkOut, outs: GroupOut[]): void {
    const { state } = this;
    switch (out.kind) {
      case "alive":
        return;
      case "dropped":
        return void outs.push({ ...out, feed });
      case "noted":
        return void outs.push({ ...out, kind: "archive" });
      case "resealed":
        break;
      case "threaded":
        if (state.feed.has(out.copy.path)) state.feed.replace(out.copy.path, out.copy.value);
        return;
      case "hidden":
        if (!out.stays) state.feed.drop(out.path);
        return void outs.push({ kind: "hidden", tail: out.tail });
      case "gone":
        for (const path of state.feed.messagesAt(out.sender, out.tsNs)) state.feed.drop(path);
        if (isSomewhere(out.place)) {
          outs.push({ kind: "archive", author: out.sender, place: out.place, leaf: undefined });
        }
        outs.push({ kind: "gone", sender: out.sender, tsNs: out.tsNs, tail: out.tail });
        break;
      case "message":
        state.voice.heard(out.message.tail);
        state.countHeard();
        outs.push({ kind: "message", message: out.message });
    }
    if (out.copy !== undefined && state.copies && !state.feed.has(out.copy.path)) {
      state.putMessage(out.copy.path, out.copy.value);
    }
  }

  /**
   * What was shown before a decision was known that forbids it. Copies stay in our feed, for another decision may yet
   * allow it and their writers may be gone; only those of who is banned go, and ours never.
   */
  judgeAgain(outs: GroupOut[]): void {
    const { feed, governor, own, talk } = this.state;
    for (const tail of talk.judgeAgain((path) => feed.leaves.get(path))) {
      const sender = tail.slice(0, tail.indexOf("/"));
      if (sender !== own.pk && governor.roster.banned.has(sender)) feed.drop(`${MESSAGE_PREFIX}/${tail}`);
      outs.push({ kind: "hidden", tail });
    }
  }
}
