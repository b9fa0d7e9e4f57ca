/**
 * What the commands share that say something in a list.
 *
 * @module
 */
import type { ListChange } from "../../../lib/app/overlays/overlays.ts";
import type { Context } from "../../context.ts";
import type { Status } from "../../exit.ts";
import {
  type At,
  itemNamed,
  listNamed,
  MANY,
  type SayFlags,
  saying,
  sayInList,
} from "../../names/overlays.ts";

/**
 * Says something in a list, and tells what became of it.
 * @param asked  The arguments that it is asked for with, as they are given.
 */
export const say = async (
  context: Context,
  flags: SayFlags,
  where: string,
  asked: object,
  changeAt: (at: At) => Promise<ListChange>,
  did: ListChange["do"],
): Promise<Status> =>
  await saying(context, flags, "list", where, did, async (at, how) => {
    const report = await sayInList(
      at.overlays,
      how,
      { do: did, ...asked },
      () => changeAt(at),
      context.signal,
    );
    if (NAMING.has(did)) await tellOfNamesakes(context, at, report.id);
    return report;
  });

/** After these a list may have the name of another one that is there as well. */
const NAMING: ReadonlySet<ListChange["do"]> = new Set(["new", "rename", "unarchive", "restore"]);

/** Says that the name of a list means several now. An archived one does not count: a name means one that is not. */
async function tellOfNamesakes(
  { print }: Context,
  { overlays, conversation }: At,
  id: string,
): Promise<void> {
  const { rows } = await overlays.lists({ conversation, limit: MANY });
  const list = rows.find((one) => one.id === id); // none: it was about an item
  if (list === undefined) return;
  const { name } = list;
  const ids = rows.flatMap((one) => one.name === name && one.id !== id ? [one.id] : []);
  if (ids.length > 0) print.note("sameName", { kind: "list", name, ids });
}

/** The list, or of it the item that is named. */
export const thing = async (at: At, list: string, item: string | undefined): Promise<string> => {
  const found = await listNamed(at, list);
  return item === undefined ? found.id : (await itemNamed(at, found, item)).id;
};
