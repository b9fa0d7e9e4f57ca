/**
 * In which groups we are, for commands that stay: nothing else is heard of one that we were put out of.
 *
 * @module
 */
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { GroupId, Groups, GroupView } from "../../lib/app/groups/groups.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";

/** What is no message, as an App tells it. */
export type NetworkEvent = Extract<AppEvent, { kind: "network" }>;

/** That we are in a group no more, or again. */
export interface MembershipChange {
  /** Which group: its id. */
  readonly group: GroupId;
  /** Its name, not escaped. */
  readonly name: string;
  /** How we stand; `deleted`: it is not kept here any more. */
  readonly status: GroupView["status"] | "deleted";
}

/** Finds it in one event after the other. */
export class Memberships {
  readonly #groups: Pick<Groups, "list">;
  readonly #only: readonly ConversationId[];
  /** Those of which it was said last that we are in, or else why not. */
  readonly #known = new Map<GroupId, MembershipChange>();

  /** Nothing is known yet. @param only  Only these conversations; none: all. */
  constructor(groups: Pick<Groups, "list">, only: readonly ConversationId[] = []) {
    [this.#groups, this.#only] = [groups, only];
  }

  /** Looks for the first time. @returns The groups that were named and in which we are not. */
  async begin(): Promise<MembershipChange[]> {
    for (const [group, now] of await this.#now()) this.#known.set(group, now);
    return [...this.#known.values()].filter(({ group, status }) =>
      status !== "active" && this.#only.includes(group)
    );
  }

  /** What an event has changed. */
  async changed({ name, detail }: Pick<NetworkEvent, "name" | "detail">): Promise<MembershipChange[]> {
    if (name !== "group" && name !== "group-changed") return [];
    const group = String(detail.group);
    const before = this.#known.get(group);
    const kept = (await this.#now()).get(group);
    const after = kept ?? (before && { ...before, status: "deleted" });
    if (after === undefined) return [];
    this.#known.set(group, after);
    // Of one that is new it is another command's to say how asking for it went.
    return before !== undefined && (before.status === "active") !== (after.status === "active")
      ? [after]
      : [];
  }

  async #now(): Promise<Map<GroupId, MembershipChange>> {
    const groups = (await this.#groups.list()).filter(({ id }) => this.#isWanted(id));
    return new Map(groups.map(({ id, name, status }) => [id, { group: id, name, status }]));
  }

  #isWanted(group: GroupId): boolean {
    return this.#only.length === 0 || this.#only.includes(group);
  }
}
