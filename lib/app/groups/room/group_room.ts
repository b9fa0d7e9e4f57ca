/**
 * One group that is open: its engine, its feeds and what is kept of it. Inputs run one after the other; what follows
 * from one is written in one commit, and only then published.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { type FeedChange, type FeedLeaf, isFeedChange, type Leaves } from "../../../cxo/feed/change.ts";
import type { GroupEngine } from "../../../group/engine.ts";
import type { GroupIn, GroupOut } from "../../../group/group_types.ts";
import type { KnownInvite } from "../../../group/joining/invite_book.ts";
import type { GroupRecord } from "../../../group/record/record.ts";
import type { Disagreement } from "../../../group/roster/disagreement.ts";
import type { OwnerAge } from "../../../group/roster/old_owner.ts";
import type { Missing } from "../../../group/threads/author_ledger.ts";
import type { Ledger } from "../../../group/threads/ledger.ts";
import { Turns } from "../../../wire/turns.ts";
import { commitInPieces, leafPieces } from "../../in_pieces.ts";
import { asKept, type FeedNode, stillLeaving, tellNode } from "../feeds/feed_node.ts";
import { takenBy } from "../saying/evidence.ts";
import { changesOf, extraBehind, oursIn, problemsIn } from "./changes.ts";
import { engineOf } from "./engine.ts";
import { readingOrder, WAKE } from "./inputs.ts";
import { type GroupExtra, keepExtra, keptGroup } from "./kept_groups.ts";
import { tailOfPath } from "./message_id.ts";
import { namingIn } from "./naming.ts";
import { changedEvent, listedAs } from "./standing_event.ts";
import type { Beside, Given, RoomOptions, RoomResult } from "./types.ts";

/** Heartbeats, rotations by age, and what lay in the future. */
const TICK_MS = 30_000;

/** One open group. */
export class GroupRoom {
  readonly #options: RoomOptions;
  #engine: GroupEngine;
  /** Changes of our feed of which nobody knows whether they were kept: the engine may be ahead of the store. */
  #unsure: FeedChange[] | undefined;
  #hasLost = false; // whether something that came could not be kept
  #hearing = 0;
  /** The carrier, where there is a network. */
  readonly feeds: FeedNode | undefined;
  #extra: GroupExtra;
  #listed: string | undefined; // as it was last told
  #isFirst = true;
  /** Who may read our feed: undefined is everybody. */
  #readers: readonly PublicKeyHex[] | undefined;
  readonly #queue = new Turns();
  #cancelTick: (() => void) | undefined;
  #isClosed = false;
  readonly #told = (error: Error): void => void (this.#isClosed || this.#options.onProblem(error));

  private constructor(options: RoomOptions, engine: GroupEngine) {
    const { kept, carry } = options;
    [this.#options, this.#extra, this.#engine] = [options, kept.extra, engine];
    this.feeds = carry?.({
      leaves: (feed, leaves) => void this.heard(feed, leaves),
      read: options.onReader,
      knocked: options.onKnocked,
      refused: options.onRefused,
      fetched: (reader, path) => options.onEvidence(tailOfPath(path), reader, takenBy(this, reader)),
      head: (head) => this.remember(() => ({ head })),
      parted: (peers) =>
        void this.remember((extra) => stillLeaving(extra, this.#readers, peers)).catch(this.#told),
      problem: options.onProblem,
    }, { port: kept.record.port, head: kept.extra.head, leaves: kept.leaves });
  }

  /** Opens a group, and begins to carry its feeds. */
  static async open(options: RoomOptions): Promise<GroupRoom> {
    const room = new GroupRoom(options, await engineOf(options.kept, options));
    // One that could not be opened leaves its port.
    await room.handle(WAKE(options.own.pk)).catch((error) => room.close().then(() => Promise.reject(error)));
    room.#tick();
    return room;
  }

  /** The record as it is now. */
  get record(): GroupRecord {
    return this.#engine.record;
  }

  /** Our feed, as it is published. */
  get leaves(): Leaves {
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

  /** Whether something of a feed has come that is not kept yet. */
  get isHearing(): boolean {
    return this.#hearing > 0;
  }

  /** Where Go programs see another roster than we do. */
  disagreements(): Disagreement[] {
    return this.#engine.disagreements();
  }

  /** What only a D2 group has, and leaves and decisions as they may be given to others, also to who was put out. */
  get circle(): Given {
    return this.#engine;
  }

  /** All threads, as they are known here. */
  get ledger(): Ledger {
    return this.#engine.ledger;
  }

  /** Signed invites, the newest first. */
  invites(): KnownInvite[] {
    return this.#engine.invites();
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

  /**
   * Gives an input to the engine, keeps what follows, publishes it.
   * @param beside  What else goes into that commit.
   * @throws What the store throws; then nothing is published, and the engine is made anew of what is kept.
   */
  handle(input: GroupIn, beside?: Beside): Promise<RoomResult> {
    return this.#inTurn(async () => {
      if (this.#unsure !== undefined) await this.#reload();
      try {
        return await this.#take(input, beside);
      } catch (error) {
        await this.#reload().catch(() => {}); // the next input tries it again, and says so
        throw error;
      }
    });
  }

  async #take(input: GroupIn, beside?: Beside): Promise<RoomResult> {
    const unsure = this.#unsure ?? [];
    this.#unsure = unsure;
    const { status } = this.record;
    const outs = this.#engine.handle(input, this.#options.clock.wallNs());
    this.#unsure = [...unsure, ...outs.filter(isFeedChange)];
    const result = await this.#carryOut(outs, beside);
    this.#unsure = undefined;
    if (status === "active" && this.record.status === "pending") this.#options.onOutAgain?.();
    return result;
  }

  /** What could not be kept was not: goes back to what is kept; what came from others is read again at the next tick. */
  async #reload(): Promise<void> {
    const { store, own } = this.#options;
    const kept = await keptGroup(store, this.record.id);
    if (kept === undefined) throw new Error(`the record of group ${this.record.id} can't be read`);
    this.#engine = await engineOf(kept, this.#options);
    this.#extra = kept.extra;
    const changes = asKept(new Set(this.#unsure?.map(({ path }) => path)), kept.leaves);
    await this.#take(WAKE(own.pk));
    if (changes.length > 0) this.feeds?.publish(changes);
    this.#hasLost = true;
  }

  /** Changes what is kept beside the record. @param change  Told what that is, behind all that came before; none: `{}`. */
  remember(change: (extra: GroupExtra) => Partial<GroupExtra>): Promise<void> {
    return this.#inTurn(async () => {
      const changed = change(this.#extra);
      if (Object.keys(changed).length === 0) return;
      const extra = { ...this.#extra, ...changed };
      const told = changed.waiting === undefined ? [] : [changedEvent(this.record)];
      await this.#options.store.commit([keepExtra(this.record.id, extra), ...told]);
      this.#extra = extra;
    });
  }

  /** Stops carrying; nothing more is taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick?.();
    await this.feeds?.close();
    await this.#queue.idle();
  }

  /** One after the other. Nothing begins in a room that is closed: its record is somebody else's to write by then. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => {
      if (this.#isClosed) throw new Error(`group ${this.record.id} is closed`);
      return run();
    });
  }

  /** Takes leaves, of a feed or that a member gave us; who leaves hears of no problem. */
  async heard(feed: PublicKeyHex, leaves: readonly FeedLeaf[]): Promise<void> {
    if (this.#isClosed) return;
    const ours = leaves.filter(({ path }) => path.startsWith(`msgs/${this.#options.own.pk}/`));
    for (const { path } of ours) this.#options.onEvidence(tailOfPath(path), feed, "feed");
    this.#hearing++;
    await this.#takeInTurn(feed, leaves).catch(this.#told);
    this.#hearing--;
  }

  /** Takes leaves that were carried here by hand. @throws What the store throws. */
  take(leaves: readonly FeedLeaf[]): Promise<void> {
    return this.#takeInTurn(this.#options.own.pk, leaves);
  }

  async #takeInTurn(feed: PublicKeyHex, leaves: readonly FeedLeaf[]): Promise<void> {
    const named = namingIn(this.ledger, leaves, this.#options.own.pk);
    for (const piece of leafPieces(readingOrder(leaves))) {
      if (this.#isClosed) return;
      await this.handle({ kind: "leaves", feed, leaves: piece });
    }
    for (const [tail, pk] of named(this.ledger)) this.#options.onEvidence(tail, pk, "feed");
  }

  async #carryOut(outs: readonly GroupOut[], beside?: Beside): Promise<RoomResult> {
    const { store, own, clock, ratchets } = this.#options;
    const { id } = this.record;
    const { units, last, tails } = await changesOf(outs, { id, own: own.pk, store, nowNs: clock.wallNs() });
    const extra = extraBehind(this.#extra, outs, this.#readers);
    const rows = [...last];
    if (extra !== this.#extra) rows.push(keepExtra(id, extra));
    rows.push(...await beside?.(outs) ?? []);
    const listed = listedAs(this.record, this.isAdmin);
    if (listed !== (this.#listed ?? listed)) rows.push(changedEvent(this.record));
    for (const out of outs) if (out.kind === "ratchets") await ratchets.keep(id, out.secrets);
    const positions = new Map<string, number>();
    if (units.length + rows.length > 0) {
      const result = await commitInPieces(store, { units, last: rows });
      if (!result.ok) throw new Error(`group ${id}: nothing was kept: ${result.reason}`);
      result.positions.forEach((position, i) => positions.set(tails[i], position));
    }
    this.#extra = extra;
    this.#listed = listed;
    for (const tail of oursIn(outs, own.pk)) {
      const position = positions.get(tail);
      if (position !== undefined) this.#options.onOurs(tail, position);
    }
    this.#publish(outs);
    for (const problem of problemsIn(outs, id)) this.#options.onProblem(problem);
    const refused = outs.find((out) => out.kind === "refused");
    return { outs, refused: refused?.reason, positions };
  }

  #publish(outs: readonly GroupOut[]): void {
    const changes = outs.filter(isFeedChange);
    if (changes.length > 0) this.feeds?.publish(changes);
    tellNode(this.feeds, outs);
    for (const out of outs) {
      if (out.kind === "allow") {
        // The first time it is who could not learn of it because our program ended.
        this.feeds?.allow(out.readers, this.#isFirst ? this.#extra.leaving : []);
        this.#isFirst = false;
        this.#readers = out.readers;
      } else if (out.kind === "ask") this.#options.onMissing();
      else if (out.kind === "is-d2") this.#options.onD2?.();
    }
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      if (this.#isClosed) return;
      this.handle({ kind: "tick" }).then(() => {
        if (this.#hasLost) this.feeds?.reread();
        this.#hasLost = false;
      }).catch(this.#options.onProblem);
      this.#tick();
    });
  }
}
