/**
 * What a message of an overlay is about: the thing itself, also when the message only says something of it.
 *
 * @module
 */
import type { OverlayEngine } from "../../overlay/engine.ts";
import { entryOf, type Kept } from "../../overlay/entry.ts";
import { BULLETIN, DASHBOARD, INVITE, LIST, POLL } from "../../overlay/frame.ts";
import { listOf, listOfItem } from "../../overlay/folds/list_rows.ts";
import { postRowOf } from "../../overlay/folds/board_rows.ts";
import { pollOf } from "../../overlay/folds/poll_rows.ts";
import type { Scope } from "../../overlay/names.ts";
import type { PlaceView } from "./overlays.ts";

/** A thing by its key; undefined: there is none. */
type Find = (engine: OverlayEngine, key: string) => Promise<PlaceView | undefined>;

const FIND: Readonly<Record<number, Find>> = {
  async [LIST](engine, id) {
    const tree = engine.tree("list");
    if (await listOf(tree, id) !== undefined) return { kind: "list", id };
    const within = await listOfItem(tree, id);
    return within === undefined || within === "" ? undefined : { kind: "list", id, within };
  },
  async [BULLETIN](engine, id) {
    const found = await postRowOf(engine.tree("board"), id);
    return found && { kind: "board", id, within: found.root };
  },
  async [POLL](engine, id) {
    return await pollOf(engine.tree("poll"), id) === undefined ? undefined : { kind: "poll", id };
  },
  [DASHBOARD]: () => Promise.resolve({ kind: "dash" }),
  [INVITE]: (_, id) => Promise.resolve({ kind: "invite", id }),
};

/** Where a message of an overlay leads; nowhere, when what it is about is not there (any more). */
export async function placeOf(engine: OverlayEngine, scope: Scope, kept: Kept): Promise<PlaceView> {
  const entry = entryOf(scope, kept);
  const find = entry && FIND[entry.overlay];
  if (entry === undefined || find === undefined) return {};
  // Under a key that its author chose another message may count.
  const isIt = !entry.isChosen || await engine.positionOf(entry.key) === entry.position;
  const about = [isIt ? entry.key : "", entry.parent ?? ""].filter((key) => key !== "");
  for (const key of about) {
    const place = await find(engine, key);
    if (place !== undefined) return place;
  }
  return {};
}
