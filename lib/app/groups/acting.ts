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
import type { Said } from "../said.ts";
import { ACTIONS } from "./actions.ts";
import { checkName, refusal } from "./group_errors.ts";
import { takenWhole } from "./feeds/feed_node.ts";
import type { GroupRoom } from "./room/group_room.ts";
import type { Groups } from "./groups.ts";
import type { IssuedInvite } from "./views/issued.ts";
import { issue, issuedIn } from "./joining/issuing.ts";
import { approve, deny, forgetRequest } from "./joining/requests.ts";
import type { Beside } from "./room/types.ts";

/** How long a command that ends then waits for a reader of what it changed. */
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

/** What is asked for, in a group that is found. */
export type Asked<M extends keyof Groups> = Omit<Parameters<Groups[M]>[0], "group">;

/** Acts in the groups of one identity. */
export class Acting {
  /** Nothing happens by itself. */
  constructor(private readonly options: ActingOptions) {}

  /** See {@link Groups.unsend}. */
  async unsend(room: GroupRoom, { tsNano, key }: Asked<"unsend">): Promise<void> {
    await this.#publish(room, { kind: "unsend", tsNs: BigInt(tsNano) }, key);
  }

  /** See {@link Groups.decide}. */
  async decide(room: GroupRoom, { action, peer, key }: Asked<"decide">): Promise<void> {
    if (action === "approve" || action === "deny") mustBeIn(room);
    if (action === "approve") {
      await approve(room, peer!);
      return await this.#deliver(room, peer);
    }
    if (action === "deny") return await deny(room, peer!);
    const [domain, op] = ACTIONS[action];
    await this.#publish(room, { kind: "decide", domain, op, peer: peer ?? NULL_PK }, key);
    if (action === "add" && peer !== undefined) await forgetRequest(room, peer);
  }

  /** See {@link Groups.rename}. */
  async rename(room: GroupRoom, { name }: Asked<"rename">): Promise<void> {
    const { record } = room;
    checkName(name);
    mustBeIn(room);
    if (record.ownerPk !== this.options.own.pk) throw refusal("only the founder may rename", record);
    if (record.mode === "private" && record.aesKey.length === 0) throw refusal("no key", record);
    await this.#publish(room, { kind: "rename", name });
  }

  /** See {@link Groups.nameHolder}. */
  async nameHolder(room: GroupRoom, { holder }: Asked<"nameHolder">): Promise<void> {
    await this.#publish(room, { kind: "name-holder", holder });
  }

  /** See {@link Groups.rotateKey}. */
  async rotateKey(room: GroupRoom, { key }: Asked<"rotateKey">): Promise<{ epoch: string }> {
    return { epoch: await this.#publish(room, { kind: "rotate" }, key, () => String(room.record.keyEpoch)) };
  }

  /** See {@link Groups.revokeHistory}. */
  async revokeHistory(room: GroupRoom, { sinceNano, key }: Asked<"revokeHistory">): Promise<void> {
    await this.#publish(room, { kind: "revoke-history", sinceNs: BigInt(sinceNano) }, key);
  }

  /** See {@link Groups.issueInvite}. */
  async issueInvite(room: GroupRoom, { key, ...terms }: Asked<"issueInvite">): Promise<IssuedInvite> {
    const nowNs = this.options.clock.wallNs();
    const id = await this.#once(room, key, terms, (beside) => {
      mustBeIn(room);
      return issue(room, terms, nowNs, beside);
    });
    await this.#deliver(room);
    return issuedIn(room, nowNs).find((invite) => invite.id === id)!;
  }

  /** See {@link Groups.revokeInvite}. */
  async revokeInvite(room: GroupRoom, { invite, key }: Asked<"revokeInvite">): Promise<void> {
    await this.#publish(room, { kind: "revoke", invite }, key);
  }

  /**
   * Does something that others are to learn of.
   * @param tell  What its caller is told, once it is done.
   * @throws {UserError} refused, usage.
   */
  async #publish(room: GroupRoom, input: GroupIn, key?: string, tell = () => ""): Promise<string> {
    let isSaid = true;
    const told = await this.#once(room, key, input, async (beside) => {
      if (input.kind !== "unsend") mustBeIn(room); // the engine says what else there is to say of that
      const { outs, refused } = await room.handle(input, beside && ((outs) => beside(outs, tell())));
      isSaid = outs.some(isFeedChange);
      const about = input.kind === "decide" && input.peer !== NULL_PK ? input.peer : undefined;
      if (refused !== undefined) throw refusal(refused, room.record, about);
      return tell();
    });
    const isAdd = input.kind === "decide" && input.domain === "roster" && input.op === 1;
    if (isSaid) await this.#deliver(room, isAdd ? input.peer : undefined);
    return told;
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

/** Nobody who is out hands out a way in. @throws {UserError} refused: we have left, or others have decided that we are out. */
export function mustNotBeOut({ record }: Pick<GroupRoom, "record">): void {
  if (isOut(record)) throw refusal("not a member", record);
}

/** All that was asked for. */
const textOf = (asked: object): string =>
  JSON.stringify(asked, (_, value) => typeof value === "bigint" ? String(value) : value);
