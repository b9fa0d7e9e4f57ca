/**
 * What we decide in a group, issue and take back: kept, told to others, and under a key of its caller done once.
 *
 * @see lib/app/README.md "Said once"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { isFeedChange } from "../../cxo/feed/change.ts";
import type { GroupIn, GroupOut } from "../../group/group_types.ts";
import { isOut } from "../../group/record/record.ts";
import type { Clock } from "../../sys/clock.ts";
import { UserError } from "../../wire/errors.ts";
import type { Said } from "../said.ts";
import { ACTIONS } from "./actions.ts";
import { checkName, refusal, RefusedByGroup } from "./group_errors.ts";
import { takenWhole } from "./feeds/feed_node.ts";
import type { GroupRoom } from "./room/group_room.ts";
import type { GroupId, Groups } from "./groups.ts";
import type { OpenGroups } from "./open_groups.ts";
import { hearOthers } from "./threads/reading.ts";
import type { IssuedInvite } from "./views/issued.ts";
import { issue, issuedIn } from "./joining/issuing.ts";
import { approve, deny, forgetRequest } from "./joining/requests.ts";
import type { Beside } from "./room/types.ts";

/** How long a command that ends then hears others before it holds against us what was so when the last one ended. */
const HEARING_MS = 5_000;
/** How long it waits for a reader of what it changed. */
const DELIVERY_MS = 5_000;
/** And then for that one to read on. */
const READING_MS = 30_000;

/** What acting works with. */
export interface ActingOptions {
  /** Us. */
  readonly own: Pick<KeyPair, "pk">;
  /** What was done under keys. */
  readonly said: Said;
  /** Time. */
  readonly clock: Clock;
  /** Whether this program stays. */
  readonly resident: boolean;
}

/** What counts as long as its author is an admin; a decision may stand without. */
const OF_ADMINS: ReadonlySet<GroupIn["kind"]> = new Set([
  "invite",
  "revoke",
  "rotate",
  "revoke-history",
  "name-holder",
]);

/** What is asked for. */
export type Asked<M extends keyof Groups> = Parameters<Groups[M]>[0];

/** Acts in the groups of one identity. */
export class Acting {
  /** For groups that are open. */
  constructor(private readonly open: OpenGroups, private readonly options: ActingOptions) {}

  /** See {@link Groups.unsend}. */
  async unsend({ group, tsNano, key }: Asked<"unsend">): Promise<void> {
    await this.#publish(group, { kind: "unsend", tsNs: BigInt(tsNano) }, key);
  }

  /** See {@link Groups.decide}. */
  async decide({ group, action, peer, key }: Asked<"decide">): Promise<void> {
    if (action === "approve") return await this.#approve(group, peer!);
    if (action === "deny") {
      return await this.tried(group, (room) => {
        mustBeIn(room);
        return deny(room, peer!);
      });
    }
    const [domain, op] = ACTIONS[action];
    await this.#publish(group, { kind: "decide", domain, op, peer: peer ?? NULL_PK }, key);
    if (action === "add" && peer !== undefined) await forgetRequest(this.open.room(group), peer);
  }

  async #approve(group: GroupId, peer: PublicKeyHex): Promise<void> {
    const outs = await this.tried(group, (room) => {
      mustBeIn(room);
      return approve(room, peer);
    });
    await this.#deliver(this.open.room(group), peer);
    this.#mustCount(group, { kind: "admit" }, outs);
  }

  /** See {@link Groups.rename}. */
  async rename({ group, name }: Asked<"rename">): Promise<void> {
    const { record } = this.open.room(group);
    checkName(name);
    mustBeIn({ record });
    if (record.ownerPk !== this.options.own.pk) throw refusal("only the founder may rename", record);
    await this.#publish(group, { kind: "rename", name });
  }

  /** See {@link Groups.nameHolder}. */
  async nameHolder({ group, holder }: Asked<"nameHolder">): Promise<void> {
    await this.#publish(group, { kind: "name-holder", holder });
  }

  /** See {@link Groups.rotateKey}. */
  async rotateKey({ group, key }: Asked<"rotateKey">): Promise<{ epoch: string }> {
    const epoch = await this.#publish(
      group,
      { kind: "rotate" },
      key,
      ({ record }) => String(record.keyEpoch),
    );
    return { epoch };
  }

  /** See {@link Groups.revokeHistory}. */
  async revokeHistory({ group, sinceNano, key }: Asked<"revokeHistory">): Promise<void> {
    await this.#publish(group, { kind: "revoke-history", sinceNs: BigInt(sinceNano) }, key);
  }

  /** See {@link Groups.issueInvite}. */
  async issueInvite({ group, key, ...terms }: Asked<"issueInvite">): Promise<IssuedInvite> {
    const nowNs = this.options.clock.wallNs();
    const id = await this.tried(group, (room) =>
      this.#once(room, key, terms, (beside) => {
        mustBeIn(room);
        return issue(room, terms, nowNs, beside);
      }));
    await this.#deliver(this.open.room(group));
    this.#mustCount(group, { kind: "invite" });
    const room = this.open.room(group);
    const issued = issuedIn(room, nowNs).find((invite) => invite.id === id);
    if (issued === undefined) throw refusal("no such invite", room.record); // it was issued under that key, and is forgotten
    return issued;
  }

  /** See {@link Groups.revokeInvite}. */
  async revokeInvite({ group, invite, key }: Asked<"revokeInvite">): Promise<void> {
    await this.#publish(group, { kind: "revoke", invite }, key);
  }

  /**
   * What is refused by what was so when our last program ended is tried once more, behind what others have decided since.
   * @throws What `act` throws.
   */
  async tried<T>(group: GroupId, act: (room: GroupRoom) => Promise<T>): Promise<T> {
    const sinceMs = this.options.clock.nowMs();
    try {
      return await act(this.open.room(group));
    } catch (error) {
      const mayChange = error instanceof UserError && !(error instanceof RefusedByGroup && error.isCertain);
      const hasLeft = this.open.room(group).record.status === "left"; // which we alone decide
      if (this.options.resident || !mayChange || hasLeft) throw error;
      await this.#hear(group, sinceMs);
      return await act(this.open.room(group));
    }
  }

  /** See {@link LazyGroups.decides}. */
  async decides(group: GroupId): Promise<boolean> {
    await this.#hear(group, this.options.clock.nowMs(), (room) => !room.isAdmin);
    return this.open.room(group).isAdmin;
  }

  async #hear(group: GroupId, sinceMs: number, isWanted = (_: GroupRoom): boolean => true): Promise<void> {
    const { own: { pk: own } } = this.options;
    const find = (): GroupRoom => this.open.room(group);
    const hearing = { find, while: () => isWanted(find()), sinceMs, untilMs: sinceMs + HEARING_MS };
    await hearOthers(this.open, { ...this.options, own }, hearing);
  }

  /**
   * Does something that others are to learn of.
   * @param tell  What its caller is told, once it is done.
   * @throws {UserError} refused, usage.
   */
  async #publish(
    group: GroupId,
    input: GroupIn,
    key?: string,
    tell: (room: GroupRoom) => string = () => "",
  ): Promise<string> {
    let done: readonly GroupOut[] | undefined;
    const told = await this.tried(group, (room) =>
      this.#once(room, key, input, async (beside) => {
        mustBeFit(room, input);
        const { outs, refused } = await room.handle(input, beside && ((outs) => beside(outs, tell(room))));
        const about = input.kind === "decide" && input.peer !== NULL_PK ? input.peer : undefined;
        if (refused !== undefined) throw refusal(refused, room.record, about);
        done = outs;
        return tell(room);
      }));
    const isAdd = input.kind === "decide" && input.domain === "roster" && input.op === 1;
    const isSaid = done === undefined || done.some(isFeedChange); // what was done before may still be on its way
    if (isSaid) await this.#deliver(this.open.room(group), isAdd ? input.peer : undefined);
    this.#mustCount(group, input, done);
    return told;
  }

  /** Whoever read us may have told us that others had decided otherwise. @throws {UserError} refused: it does not count. */
  #mustCount(group: GroupId, { kind }: Pick<GroupIn, "kind">, outs: readonly GroupOut[] = []): void {
    const { record, circle, isAdmin } = this.open.room(group);
    const stands = outs.every((out) => out.kind !== "decided" || circle.stands(out.id));
    if (!stands || OF_ADMINS.has(kind) && !isAdmin) {
      throw refusal("others have decided otherwise meanwhile", record);
    }
  }

  /** @param act  Acts, and has in the same commit what `beside` gives for what its caller is told. */
  async #once(
    room: GroupRoom,
    key: string | undefined,
    asked: object,
    act: (
      beside?: (...about: [...Parameters<Beside>, told: string]) => ReturnType<Beside>,
    ) => Promise<string>,
  ): Promise<string> {
    if (key === undefined) return await act();
    const isRefused = (outs: readonly GroupOut[]): boolean => outs.some(({ kind }) => kind === "refused");
    return await this.options.said.once(
      room.record.id,
      key,
      textOf(asked),
      (keep) => act(async (outs, told) => isRefused(outs) ? [] : await keep(told)),
    );
  }

  /** @param added  Whoever is let in comes to our door for the key, and then reads us: others can't give it. */
  async #deliver({ feeds }: GroupRoom, added?: PublicKeyHex): Promise<void> {
    const { clock, resident } = this.options;
    if (resident || feeds === undefined) return;
    const isIn = feeds.delivered(DELIVERY_MS, added);
    await feeds.delivered(DELIVERY_MS);
    const { connected = false, reaching = false } = added === undefined ? {} : feeds.state(added) ?? {};
    if (connected || reaching) await isIn;
    await takenWhole(feeds, clock, clock.nowMs() + READING_MS);
  }
}

/**
 * Who has left is read by nobody: what it decides would be told to be done, and be done once it is back.
 * @throws {UserError} refused: we have left.
 */
export function mustBeIn({ record }: Pick<GroupRoom, "record">): void {
  if (record.status === "left") throw refusal("not a member", record);
}

/** @throws {UserError} refused: what the engine does not look at. */
function mustBeFit(room: GroupRoom, { kind }: GroupIn): void {
  if (kind === "unsend") return; // the engine says what there is to say of that
  mustBeIn(room);
  const { mode, aesKey } = room.record;
  if (kind === "rename" && mode === "private" && aesKey.length === 0) throw refusal("no key", room.record);
}

/** Nobody who is out hands out a way in. @throws {UserError} refused: we have left, or others have decided that we are out. */
export function mustNotBeOut({ record }: Pick<GroupRoom, "record">): void {
  if (isOut(record)) throw refusal("not a member", record);
}

/** All that was asked for. */
const textOf = (asked: object): string =>
  JSON.stringify(asked, (_, value) => typeof value === "bigint" ? String(value) : value);
