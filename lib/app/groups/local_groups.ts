/**
 * The groups of an identity in this process.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { feedPortOf, formatSkychatAddress } from "../../group/address.ts";
import type { Domain } from "../../group/governance.ts";
import type { GroupIn, GroupRefusal } from "../../group/group_types.ts";
import { encodeInvite, GROUP_KEY_BYTES, kindOf } from "../../group/invite.ts";
import { adminsOf, type GroupRecord, groupRecord, MAX_NAME_BYTES, membersOf } from "../../group/record.ts";
import { encodeGroupRecord } from "../../group/record.ts";
import { uuidOf } from "../../group/uuid.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { utf8 } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { visible } from "../../wire/escape.ts";
import { formatGoTime, GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import type { FeedEvents, FeedNode } from "./feed_node.ts";
import { Evidence } from "./evidence.ts";
import { GroupRoom } from "./group_room.ts";
import type {
  GroupAction,
  GroupId,
  Groups,
  GroupSendReport,
  GroupView,
  JoinRequestView,
  MemberView,
} from "./groups.ts";
import { type GroupNetwork, Joining } from "./joining.ts";
import { dropGroup, keepExtra, keepRecord, type KeptGroup, keptGroups, NO_EXTRA } from "./kept_groups.ts";

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
  readonly carry: ((events: FeedEvents, kept: KeptGroup) => FeedNode) | undefined;
  /** Whether this program stays; one that does not waits a little until somebody has what it changed. */
  readonly resident: boolean;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}

/** How long a command that ends then waits for a reader of what it changed. */
const DELIVERY_MS = 5_000;

/** Domain and operation of each action; `approve` and `deny` are about requests. */
const ACTIONS: Readonly<Record<Exclude<GroupAction, "approve" | "deny">, readonly [Domain, number]>> = {
  "add": ["roster", 1],
  "remove": ["roster", 2],
  "promote": ["admin", 1],
  "demote": ["admin", 2],
  "ban": ["mod", 1],
  "unban": ["mod", 2],
  "mute": ["mod", 3],
  "unmute": ["mod", 4],
  "read-only": ["mod", 5],
  "read-write": ["mod", 6],
  "backfill-on": ["mod", 7],
  "backfill-off": ["mod", 8],
};

/** The groups of one identity. */
export class LocalGroups implements Groups {
  readonly #options: LocalGroupsOptions;
  readonly #rooms = new Map<GroupId, GroupRoom>();
  readonly #evidence: Evidence;
  readonly #joining: Joining;

  private constructor(options: LocalGroupsOptions) {
    this.#options = options;
    this.#evidence = new Evidence(options.clock);
    this.#joining = new Joining({ ...options, pk: options.own.pk });
  }

  /** Opens all groups that are kept, and begins to carry those that are active. */
  static async open(options: LocalGroupsOptions): Promise<LocalGroups> {
    const groups = new LocalGroups(options);
    for (const kept of await keptGroups(options.store, options.onProblem)) await groups.#open(kept);
    return groups;
  }

  /** Ends all that runs. */
  async close(): Promise<void> {
    this.#joining.close();
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
  }

  // Groups

  list(): Promise<GroupView[]> {
    const views = [...this.#rooms.values()].map((room) => groupView(room.record, room.isAdmin));
    return Promise.resolve(
      views.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1),
    );
  }

  info({ group }: { group: GroupId }): Promise<Record<string, unknown>> {
    const { record } = this.#room(group);
    const { aes_key: _key, aes_key_sealed: _sealed, key_ring: _ring, ...shown } = JSON.parse(
      encodeGroupRecord(record),
    );
    return Promise.resolve({ ...shown, members: membersOf(record), admins: adminsOf(record) });
  }

  members({ group }: { group: GroupId }): Promise<MemberView[]> {
    const room = this.#room(group);
    const { record } = room;
    const admins = adminsOf(record);
    return Promise.resolve(
      membersOf(record).map((pk): MemberView => {
        const role = pk === record.ownerPk ? "founder" : admins.includes(pk) ? "admin" : "member";
        return { pk, role, muted: record.muted.includes(pk), ...this.#presence(room, pk) };
      }),
    );
  }

  async create({ name, kind, join }: Parameters<Groups["create"]>[0]): ReturnType<Groups["create"]> {
    const { own, clock, random } = this.#options;
    checkName(name);
    const mode = kind === "private" ? "private" : "public";
    const nowNs = clock.wallNs();
    const id = uuidOf(random.bytes(16));
    const record: GroupRecord = {
      ...groupRecord({
        id,
        name,
        ownerPk: own.pk,
        port: feedPortOf(random.bytes(2)),
        mode,
        kind,
        role: "owner",
        status: "active",
        createdAt: nowNs,
      }),
      joinedAt: nowNs,
      members: [own.pk],
      admins: [own.pk],
      ...(mode === "private" ? { aesKey: random.bytes(GROUP_KEY_BYTES), keyIssuedAt: nowNs } : {}),
    };
    const extra = { ...NO_EXTRA, openJoin: join === "link" || mode === "public" };
    await this.#options.store.commit([keepRecord(record), keepExtra(id, extra)]);
    const room = await this.#open({ record, extra, leaves: new Map() });
    return { group: id, invite: linkOf(room.record, false) };
  }

  invite({ group, withKey }: Parameters<Groups["invite"]>[0]): ReturnType<Groups["invite"]> {
    const { record } = this.#room(group);
    const address = formatSkychatAddress({ pk: this.#options.own.pk, group });
    return Promise.resolve({ link: linkOf(record, withKey), address });
  }

  async join({ link, note = "" }: Parameters<Groups["join"]>[0]): ReturnType<Groups["join"]> {
    const wanted = await this.#joining.read(link);
    const known = this.#rooms.get(wanted.id);
    if (known?.record.status === "active") return { group: wanted.id, status: "active" };
    const room = known ?? await this.#open(await this.#keepNew(wanted, note));
    if (known !== undefined && known.record.status !== "pending") await this.#restart(room, wanted);
    const again = this.#rooms.get(wanted.id)!;
    await this.#joining.ask(again, note);
    return { group: wanted.id, status: again.record.status };
  }

  async leave({ group }: { group: GroupId }): Promise<void> {
    const room = this.#room(group);
    const record: GroupRecord = { ...room.record, status: "left" };
    this.#joining.stop(group);
    await room.close();
    await this.#options.store.commit([keepRecord(record)]);
    this.#rooms.delete(group);
    await this.#open({ record, extra: room.extra, leaves: room.leaves });
  }

  async drop({ group }: { group: GroupId }): Promise<void> {
    const room = this.#room(group);
    const { store } = this.#options;
    this.#joining.stop(group);
    await room.close();
    this.#rooms.delete(group);
    await store.commit([...await dropGroup(store, group), { kind: "forget", peer: group }]);
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
      position: positions.get(message.tail) ?? 0,
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
    if (action === "approve" || action === "deny") return await this.#answerRequest(room, action, peer!);
    const [domain, op] = ACTIONS[action];
    await this.#publish(room, { kind: "decide", domain, op, peer: peer ?? NULL_PK });
    if (action === "add" && peer !== undefined) await this.#forgetRequest(room, peer);
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

  requests({ group }: { group: GroupId }): Promise<JoinRequestView[]> {
    const { waiting } = this.#room(group).extra;
    return Promise.resolve(waiting.map(({ pk, note, tsNs }) => ({ pk, note, ts: formatGoTime(tsNs) })));
  }

  // What they are made of

  #room(group: GroupId): GroupRoom {
    const room = this.#rooms.get(group);
    if (room !== undefined) return room;
    throw new UserError(`There is no group ${group}`, { kind: "usage", hint: "`dmsg group ls` shows all." });
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
      onEvidence: (tail, pk, by) => this.#evidence.add(tail, pk, by),
    });
    this.#rooms.set(kept.record.id, room);
    if (isOpen) this.#joining.serve(room);
    const { status } = room.record;
    if (status === "pending" || status === "awaiting_approval") this.#joining.goOn(room);
    return room;
  }

  async #keepNew(record: GroupRecord, note: string): Promise<KeptGroup> {
    const extra = { ...NO_EXTRA, note };
    await this.#options.store.commit([keepRecord(record), keepExtra(record.id, extra)]);
    return { record, extra, leaves: new Map() };
  }

  /** Who left, was removed or denied and comes again begins anew, with what it has. */
  async #restart(room: GroupRoom, wanted: GroupRecord): Promise<void> {
    const record: GroupRecord = { ...room.record, status: "pending", admissionPks: wanted.admissionPks };
    await room.close();
    await this.#options.store.commit([keepRecord(record)]);
    await this.#open({ record, extra: room.extra, leaves: room.leaves });
  }

  async #answerRequest(room: GroupRoom, action: "approve" | "deny", peer: PublicKeyHex): Promise<void> {
    if (!room.isAdmin) throw refusal("not an admin", room.record);
    if (!room.extra.waiting.some(({ pk }) => pk === peer) && action === "deny") {
      throw new UserError("Nobody of that key waits", {
        kind: "usage",
        hint: "`dmsg group requests` shows who does.",
      });
    }
    if (action === "deny") {
      const denied = [...room.extra.denied.filter((pk) => pk !== peer), peer].slice(-1000);
      return await room.remember({ denied, waiting: room.extra.waiting.filter(({ pk }) => pk !== peer) });
    }
    const { refused } = await room.handle({ kind: "admit", peer });
    if (refused !== undefined && refused !== "nothing changes") throw refusal(refused, room.record);
    await this.#forgetRequest(room, peer);
  }

  async #forgetRequest(room: GroupRoom, peer: PublicKeyHex): Promise<void> {
    const { waiting, denied } = room.extra;
    if (![...waiting.map(({ pk }) => pk), ...denied].includes(peer)) return;
    const others = (pk: string): boolean => pk !== peer;
    await room.remember({ waiting: waiting.filter(({ pk }) => others(pk)), denied: denied.filter(others) });
  }

  #presence({ feeds }: GroupRoom, pk: PublicKeyHex): Pick<MemberView, "presence" | "lastHeard"> {
    if (pk === this.#options.own.pk) return { presence: "self" };
    const state = feeds?.state(pk);
    if (state === undefined) return { presence: "unknown" };
    const heard = state.heardNs === undefined ? {} : { lastHeard: formatGoTime(state.heardNs) };
    return { presence: state.connected ? "connected" : "away", ...heard };
  }
}

/** A group in a list. */
function groupView(record: GroupRecord, admin: boolean): GroupView {
  const { id, name, mode, kind, role, status, lastMessageAt } = record;
  return {
    id,
    name,
    mode,
    kind: kindOf(mode, kind),
    role,
    status,
    admin,
    members: membersOf(record).length,
    ...(lastMessageAt === GO_ZERO_TIME_NS ? {} : { lastMessage: formatGoTime(lastMessageAt) }),
  };
}

function linkOf(record: GroupRecord, withKey: boolean): string {
  const { id, name, ownerPk, port, mode, kind, joinPowBits, joinPowConfigured, aesKey } = record;
  return encodeInvite({
    id,
    name,
    ownerPk,
    port,
    mode,
    kind,
    admins: adminsOf(record).filter((pk) => pk !== ownerPk),
    powBits: joinPowConfigured ? joinPowBits : 0,
    aesKey: withKey ? aesKey : new Uint8Array(0),
  });
}

function checkName(name: string): void {
  const hint = `A name has 1 to ${MAX_NAME_BYTES} bytes and no control characters.`;
  if (name.trim() === "" || utf8(name).length > MAX_NAME_BYTES || visible(name) !== name) {
    throw new UserError("This name can't be a group's", { kind: "usage", hint });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  "not an admin": "`dmsg group members` shows who decides.",
  "not a member": "`dmsg group info` shows how you stand; `dmsg group join` asks to be let in.",
  "nothing changes": "It is so already.",
  "the founder": "A group can't lose its founder.",
  "banned": "`dmsg group unban` first.",
  "no such message": "`dmsg group history` shows the times of your messages.",
  "not private": "Only private groups have a key.",
  "no key": "It comes with the next answer of an admin.",
};

/** The error of something that the engine did not do. */
function refusal(reason: GroupRefusal, { name }: GroupRecord): UserError {
  const usage = ["nothing changes", "no such message", "not private"].includes(reason);
  return new UserError(`Group ${JSON.stringify(name)}: ${reason}`, {
    kind: usage ? "usage" : "refused",
    hint: HINTS[reason] ?? "An admin can change that.",
  });
}
