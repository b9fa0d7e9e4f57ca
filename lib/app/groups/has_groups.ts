/**
 * Whether there is anything to open.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";

/** The room of the store that holds the records of groups, by id. */
export const GROUP_RECORDS = "group records";

/** Whether any group is kept. */
export const hasGroups = async ({ values }: Store): Promise<boolean> =>
  (await values.list(GROUP_RECORDS)).length > 0;
