/**
 * What an invite or an address leads to: a record of a group in which we are pending.
 *
 * @see specification skychat §b.8, §b.14
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { NULL_PK } from "../../../crypto/members.ts";
import {
  AddressError,
  DESCRIBE_PORT,
  MAX_FEED_PORT,
  parseSkychatAddress,
} from "../../../group/record/address.ts";
import type { JoinRequest, JoinResponse } from "../../../group/joining/admission.ts";
import { decodeInvite, type Invite, InviteError, isInviteText } from "../../../group/joining/invite.ts";
import { fittingName } from "../../../group/record/name_leaf.ts";
import { type GroupRecord, groupRecord } from "../../../group/record/record.ts";
import { isSignedInviteText } from "../../../group/joining/signed_invite.ts";
import { isUuid } from "../../../group/record/uuid.ts";
import { NO_WORK } from "../../../group/joining/work.ts";
import { within } from "../../../sys/clock.ts";
import { NetworkError, UserError } from "../../../wire/errors.ts";
import { askAtDoor } from "./admission.ts";
import type { AskingOptions } from "./asking.ts";
import { kindNamed, workNamed } from "./described.ts";
import { late } from "../feeds/group_network.ts";
import type { GroupId } from "../groups.ts";
import { signedGroup, type SignedGroupInvite } from "./signed_links.ts";

/** A probe. */
const PROBE_MS = 6_000;

/**
 * The group behind a link; an address is asked about at its peer.
 * @throws {UserError} usage: it is neither an invite nor an address of a group. refused: it is not there.
 * @throws {NetworkError} An address could not be asked about.
 */
export async function readLink(link: string, options: AskingOptions): Promise<GroupRecord> {
  return invitedBy(link, options) ?? checked(await addressed(link, options), options);
}

/** The group that an invite names, nobody is asked. @returns undefined: it is no invite. @throws {UserError} usage. */
export function invitedBy(link: string, options: AskingOptions): GroupRecord | undefined {
  const nowNs = options.clock.wallNs();
  if (isInviteText(link)) return checked(invited(inviteIn(link), nowNs), options);
  if (isSignedInviteText(link)) return checked(signed(signedGroup(link), nowNs), options);
  return undefined;
}

function checked(record: GroupRecord, { pk }: AskingOptions): GroupRecord {
  if (!isUuid(record.id)) throw unusable("it names no group"); // by another id it could be a conversation with somebody
  if (record.port > MAX_FEED_PORT) throw unusable("it names no port of a group");
  const role = record.ownerPk === pk ? "owner" : "member";
  return { ...record, role, name: fittingName(record.name) };
}

const unusable = (why: string): UserError =>
  new UserError(`This invite can't be used: ${why}`, { kind: "usage", hint: "Ask for another one." });

async function addressed(link: string, options: AskingOptions): Promise<GroupRecord> {
  const joinedAt = options.clock.wallNs();
  const { pk, group } = groupAddress(link);
  const { name, port, powBits, groupKind, owner } = await probe(pk, group, options);
  const kind = kindNamed(groupKind);
  const mode = kind === "private" ? "private" : "public";
  const known = {
    id: group,
    name,
    ownerPk: owner === NULL_PK ? pk : owner,
    port,
    mode,
    kind,
    role: "member",
    status: "pending",
  } as const;
  const admissionPks = known.ownerPk === pk ? [] : [pk];
  return {
    ...groupRecord({ ...known, createdAt: joinedAt }),
    joinedAt,
    joinPowBits: workNamed(powBits),
    admissionPks,
  };
}

function inviteIn(link: string): Invite {
  try {
    return decodeInvite(link);
  } catch (error) {
    if (!(error instanceof InviteError)) throw error;
    throw new UserError(`This invite can't be used: ${error.message}`, {
      kind: "usage",
      hint: "Copy the whole link, from `skychat:invite:` to its last character.",
    });
  }
}

function signed(
  { inviter, group: { id, name, kind, ownerPk, port, admins } }: SignedGroupInvite,
  joinedAt: bigint,
): GroupRecord {
  const mode = kind === "private" ? "private" : "public";
  const stands = { role: "member", status: "pending", createdAt: joinedAt } as const;
  const record = groupRecord({ id, name, ownerPk, port, mode, kind, ...stands });
  return { ...record, joinedAt, admissionPks: [...new Set([inviter, ...admins])] };
}

function invited(
  { id, name, ownerPk, port, mode, kind, admins, powBits, aesKey }: Invite,
  joinedAt: bigint,
): GroupRecord {
  const stands = { role: "member", status: "pending", createdAt: joinedAt } as const;
  const record = groupRecord({ id: id.toLowerCase(), name, ownerPk, port, mode, kind, ...stands });
  return { ...record, joinedAt, admissionPks: admins, joinPowBits: powBits, aesKey };
}

/**
 * Asks a peer on its describe port about a group.
 * @returns Its answer, status `info`.
 * @throws {UserError} no-network; refused: it is not there.
 * @throws {NetworkError} The peer is not to be reached, or says nothing in time.
 */
export async function probe(
  pk: PublicKeyHex,
  group: GroupId,
  { network, clock, pk: requester }: AskingOptions,
  signal?: AbortSignal,
): Promise<JoinResponse> {
  if (network === undefined) {
    throw new UserError("An address needs the network", { kind: "no-network", hint: "Use an invite link." });
  }
  const asked = {
    groupId: group,
    requester,
    note: "",
    invite: "",
    ratchet: new Uint8Array(0),
    work: NO_WORK,
    askAgain: false,
    probe: true,
  };
  const request: JoinRequest = { ...asked, tsNs: clock.wallNs() };
  const stream = await network.dial({ pk, port: DESCRIBE_PORT }, signal).catch((error) => {
    throw error instanceof NetworkError && error.reason === "refused"
      ? describesNothing(group, error)
      : error;
  });
  const asking = askAtDoor(stream, request);
  const response = await within(clock, PROBE_MS, asking, () => late(pk), signal).finally(() =>
    stream.close()
  );
  if (response?.status === "info" && response.port !== 0) return response;
  const what = response?.status === "banned" ? "has banned us" : "is not there";
  throw new UserError(`Group ${group} ${what}`, {
    kind: "refused",
    hint: "Ask whoever gave you the address for an invite link.",
  });
}

/** A program opens that port with its first group. */
const describesNothing = (group: GroupId, cause: Error): NetworkError =>
  new NetworkError(`Group ${group} is not there: nobody whom the link names has it`, {
    retry: false,
    reason: "refused",
    cause,
  });

/** Reads the address of a group. @throws {UserError} usage: it is a person's, or none. */
export function groupAddress(link: string): { pk: PublicKeyHex; group: GroupId } {
  const hint = "`dmsg group invite` prints a link, `dmsg group address` an address.";
  try {
    const { pk, group } = parseSkychatAddress(link);
    if (group !== undefined) return { pk, group };
    throw new UserError("This is the address of a person, not of a group", { kind: "usage", hint });
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new UserError(`This is neither an invite nor an address: ${error.message}`, {
      kind: "usage",
      hint,
    });
  }
}
