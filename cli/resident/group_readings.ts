/**
 * Groups that are read by a program that does not stay.
 *
 * @module
 */
import type { GroupReading, GroupView } from "../../lib/app/groups/groups.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { UserError } from "../../lib/wire/errors.ts";

/** What came of a group; `asking`: it has not let us in yet; `out`: how we stand in it, where we are in no more. */
export type Reading = GroupReading & { readonly asking?: true; readonly out?: GroupView["status"] };

/** A group, and what came of it. */
export interface GroupRead {
  /** The group, as it is now. */
  readonly group: GroupView;
  /** What came of it. */
  readonly reading: Reading;
}

/** Whether there is anything to read in a group, or may be. */
export const isPolled = ({ status }: GroupView): boolean =>
  status === "active" || status === "pending" || status === "awaiting_approval";

/**
 * Reads groups side by side.
 * @param how  As `Groups.read` has it.
 * @param isOne  Whether its user has named one: of all, one that has not let us in yet keeps nothing from the others.
 * @throws As `Groups.read`.
 */
export async function readGroups(
  { groups }: Pick<KeptApp, "groups">,
  chosen: readonly GroupView[],
  how: { readonly waitMs: number; readonly leaves?: boolean },
  isOne: boolean,
  signal: AbortSignal,
): Promise<GroupRead[]> {
  const read = await Promise.all(chosen.map(async ({ id }) => {
    const { leaves } = how;
    // Not spread: what is left counts when it is asked, and the next owner is asked again when one ends.
    const request = {
      group: id,
      get waitMs() {
        return how.waitMs;
      },
      ...(leaves === undefined ? {} : { leaves }),
    };
    try {
      return await groups.read(request, signal);
    } catch (error) {
      if (isOne || !(error instanceof UserError) || error.kind !== "refused") throw error;
      return undefined;
    }
  }));
  const now = await groups.list(); // who has come in by this knows of more members
  return chosen.map((before, i) => {
    const group = now.find(({ id }) => id === before.id) ?? before;
    return { group, reading: standing(group, read[i]) };
  });
}

/** What came of a group, which may yet let us in, or in which we are no more. @param read  undefined: it did not let us. */
const standing = (group: GroupView, read?: GroupReading): Reading => ({
  ...read ?? { read: [], unread: [], away: [], waiting: 0 },
  ...(!isPolled(group) ? { out: group.status } : read === undefined ? { asking: true } : {}),
});
