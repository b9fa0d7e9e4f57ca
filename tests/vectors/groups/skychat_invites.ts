/** Runners of the groups `invites`, `address` and `feed_port` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  AddressError,
  feedPortOf,
  formatSkychatAddress,
  parseSkychatAddress,
  relayPortOf,
} from "../../../lib/group/record/address.ts";
import {
  decodeInvite,
  encodeInvite,
  type Invite,
  INVITE_PREFIX,
  InviteError,
} from "../../../lib/group/joining/invite.ts";
import { fromBase64, fromRawBase64Url, toBase64, toRawBase64Url } from "../../../lib/wire/base64.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { byMember, each, errorOf, hexOf, isProse } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

interface InviteObject {
  readonly id: string;
  readonly name: string;
  readonly owner_pk: string;
  readonly port: number;
  readonly mode: Invite["mode"];
  readonly kind?: Invite["kind"];
  readonly admins?: string[];
  readonly pow_bits?: number;
  readonly aes_key?: string;
}

/** The checks in their order: the words by which reasons speak of them. */
const FAULTS: readonly string[] = [
  "prefix",
  "base64",
  "json",
  "mode",
  "key",
  "kind",
  "id",
  "owner",
  "port",
] satisfies InviteError["fault"][];

/** Links that are read and written, links that are only read, and links that are refused. */
export const skychatInvites: GroupRunner = (group) =>
  byMember(group, {
    valid: each(({ name }) => name, ({ object, json, link }) => {
      deepStrictEqual(objectOf(decodeInvite(link)), object);
      strictEqual(encodeInvite(inviteOf(object)), link);
      strictEqual(INVITE_PREFIX + toRawBase64Url(utf8(json)), link, "json and link");
    }),
    accepted_variants: each(({ name }) => name, ({ link, same_as, name: _name, ...members }) => {
      const invite = decodeInvite(link);
      const read: Record<string, unknown> = { ...EMPTY, ...objectOf(invite) };
      for (const [member, value] of Object.entries(members)) {
        if (!isProse(member)) deepStrictEqual(read[member], value, member);
      }
      if (same_as === undefined) return;
      const other = group.valid.find(({ name }: { name: string }) => name === same_as);
      ok(other, `no valid case "${same_as}"`);
      deepStrictEqual(objectOf(invite), other.object);
    }),
    invalid: each(({ reason }) => reason, ({ reason, link }) => {
      const error = errorOf(() => decodeInvite(link));
      ok(error instanceof InviteError, error.message);
      ok(isMeant(error.fault, reason.split(/\W+/), link), `the fault found is "${error.fault}"`);
      ok(link.length < 20 || !error.message.includes(link), "the link may hold a key");
    }),
  });

/** What a link says that leaves these out. */
const EMPTY = { kind: "", admins: [], pow_bits: 0, aes_key: "" };

/** Members by the words that reasons have for them. */
const MEMBER_OF: Readonly<Record<string, string>> = { key: "aes_key", owner: "owner_pk" };

/**
 * Whether a fault is what a reason names. A key and a kind are wrong for a mode; and a member whose value is of another
 * type, or no key, spoils the JSON: then the link without that member has another fault, or none.
 */
function isMeant(fault: InviteError["fault"], words: readonly string[], link: string): boolean {
  const named = words.filter((word) => FAULTS.includes(word));
  if (named.length === 0 || named.includes(fault)) return true;
  if (fault === "key" || fault === "kind") return named.includes("mode");
  return fault === "json" && words.some((word) => isSpoiling(MEMBER_OF[word] ?? word, link));
}

/** Whether a link's JSON is one without a member. */
function isSpoiling(member: string, link: string): boolean {
  try {
    const json = fromUtf8(fromRawBase64Url(link.trim().slice(INVITE_PREFIX.length))!);
    const { [member]: taken, ...others } = JSON.parse(json);
    if (taken === undefined) return false;
    decodeInvite(INVITE_PREFIX + toRawBase64Url(utf8(JSON.stringify(others))));
    return true;
  } catch (error) {
    return error instanceof InviteError && error.fault !== "json";
  }
}

const inviteOf = (object: InviteObject): Invite => ({
  id: object.id,
  name: object.name,
  ownerPk: object.owner_pk,
  port: object.port,
  mode: object.mode,
  kind: object.kind ?? "",
  admins: object.admins ?? [],
  powBits: object.pow_bits ?? 0,
  aesKey: fromBase64(object.aes_key ?? "")!,
});

const objectOf = (invite: Invite): InviteObject => ({
  id: invite.id,
  name: invite.name,
  owner_pk: invite.ownerPk,
  port: invite.port,
  mode: invite.mode,
  ...(invite.kind === "" ? {} : { kind: invite.kind }),
  ...(invite.admins.length === 0 ? {} : { admins: [...invite.admins] }),
  ...(invite.powBits === 0 ? {} : { pow_bits: invite.powBits }),
  ...(invite.aesKey.length === 0 ? {} : { aes_key: toBase64(invite.aesKey) }),
});

/** Addresses that are read, written in their canonical form and read again, and texts that are none. */
export const skychatAddress: GroupRunner = (group) =>
  byMember(group, {
    cases: each((entry) => entry.in, (entry) => {
      if (entry.error !== undefined) {
        const error = errorOf(() => parseSkychatAddress(entry.in));
        ok(error instanceof AddressError, error.message);
        return strictEqual(error.fault === "invite", /invite/i.test(entry.error), entry.error);
      }
      const address = parseSkychatAddress(entry.in);
      deepStrictEqual([address.pk, address.group ?? null], [entry.pk, entry.group ?? null]);
      deepStrictEqual(parseSkychatAddress(formatSkychatAddress(address)), address);
    }),
  });

/** Ports of a group from its random bytes. */
export const skychatFeedPort: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ random_hex }) => random_hex, (entry) => {
      const port = feedPortOf(hexOf(entry, "random_hex"));
      deepStrictEqual([port, relayPortOf(port)], [entry.feed_port, entry.relay_port]);
    }),
  });
