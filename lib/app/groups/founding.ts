/**
 * A new group, as its founder keeps it.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { feedPortOf } from "../../group/address.ts";
import { GROUP_KEY_BYTES } from "../../group/invite.ts";
import { groupRecord } from "../../group/record.ts";
import { uuidOf } from "../../group/uuid.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { checkName } from "./group_errors.ts";
import type { Groups } from "./groups.ts";
import { type KeptGroup, NO_EXTRA } from "./kept_groups.ts";

/** Makes it. @throws {UserError} usage: a bad name. */
export function founded(
  { pk, clock, random }: { pk: PublicKeyHex; clock: Clock; random: Random },
  { name, kind, join, listed = false }: Parameters<Groups["create"]>[0],
): KeptGroup {
  checkName(name);
  const mode = kind === "private" ? "private" : "public";
  const nowNs = clock.wallNs();
  const id = uuidOf(random.bytes(16));
  const port = feedPortOf(random.bytes(2));
  const known = { id, name, ownerPk: pk, port, mode, kind, role: "owner", status: "active" } as const;
  const record = {
    ...groupRecord({ ...known, createdAt: nowNs }),
    joinedAt: nowNs,
    members: [pk],
    admins: [pk],
    listed,
  };
  const key = mode === "private" ? { aesKey: random.bytes(GROUP_KEY_BYTES), keyIssuedAt: nowNs } : {};
  const extra = { ...NO_EXTRA, openJoin: join === "link" || mode === "public" };
  return { record: { ...record, ...key }, extra, leaves: new Map() };
}
