/**
 * Whom one asks to be let into a group.
 *
 * @see specification skychat §b.7
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { NULL_PK } from "../../../crypto/members.ts";
import { adminsOf, type GroupRecord } from "../../../group/record/record.ts";

/** Most that are asked. */
const ASKED = 4;

/**
 * Who decides in a group as far as we know, the founder first; four at most. A founder that has lost the key is given it
 * by any member.
 * @param first  Before it.
 */
export const whomToAsk = (
  record: GroupRecord,
  self: PublicKeyHex,
  first: readonly PublicKeyHex[] = [],
): PublicKeyHex[] =>
  [
    ...new Set([
      ...first,
      record.ownerPk,
      ...record.admissionPks,
      ...adminsOf(record),
      ...helpers(record, self),
    ]),
  ]
    .filter((pk) => pk !== self && pk !== NULL_PK).slice(0, ASKED);

const helpers = ({ members, ownerPk, status }: GroupRecord, self: PublicKeyHex): readonly PublicKeyHex[] =>
  ownerPk === self && status === "pending" ? members : [];
