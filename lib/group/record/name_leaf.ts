/**
 * A group's name as its founder gives it, signed, so that every member can hand it on. Go programs ask the founder by a
 * probe and pass over this leaf.
 *
 * @see lib/group/README.md "Its name"; specification skychat §b.7
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { isUnsigned, signatureMember } from "../../crypto/members.ts";
import { concat, cutUtf8, u64Bytes, utf8 } from "../../wire/bytes.ts";
import { printable, visible } from "../../wire/escape.ts";
import { field, goString, type GoStruct, goStruct, goTime } from "../../wire/go_struct.ts";
import type { Signer } from "../talk/signer.ts";
import { MAX_NAME_BYTES } from "./record.ts";
import { uuidBytes } from "./uuid.ts";

/** Where it lies; another name takes its place. */
export const NAME_PATH = "name/current";
/** What its path begins with. */
export const NAME_PREFIX = "name";

/** What a signature covers begins so: it is no message's and no decision's. */
const DOMAIN = utf8("dmsg group name v1");
/** Times of signed names are below it; a later one can always be given. */
const END_NS = 2n ** 63n;

/** A name, and who says so. */
export interface GivenName {
  /** See {@link isGroupName}. */
  readonly name: string;
  /** When the founder gave it, nanoseconds; the newest counts. */
  readonly issuedAtNs: bigint;
  /** 65 bytes of the founder; all zero in a leaf of a program from before signatures. */
  readonly signature: Uint8Array;
}

const LEAF: GoStruct<GivenName> = goStruct<GivenName>({
  name: field("name", goString),
  issuedAtNs: field("issued_at", goTime),
  signature: field("signature", signatureMember),
});

/** Whether a text may be a group's name: 1 to {@link MAX_NAME_BYTES} bytes, not blank, nothing that is not seen. */
export const isGroupName = (name: string): boolean =>
  name.trim() !== "" && utf8(name).length <= MAX_NAME_BYTES && visible(name) === name;

/** A name that a link or an admin gives, in whatever program: written out where it is not seen, and cut. */
export const fittingName = (name: string): string =>
  isGroupName(name) ? name : cutUtf8(printable(name), MAX_NAME_BYTES).toWellFormed();

/** The value of the leaf in clear, UTF-8 JSON. */
export const encodeName = (given: GivenName): Uint8Array => utf8(LEAF.encode(given));

/** Reads it. @returns undefined when it is none; whether it is its founder's says {@link isFounders}. */
export function readName(plain: Uint8Array): GivenName | undefined {
  const given = LEAF.decode(plain);
  if (given === undefined || !isGroupName(given.name)) return undefined;
  const isTimely = given.issuedAtNs > 0n && given.issuedAtNs < END_NS;
  return isTimely || isUnsigned(given.signature) ? given : undefined;
}

/** The founder gives a name. @param groupId  UUID. @param secret  32 bytes of the founder. */
export const giveName = (
  groupId: string,
  name: string,
  issuedAtNs: bigint,
  secret: Uint8Array,
  signer: Signer,
): GivenName => ({
  name,
  issuedAtNs,
  signature: signer.sign(secret, digestOf(groupId, { name, issuedAtNs })),
});

/** Whether a name is the one that a group's founder signed for it. @param groupId  UUID. */
export const isFounders = (
  given: GivenName,
  groupId: string,
  founder: PublicKeyHex,
  signer: Signer,
): boolean =>
  !isUnsigned(given.signature) && signer.verify(founder, given.signature, digestOf(groupId, given));

const digestOf = (groupId: string, { name, issuedAtNs }: Omit<GivenName, "signature">): Uint8Array =>
  sha256(concat(DOMAIN, uuidBytes(groupId)!, u64Bytes(issuedAtNs), utf8(name)));
