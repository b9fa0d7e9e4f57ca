/**
 * What a stranger asks an admin and what it hears: frames on the feed port + 1, and on the describe port.
 *
 * @see specification skychat §b.7
 * @module
 */
import { NULL_PK, pkMember } from "../../crypto/members.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { parseGoObject, readMembers } from "../../wire/go_json.ts";
import {
  field,
  goBool,
  goBytes,
  goI64,
  goList,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU16,
  goU64,
  goU8,
  omitted,
} from "../../wire/go_struct.ts";
import { WORK, type Work } from "./work.ts";

/** Longest note of a request, bytes. */
export const MAX_NOTE_BYTES = 280;
/** Most groups of a catalog. */
export const MAX_CATALOG_ENTRIES = 64;

/** Asks to be let in, or what the group is. */
export interface JoinRequest {
  /** Which group. */
  readonly groupId: string;
  /** Must be the stream's key, or the null key. */
  readonly requester: PublicKeyHex;
  /** For the admin to read; at most 280 bytes. */
  readonly note: string;
  /** See work.ts. */
  readonly work: Work;
  /** A signed invite; "" is none. Go programs pass it over. */
  readonly invite: string;
  /** Our key for a secret with the admin, in a D2 group; see d2/ratchet.ts. Go programs pass it over. */
  readonly ratchet: Uint8Array;
  /** The repeat of a request that waits; takes nothing from the rate bucket. */
  readonly askAgain: boolean;
  /** Only asks what the group is. */
  readonly probe: boolean;
  /** When, nanoseconds. */
  readonly tsNs: bigint;
}

/** Why a signed invite lets nobody in any more. */
export type InviteEnd = "expired" | "used-up" | "revoked";

/** An admin's answer in a word; of ends of signed invites only ours tell. */
export type JoinStatus =
  | "admitted"
  | "pending"
  | "denied"
  | "banned"
  | "unavailable"
  | "challenge"
  | "throttled"
  | "info"
  | InviteEnd;

/** The answer. Members that it does not have hold their zero value. */
export interface JoinResponse {
  /** The request's. */
  readonly groupId: string;
  /** A word that is not known is to be treated as `unavailable`. */
  readonly status: JoinStatus | string;
  /** The group's. */
  readonly name: string;
  /** `public`, `private`, `channel`, or "". */
  readonly groupKind: string;
  /** The group key of a private group, for who is admitted. */
  readonly aesKey: Uint8Array;
  /** `d2` of a D2 group. */
  readonly keys: string;
  /** The key of a D2 group, wrapped for who is admitted; see d2/admission.ts. */
  readonly wrapped: Uint8Array;
  /** Of that key. */
  readonly keyEpoch: bigint;
  /** Who is in. */
  readonly members: readonly PublicKeyHex[];
  /** Who decides. */
  readonly admins: readonly PublicKeyHex[];
  /** Who may not speak. */
  readonly muted: readonly PublicKeyHex[];
  /** Only admins may speak. */
  readonly readOnly: boolean;
  /** Members do not copy each other's messages. */
  readonly peerBackfillDisabled: boolean;
  /** How much work is asked for. */
  readonly powBits: number;
  /** When to ask again. */
  readonly retryAfterSec: bigint;
  /** Why not. */
  readonly reason: string;
  /** The feed port. */
  readonly port: number;
  /** Who gets in: `open`, `approval`. */
  readonly policy: string;
  /** What it costs, in the admin's words. */
  readonly priceHint: string;
  /** In an `info` of another member than it: the founder, by whom decisions are judged. The null key: not said. */
  readonly owner: PublicKeyHex;
  /** A picture, and what it is. */
  readonly avatar: Uint8Array;
  /** MIME type of the picture. */
  readonly avatarMime: string;
}

type Kinded<T> = T & { readonly kind: string };

const REQUEST: GoStruct<Kinded<JoinRequest>> = goStruct<Kinded<JoinRequest>>({
  kind: field("kind", goString),
  groupId: field("group_id", goString),
  requester: field("requester_pk", pkMember),
  note: omitted("note", goString),
  work: field("pow", WORK),
  askAgain: omitted("ask_again", goBool),
  probe: omitted("probe", goBool),
  tsNs: field("ts", goTime),
  invite: omitted("dmsg_invite", goString),
  ratchet: omitted("dmsg_ratchet", goBytes),
});

const RESPONSE: GoStruct<Kinded<JoinResponse>> = goStruct<Kinded<JoinResponse>>({
  kind: field("kind", goString),
  groupId: field("group_id", goString),
  status: field("status", goString),
  name: omitted("name", goString),
  groupKind: omitted("group_kind", goString),
  aesKey: omitted("aes_key", goBytes),
  keys: omitted("dmsg_keys", goString),
  wrapped: omitted("dmsg_wrapped", goBytes),
  keyEpoch: omitted("key_epoch", goU64),
  members: omitted("members", goList(pkMember)),
  admins: omitted("admins", goList(pkMember)),
  muted: omitted("muted", goList(pkMember)),
  readOnly: omitted("read_only", goBool),
  peerBackfillDisabled: omitted("peer_backfill_disabled", goBool),
  powBits: omitted("pow_bits", goU8),
  retryAfterSec: omitted("retry_after_sec", goI64),
  reason: omitted("reason", goString),
  port: omitted("port", goU16),
  policy: omitted("policy", goString),
  priceHint: omitted("price_hint", goString),
  owner: omitted("dmsg_owner", { ...pkMember, isEmpty: (pk) => pk === NULL_PK }),
  avatar: omitted("avatar", goBytes),
  avatarMime: omitted("avatar_mime", goString),
});

/** What kind of frame a payload is; the first thing to look at. @returns "" when it says none. */
export function frameKind(payload: Uint8Array): string {
  const object = parseGoObject(fromUtf8(payload));
  return object && readMembers(object, { kind: "string" })?.kind || "";
}

/** The payload of a request. */
export const encodeJoinRequest = (request: JoinRequest): Uint8Array =>
  utf8(REQUEST.encode({ ...request, kind: "join_request" }));

/** Reads a payload whose kind is `join_request`. @returns undefined when a member has another type. */
export const readJoinRequest = (payload: Uint8Array): JoinRequest | undefined =>
  ofKind(REQUEST, "join_request", payload);

/** The payload of an answer. */
export const encodeJoinResponse = (response: JoinResponse): Uint8Array =>
  utf8(RESPONSE.encode({ ...response, kind: "join_response" }));

/** Reads a payload. @returns undefined when it is no answer. */
export const readJoinResponse = (payload: Uint8Array): JoinResponse | undefined =>
  ofKind(RESPONSE, "join_response", payload);

/** An answer that says only its status, to be filled. */
export function joinResponse(groupId: string, status: JoinStatus): JoinResponse {
  const { kind: _kind, ...zero } = RESPONSE.zero;
  return { ...zero, groupId, status };
}

function ofKind<T>(struct: GoStruct<Kinded<T>>, wanted: string, payload: Uint8Array): T | undefined {
  const read = struct.decode(payload);
  if (read === undefined || read.kind !== wanted) return undefined;
  const { kind: _kind, ...members } = read;
  return members as unknown as T;
}

/** A group that its host lets strangers see. */
export interface CatalogEntry {
  /** UUID. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** `public`, `private`, `channel`. */
  readonly groupKind: string;
  /** Who gets in. */
  readonly policy: string;
  /** Its feed port. */
  readonly port: number;
  /** Work that joining needs. */
  readonly powBits: number;
  /** What it costs. */
  readonly priceHint: string;
}

/** The groups of a host. */
export interface Catalog {
  /** The host. */
  readonly host: PublicKeyHex;
  /** At most 64; of none a list is written, too, as Go does. */
  readonly entries: readonly CatalogEntry[];
  /** There are more. */
  readonly truncated: boolean;
}

const ENTRY: GoStruct<CatalogEntry> = goStruct<CatalogEntry>({
  id: field("id", goString),
  name: field("name", goString),
  groupKind: field("group_kind", goString),
  policy: field("policy", goString),
  port: field("port", goU16),
  powBits: omitted("pow_bits", goU8),
  priceHint: omitted("price_hint", goString),
});

const CATALOG: GoStruct<Kinded<Catalog>> = goStruct<Kinded<Catalog>>({
  kind: field("kind", goString),
  host: field("host_pk", pkMember),
  entries: field("entries", { ...goList(ENTRY), write: (all) => all.map((one) => ENTRY.write(one)) }),
  truncated: omitted("truncated", goBool),
});

const ASKED: GoStruct<{ kind: string; tsNs: bigint }> = goStruct<{ kind: string; tsNs: bigint }>({
  kind: field("kind", goString),
  tsNs: field("ts", goTime),
});

/** Asks a host for its catalog or profile. */
export const encodeDescribeRequest = (
  kind: "catalog_request" | "profile_request",
  tsNs: bigint,
): Uint8Array => utf8(ASKED.encode({ kind, tsNs }));

/** The payload of a catalog; what is beyond 64 groups is left out and `truncated` set. */
export const encodeCatalog = ({ host, entries, truncated }: Catalog): Uint8Array =>
  utf8(CATALOG.encode({
    kind: "catalog_response",
    host,
    entries: entries.slice(0, MAX_CATALOG_ENTRIES),
    truncated: truncated || entries.length > MAX_CATALOG_ENTRIES,
  }));

/**
 * Reads a payload; of more groups than there may be the first ones, as one that was cut.
 * @returns undefined when it is no catalog.
 */
export function readCatalog(payload: Uint8Array): Catalog | undefined {
  const catalog = ofKind<Catalog>(CATALOG, "catalog_response", payload);
  if (catalog === undefined || catalog.entries.length <= MAX_CATALOG_ENTRIES) return catalog;
  return { ...catalog, entries: catalog.entries.slice(0, MAX_CATALOG_ENTRIES), truncated: true };
}

/** How a host presents itself. */
export interface Profile {
  /** Who. */
  readonly pk: PublicKeyHex;
  /** What it calls itself. */
  readonly name: string;
  /** A picture. */
  readonly avatar: Uint8Array;
  /** Its MIME type. */
  readonly avatarMime: string;
  /** When it was last changed, as it came. */
  readonly updated: string;
}

const PROFILE: GoStruct<Kinded<Profile>> = goStruct<Kinded<Profile>>({
  kind: field("kind", goString),
  pk: field("pk", pkMember),
  name: omitted("name", goString),
  avatar: omitted("avatar", goBytes),
  avatarMime: omitted("avatar_mime", goString),
  updated: omitted("updated", goString),
});

/** The payload of a profile. */
export const encodeProfile = (profile: Profile): Uint8Array =>
  utf8(PROFILE.encode({ ...profile, kind: "profile_response" }));

/** Reads a payload. @returns undefined when it is no profile. */
export const readProfile = (payload: Uint8Array): Profile | undefined =>
  ofKind(PROFILE, "profile_response", payload);
