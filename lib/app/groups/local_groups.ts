/**
 * The groups of an identity in this process.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { formatSkychatAddress } from "../../group/address.ts";
import { bundleLines } from "../../group/bundle.ts";
import type { GroupIn } from "../../group/group_types.ts";
import { keysOf } from "../../group/key_ring.ts";
import type { GroupRecord } from "../../group/record.ts";
import { ringOf } from "../../group/record_state.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { UserError } from "../../wire/errors.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import { ACTIONS } from "./actions.ts";
import { archivedLeaves, dropArchive } from "./archive.ts";
import { Asking, type AskingOptions } from "./asking.ts";
import { catalogOf } from "./catalog.ts";
import { Doors } from "./doors.ts";
import { Evidence, saidIn } from "./evidence.ts";
import type { CarriedFeed, FeedEvents, FeedNode } from "./feed_node.ts";
import { founded } from "./founding.ts";
import { checkName, damaged, leavesIn, noSuchGroup, refusal } from "./group_errors.ts";
import { checkOf, damagedCheck } from "./group_check.ts";
import type { GroupNetwork } from "./group_network.ts";
import { GroupRoom } from "./group_room.ts";
import { partsOf } from "./group_backup.ts";
import { groupView, linkOf, memberViews, recordView } from "./group_views.ts";
import type { GroupCheck } from "./check_views.ts";
import type {
  GroupEvidence,
  GroupId,
  Groups,
  GroupSendReport,
  GroupView,
  JoinRequestView,
  MemberView,
} from "./groups.ts";
import { Inquiries } from "./inquiries.ts";
import {
  dropGroup,
  keepExtra,
  keepRecord,
  type KeptGroup,
  keptGroups,
  keptSignatures,
  NO_EXTRA,
} from "./kept_groups.ts";
import { damagedView, sorted } from "./list_groups.ts";
import { readLink } from "./links.ts";
import { tailOfId } from "./message_id.ts";
import { Names } from "./names.ts";
import { queuedMessages, Relays } from "./relays.ts";
import { approve, deny, forgetRequest } from "./requests.ts";

/** What the groups of an identity are made of. */
export interface LocalGroupsOptions {
  /** Us. */
  readonly own: KeyPair;
  /** Keeps everything. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Keys, ids and nonces. */
  readonly random: Random;
  /** Carries streams; undefined for a command without a network. */
  readonly network: GroupNetwork | undefined;
  /** Carries feeds of one group; undefined for a command without a network. */
  readonly carry: ((events: FeedEvents, kept: CarriedFeed) => FeedNode) | undefined;
  /** Whether this program stays; one that does not waits a little until somebody has what it changed. */
  readonly resident: boolean;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}

/** How long a command that ends then waits for a reader of what it changed. */
const DELIVERY_MS = 5_000;
/** Messages of ours of which it is still to be kept that somebody has them. */
const MAX_UNHEARD = 1000;

/** The groups of one identity. */
export class LocalGroups implements Groups {
  readonly #options: LocalGroupsOptions;
  readonly #rooms = new Map<GroupId, GroupRoom>();
  /** Groups of which something can't be read: they can be dropped. */
  readonly #damaged = new Set<GroupId>();
  readonly #evidence: Evidence;
  /** Messages of ours that nobody else is known to have, by tail. */
  readonly #unheard = new Map<string, { readonly peer: GroupId; readonly position: number }>();
  readonly #door: AskingOptions;
  readonly #asking: Asking;
  readonly #doors: Doors;
  readonly #inquiries: Inquiries;
  readonly #names: Names;
  readonly #relays: Relays;

  private constructor(options: LocalGroupsOptions) {
    this.#options = options;
    this.#evidence = new Evidence(options.clock);
    const { own, clock, random, network, onProblem } = options;
    this.#door = { pk: own.pk, clock, network, onProblem };
    this.#asking = new Asking(this.#door);
    this.#doors = new Doors(this.#door, options.store);
    this.#inquiries = new Inquiries(this.#door);
    this.#names = new Names(this.#door, random);
    this.#relays = new Relays({
      ...this.#door,
      random,
      isKnown: (tail) => this.#evidence.of(tail).length > 0,
      onTaken: ({ record }, tail) => this.#has(tail, record.ownerPk, "relay"),
    });
  }

  /** Opens all groups that are kept, and begins to carry those that are active. */
  static async open(options: LocalGroupsOptions): Promise<LocalGroups> {
    const groups = new LocalGroups(options);
    const { store, onProblem } = options;
    for (const kept of await keptGroups(store, onProblem, (id) => groups.#damaged.add(id))) {
      await groups.#open(kept).catch((cause) => {
        const { id } = kept.record;
        onProblem(new Error(`group ${id} can't be opened`, { cause }));
        groups.#damaged.add(id);
      });
    }
    return groups;
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    this.#asking.close();
    this.#doors.close();
    this.#inquiries.close();
    this.#names.close();
    this.#relays.close();
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
  }

  // Groups

  list(): Promise<GroupView[]> {
    const views = [...this.#rooms.values()].map((room) => groupView(room.record, room.isAdmin));
    return Promise.resolve(
      sorted([...views, ...this.#damaged].map((it) => typeof it === "string" ? damagedView(it) : it)),
    );
  }

  info({ group }: { group: GroupId }): Promise<Record<string, unknown>> {
    if (this.#damaged.has(group)) return Promise.resolve({ id: group, status: "damaged" });
    return Promise.resolve(recordView(this.#room(group)));
  }

  members({ group }: { group: GroupId }): Promise<MemberView[]> {
    return Promise.resolve(memberViews(this.#room(group), this.#options.own.pk));
  }

  async create(request: Parameters<Groups["create"]>[0]): ReturnType<Groups["create"]> {
    const { own, store } = this.#options;
    const kept = founded({ ...this.#options, pk: own.pk }, request);
    const { id } = kept.record;
    await store.commit([keepRecord(kept.record), keepExtra(id, kept.extra)]);
    const { record } = await this.#open(kept);
    const withKey = kept.extra.openJoin && record.mode === "private";
    return { group: id, invite: linkOf(record, withKey), withKey };
  }

  invite(request: Parameters<Groups["invite"]>[0]): ReturnType<Groups["invite"]> {
    const { group } = request;
    const { record, extra } = this.#room(group);
    const withKey = record.mode === "private" && (request.withKey ?? extra.openJoin);
    const address = formatSkychatAddress({ pk: this.#options.own.pk, group });
    return Promise.resolve({ link: linkOf(record, withKey), address, withKey });
  }

  async join({ link, note = "" }: Parameters<Groups["join"]>[0]): ReturnType<Groups["join"]> {
    const wanted = await readLink(link, this.#door);
    const known = this.#rooms.get(wanted.id);
    if (known?.record.status === "active") return { group: wanted.id, status: "active" };
    const room = known ?? await this.#open(await this.#keepNew(wanted, note));
    if (known !== undefined && known.record.status !== "pending") await this.#restart(room, wanted);
    const again = this.#rooms.get(wanted.id)!;
    await this.#asking.ask(again, note);
    return { group: wanted.id, status: again.record.status };
  }

  async leave({ group }: { group: GroupId }): Promise<void> {
    if (this.#damaged.has(group)) return; // nothing of it is carried: nobody hears us, and we hear nobody
    const room = this.#room(group);
    await this.#reopen(room, (record) => ({ ...record, status: "left" }));
  }

  async drop({ group }: { group: GroupId }): Promise<void> {
    const room = this.#rooms.get(group);
    if (room === undefined && !this.#damaged.has(group)) throw noSuchGroup(group);
    if (room !== undefined) await this.#shut(room);
    this.#rooms.delete(group);
    this.#damaged.delete(group);
    await dropArchive(this.#options.store, group);
    await dropGroup(this.#options.store, group);
  }

  async send(
    { group, text, waitMs, all = false }: Parameters<Groups["send"]>[0],
    signal?: AbortSignal,
  ): Promise<GroupSendReport> {
    const { clock } = this.#options;
    const room = this.#room(group);
    const startMs = clock.nowMs();
    signal?.throwIfAborted();
    if (text === "") throw new UserError("The text is empty", { kind: "usage", hint: "Say something." });
    const { refused, positions, outs } = await room.handle({ kind: "post", text });
    if (refused !== undefined) throw refusal(refused, room.record);
    const message = outs.find((out) => out.kind === "message")!.message;
    const position = positions.get(message.tail);
    if (position !== undefined) this.#posted(message.tail, { peer: group, position });
    this.#relays.said(room, { tail: message.tail, text, tsNs: message.tsNs });
    const wanted = (): boolean => {
      const has = this.#evidence.of(message.tail);
      if (!all) return has.length > 0;
      const connected = room.record.members.filter((pk) => room.feeds?.state(pk)?.connected);
      return has.length > 0 && connected.every((pk) => has.some((known) => known.pk === pk));
    };
    if (waitMs > 0 && room.feeds !== undefined) {
      await this.#evidence.wait(message.tail, wanted, waitMs, signal);
    }
    return {
      state: this.#evidence.of(message.tail).length > 0 ? "kept-by-others" : "queued",
      id: message.tail,
      ts: formatGoTime(message.tsNs),
      tsNano: message.tsNs.toString(),
      position: position ?? 0,
      evidence: this.#evidence.of(message.tail),
      ms: Math.round(clock.nowMs() - startMs),
    };
  }

  async unsend({ group, tsNano }: Parameters<Groups["unsend"]>[0]): Promise<void> {
    const room = this.#room(group);
    await this.#publish(room, { kind: "unsend", tsNs: BigInt(tsNano) });
  }

  async decide({ group, action, peer }: Parameters<Groups["decide"]>[0]): Promise<void> {
    const room = this.#room(group);
    if (action === "approve") return await approve(room, peer!);
    if (action === "deny") return await deny(room, peer!);
    const [domain, op] = ACTIONS[action];
    await this.#publish(room, { kind: "decide", domain, op, peer: peer ?? NULL_PK });
    if (action === "add" && peer !== undefined) await forgetRequest(room, peer);
  }

  async rotateKey({ group }: { group: GroupId }): Promise<{ epoch: string }> {
    const room = this.#room(group);
    await this.#publish(room, { kind: "rotate" });
    return { epoch: room.record.keyEpoch.toString() };
  }

  async rename({ group, name }: Parameters<Groups["rename"]>[0]): Promise<void> {
    const room = this.#room(group);
    checkName(name);
    if (room.record.ownerPk !== this.#options.own.pk) {
      throw refusal("only the founder may rename", room.record);
    }
    await room.handle({ kind: "rename", name });
  }

  evidence({ group, id }: Parameters<Groups["evidence"]>[0]): Promise<GroupEvidence[]> {
    this.#room(group);
    return Promise.resolve(this.#evidence.of(tailOfId(id)));
  }

  catalog({ peer }: Parameters<Groups["catalog"]>[0]): ReturnType<Groups["catalog"]> {
    return catalogOf(peer, this.#door);
  }

  /** See {@link LazyGroups.fileKeys}. */
  fileKeys(group: GroupId): Uint8Array[] | undefined {
    const { record } = this.#room(group);
    return record.mode === "private" ? keysOf(ringOf(record)) : undefined;
  }

  async kept({ group, keys }: Parameters<Groups["kept"]>[0]): ReturnType<Groups["kept"]> {
    const { record, extra, leaves } = this.#room(group);
    const signatures = await keptSignatures(this.#options.store, group);
    return partsOf({ record, extra, leaves, signatures }, keys);
  }

  requests({ group }: { group: GroupId }): Promise<JoinRequestView[]> {
    const { waiting } = this.#room(group).extra;
    return Promise.resolve(waiting.map(({ pk, note, tsNs }) => ({ pk, note, ts: formatGoTime(tsNs) })));
  }

  check({ group }: { group: GroupId }): Promise<GroupCheck> {
    const { own, clock } = this.#options;
    if (this.#damaged.has(group)) return Promise.resolve(damagedCheck(group));
    return Promise.resolve(checkOf(this.#room(group), own.pk, clock.wallNs()));
  }

  async bundle({ group }: { group: GroupId }): Promise<string[]> {
    const { leaves } = this.#room(group);
    const archived = await archivedLeaves(this.#options.store, group);
    const known = new Set(leaves.keys());
    const all = [...leaves].map(([path, value]) => ({ path, value }));
    return bundleLines(group, [...all, ...archived.filter(({ path }) => !known.has(path))]);
  }

  async unbundle({ group, leaves }: Parameters<Groups["unbundle"]>[0]): Promise<void> {
    const room = this.#room(group);
    await room.take(leavesIn(leaves));
  }

  #has(tail: string, pk: PublicKeyHex, by: GroupEvidence["by"]): void {
    this.#evidence.add(tail, pk, by);
    this.#heardOf(tail);
  }

  /** What nobody was known to have when the program before this one ended. */
  async #relayAgain(room: GroupRoom): Promise<void> {
    const { id } = room.record;
    const queued = await queuedMessages(this.#options.store, id, this.#options.clock.wallNs());
    for (const { tail, position } of queued) this.#posted(tail, { peer: id, position });
    this.#relays.goOn(room, queued);
  }

  /** A message of ours waits for the first who has it. */
  #posted(tail: string, place: { peer: GroupId; position: number }): void {
    this.#unheard.set(saidIn(tail), place);
    if (this.#unheard.size > MAX_UNHEARD) this.#unheard.delete(this.#unheard.keys().next().value!);
    if (this.#evidence.of(tail).length > 0) this.#heardOf(tail);
  }

  /** Somebody has it: that is kept, once. */
  #heardOf(tail: string): void {
    const place = this.#unheard.get(saidIn(tail));
    if (place === undefined) return;
    this.#unheard.delete(saidIn(tail));
    const { store, onProblem } = this.#options;
    store.commit([{ kind: "state", ...place, state: "received", from: ["sent"] }]).catch(onProblem);
  }

  // What they are made of

  #room(group: GroupId): GroupRoom {
    const room = this.#rooms.get(group);
    if (room !== undefined) return room;
    if (this.#damaged.has(group)) throw damaged(group);
    throw noSuchGroup(group);
  }

  /** Does something that others are to learn of. @throws {UserError} refused, usage. */
  async #publish(room: GroupRoom, input: GroupIn): Promise<void> {
    const { refused } = await room.handle(input);
    if (refused !== undefined) throw refusal(refused, room.record);
    if (!this.#options.resident) await room.feeds?.delivered(DELIVERY_MS);
  }

  async #open(kept: KeptGroup): Promise<GroupRoom> {
    const { own, store, clock, random, carry, onProblem } = this.#options;
    const isOpen = kept.record.status !== "left";
    const room = await GroupRoom.open({
      own,
      kept,
      store,
      clock,
      random,
      carry: isOpen ? carry : undefined,
      onProblem,
      onEvidence: (tail, pk, by) => this.#has(tail, pk, by),
      onMissing: () => {
        const open = this.#rooms.get(kept.record.id);
        if (open !== undefined) void this.#inquiries.ask(open);
      },
    });
    this.#rooms.set(kept.record.id, room);
    if (isOpen) this.#doors.serve(room);
    if (isOpen && this.#options.resident) this.#names.watch(room);
    const { status } = room.record;
    if (status === "pending" || status === "awaiting_approval") this.#asking.goOn(room);
    if (isOpen && room.ownerAge !== "newer") await this.#relayAgain(room);
    return room;
  }

  async #keepNew(record: GroupRecord, note: string): Promise<KeptGroup> {
    const extra = { ...NO_EXTRA, note };
    await this.#options.store.commit([keepRecord(record), keepExtra(record.id, extra)]);
    return { record, extra, leaves: new Map() };
  }

  /** Ends a room and all that speaks for it; its record is what it was last. */
  async #shut(room: GroupRoom): Promise<void> {
    this.#asking.stop(room.record.id);
    this.#doors.stop(room.record.id);
    this.#names.stop(room.record.id);
    this.#relays.stop(room.record.id);
    await room.close();
  }

  /** Who left, was removed or denied and comes again begins anew, with what it has. */
  async #restart(room: GroupRoom, wanted: GroupRecord): Promise<void> {
    const { admissionPks } = wanted;
    await this.#reopen(room, (record) => ({ ...record, status: "pending", admissionPks }));
  }

  /** Closes a room and opens it with another record; with the one that it had, when that can't be kept. */
  async #reopen(room: GroupRoom, change: (record: GroupRecord) => GroupRecord): Promise<void> {
    await this.#shut(room);
    const { extra, leaves } = room;
    const record = change(room.record);
    try {
      await this.#options.store.commit([keepRecord(record)]);
    } catch (error) {
      await this.#open({ record: room.record, extra, leaves });
      throw error;
    }
    await this.#open({ record, extra, leaves });
  }
}
