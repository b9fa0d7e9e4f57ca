/**
 * One group that is open: its engine, its feeds and what is kept of it. Inputs run one after the other; what follows
 * from one is written in one commit, and only then published.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import type { Missing } from "../../group/author_ledger.ts";
import type { Disagreement } from "../../group/disagreement.ts";
import { GroupEngine } from "../../group/engine.ts";
import type { FeedLeaf, GroupIn, GroupMessage, GroupOut } from "../../group/group_types.ts";
import { keysOf } from "../../group/key_ring.ts";
import { encodeNameLeaf, NAME_PATH, readNameLeaf } from "../../group/name_leaf.ts";
import type { Ledger } from "../../group/ledger.ts";
import type { OwnerAge } from "../../group/old_owner.ts";
import type { FeedChange } from "../../group/own_feed.ts";
import type { GroupRecord } from "../../group/record.ts";
import { ringOf } from "../../group/record_state.ts";
import { CHAT, readOverlay } from "../../overlay/frame.ts";
import type { Change, NewMessage, Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { keepArchived, keepLedger, keptLedgers } from "./archive.ts";
import type { FeedEvents, FeedNode } from "./feed_node.ts";
import type { GroupEvidence } from "./groups.ts";
import {
  type GroupExtra,
  keepExtra,
  keepLeaf,
  keepRecord,
  keepSignature,
  type KeptGroup,
} from "./kept_groups.ts";

/** Heartbeats, rotations by age, and what lay in the future. */
const TICK_MS = 30_000;
/** Messages whose names are read at the start; older ones that come again are found in the store. */
const KNOWN_AT_START = 5_000;
const PAGE = 500;
/** A commit holds some 900 rows, and a message takes up to 12 with its leaf, copy and thread. */
const LEAVES_AT_ONCE = 48;
/** The reason of a message that no key of ours opens; surfaces word it. */
export const SEALED = "sealed";
/** The reason of a message without a signature. */
export const UNVERIFIED = "unverified";

/** What a room is made of. */
export interface RoomOptions {
  /** Us. */
  readonly own: KeyPair;
  /** What was kept. */
  readonly kept: KeptGroup;
  /** Keeps everything. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Keys and nonces. */
  readonly random: Random;
  /** Makes the carrier; undefined where there is no network. */
  readonly carry: ((events: FeedEvents, kept: KeptGroup) => FeedNode) | undefined;
  /** Told when something can't be kept, or a peer sent something that was dropped. */
  readonly onProblem: (error: Error) => void;
  /** Told who took or read one of our leaves, or names it in its own feed. */
  readonly onEvidence: (tail: string, pk: PublicKeyHex, by: GroupEvidence["by"]) => void;
  /** Told when members are to be asked for what is missing. */
  readonly onMissing: (room: GroupRoom) => void;
}

/** What became of an input. */
export interface RoomResult {
  /** All that followed. */
  readonly outs: readonly GroupOut[];
  /** Why it was refused. */
  readonly refused: string | undefined;
  /** Positions of messages that were kept, by tail. */
  readonly positions: ReadonlyMap<string, number>;
}

/** One open group. */
export class GroupRoom {
  readonly #options: RoomOptions;
  readonly #engine: GroupEngine;
  readonly #feeds: FeedNode | undefined;
  #extra: GroupExtra;
  #isFirst = true;
  /** Who may read our feed: undefined is everybody. */
  #readers: readonly PublicKeyHex[] | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #cancelTick: (() => void) | undefined;
  #isClosed = false;

  private constructor(
    options: RoomOptions,
    shown: readonly string[],
    ledgers: readonly (readonly [PublicKeyHex, Uint8Array])[],
  ) {
    const { own, kept, random, carry } = options;
    this.#options = options;
    this.#extra = kept.extra;
    this.#engine = new GroupEngine({
      own,
      record: kept.record,
      leaves: kept.leaves,
      shown,
      ledgers,
      random,
    });
    this.#feeds = carry?.({
      leaves: (feed, leaves) => void this.heard(feed, leaves),
      fetched: (reader, path) => this.#options.onEvidence(tailOf(path), reader, "fetched"),
      head: (head) => this.remember({ head }),
      parted: () =>
        void this.remember({ leaving: [] }).catch((error) => this.#isClosed || options.onProblem(error)),
      problem: options.onProblem,
    }, kept);
  }

  /** Opens a group, and begins to carry its feeds. */
  static async open(options: RoomOptions): Promise<GroupRoom> {
    const { store, kept: { record: { id } } } = options;
    const room = new GroupRoom(options, await shownTails(store, id), await keptLedgers(store, id));
    await room.handle({ kind: "leaves", feed: options.own.pk, leaves: [] });
    room.#tick();
    return room;
  }

  /** The record as it is now. */
  get record(): GroupRecord {
    return this.#engine.record;
  }

  /** Our feed, as it is published. */
  get leaves(): ReadonlyMap<string, Uint8Array> {
    return this.#engine.leaves;
  }

  /** See {@link GroupExtra}. */
  get extra(): GroupExtra {
    return this.#extra;
  }

  /** Whether we decide. */
  get isAdmin(): boolean {
    return this.#engine.isAdmin;
  }

  /** Whether it takes nothing more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The carrier, where there is a network. */
  get feeds(): FeedNode | undefined {
    return this.#feeds;
  }

  /** Where Go programs see another roster than we do. */
  disagreements(): Disagreement[] {
    return this.#engine.disagreements();
  }

  /** All threads, as they are known here. */
  get ledger(): Ledger {
    return this.#engine.ledger;
  }

  /** How old the founder's program is. */
  get ownerAge(): OwnerAge {
    return this.#engine.ownerAge;
  }

  /** Leaves that must exist and are not here. */
  missing(): Missing[] {
    return this.#engine.missing();
  }

  /** What members are to be asked for. */
  wants(): Missing[] {
    return this.#engine.wants();
  }

  /** Whether somebody is in. */
  isMember(pk: PublicKeyHex): boolean {
    return this.#engine.isMember(pk);
  }

  /** Gives an input to the engine, keeps what follows, publishes it. @throws What the store throws; nothing is published then. */
  handle(input: GroupIn): Promise<RoomResult> {
    return this.#inTurn(async () => {
      const { clock } = this.#options;
      const outs = this.#engine.handle(input, clock.wallNs());
      if (input.kind === "rename" && this.#isFounder) outs.push(this.#nameLeaf(input.name));
      return await this.#carryOut(outs);
    });
  }

  get #isFounder(): boolean {
    return this.record.ownerPk === this.#options.own.pk;
  }

  /** What tells the others the new name. */
  #nameLeaf(name: string): GroupOut {
    const { mode, aesKey } = this.record;
    const key = mode === "private" ? aesKey : undefined;
    return { kind: "put", path: NAME_PATH, value: encodeNameLeaf(name, key, this.#options.random) };
  }

  /** Changes what is kept beside the record. */
  remember(change: Partial<GroupExtra>): Promise<void> {
    return this.#inTurn(async () => {
      const extra = { ...this.#extra, ...change };
      await this.#options.store.commit([keepExtra(this.record.id, extra)]);
      this.#extra = extra;
    });
  }

  /** Stops carrying; nothing more is taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick?.();
    await this.#feeds?.close();
    await this.#queue.catch(() => {});
  }

  /** One after the other. Nothing begins in a room that is closed: its record is somebody else's to write by then. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const begin = (): Promise<T> => {
      if (this.#isClosed) throw new Error(`group ${this.record.id} is closed`);
      return run();
    };
    const turn = this.#queue.then(begin);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Takes leaves, of a feed or that a member gave us. */
  async heard(feed: PublicKeyHex, leaves: readonly FeedLeaf[]): Promise<void> {
    if (this.#isClosed) return;
    const own = `msgs/${this.#options.own.pk}/`;
    for (const { path } of leaves) {
      if (path.startsWith(own)) this.#options.onEvidence(tailOf(path), feed, "feed");
    }
    const named = feed === this.record.ownerPk && !this.#isFounder
      ? leaves.find(({ path }) => path === NAME_PATH)
      : undefined;
    await this.#takeInTurn(feed, leaves).catch(this.#options.onProblem);
    if (named !== undefined && !this.#isClosed) {
      await this.#called(named.value).catch(this.#options.onProblem);
    }
  }

  /** Takes leaves that were carried here by hand. @throws What the store throws. */
  take(leaves: readonly FeedLeaf[]): Promise<void> {
    return this.#takeInTurn(this.#options.own.pk, leaves);
  }

  async #takeInTurn(feed: PublicKeyHex, leaves: readonly FeedLeaf[]): Promise<void> {
    const sorted = [...leaves].sort((a, b) => rankOf(a.path) - rankOf(b.path));
    for (let at = 0; at < sorted.length && !this.#isClosed; at += LEAVES_AT_ONCE) {
      await this.handle({ kind: "leaves", feed, leaves: sorted.slice(at, at + LEAVES_AT_ONCE) });
    }
  }

  /** The founder's feed names the group; after the keys that came with it. */
  async #called(value: Uint8Array): Promise<void> {
    const { mode, name } = this.record;
    const keys = mode === "private" ? keysOf(ringOf(this.record)) : undefined;
    const given = readNameLeaf(value, keys);
    if (given !== undefined && given !== name) await this.handle({ kind: "rename", name: given });
  }

  async #carryOut(outs: readonly GroupOut[]): Promise<RoomResult> {
    const { store, onProblem } = this.#options;
    const { id } = this.record;
    const changes: Change[] = [];
    const tails: string[] = [];
    for (const out of outs) {
      if (out.kind === "put") changes.push(keepLeaf(id, out.path, out.value));
      else if (out.kind === "drop") changes.push(keepLeaf(id, out.path, undefined));
      else if (out.kind === "record") changes.push(keepRecord(out.record));
      else if (out.kind === "ledger") changes.push(keepLedger(id, out.author, out.value));
      else if (out.kind === "archive") changes.push(keepArchived(id, out.author, out.place, out.leaf));
      else if (out.kind === "dropped") {
        onProblem(new Error(`group ${id}: a leaf of ${out.feed.slice(0, 8)} was dropped: ${out.reason}`));
      } else if (out.kind === "message") changes.push(...await this.#messageChanges(out.message, tails));
      else if (out.kind === "gone" && out.tail !== undefined) {
        changes.push(...await this.#goneChanges(out.tail));
      } else if (out.kind === "hidden") changes.push(...await this.#goneChanges(out.tail));
    }
    const extra = this.#extraBehind(outs);
    if (extra !== this.#extra) changes.push(keepExtra(id, extra));
    const positions = new Map<string, number>();
    if (changes.length > 0) {
      const result = await store.commit(changes);
      if (!result.ok) throw new Error(`group ${id}: nothing was kept: ${result.reason}`);
      result.positions.forEach((position, i) => positions.set(tails[i], position));
    }
    this.#extra = extra;
    this.#publish(outs);
    const refused = outs.find((out) => out.kind === "refused");
    return { outs, refused: refused?.reason, positions };
  }

  /** Who is put out must learn of it, also when our program ends before it has: that is kept with the change. */
  #extraBehind(outs: readonly GroupOut[]): GroupExtra {
    const allowed = outs.findLast((out) => out.kind === "allow")?.readers;
    const gone = allowed === undefined ? [] : this.#readers?.filter((pk) => !allowed.includes(pk)) ?? [];
    if (gone.length === 0) return this.#extra;
    return { ...this.#extra, leaving: [...new Set([...this.#extra.leaving, ...gone])] };
  }

  #publish(outs: readonly GroupOut[]): void {
    const changes = outs.filter((out): out is FeedChange => out.kind === "put" || out.kind === "drop");
    if (changes.length > 0) this.#feeds?.publish(changes);
    for (const out of outs) {
      if (out.kind === "follow") this.#feeds?.follow(out.feeds);
      else if (out.kind === "allow") {
        // The first time it is who could not learn of it because our program ended.
        this.#feeds?.allow(out.readers, this.#isFirst ? this.#extra.leaving : []);
        this.#isFirst = false;
        this.#readers = out.readers;
      } else if (out.kind === "reread") this.#feeds?.reread();
      else if (out.kind === "ask") this.#options.onMissing(this);
      else if (out.kind === "forked" || out.kind === "restarted") this.#tell(out.kind, out.author);
    }
  }

  #tell(what: "forked" | "restarted", author: PublicKeyHex): void {
    const told = what === "forked"
      ? "said two different things in one place, which is proven"
      : "went on without what it had said before";
    this.#options.onProblem(new Error(`group ${this.record.id}: ${author.slice(0, 8)} ${told}`));
  }

  /** A message becomes one of the conversation; one that was shown as sealed is replaced. */
  async #messageChanges(message: GroupMessage, tails: string[]): Promise<Change[]> {
    const { store, own } = this.#options;
    const { id } = this.record;
    const direction = message.sender === own.pk ? "out" : "in";
    const known = await store.messages.byId(id, direction, message.tail);
    if (known !== undefined && (known.reason !== SEALED || message.text === undefined)) return [];
    const changes: Change[] = [];
    if (known !== undefined) changes.push({ kind: "delete", peer: id, position: known.position });
    const reason = message.text === undefined
      ? SEALED
      : message.proof === "unsigned"
      ? UNVERIFIED
      : undefined;
    const kept: NewMessage = {
      peer: id,
      direction,
      // An id is one body for ever: the opened text of a sealed message has a name of its own.
      id: known === undefined ? message.tail : `${message.tail}/opened`,
      body: message.text ?? "",
      atNs: message.tsNs,
      state: direction === "out" ? "sent" : "received",
      form: "text",
      via: "group",
      ...(reason === undefined ? {} : { reason }),
    };
    tails.push(message.tail);
    changes.push({ kind: "message", message: kept });
    // What belongs to it names it by its signature.
    if (readOverlay(kept.body).overlay !== CHAT && message.proof === "signed") {
      changes.push(keepSignature(id, message.tail, message.signature));
    }
    return changes;
  }

  async #goneChanges(tail: string): Promise<Change[]> {
    const { store, own } = this.#options;
    const { id } = this.record;
    const direction = tail.startsWith(own.pk) ? "out" : "in";
    const found = await store.messages.byId(id, direction, tail, { deep: true }) ??
      await store.messages.byId(id, direction, `${tail}/opened`, { deep: true });
    if (found === undefined || found.state === "deleted") return [];
    const gone: Change = { kind: "delete", peer: id, position: found.position };
    return readOverlay(found.body).overlay === CHAT ? [gone] : [gone, keepSignature(id, tail, undefined)];
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      if (this.#isClosed) return;
      this.handle({ kind: "tick" }).catch(this.#options.onProblem);
      this.#tick();
    });
  }
}

/** Decisions before what they allow (§b.3). */
const rankOf = (path: string): number =>
  ["keys", "roster", "admin", "mod"].indexOf(path.slice(0, path.indexOf("/"))) & 7;

/** What names a message, of its path. */
export const tailOf = (path: string): string => path.slice(path.indexOf("/") + 1);

async function shownTails(store: Store, group: string): Promise<string[]> {
  const tails: string[] = [];
  let before = Infinity;
  while (tails.length < KNOWN_AT_START) {
    const page = before === Infinity
      ? await store.messages.newest(group, PAGE)
      : await store.messages.before(group, before, PAGE);
    if (page.length === 0) break;
    for (const { id, reason } of page) {
      if (id !== undefined && reason !== SEALED) tails.push(id.replace(/\/opened$/, ""));
    }
    before = page[0].position;
  }
  return tails;
}
