/**
 * Invite links: `skychat:invite:` and the base64url form of a small JSON object.
 *
 * @see specification skychat §b.8
 * @module
 */
import { NULL_PK, pkMember } from "../../crypto/members.ts";
import { fromRawBase64Url, toRawBase64Url } from "../../wire/base64.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { goTrim } from "../../wire/go_json.ts";
import {
  field,
  goBytes,
  goList,
  goString,
  type GoStruct,
  goStruct,
  goU16,
  goU8,
  omitted,
} from "../../wire/go_struct.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";

/** What every link begins with; case counts. */
export const INVITE_PREFIX = "skychat:invite:";
/** Bytes of a group key. */
export const GROUP_KEY_BYTES = 32;
/** Most bits of work that a group may ask for; larger demands are cut to it (§b.7). */
export const MAX_POW_BITS = 26;
/** Longest link that is looked at: a group key, a name of 64 bytes and 64 admins fit thrice. */
export const MAX_INVITE_CHARS = 32_768;

/** Decides encryption. */
export type GroupMode = "public" | "private";
/** Decides who may post and join. */
export type GroupKind = "public" | "private" | "channel";

/** What a link says. */
export interface Invite {
  /** UUID text of the group; not checked further, as in Go. */
  readonly id: string;
  /** As the inviter named it. */
  readonly name: string;
  /** The founder. */
  readonly ownerPk: PublicKeyHex;
  /** The group's feed port. */
  readonly port: number;
  /** Clear text or sealed. */
  readonly mode: GroupMode;
  /** "" in links of programs that know no kinds. */
  readonly kind: GroupKind | "";
  /** Whom else to ask. */
  readonly admins: readonly PublicKeyHex[];
  /** Work that a join request needs, 0 … 26 bits. */
  readonly powBits: number;
  /** The group key, 32 bytes; empty when the link has none. Only links for D1 peers have one. */
  readonly aesKey: Uint8Array;
}

/** What a link failed on; the order of the checks. */
export type InviteFault = "prefix" | "base64" | "json" | "mode" | "key" | "kind" | "id" | "owner" | "port";

/** A link that can't be used. */
export class InviteError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InviteError";
  /** A sentence without the link: it may hold a key. */
  constructor(readonly fault: InviteFault) {
    super(FAULTS[fault]);
  }
}

const FAULTS: Readonly<Record<InviteFault, string>> = {
  prefix: `an invite link begins with "${INVITE_PREFIX}"`,
  base64: "the invite link is damaged: it is no base64url text",
  json: "the invite link is damaged: it holds no invite",
  mode: "the invite is for neither a public nor a private group",
  key: "the group key in the invite does not fit its mode",
  kind: "the invite's kind of group is unknown or contradicts its mode",
  id: "the invite names no group",
  owner: "the invite names no owner",
  port: "the invite names no port",
};

type Members = Omit<Invite, "mode" | "kind"> & { readonly mode: string; readonly kind: string };

const MEMBERS: GoStruct<Members> = goStruct<Members>({
  id: field("id", goString),
  name: field("name", goString),
  ownerPk: field("owner_pk", pkMember),
  port: field("port", goU16),
  mode: field("mode", goString),
  kind: omitted("kind", goString),
  admins: omitted("admins", goList(pkMember)),
  powBits: omitted("pow_bits", goU8),
  aesKey: omitted("aes_key", goBytes),
});

/** The link of an invite. */
export const encodeInvite = (invite: Invite): string =>
  INVITE_PREFIX + toRawBase64Url(utf8(MEMBERS.encode(invite)));

/**
 * Reads a link.
 * @param text  The link; white space around it is passed over.
 * @throws {InviteError} With the first check that failed.
 */
export function decodeInvite(text: string): Invite {
  const link = goTrim(text);
  if (!link.startsWith(INVITE_PREFIX)) throw new InviteError("prefix");
  const bytes = link.length <= MAX_INVITE_CHARS
    ? fromRawBase64Url(link.slice(INVITE_PREFIX.length))
    : undefined;
  if (bytes === undefined) throw new InviteError("base64");
  const members = MEMBERS.decode(fromUtf8(bytes));
  if (members === undefined) throw new InviteError("json");
  const fault = faultOf(members);
  if (fault !== undefined) throw new InviteError(fault);
  return { ...members as Invite, powBits: Math.min(members.powBits, MAX_POW_BITS) };
}

/** Whether a text is meant as an invite link; it need not be a good one. */
export const isInviteText = (text: string): boolean => goTrim(text).startsWith(INVITE_PREFIX);

/** The kind of an invite or a record that may come from before there were kinds. */
export const kindOf = (mode: GroupMode, kind: GroupKind | ""): GroupKind => kind === "" ? mode : kind;

const MODE_OF_KIND: Readonly<Record<string, GroupMode>> = {
  public: "public",
  channel: "public",
  private: "private",
};

/** Whether a kind is known (or absent) and belongs to a mode. */
export const kindFits = (mode: string, kind: string): boolean =>
  kind === "" || Object.hasOwn(MODE_OF_KIND, kind) && MODE_OF_KIND[kind] === mode;

function faultOf({ mode, kind, aesKey, id, ownerPk, port }: Members): InviteFault | undefined {
  if (mode !== "public" && mode !== "private") return "mode";
  if (aesKey.length !== 0 && (mode === "public" || aesKey.length !== GROUP_KEY_BYTES)) return "key";
  if (!kindFits(mode, kind)) return "kind";
  if (id === "") return "id";
  if (ownerPk === NULL_PK) return "owner";
  return port === 0 ? "port" : undefined;
}
