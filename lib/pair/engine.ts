/**
 * One side of a pair: what we say and what the peer's feed shows goes in; leaves of our feed, messages, and what is to be
 * kept come out. No clock, socket or disk.
 *
 * @see specification skychat §c.2, §c.3; lib/pair/README.md
 * @module
 */
import { generateKeyPair, type KeyPair } from "../crypto/keys.ts";
import type { FeedChange, FeedLeaf } from "../cxo/feed/change.ts";
import type { Random } from "../sys/random.ts";
import { fromHex } from "../wire/bytes.ts";
import { GO_ZERO_TIME_NS } from "../wire/go_time.ts";
import { Epochs } from "./epochs.ts";
import { staticPairKey } from "./keys.ts";
import { refusalOf } from "./limits.ts";
import {
  encodePairText,
  isInEpoch,
  messageIdAt,
  pairMessageId,
  pairPath,
  type PairText,
  parsePairPath,
  sealInEpoch,
  sealStatic,
} from "./message.ts";
import { isLater, KNOWN_NS, openMessage, readingOrder } from "./opening.ts";
import type { PairEngineOptions, PairIn, PairOut } from "./pair_types.ts";
import {
  announcementsOf,
  dueGeneration,
  encodeRatchet,
  makeRatchet,
  PARKED_LEAVES,
  type RatchetKey,
  ratchetPath,
} from "./ratchet.ts";
import type { PairRecord, RatchetState } from "./record.ts";
import { openSeen, sealSeen, SEEN_PATH } from "./seen.ts";

/** See the module. */
export class PairEngine {
  readonly #own: KeyPair;
  readonly #random: Random;
  readonly #staticKey: Uint8Array;
  readonly #epochs: Epochs;
  readonly #leaves: Map<string, Uint8Array>;
  #record: PairRecord;
  /** The peer has never said what it has read. */
  #isGo: boolean;
  #waiting: number;
  /** Messages that no key opens yet. */
  readonly #parked = new Map<string, Uint8Array>();
  #out: PairOut[] = [];

  /** Nothing comes out by itself. @throws {Error} The peer's key is no point. */
  constructor({ own, record, leaves, secrets, random }: PairEngineOptions) {
    this.#own = own;
    this.#random = random;
    this.#record = record;
    this.#isGo = record.readByPeerToNs === GO_ZERO_TIME_NS;
    this.#leaves = new Map(leaves);
    this.#waiting = this.#messagePaths().length;
    this.#staticKey = staticPairKey(own.secret, fromHex(record.peer));
    this.#epochs = new Epochs(secrets);
    const { peer } = record.ratchet;
    if (peer.generation > 0n) this.#epochs.announced(peer);
  }

  /** As it is now. */
  get record(): PairRecord {
    return this.#record;
  }

  /** Our feed, as it is published. */
  get leaves(): ReadonlyMap<string, Uint8Array> {
    return this.#leaves;
  }

  /** Our secrets by generation: what is to be kept, and nothing else of them. */
  get secrets(): ReadonlyMap<bigint, Uint8Array> {
    return this.#epochs.secrets;
  }

  /** Messages of ours that the peer is not known to have read. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes one input and gives all that follows. @param nowNs  Wall clock. */
  handle(input: PairIn, nowNs: bigint): PairOut[] {
    this.#out = [];
    const before = this.#record;
    switch (input.kind) {
      case "say":
        this.#say(input.text, nowNs);
        break;
      case "unsay":
        this.#unsay(input.id, nowNs);
        break;
      case "leaves":
        this.#read(input.leaves, input.isLast, nowNs);
        break;
      case "tick":
        this.#renew(nowNs);
        this.#erase();
        break;
      case "agreed":
        this.#set({ status: "active", establishedAtNs: nowNs });
        break;
      case "invited":
        this.#set({ isInviteSent: true });
        break;
      case "holder":
        this.#set({ holder: input.holder, holderNamedNs: nowNs });
    }
    if (this.#record !== before) this.#out.push({ kind: "record", record: this.#record });
    return this.#out;
  }

  #say(text: string, nowNs: bigint): void {
    const refused = refusalOf(this.#record, text, this.#waiting);
    if (refused !== undefined) return void this.#out.push({ kind: "refused", reason: refused });
    const { tsNs, seq } = this.#write({ text, type: "", id: "" }, nowNs);
    const id = pairMessageId(tsNs, seq);
    this.#out.push({ kind: "message", message: { direction: "out", id, text, tsNs } });
  }

  /** What was not read yet is never read; what may have been is asked back. */
  #unsay(id: string, nowNs: bigint): void {
    const path = `msgs/${id.replace("-", "/")}`;
    if (this.#leaves.has(path)) this.#change({ kind: "drop", path });
    this.#write({ text: "", type: "delete", id }, nowNs);
    this.#out.push({ kind: "gone", direction: "out", id });
  }

  #write(said: Pick<PairText, "text" | "type" | "id">, nowNs: bigint): { tsNs: bigint; seq: bigint } {
    this.#renew(nowNs);
    const { lastSaidNs, seq: last, ratchet } = this.#record;
    const tsNs = nowNs > lastSaidNs ? nowNs : lastSaidNs + 1n;
    const seq = last + 1n;
    const plain = encodePairText({ ...said, tsNs, seq });
    // The first message of each side goes under the static key (§c.2), and so does all before the peer has announced.
    const epoch = seq === 1n ? undefined : this.#epochs.toSeal(ratchet, this.#isGo);
    const value = epoch === undefined
      ? sealStatic(this.#staticKey, plain, this.#random)
      : sealInEpoch(epoch, plain, this.#random);
    this.#change({ kind: "put", path: pairPath(tsNs, seq), value });
    this.#set({ seq, lastSaidNs: tsNs, lastMessageAtNs: tsNs });
    if (epoch !== undefined) this.#ratchet({ uses: ratchet.uses + 1n });
    return { tsNs, seq };
  }

  /** Another generation, when one is due. */
  #renew(nowNs: bigint): void {
    const { ratchet, ratchet: { issuedAtNs }, takenToNs } = this.#record;
    const isUnheard = this.#isGo && [...this.#parked.keys()].some((path) => isLater(path, takenToNs));
    const next = dueGeneration(ratchet, nowNs, isUnheard);
    if (next === undefined) return;
    const pair = generateKeyPair(this.#random);
    const issued = nowNs > issuedAtNs ? nowNs : issuedAtNs + 1n;
    this.#epochs.add(next, pair);
    this.#out.push({ kind: "secrets", when: "before" });
    const announced = encodeRatchet(makeRatchet(this.#own, pair.pk, next, issued));
    this.#change({ kind: "put", path: ratchetPath(next), value: announced });
    this.#ratchet({ generation: next, issuedAtNs: issued, uses: 0n });
    this.#erase();
  }

  #read(leaves: readonly FeedLeaf[], isLast: boolean, nowNs: bigint): void {
    if (this.#record.status === "revoked") return;
    // Who publishes a feed for us has agreed, also when its word on it was lost.
    if (this.#record.status === "pending") this.#set({ status: "active", establishedAtNs: nowNs });
    this.#announced(leaves);
    for (const [path, value] of [...this.#parked]) {
      this.#parked.delete(path);
      this.#take(path, value, nowNs);
    }
    for (const { path, value } of readingOrder(leaves)) {
      if (parsePairPath(path) !== undefined) this.#take(path, value, nowNs);
    }
    for (const { path, value } of leaves) if (path === SEEN_PATH) this.#seen(value);
    this.#erase();
    if (!isLast) return;
    this.#renew(nowNs);
    this.#saySeen();
  }

  #announced(leaves: readonly FeedLeaf[]): void {
    const { genuine, others } = announcementsOf(leaves, this.#record.peer);
    if (others > 0) this.#out.push({ kind: "dropped", reason: "an announcement that is not the peer's" });
    for (const one of genuine) this.#learn(one);
  }

  #learn({ generation, ratchet, issuedAtNs }: RatchetKey): void {
    const { ratchet: { peer: known }, rekeyedAtNs } = this.#record;
    if (issuedAtNs < rekeyedAtNs) return;
    // Who counts anew has lost the secrets before it: nothing that is sealed for them would ever be opened.
    const isAnew = generation <= known.generation && ratchet !== known.ratchet &&
      issuedAtNs > known.issuedAtNs;
    if (isAnew) {
      this.#set({ rekeyedAtNs: issuedAtNs });
      this.#out.push({ kind: "rekeyed", issuedAtNs });
      const lost = this.#messagePaths().filter((path) => isInEpoch(this.#leaves.get(path)!));
      for (const path of lost) this.#out.push({ kind: "lost", id: messageIdAt(path) });
    }
    this.#epochs.announced({ ratchet, issuedAtNs });
    if (isAnew || generation > known.generation) {
      this.#ratchet({ peer: { generation, ratchet, issuedAtNs } });
    }
  }

  #take(path: string, value: Uint8Array, nowNs: bigint): void {
    const { tsNs, seq } = parsePairPath(path)!;
    const { takenToNs } = this.#record;
    if (tsNs < takenToNs - KNOWN_NS) return;
    const opened = openMessage({ path, value }, this.#staticKey, this.#epochs);
    if (opened.kind === "unknown epoch" && tsNs <= takenToNs) return; // we had it: its epoch is over
    if (opened.kind === "unknown epoch" && this.#parked.size < PARKED_LEAVES) {
      return void this.#parked.set(path, value);
    }
    if (opened.kind !== "text") {
      return void this.#out.push({ kind: "dropped", reason: "a message that no key opens" });
    }
    const { text, own } = opened;
    const id = pairMessageId(tsNs, seq);
    if (text.type === "delete") this.#out.push({ kind: "gone", direction: "in", id: text.id });
    else if (text.type === "") {
      this.#out.push({ kind: "message", message: { direction: "in", id, text: text.text, tsNs } });
    }
    if (tsNs <= takenToNs) return;
    this.#set({ takenToNs: tsNs, lastMessageAtNs: tsNs < nowNs ? tsNs : nowNs });
    if (own !== undefined) this.#used(own);
  }

  /** The peer has sealed something for a generation of ours: it will use none before it. */
  #used(own: bigint): void {
    const { generation, heldByPeer, uses } = this.#record.ratchet;
    if (own === generation) this.#ratchet({ uses: uses + 1n });
    if (own > heldByPeer) this.#ratchet({ heldByPeer: own });
  }

  /** The peer says how far it has read: that much of our feed can go. */
  #seen(value: Uint8Array): void {
    const seen = openSeen(this.#staticKey, value);
    this.#isGo &&= seen === undefined;
    const { lastSaidNs, readByPeerToNs, ratchet } = this.#record;
    if (seen === undefined || seen.toNs > lastSaidNs || seen.generation > ratchet.generation) return;
    if (seen.generation > ratchet.heldByPeer) this.#ratchet({ heldByPeer: seen.generation });
    if (seen.toNs <= readByPeerToNs) return;
    this.#set({ readByPeerToNs: seen.toNs });
    for (const path of this.#messagePaths()) {
      if (parsePairPath(path)!.tsNs > seen.toNs) continue;
      this.#change({ kind: "drop", path });
      this.#out.push({ kind: "read", id: messageIdAt(path), path });
    }
    this.#dropAnnouncements();
  }

  /** Announcements that only messages named which have been read. */
  #dropAnnouncements(): void {
    if (this.#waiting > 0) return;
    const current = ratchetPath(this.#record.ratchet.generation);
    for (const path of [...this.#leaves.keys()]) {
      if (path.startsWith("ratchet/") && path !== current) this.#change({ kind: "drop", path });
    }
  }

  #saySeen(): void {
    const { takenToNs, ratchet: { peer: { generation } } } = this.#record;
    const before = this.#leaves.get(SEEN_PATH);
    const said = before && openSeen(this.#staticKey, before);
    if (said?.toNs === takenToNs && said.generation === generation) return;
    const seen = { generation, toNs: takenToNs };
    this.#change({ kind: "put", path: SEEN_PATH, value: sealSeen(this.#staticKey, seen, this.#random) });
  }

  #erase(): void {
    if (this.#epochs.erase(this.#record.ratchet.heldByPeer)) {
      this.#out.push({ kind: "secrets", when: "after" });
    }
  }

  #messagePaths = (): string[] => [...this.#leaves.keys()].filter((path) => path.startsWith("msgs/"));

  #change(change: FeedChange): void {
    if (change.kind === "put") this.#leaves.set(change.path, change.value);
    else this.#leaves.delete(change.path);
    if (change.path.startsWith("msgs/")) this.#waiting += change.kind === "put" ? 1 : -1;
    this.#out.push(change);
  }

  #set(change: Partial<PairRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  #ratchet(change: Partial<RatchetState>): void {
    this.#set({ ratchet: { ...this.#record.ratchet, ...change } });
  }
}
