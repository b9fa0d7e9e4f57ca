/**
 * What the commands share that say something in a list.
 *
 * @module
 */
import type { ListChange } from "../../../lib/app/overlays/overlays.ts";
import type { Context } from "../../context.ts";
import type { Status } from "../../exit.ts";
import { type At, itemNamed, listNamed, type SayFlags, saying } from "../../overlays.ts";

/** Says something in a list, and tells what became of it. */
export const say = async (
  context: Context,
  flags: SayFlags,
  where: string,
  changeAt: (at: At) => Promise<ListChange>,
  did: ListChange["do"],
): Promise<Status> =>
  await saying(context, flags, "list", where, did, async (at, how) => {
    const change = await changeAt(at);
    return await at.overlays.changeList({ ...how, change }, context.signal);
  });

/** The list, or of it the item that is named. */
export const thing = async (at: At, list: string, item: string | undefined): Promise<string> => {
  const found = await listNamed(at, list);
  return item === undefined ? found.id : (await itemNamed(at, found, item)).id;
};
