/**
 * How we stand in a group, whom we follow and who may read us, as they follow from what is decided.
 *
 * @see specification skychat §b.4, §b.11, §b.12
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { followedBy } from "../feed/follow.ts";
import type { GroupState } from "../group_state.ts";
import type { Holders } from "../feed/holders.ts";
import type { GroupOut } from "../group_types.ts";
import { encodeGroupRecord, type GroupRecord, isAsking } from "../record/record.ts";
import type { Roster } from "./roster.ts";

/** Most members of a group all of whose feeds are asked for at its holder; each holds up to 500 messages. */
const MAX_ALL_HELD = 16;

/** The standing in one group. */
export class Standing {
  #follow = "";
  #allow = "";
  #held = "0";
  /** Whether we were banned, as far as was known before; undefined: at the start. */
  #wasBanned: boolean | undefined;
  /** The record and its text, as they were last: a decision in a large group is compared with all of it. */
  #written: { readonly record: GroupRecord; readonly text: string } | undefined;

  /** Nothing was said of it yet: the first time all of it is. */
  constructor(private readonly state: GroupState, private readonly holders: Holders) {}

  /** The record, whom we follow and who may read, as far as they have changed. */
  settle(nowNs: bigint, outs: GroupOut[]): void {
    const { state } = this;
    const { roster } = state.governor;
    const joinedAt = this.#joinedAt(nowNs);
    const record = this.#standing({ ...state.recordNow, joinedAt, ...state.next });
    state.next = {};
    const text = encodeGroupRecord(record);
    const before = this.#written?.record === state.record
      ? this.#written.text
      : encodeGroupRecord(state.record);
    if (text !== before) outs.push({ kind: "record", record });
    this.#written = { record, text };
    state.record = record;
    const feeds = record.status === "active" || record.status === "pending"
      ? followedBy(state.own.pk, withHints(roster, record), state.kind, record.ownerPk)
      : [];
    if (feeds.join() !== this.#follow) outs.push({ kind: "follow", feeds });
    this.#follow = feeds.join();
    const readers = state.isPrivate ? [...roster.members].sort() : undefined;
    const allow = readers?.join() ?? "*";
    if (allow !== this.#allow) outs.push({ kind: "allow", readers });
    this.#allow = allow;
    this.#tellHeld(feeds, outs);
  }

  /**
   * Since when we are in: by the decision that let us in, and where the clock of that one's issuer is ahead of ours since
   * we have heard of it.
   */
  #joinedAt(nowNs: bigint): bigint {
    const { governor, own, record: { joinedAt, ownerPk, status } } = this.state;
    const spans = governor.roster.memberSpans.get(own.pk) ?? [];
    const [before, since] = [spans.at(-2), spans.at(-1)];
    if (own.pk === ownerPk || since === undefined || since.toNs !== undefined) return joinedAt;
    const isAhead = since.fromNs > nowNs;
    const isKnown = status === "active" && joinedAt <= since.fromNs &&
      (isAhead || joinedAt >= (before?.toNs ?? 0n));
    return isKnown ? joinedAt : isAhead ? nowNs : since.fromNs;
  }

  /** A small group's feeds are all asked for at its holder: two who do not follow each other may never meet another one. */
  #tellHeld(followed: readonly PublicKeyHex[], outs: GroupOut[]): void {
    const { choice } = this.holders;
    const { own, governor: { roster: { members } } } = this.state;
    const isAll = choice.holder !== undefined && followed.length > 0 && members.length <= MAX_ALL_HELD &&
      this.state.kind !== "channel";
    const feeds = isAll ? members.filter((pk) => pk !== own.pk && !followed.includes(pk)) : [];
    const held = `${choice.namedNs}${choice.holder ?? ""}${feeds.join()}`;
    if (held !== this.#held) outs.push({ kind: "held", ...choice, feeds });
    this.#held = held;
  }

  /** Who has heard that it is in before it has the key goes on asking: a founder that comes back with nothing always is. */
  #waitsForKey(record: GroupRecord): boolean {
    return isAsking(record) && !this.state.hasKey;
  }

  /** By the roster: in, out, or banned. Who has left has left. */
  #standing(record: GroupRecord): GroupRecord {
    const { governor, oldOwner, own } = this.state;
    const { roster } = governor;
    const wasBanned = this.#wasBanned;
    const isBanned = this.#wasBanned = roster.banned.has(own.pk);
    if (record.status === "left" || record.status === "denied") return record;
    // Who asks to be let in asks in spite of the ban that it knows of, and reads in the feed of whoever lets it in that it
    // was taken back; an admin that has taken the request knows of none. One that is heard of meanwhile counts.
    if (isBanned && (!isAsking(record) || wasBanned === false)) return { ...record, status: "banned" };
    if (this.state.isMember(own.pk)) {
      return this.#waitsForKey(record) ? record : { ...record, status: "active" };
    }
    if (record.status !== "active") return record;
    if (roster.memberSpans.has(own.pk)) return { ...record, status: "revoked" };
    if (oldOwner.age === "old") return { ...record, members: [...record.members, own.pk] };
    // Its founder has a newer program by now, or who let us in decided no more: nobody has let us in yet.
    const isOpen = record.kind === "" && governor.isDecided || this.#isLetInInVain;
    return isOpen ? { ...record, status: "pending" } : record;
  }

  /** Somebody has let us in, and that does not count. */
  get #isLetInInVain(): boolean {
    const { governor, own } = this.state;
    return governor.decisions().some(({ domain, mutation: { op, peer } }) =>
      domain === "roster" && op === 1 && peer === own.pk
    );
  }
}

/** Until an admin's feed was read, the admins that we were told of are followed too. */
function withHints(roster: Roster, { admissionPks }: GroupRecord): Roster {
  const unknown = admissionPks.filter((pk) => !roster.memberSpans.has(pk));
  return unknown.length === 0
    ? roster
    : { ...roster, members: [...roster.members, ...unknown], admins: [...roster.admins, ...unknown] };
}
