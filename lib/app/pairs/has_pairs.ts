/**
 * Whether there is anything to open.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";

/** The room of the store that holds the records of pairs, by peer. */
export const PAIR_RECORDS = "pair records";
/** The room that holds what peers have asked of us, by peer. */
export const PAIR_INVITES = "pair invites";
/** The room that says by which invite we have asked somebody, by peer. */
export const PAIR_ASKED = "pair asked by";
/** The room that says whose feeds we hold for them. */
export const HELD_FEEDS = "held feeds";
/** The room that holds signed invites to us, by id. */
export const CONTACT_INVITES = "contact invites";

/** Whether any pair is kept, or feeds of others are held. */
export const hasPairs = async ({ values }: Store): Promise<boolean> =>
  (await values.list(PAIR_RECORDS)).length > 0 || (await values.list(HELD_FEEDS)).length > 0;

/** Whether any pair is known: one that is kept, asked for, or was refused. */
export const knowsPairs = async ({ values }: Store): Promise<boolean> => {
  for (const room of [PAIR_RECORDS, PAIR_INVITES, PAIR_ASKED]) {
    if ((await values.list(room)).length > 0) return true;
  }
  return false;
};
