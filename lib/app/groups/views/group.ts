/**
 * What is known of a group, as plain JSON values.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { encodeInvite, kindOf } from "../../../group/joining/invite.ts";
import { adminsOf, encodeGroupRecord, type GroupRecord, membersOf } from "../../../group/record/record.ts";
import { formatGoTime, GO_ZERO_TIME_NS } from "../../../wire/go_time.ts";
import type { GroupRoom } from "../room/group_room.ts";
import { signedGroup } from "../joining/signed_links.ts";
import { isEnded } from "./issued.ts";
import type { GroupExtra } from "../room/kept_groups.ts";
import type { GroupView, HolderView, MemberView } from "../groups.ts";
import { holderView } from "../../holder_view.ts";

/** A group in a list. @param extra  What is kept beside its record. */
export function groupView(record: GroupRecord, admin: boolean, extra?: GroupExtra): GroupView {
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
    ...(record.keys === "d2" ? { keys: record.keys } : {}),
    ...(admin && extra !== undefined && extra.waiting.length > 0 ? { asking: extra.waiting.length } : {}),
    ...askedBy(record, extra),
  };
}

/** A group that is open. */
export function openView(room: GroupRoom): GroupView {
  const holder = holderOf(room);
  return {
    ...groupView(room.record, room.isAdmin, room.extra),
    ...(holder === undefined ? {} : { holder }),
  };
}

/** Which node holds its feeds. */
function holderOf({ extra: { holder: pk, holderNamedNs: sinceNs }, feeds, leaves }: GroupRoom) {
  return pk === "" ? undefined : holderView({ pk, sinceNs }, leaves, feeds);
}

/** Whether we ask by a signed invite, and what was said of it. */
function askedBy({ status }: GroupRecord, extra: GroupExtra | undefined): Pick<GroupView, "invite"> {
  if (extra === undefined || extra.invite === "" || status === "active" || status === "left") return {};
  const ended = isEnded(extra.ended) ? extra.ended : undefined;
  return { invite: { id: signedGroup(extra.invite).id, ...(ended === undefined ? {} : { ended }) } };
}

/** A link to a group. @param withKey  With the group key inside. */
export function linkOf(record: GroupRecord, withKey: boolean): string {
  const { id, name, ownerPk, port, mode, kind, joinPowBits, aesKey } = record;
  return encodeInvite({
    id,
    name,
    ownerPk,
    port,
    mode,
    kind,
    admins: adminsOf(record).filter((pk) => pk !== ownerPk),
    powBits: joinPowBits,
    aesKey: withKey ? aesKey : new Uint8Array(0),
  });
}

/**
 * The record as the Go program prints it (specification skychat b.1), without its keys; `go_sees` says where Go programs
 * see another roster, `invite_ended` why the signed invite by which we asked lets in no more, `holder` and what begins with
 * it which node holds its feeds.
 */
export function recordView(room: GroupRoom): Record<string, unknown> {
  const { record } = room;
  const { aes_key: _key, aes_key_sealed: _sealed, key_ring: _ring, ...shown } = JSON.parse(
    encodeGroupRecord(record),
  );
  const goSees = room.disagreements();
  const ended = askedBy(record, room.extra).invite?.ended;
  const holder = holderOf(room);
  const { to, except } = room.extra.audience;
  return {
    ...shown,
    members: membersOf(record),
    admins: adminsOf(record),
    ...(goSees.length === 0 ? {} : { go_sees: goSees }),
    ...(ended === undefined ? {} : { invite_ended: ended }),
    ...(holder === undefined ? {} : holderMembers(holder)),
    ...(to.length === 0 ? {} : { audience_to: to }),
    ...(except.length === 0 ? {} : { audience_except: except }),
  };
}

const holderMembers = ({ pk, since, bytes, presence, lastHeard }: HolderView): Record<string, unknown> => ({
  holder: pk,
  ...(since === undefined ? {} : { holder_since: since }),
  holder_bytes: bytes,
  holder_presence: presence,
  ...(lastHeard === undefined ? {} : { holder_heard_at: lastHeard }),
});

/** Who is in, as we (`self`) know it. */
export function memberViews(room: GroupRoom, self: PublicKeyHex): MemberView[] {
  const { record } = room;
  const admins = adminsOf(record);
  const goSees = new Map(room.disagreements().map(({ about, go }) => [about, go]));
  return membersOf(record).map((pk): MemberView => {
    const role = pk === record.ownerPk ? "founder" : admins.includes(pk) ? "admin" : "member";
    const go = goSees.get(pk);
    return {
      pk,
      role,
      muted: record.muted.includes(pk),
      ...presence(room, pk, self),
      ...(go === undefined ? {} : { goSees: go }),
    };
  });
}

function presence(
  { feeds }: GroupRoom,
  pk: PublicKeyHex,
  self: PublicKeyHex,
): Pick<MemberView, "presence" | "lastHeard"> {
  if (pk === self) return { presence: "self" };
  const state = feeds?.state(pk);
  if (state === undefined) return { presence: "unknown" };
  const heard = state.heardNs === undefined ? {} : { lastHeard: formatGoTime(state.heardNs) };
  return { presence: state.connected ? "connected" : "away", ...heard };
}
