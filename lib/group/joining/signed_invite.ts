/**
 * Signed invites: `dmsg:invite:` and the base64url form of a few bytes that their inviter has signed. One is for a group
 * or for a contact, for so many people and until a time, and holds no group key. Whoever has the text may use it.
 *
 * @see lib/group/README.md "Signed invites"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import { isPublicKey, type KeyPair, PUBLIC_KEY_BYTES, type PublicKeyHex } from "../../crypto/keys.ts";
import { SIGNATURE_BYTES } from "../../crypto/sign.ts";
import { fromRawBase64Url, toRawBase64Url } from "../../wire/base64.ts";
import { concat, fromHex, fromUtf8, readU16, toHex, u64Bytes, utf8, writeU16 } from "../../wire/bytes.ts";
import { goTrim } from "../../wire/go_json.ts";
import { MAX_NOTE_BYTES } from "./admission.ts";
import type { GroupKind } from "./invite.ts";
import { MAX_NAME_BYTES } from "../record/record.ts";
import { curveSigner, type Signer } from "../talk/signer.ts";
import { uuidBytes } from "../record/uuid.ts";

/** What every such link begins with; case counts. */
export const SIGNED_PREFIX = "dmsg:invite:";
/** Most people that one may let in: each use is a leaf in the feed of each admin. */
export const MAX_INVITE_USES = 100;
/** Longest time that one may hold: what is known of it is forgotten a day behind its end. */
export const MAX_INVITE_NS = 366n * 86_400_000_000_000n;
/** Most admins that are named, so that a link stays a QR code that a terminal can show. */
export const MAX_INVITE_ADMINS = 8;
/** Bytes of an invite's id. */
export const INVITE_ID_BYTES = 16;

/** Keeps this signature from being taken for any other's. */
const DOMAIN = utf8("dmsg invite v1");
const VERSION = 1;
const FOR: readonly string[] = ["", "group", "contact"];
const KINDS: readonly (GroupKind | "")[] = ["", "public", "private", "channel"];
const ONLY_INVITER = 1;
/** All at their longest; a longer text is none. */
const MAX_BYTES = 71 + 2 + MAX_NOTE_BYTES + 52 + 1 + MAX_NAME_BYTES + 1 +
  MAX_INVITE_ADMINS * PUBLIC_KEY_BYTES + SIGNATURE_BYTES;

/** The group that one leads to. */
export interface InvitedGroup {
  /** UUID, lower case. */
  readonly id: string;
  /** As the inviter named it; at most 64 bytes of UTF-8. */
  readonly name: string;
  /** Who may post and join. */
  readonly kind: GroupKind;
  /** The founder. */
  readonly ownerPk: PublicKeyHex;
  /** The group's feed port, 1 to 65,535. */
  readonly port: number;
  /** Whom to ask beside inviter and founder; at most {@link MAX_INVITE_ADMINS}. */
  readonly admins: readonly PublicKeyHex[];
}

/** What a signed invite says. */
export interface SignedInvite {
  /** Names it: 32 hex characters. */
  readonly id: string;
  /** Who signed it. */
  readonly inviter: PublicKeyHex;
  /** When, nanoseconds. */
  readonly issuedNs: bigint;
  /** From when on it lets nobody in, nanoseconds. */
  readonly expiresNs: bigint;
  /** How many people it lets in, 1 to {@link MAX_INVITE_USES}. */
  readonly uses: number;
  /** Only its inviter lets in by it, so the count is exact; of a contact's it is always so. */
  readonly onlyInviter: boolean;
  /** For whoever gets it; at most 280 bytes of UTF-8. */
  readonly note: string;
  /** Where it leads to; undefined: to its inviter, as a contact. */
  readonly group: InvitedGroup | undefined;
}

/** What a link failed on, in the order of the checks. */
export type SignedInviteFault =
  | "prefix"
  | "base64"
  | "version"
  | "cut"
  | "text"
  | "what"
  | "uses"
  | "time"
  | "group"
  | "key"
  | "signature";

const FAULTS: Readonly<Record<SignedInviteFault, string>> = {
  prefix: `a signed invite begins with "${SIGNED_PREFIX}"`,
  base64: "the invite link is damaged: it is no base64url text",
  version: "the invite is of a newer program",
  cut: "the invite link is damaged: it is too short or too long",
  text: "the invite link is damaged: its texts can't be read",
  what: "the invite is for neither a group nor a contact",
  uses: `an invite is for 1 to ${MAX_INVITE_USES} people`,
  time: "the invite ends before it begins, or more than 366 days behind that",
  group: "the invite's group can't be one",
  key: "the invite names a key that is none",
  signature: "the invite link was changed: its signature is not its inviter's",
};

/** A signed invite that can't be used. */
export class SignedInviteError extends Error {
  /** Tells it from other errors. */
  override readonly name = "SignedInviteError";
  /** A sentence without the link. */
  constructor(readonly fault: SignedInviteFault) {
    super(FAULTS[fault]);
  }
}

/** Whether a text is meant as a signed invite; it need not be a good one. */
export const isSignedInviteText = (text: string): boolean => goTrim(text).startsWith(SIGNED_PREFIX);

/**
 * Signs an invite.
 * @param own  Its inviter.
 * @returns The link.
 * @throws {SignedInviteError} It says what none may say.
 */
export function makeSignedInvite(
  invite: Omit<SignedInvite, "inviter">,
  own: KeyPair,
  signer: Signer = curveSigner,
): string {
  const signed = { ...invite, inviter: own.pk };
  const fault = faultOf(signed);
  if (fault !== undefined) throw new SignedInviteError(fault);
  const covered = encodeBody(signed);
  const signature = signer.sign(own.secret, digestOf(covered));
  return SIGNED_PREFIX + toRawBase64Url(concat(covered, signature));
}

/**
 * Reads a link.
 * @param text  The link; white space around it is passed over.
 * @throws {SignedInviteError} With the first check that failed.
 */
export function readSignedInvite(text: string, signer: Signer = curveSigner): SignedInvite {
  const link = goTrim(text);
  if (!link.startsWith(SIGNED_PREFIX)) throw new SignedInviteError("prefix");
  const letters = link.slice(SIGNED_PREFIX.length);
  const bytes = letters.length <= MAX_BYTES * 2 ? fromRawBase64Url(letters) : undefined;
  if (bytes === undefined || toRawBase64Url(bytes) !== letters) throw new SignedInviteError("base64");
  if (bytes[0] !== VERSION) throw new SignedInviteError(bytes.length === 0 ? "cut" : "version");
  const covered = bytes.subarray(0, Math.max(0, bytes.length - SIGNATURE_BYTES));
  const invite = decodeBody(covered);
  const fault = faultOf(invite);
  if (fault !== undefined) throw new SignedInviteError(fault);
  const isTheirs = signer.verify(invite.inviter, bytes.subarray(covered.length), digestOf(covered));
  if (!isTheirs) throw new SignedInviteError("signature");
  return invite;
}

const digestOf = (covered: Uint8Array): Uint8Array => sha256(concat(DOMAIN, covered));

function encodeBody(invite: SignedInvite): Uint8Array {
  const { id, inviter, issuedNs, expiresNs, uses, onlyInviter, note, group } = invite;
  const flags = onlyInviter ? ONLY_INVITER : 0;
  const head = Uint8Array.of(VERSION, group === undefined ? 2 : 1, flags);
  const times = [u64Bytes(issuedNs), u64Bytes(expiresNs)];
  const said = utf8(note);
  const body = [head, fromHex(id), fromHex(inviter), ...times, u16(uses), u16(said.length), said];
  if (group === undefined) return concat(...body);
  const uuid = uuidBytes(group.id);
  const name = utf8(group.name);
  if (uuid === undefined) throw new SignedInviteError("group");
  const place = [uuid, fromHex(group.ownerPk), u16(group.port), Uint8Array.of(KINDS.indexOf(group.kind))];
  const named = [Uint8Array.of(name.length), name, Uint8Array.of(group.admins.length)];
  return concat(...body, ...place, ...named, ...group.admins.map(fromHex));
}

function u16(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  writeU16(bytes, 0, value);
  return bytes;
}

function decodeBody(bytes: Uint8Array): SignedInvite {
  const from = new Parts(bytes);
  const [, what, flags] = from.take(3);
  const id = toHex(from.take(INVITE_ID_BYTES));
  const inviter = toHex(from.take(PUBLIC_KEY_BYTES));
  const [issuedNs, expiresNs] = [from.u64(), from.u64()];
  const uses = readU16(from.take(2), 0);
  const note = from.text(readU16(from.take(2), 0));
  if (what !== 1 && what !== 2 || flags > ONLY_INVITER) throw new SignedInviteError("what");
  const group = FOR[what] === "group" ? decodeGroup(from) : undefined;
  if (!from.isEmpty) throw new SignedInviteError("cut");
  return { id, inviter, issuedNs, expiresNs, uses, onlyInviter: flags === ONLY_INVITER, note, group };
}

function decodeGroup(from: Parts): InvitedGroup {
  const uuid = toHex(from.take(16));
  const id = uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const ownerPk = toHex(from.take(PUBLIC_KEY_BYTES));
  const port = readU16(from.take(2), 0);
  const kind = KINDS[from.take(1)[0]];
  const name = from.text(from.take(1)[0]);
  const [count] = from.take(1);
  const admins = Array.from({ length: count }, () => toHex(from.take(PUBLIC_KEY_BYTES)));
  if (kind === undefined || kind === "") throw new SignedInviteError("group");
  return { id, name, kind, ownerPk, port, admins };
}

function faultOf(invite: SignedInvite): SignedInviteFault | undefined {
  const { group, inviter, issuedNs, expiresNs, note, onlyInviter, uses } = invite;
  if (utf8(note).length > MAX_NOTE_BYTES) return "text";
  if (group === undefined && !onlyInviter) return "what";
  if (uses < 1 || uses > MAX_INVITE_USES) return "uses";
  if (expiresNs <= issuedNs || expiresNs - issuedNs > MAX_INVITE_NS) return "time";
  if (group !== undefined && utf8(group.name).length > MAX_NAME_BYTES) return "text";
  if (group?.port === 0) return "group";
  const { admins, ownerPk } = group ?? { admins: [], ownerPk: inviter };
  if (admins.length > MAX_INVITE_ADMINS || new Set(admins).size < admins.length) return "key";
  return [inviter, ownerPk, ...admins].every((pk) => isPublicKey(fromHex(pk))) ? undefined : "key";
}

/** What is read from the front. */
class Parts {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  take(count: number): Uint8Array {
    if (this.#rest.length < count) throw new SignedInviteError("cut");
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  u64(): bigint {
    return BigInt(`0x${toHex(this.take(8))}`);
  }

  text(bytes: number): string {
    const taken = this.take(bytes);
    const text = fromUtf8(taken);
    if (toHex(utf8(text)) !== toHex(taken)) throw new SignedInviteError("text");
    return text;
  }
}
