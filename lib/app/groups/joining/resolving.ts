/**
 * What a link or an address leads to, without joining.
 *
 * @see specification skychat §b.7 "Probe"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { JoinResponse } from "../../../group/joining/admission.ts";
import { kindOf } from "../../../group/joining/invite.ts";
import { fittingName } from "../../../group/record/name_leaf.ts";
import type { GroupRecord } from "../../../group/record/record.ts";
import { sleep } from "../../../sys/clock.ts";
import { UserError } from "../../../wire/errors.ts";
import { policyOf } from "./admission.ts";
import type { AskingOptions } from "./asking.ts";
import { kindNamed, policyNamed, priceNamed, workNamed } from "./described.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupId } from "../groups.ts";
import { groupAddress, invitedBy, probe } from "./links.ts";
import type { GroupOffer } from "../views/offer.ts";
import { whomToAsk } from "./whom_to_ask.ts";

/** Between the admins of an invite that are asked (§b.7). */
const STAGGER_MS = 2_000;

/**
 * Asks the peer of an address, or the admins that an invite names; of a group that we are in nobody is asked.
 * @param find  Our group of an id.
 * @throws {UserError} usage: it is neither an invite nor an address of a group; refused: it is not there, or
 *   we are banned; no-network: an address can't be asked about.
 * @throws {NetworkError} The peer of an address is not to be reached, or says nothing in time.
 */
export async function resolved(
  link: string,
  find: (group: GroupId) => GroupRoom | undefined,
  options: AskingOptions,
): Promise<GroupOffer> {
  const invite = invitedBy(link, options);
  const { pk, group } = invite === undefined ? groupAddress(link) : { pk: invite.ownerPk, group: invite.id };
  const room = find(group);
  const stands = room === undefined ? {} : { status: room.record.status };
  if (room?.record.status === "active") return { ...ours(room, options.pk), ...stands };
  const asked = invite === undefined ? [pk] : whomToAsk(invite, options.pk);
  const said = await firstAnswer(asked, group, options, invite !== undefined);
  const offer = said === undefined ? written(invite!) : told(group, said);
  return { ...offer, ...stands };
}

/** What somebody said. */
interface Answer {
  readonly host: PublicKeyHex;
  readonly answer: JoinResponse;
}

/** @param mayFail  That nobody is to be reached is no error. */
async function firstAnswer(
  hosts: readonly PublicKeyHex[],
  group: GroupId,
  options: AskingOptions,
  mayFail: boolean,
): Promise<Answer | undefined> {
  if (mayFail && options.network === undefined) return undefined;
  const ended = new AbortController();
  const asked = hosts.map(async (host, i) => {
    if (i > 0) await sleep(options.clock, i * STAGGER_MS, ended.signal);
    return { host, answer: await probe(host, group, options, ended.signal) };
  });
  try {
    return await Promise.any(asked);
  } catch (error) {
    const { errors } = error as AggregateError;
    const refusal = errors.find((one) => one instanceof UserError);
    if (refusal === undefined && mayFail) return undefined;
    throw refusal ?? errors[0];
  } finally {
    ended.abort(new DOMException("another one has answered", "AbortError"));
  }
}

/** A group as we know it. */
function ours({ record, extra, isAdmin }: GroupRoom, pk: PublicKeyHex): GroupOffer {
  return {
    ...written(record),
    from: "here",
    host: pk,
    policy: policyOf({ record, extra, isAdmin }),
    powBits: record.joinPowBits,
    readOnly: record.readOnly,
  };
}

const written = ({ id, name, mode, kind, port, joinPowBits, ownerPk }: GroupRecord): GroupOffer => ({
  group: id,
  name,
  kind: kindOf(mode, kind),
  policy: "",
  port,
  powBits: joinPowBits,
  readOnly: false,
  priceHint: "",
  host: ownerPk,
  from: "link",
});

const told = (group: GroupId, { host, answer }: Answer): GroupOffer => ({
  group,
  name: fittingName(answer.name),
  kind: kindNamed(answer.groupKind),
  policy: policyNamed(answer.policy, answer.groupKind),
  port: answer.port,
  powBits: workNamed(answer.powBits),
  readOnly: answer.readOnly,
  priceHint: priceNamed(answer.priceHint),
  host,
  from: "host",
});
