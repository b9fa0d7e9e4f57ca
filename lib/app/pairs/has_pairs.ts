/**
 * Whether there is anything to open.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";

/** The room of the store that holds the records of pairs, by peer. */
export const PAIR_RECORDS = "pair records";

/** Whether any pair is kept. */
export const hasPairs = async ({ values }: Store): Promise<boolean> =>
  (await values.list(PAIR_RECORDS)).length > 0;
