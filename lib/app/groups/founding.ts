/**
 * A new group, as its founder keeps it.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { feedPortOf, freeFeedPort } from "../../group/record/address.ts";
import { GROUP_KEY_BYTES } from "../../group/joining/invite.ts";
import { groupRecord } from "../../group/record/record.ts";
import { MAX_ASKED_BITS } from "../../group/joining/work.ts";
import { uuidOf } from "../../group/record/uuid.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { UserError } from "../../wire/errors.ts";
import { checkName } from "./group_errors.ts";
import type { Groups } from "./groups.ts";
import { type KeptGroup, NO_EXTRA } from "./room/kept_groups.ts";

/** Makes it. @param own.feedPorts  Those of the groups that are here. @throws {UserError} usage: a bad name, or too much work. */
export function founded(
  { pk, clock, random, feedPorts }: {
    pk: PublicKeyHex;
    clock: Clock;
    random: Random;
    feedPorts: Iterable<number>;
  },
  { name, kind, join, listed = false, keys, workBits = 0 }: Parameters<Groups["create"]>[0],
): KeptGroup {
  checkName(name);
  if (keys === "d2" && kind !== "private") throw notPrivate();
  if (!Number.isInteger(workBits) || workBits < 0 || workBits > MAX_ASKED_BITS) throw tooMuchWork();
  const mode = kind === "private" ? "private" : "public";
  const nowNs = clock.wallNs();
  const id = uuidOf(random.bytes(16));
  const port = freeFeedPort(feedPortOf(random.bytes(2)), feedPorts);
  const known = {
    id,
    name,
    ownerPk: pk,
    port,
    mode,
    kind,
    role: "owner",
    status: "active",
    keys: keys ?? "",
  } as const;
  const record = {
    ...groupRecord({ ...known, createdAt: nowNs }),
    joinedAt: nowNs,
    members: [pk],
    admins: [pk],
    listed,
    joinPowBits: workBits,
    joinPowConfigured: workBits > 0,
  };
  // The first key of a D2 group is a rotation, which its engine makes.
  const key = mode === "private" && keys === undefined
    ? { aesKey: random.bytes(GROUP_KEY_BYTES), keyIssuedAt: nowNs }
    : {};
  const extra = { ...NO_EXTRA, openJoin: join === "link" || mode === "public" };
  return { record: { ...record, ...key }, extra, leaves: new Map() };
}

const tooMuchWork = (): UserError =>
  new UserError(`The work to be let in is 0 to ${MAX_ASKED_BITS} bits`, {
    kind: "usage",
    hint: "18 take about a second, each one more twice as long; who asks gives up after 30 s.",
  });

const notPrivate = (): UserError =>
  new UserError("Only a private group can have D2 keys: in the others everybody reads everything", {
    kind: "usage",
    hint: "Leave out --kind, or --keys.",
  });
