/**
 * What each member provably has of ours, what we have of it, and what is missing between.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { adminsOf, membersOf } from "../../../group/record/record.ts";
import { formatGoTime, GO_ZERO_TIME_NS } from "../../../wire/go_time.ts";
import type { FeedNode } from "../feeds/feed_node.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupCheck, MemberCheck, PlaceView } from "../views/check.ts";
import type { GroupId } from "../groups.ts";

/** What a group is checked by. */
export interface Checkable extends Pick<GroupRoom, "record" | "ledger" | "missing"> {
  /** When each was last heard, where there is a network. */
  readonly feeds: Pick<FeedNode, "state"> | undefined;
}

/** Checks a group. @param self  Us. @param nowNs  The wall clock. */
export function checkOf(room: Checkable, self: PublicKeyHex, nowNs: bigint): GroupCheck {
  const { record } = room;
  const members = membersOf(record);
  const faulty = room.ledger.authors().filter((pk) => !members.includes(pk));
  const checks = [
    ...members.map((pk) => memberCheck(room, pk, self)),
    ...faulty.map((pk) => memberCheck(room, pk, self)).filter(hasFault),
  ];
  return {
    group: record.id,
    name: record.name,
    whole: checks.every(({ holes, fork }) => holes.length === 0 && fork === undefined),
    ...(record.mode === "private" ? { key: keyOf(record, nowNs) } : {}),
    members: checks,
  };
}

/** Of a group of which what is kept can't be read. */
export const damagedCheck = (group: GroupId): GroupCheck => ({
  group,
  name: "",
  whole: false,
  damaged: true,
  members: [],
});

const hasFault = ({ holes, restarts, fork }: MemberCheck): boolean =>
  holes.length > 0 || restarts > 0 || fork !== undefined;

function keyOf({ keyEpoch, keyIssuedAt }: Checkable["record"], nowNs: bigint): GroupCheck["key"] {
  const isKnown = keyIssuedAt > 0n && keyIssuedAt !== GO_ZERO_TIME_NS;
  const ageSec = Math.max(0, Number((nowNs - keyIssuedAt) / 1_000_000_000n)); // its maker's clock may be ahead
  return { epoch: keyEpoch.toString(), ...(isKnown ? { ageSec } : {}) };
}

const placeView = ({ inc, seq }: { inc: string; seq: bigint }): PlaceView => ({
  incarnation: inc,
  seq: seq.toString(),
});

function memberCheck(room: Checkable, pk: PublicKeyHex, self: PublicKeyHex): MemberCheck {
  const { record, ledger, feeds } = room;
  const thread = ledger.of(pk);
  const ours = ledger.of(self)?.state;
  const has = pk === self ? ours?.newest : ours?.claims.get(pk);
  const newest = ours?.newest;
  const fork = ledger.forks().find(({ author }) => author === pk);
  const heardNs = feeds?.state(pk)?.heardNs;
  const holes = room.missing().filter(({ author }) => author === pk).map(({ inc, from, to, saidBy }) => ({
    incarnation: inc,
    from: from.toString(),
    to: to.toString(),
    ...(saidBy === pk ? {} : { saidBy }),
  }));
  return {
    pk,
    role: !membersOf(record).includes(pk)
      ? "gone"
      : pk === record.ownerPk
      ? "founder"
      : adminsOf(record).includes(pk)
      ? "admin"
      : "member",
    self: pk === self,
    ...(has === undefined ? {} : { has: placeView(has) }),
    hasNewest: newest === undefined || has?.inc === newest.inc && has.seq >= newest.seq,
    ...(thread?.state.newest === undefined
      ? {}
      : { last: { ...placeView(thread.state.newest), ts: formatGoTime(thread.state.newest.tsNs) } }),
    holes,
    restarts: thread?.restarts() ?? 0,
    ...(fork === undefined ? {} : { fork: placeView(fork) }),
    ...(heardNs === undefined ? {} : { lastHeard: formatGoTime(heardNs) }),
  };
}
