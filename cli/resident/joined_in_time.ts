/**
 * What a group's admins say to who asks to be let in, within the time of the command.
 *
 * @module
 */
import { type GroupId, type Groups, isGroupId } from "../../lib/app/groups/groups.ts";
import { offerIn } from "../../lib/app/overlays/invite_links.ts";
import { sleep, within } from "../../lib/sys/clock.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import type { TimeLimit } from "../flags/time_limit.ts";

/** So often it is looked whether the group is kept: on a busy machine that may take longer than the limit. */
const LOOK_MS = 20;

/** What is asked for. */
export interface JoinInTime {
  /** Of the App that asks. */
  readonly groups: Pick<Groups, "list">;
  /** A link, or the id of a group that is kept. */
  readonly link: string;
  /** What asking comes to. */
  readonly joining: ReturnType<Groups["join"]>;
}

/**
 * The answer within the limit. Where it is late the group of a link that names it is `pending`: it is kept by then,
 * however long that took, and its admins are asked again later.
 * @throws {NetworkError} `timeout`: nobody has said which group the link leads to. What joining throws; the signal's
 * reason.
 */
export async function joinedInTime(
  { clock, signal }: Pick<Context, "clock" | "signal">,
  limit: TimeLimit,
  { groups, link, joining }: JoinInTime,
): ReturnType<Groups["join"]> {
  const group = groupOf(link);
  if (group !== undefined) {
    const over = new AbortController();
    const looking = untilKept(groups, group, clock, AbortSignal.any([signal, over.signal]));
    looking.catch(() => {}); // it may end behind what joining comes to
    await Promise.race([joining, looking]).finally(() => over.abort());
    limit.begin();
  }
  const late = new NetworkError(`Nobody has answered within ${limit.ms} ms`, {
    retry: true,
    reason: "timeout",
  });
  return await within(clock, limit.leftMs(), joining, () => late, signal).catch((error) => {
    if (error !== late || group === undefined) throw error;
    return { group, status: "pending" };
  });
}

/** The group of a link that names it, or of an id. */
function groupOf(link: string): GroupId | undefined {
  if (isGroupId(link) && !link.includes(":")) return link;
  const offer = offerIn(link);
  return "fault" in offer || offer.kind !== "group" || offer.name === undefined ? undefined : offer.group;
}

async function untilKept(
  groups: JoinInTime["groups"],
  group: GroupId,
  clock: Context["clock"],
  signal: AbortSignal,
): Promise<void> {
  while (!(await groups.list()).some(({ id }) => id === group)) await sleep(clock, LOOK_MS, signal);
}
