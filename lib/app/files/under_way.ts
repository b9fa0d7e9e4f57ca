/**
 * Whether files were on their way when the last program ended.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";

/** The room of the store that holds files of ours on their way, `<conversation> <id>`. */
export const UNDER_WAY = "files under way";

/** Whether files of ours are on their way, for who loads what carries them only then. */
export const anyUnderWay = async ({ values }: Store): Promise<boolean> =>
  (await values.list(UNDER_WAY)).length > 0;
