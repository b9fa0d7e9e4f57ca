/**
 * Whether there is anything to open.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";

/** The room of the store that holds the records of pairs, by peer. */
export const PAIR_RECORDS = "pair records";
/** The room that says whose feeds we hold for them. */
export const HELD_FEEDS = "held feeds";
/** The room that holds signed invites to us, by id. */
export const CONTACT_INVITES = "contact invites";

/** Whether any pair is kept, or feeds of others are held. */
export const hasPairs = async ({ values }: Store): Promise<boolean> =>
  (await values.list(PAIR_RECORDS)).length > 0 || (await values.list(HELD_FEEDS)).length > 0;
