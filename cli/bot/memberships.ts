/**
 * A bot's log says when it was put out of a group, in which it hears and says nothing then, and when it is back.
 *
 * @module
 */
import type { Groups } from "../../lib/app/groups/groups.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import type { EventLog } from "../resident/event_log.ts";
import { type MembershipChange, Memberships } from "../resident/memberships.ts";

/**
 * Says it of those that are named and in which we are not.
 * @param only  Only these conversations; none: all.
 * @returns Says it of what follows from an event.
 */
export async function tellMemberships(
  groups: Pick<Groups, "list">,
  log: EventLog,
  only: readonly ConversationId[] = [],
): Promise<(event: Parameters<Memberships["changed"]>[0]) => Promise<void>> {
  const memberships = new Memberships(groups, only);
  const tell = ({ group, name, status }: MembershipChange): void =>
    log.say({ event: status === "active" ? "in" : "out", conversation: group, name, status });
  (await memberships.begin()).forEach(tell);
  return async (event) => (await memberships.changed(event)).forEach(tell);
}
