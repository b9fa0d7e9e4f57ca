/**
 * The groups that are open in this process: one room for each, and all that speaks for it.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupRecord } from "../../group/record/record.ts";
import { withoutKeys } from "../../group/record/state.ts";
import { dropArchive } from "./threads/archive.ts";
import { isWaiting } from "./joining/answers.ts";
import { Asking, type AskingOptions } from "./joining/asking.ts";
import { Doors } from "./joining/doors.ts";
import { damaged, noSuchGroup } from "./group_errors.ts";
import { GroupRoom } from "./room/group_room.ts";
import { decidedIn } from "./room/inputs.ts";
import type { GroupId } from "./groups.ts";
import type { LocalGroupsOptions } from "./groups_options.ts";
import { Inquiries } from "./threads/inquiries.ts";
import {
  dropGroup,
  keepExtra,
  keepRecord,
  type KeptGroup,
  keptGroup,
  keptGroups,
} from "./room/kept_groups.ts";
import { Names } from "./joining/names.ts";
import { Posted } from "./saying/posted.ts";
import { queuedMessages, Relays } from "./saying/relays.ts";
import { changedEvent, standingEvent } from "./room/standing_event.ts";
import { Openings } from "./openings.ts";
import { whomToAsk } from "./joining/whom_to_ask.ts";

/** All of one identity. */
export class OpenGroups {
  /** Us, and how peers are reached. */
  readonly door: AskingOptions;
  /** Coming in. */
  readonly asking: Asking;
  /** Founders of old programs say for us what we say. */
  readonly relays: Relays;
  /** Messages of ours. */
  readonly posted: Posted;
  /** Groups of which something can't be read: they can be dropped. */
  readonly damaged = new Set<GroupId>();
  readonly #options: LocalGroupsOptions;
  readonly #rooms = new Map<GroupId, GroupRoom>();
  readonly #doors: Doors;
  readonly #inquiries: Inquiries;
  readonly #names: Names;
  readonly #openings: Openings;

  private constructor(options: LocalGroupsOptions) {
    this.#options = options;
    const { own, clock, random, network, store, onProblem } = options;
    const onStanding: AskingOptions["onStanding"] = async (...what) =>
      void await store.commit([standingEvent(...what)]);
    this.door = { pk: own.pk, clock, network, onProblem, onStanding };
    this.#openings = new Openings(clock, (group) => this.#openAgain(group));
    this.posted = new Posted({ clock, store, onProblem });
    const inquiries = this.#inquiries = new Inquiries(this.door);
    this.asking = new Asking(this.door, (room) => this.#becomeD2(room), (...of) => inquiries.learn(...of));
    this.#doors = new Doors(this.door, store);
    this.#names = new Names(this.door, random);
    this.relays = new Relays({
      ...this.door,
      random,
      isKnown: (tail) => this.posted.evidence.of(tail).length > 0,
      onTaken: ({ record }, tail) => this.posted.has(tail, record.ownerPk, "relay"),
    });
  }

  /** Opens all groups that are kept, and begins to carry those that are active. */
  static async open(options: LocalGroupsOptions): Promise<OpenGroups> {
    const groups = new OpenGroups(options);
    const { store, onProblem } = options;
    for (const kept of await keptGroups(store, onProblem, (id) => groups.damaged.add(id))) {
      await groups.#openOrLater(kept);
    }
    return groups;
  }

  async #openOrLater(kept: KeptGroup): Promise<void> {
    await this.#open(kept).catch((cause) =>
      this.#openings.isClosed ||
      this.#options.onProblem(new Error(`group ${kept.record.id} can't be opened`, { cause }))
    );
  }

  /** Ends all that runs; what is under way opens nothing any more. */
  async close(): Promise<void> {
    await this.#openings.close();
    this.asking.close();
    this.#doors.close();
    this.#inquiries.close();
    this.#names.close();
    this.relays.close();
    this.posted.evidence.close();
    await Promise.all(this.rooms().map((room) => room.close()));
  }

  /** A peer is there: see {@link Asking.isBack}. */
  isBack(peer: PublicKeyHex): void {
    for (const room of this.rooms()) this.asking.isBack(room, peer);
  }

  /** All rooms. */
  rooms(): GroupRoom[] {
    return [...this.#rooms.values()];
  }

  /** A room; undefined: there is none. */
  find(group: GroupId): GroupRoom | undefined {
    return this.#rooms.get(group);
  }

  /** A room. @throws {UserError} usage: there is no such group; local: it can't be read. */
  room(group: GroupId): GroupRoom {
    const room = this.#rooms.get(group);
    if (room !== undefined) return room;
    if (this.damaged.has(group)) throw damaged(group, this.#openings.has(group));
    throw noSuchGroup(group);
  }

  /** Asks admins whether we are still in: see {@link Inquiries.askAll}. */
  async standingIn(room: GroupRoom): Promise<void> {
    await this.#inquiries.askAll(room, whomToAsk(room.record, this.#options.own.pk));
  }

  /** Keeps a group that is new here, and opens it; one that has come meanwhile stays. @throws What the store throws. */
  add(kept: KeptGroup): Promise<GroupRoom> {
    return this.#openings.inTurn(async () => {
      const { record, extra } = kept;
      const there = this.#rooms.get(record.id);
      if (there !== undefined) return there;
      await this.#options.store.commit([keepRecord(record), keepExtra(record.id, extra)]);
      return await this.#changed(kept);
    });
  }

  /**
   * Closes a room and opens it with another record; with the one that it had, when that can't be kept.
   * @throws {UserError} usage: it was dropped meanwhile. What the store throws.
   */
  reopen({ record: { id } }: GroupRoom, change: (record: GroupRecord) => GroupRecord): Promise<void> {
    return this.#openings.inTurn(async () => {
      const room = this.room(id);
      await this.#shut(room);
      const { extra, leaves } = room;
      const record = change(room.record);
      try {
        await this.#options.store.commit([keepRecord(record)]);
      } catch (error) {
        await this.#open({ record: room.record, extra, leaves });
        throw error;
      }
      await this.#changed({ record, extra, leaves });
    });
  }

  /** Opens a room; whoever is told of it finds it in the list. */
  async #changed(kept: KeptGroup): Promise<GroupRoom> {
    const room = await this.#open(kept);
    await this.#options.store.commit([changedEvent(kept.record)]);
    return room;
  }

  /** An admin's answer says that the group that we ask about is a D2 group; one in which we have a key is none. */
  async #becomeD2(room: GroupRoom): Promise<GroupRoom> {
    await this.reopen(room, (record) => ({ ...record, keys: "d2" }));
    return this.room(room.record.id);
  }

  /** A founder's keys that nobody else has are none of its D2 group: it asks for those, and keeps what it has decided. */
  async #turnToD2(room: GroupRoom): Promise<void> {
    const { id } = room.record;
    try {
      await this.reopen(room, (record) => ({ ...withoutKeys(record), keys: "d2", status: "pending" }));
      await this.find(id)?.heard(this.#options.own.pk, decidedIn(room)); // it was closed: nothing more is decided there
    } catch (error) {
      if (!this.#openings.isClosed && this.#rooms.has(id)) this.#options.onProblem(error as Error);
    }
  }

  /** Ends a group here, with all that is kept of it. @throws {UserError} usage: there is none. */
  drop(group: GroupId): Promise<void> {
    return this.#openings.inTurn(() => this.#drop(group));
  }

  async #drop(group: GroupId): Promise<void> {
    const room = this.#rooms.get(group);
    if (room === undefined && !this.damaged.has(group)) throw noSuchGroup(group);
    if (room !== undefined) await this.#shut(room);
    this.#rooms.delete(group);
    this.damaged.delete(group);
    this.#openings.forget(group);
    try {
      await this.#options.ratchets.keep(group, new Map());
      await dropArchive(this.#options.store, group);
      await dropGroup(this.#options.store, group);
    } catch (error) {
      this.damaged.add(group); // some of it is gone: it can be dropped once more
      throw error;
    }
    const name = room?.record.name ?? group;
    await this.#options.store.commit([changedEvent({ id: group, name }, "dropped")]);
  }

  /** Opens a room. @throws What the store throws, and what {@link Openings.opened} throws. */
  async #open(kept: KeptGroup): Promise<GroupRoom> {
    const { id } = kept.record;
    try {
      const room = await this.#openings.opened(id, () => this.#opened(kept));
      this.damaged.delete(id);
      return room;
    } catch (error) {
      this.#rooms.delete(id);
      this.damaged.add(id);
      throw error;
    }
  }

  async #openAgain(id: GroupId): Promise<void> {
    try {
      await this.#openings.inTurn(async () => {
        const kept = await keptGroup(this.#options.store, id);
        if (kept !== undefined && this.damaged.has(id)) await this.#openOrLater(kept);
      });
    } catch (error) {
      if (!this.#openings.isClosed) this.#options.onProblem(error as Error);
      this.#openings.put(id);
    }
  }

  async #opened(kept: KeptGroup): Promise<GroupRoom> {
    const { own, store, clock, random, ratchets, carry, onProblem } = this.#options;
    const isOpen = kept.record.status !== "left";
    const inRoom = (act: (open: GroupRoom) => void): void => {
      const open = this.#rooms.get(kept.record.id);
      if (open !== undefined) act(open);
    };
    const room = await GroupRoom.open({
      own,
      kept,
      store,
      clock,
      random,
      ratchets,
      carry: isOpen ? carry : undefined,
      onProblem,
      onEvidence: (tail, pk, by) => by && this.posted.has(tail, pk, by),
      onOurs: (tail, position) => this.posted.add(tail, { peer: kept.record.id, position }),
      onReader: (reader) =>
        inRoom((open) => {
          this.asking.readBy(open, reader);
          this.#inquiries.met(open, reader);
        }),
      onKnocked: (peer) => inRoom((open) => this.#inquiries.met(open, peer)),
      onRefused: (owner) => inRoom((open) => void this.#inquiries.askStanding(open, owner)),
      onMissing: () => inRoom((open) => void this.#inquiries.ask(open)),
      onOutAgain: () => inRoom((open) => this.asking.goOn(open)),
      onD2: () => inRoom((open) => void this.#turnToD2(open)),
    });
    this.#rooms.set(kept.record.id, room);
    try {
      await this.#speakFor(room, isOpen);
    } catch (error) {
      await this.#shut(room);
      throw error;
    }
    return room;
  }

  async #speakFor(room: GroupRoom, isOpen: boolean): Promise<void> {
    if (isOpen) this.#doors.serve(room);
    if (isOpen && this.#options.resident) this.#names.watch(room);
    if (isWaiting(room)) this.asking.goOn(room);
    if (isOpen) await this.#goOnWith(room);
  }

  /** What nobody was known to have when the program before this one ended. */
  async #goOnWith(room: GroupRoom): Promise<void> {
    const { id } = room.record;
    const queued = await queuedMessages(this.#options.store, id);
    for (const { tail, position } of queued) this.posted.add(tail, { peer: id, position });
    this.relays.goOn(room, queued);
  }

  /** Ends a room and all that speaks for it; its record is what it was last. */
  async #shut(room: GroupRoom): Promise<void> {
    this.asking.stop(room.record.id);
    this.#doors.stop(room.record.id);
    this.#names.stop(room.record.id);
    this.relays.stop(room.record.id);
    await room.close();
  }
}
