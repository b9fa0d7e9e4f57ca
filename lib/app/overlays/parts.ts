/**
 * A part of what a conversation has, out of rows that may be in the making.
 *
 * @module
 */
import type { KeptOverlays, OpenOverlays } from "./kept_overlays.ts";
import type { PartRequest, PartView } from "./overlays.ts";

/** Rows of an answer when nothing else is asked for. */
const ROWS = 100;

/** What reads it. */
export type RunPart<T> = (
  open: OpenOverlays,
  part: { limit: number; skip: number },
) => Promise<Omit<PartView<T>, "making">>;

/** Reads a part of what a conversation has, 100 rows unless asked otherwise; `making`: it is still being made. */
export async function partOf<T>(
  kept: KeptOverlays,
  { conversation, limit = ROWS, skip = 0 }: PartRequest,
  run: RunPart<T>,
): Promise<PartView<T>> {
  return await kept.use(conversation, async (open) => ({
    ...await run(open, { limit, skip }),
    ...(open.making && { making: open.making }),
  }));
}
