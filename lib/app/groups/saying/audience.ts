/**
 * For whom a message of a D2 group is, as a person says it and as keys.
 *
 * @see docs/d2.md "Messages"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { adminsOf, type GroupRecord, membersOf } from "../../../group/record/record.ts";
import { UserError } from "../../../wire/errors.ts";

/** Everybody, the admins, or some: keys, and `admins` for whoever decides when it is said. */
export interface GroupAudience {
  /** Who reads it; left out or nobody: everybody. */
  readonly to?: readonly string[];
  /** Who of them does not. */
  readonly except?: readonly string[];
}

/** For whom a message is. */
export interface AudienceView {
  /** Names it, as the history does. */
  readonly id: string;
  /** Who reads it, its author among them. */
  readonly audience: readonly PublicKeyHex[];
}

/** Whoever decides. */
export const ADMINS = "admins";

/** The keys of an audience, ours not among them; empty: everybody. @throws {UserError} usage: somebody is no member. */
export function readersOf(
  { to = [], except = [] }: GroupAudience,
  record: GroupRecord,
  own: PublicKeyHex,
): PublicKeyHex[] {
  if (to.length === 0 && except.length === 0) return [];
  const keysOf = (names: readonly string[]): string[] =>
    names.flatMap((name) => name === ADMINS ? adminsOf(record) : name);
  const out = new Set(keysOf(except));
  const wanted = [...new Set(to.length === 0 ? membersOf(record) : keysOf(to))];
  const outside = strangerIn({ to, except }, record);
  if (outside !== undefined) throw notThere(outside, record);
  const readers = wanted.filter((pk) => !out.has(pk) && pk !== own);
  // Alone with oneself is an audience too: nobody else reads it.
  return readers.length === 0 ? [own] : readers;
}

/** Somebody of an audience who is no member, as far as is known here; undefined: nobody. */
export function strangerIn({ to = [], except = [] }: GroupAudience, record: GroupRecord): string | undefined {
  const members: readonly string[] = membersOf(record);
  return [...to, ...except].find((name) => name !== ADMINS && !members.includes(name));
}

const notThere = (pk: string, { name }: GroupRecord): UserError =>
  new UserError(`${pk} is no member of group ${JSON.stringify(name)}`, {
    kind: "usage",
    hint: "`dmsg group members` shows who is.",
  });
