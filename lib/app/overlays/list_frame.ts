/**
 * A change of a list as a frame.
 *
 * @see lib/overlay/README.md "Stamps"
 * @module
 */
import type { OverlayEngine } from "../../overlay/engine.ts";
import { lastOfCluster } from "../../overlay/clusters.ts";
import { MAX_ITEM_CHARS } from "../../overlay/folds/list.ts";
import { gapIn, itemOf, itemsOf, listOf } from "../../overlay/folds/list_rows.ts";
import { LIST } from "../../overlay/frame.ts";
import { rankBetween, rankOf, stampAt } from "../../overlay/rank.ts";
import { listLine } from "./lines.ts";
import type { ListChange } from "./overlays.ts";
import { checkText, noSuch, type Planned, type Planner, usage } from "./planned.ts";

/** Plans it. @throws {UserError} usage: there is no such thing, or it can't be done to it. */
export async function listFrame(
  engine: OverlayEngine,
  change: ListChange,
  { stampAfter }: Planner,
): Promise<Planned> {
  const tree = engine.tree("list");
  const frame = (line: string, stamp: number, data: unknown, parent?: string): Planned => ({
    overlay: LIST,
    data: JSON.stringify(data),
    line,
    stamp,
    parent,
  });
  if (change.do === "new") {
    checkText("A name", change.text, MAX_ITEM_CHARS);
    return frame(listLine.new(change.text), stampAfter(), { l: change.text, a: "new" });
  }
  if (change.do === "add") {
    checkText("An item", change.text, MAX_ITEM_CHARS);
    const list = await listOf(tree, change.list);
    if (list === undefined) throw noSuch("list");
    const last = (await itemsOf(tree, list.key, { limit: 1, skip: Math.max(0, list.items - 1) })).rows[0];
    const data = { l: list.name, a: "add", i: change.text };
    const stamp = stampAfter(list.stamp, last?.stamp, last && stampAt(last.rank));
    return frame(listLine.add(list.name, change.text), stamp, data, list.key);
  }
  const { id } = change;
  if (change.do === "restore") {
    return frame(listLine.restore(), stampAfter(await lastGone(engine, id)), { a: "restore" }, id);
  }
  const item = await itemOf(tree, id);
  const list = await listOf(tree, item?.list ?? id);
  if (list === undefined) throw noSuch("list or item");
  const isAbout = (kind: "list" | "item"): void => {
    if ((kind === "item") !== (item !== undefined)) throw noSuch(kind);
  };
  const stamp = stampAfter(item?.last.stamp ?? list.last.stamp);
  switch (change.do) {
    case "check":
    case "uncheck":
      isAbout("item");
      return frame(listLine[change.do](list.name, item!.text), stamp, {
        a: change.do === "check" ? "done" : "undone",
      }, id);
    case "remove":
      return frame(listLine.remove(list.name, item?.text), stamp, { a: "remove" }, id);
    case "archive":
    case "unarchive":
      isAbout("list");
      return frame(listLine[change.do](list.name), stamp, { a: change.do }, id);
    case "rename":
      checkText("A text", change.text, MAX_ITEM_CHARS);
      return frame(listLine.rename(list.name, item?.text, change.text), stamp, {
        a: "rename",
        i: change.text,
      }, id);
    case "assign": {
      isAbout("item");
      const { assignee = "" } = change;
      return frame(
        listLine.assign(list.name, item!.text, assignee),
        stamp,
        { a: "assign", w: assignee },
        id,
      );
    }
    case "move": {
      isAbout("item");
      const rank = await rankAt(engine, list.key, change, stampAfter);
      return frame(listLine.move(list.name, item!.text), stamp, { a: "move", r: rank }, id);
    }
  }
}

/** The rank of an item that is moved. */
async function rankAt(
  engine: OverlayEngine,
  list: string,
  { to, beside }: ListChange & { readonly do: "move" },
  stampAfter: Planner["stampAfter"],
): Promise<string> {
  const place = to === "top" || to === "bottom" ? { at: to } : beside && { at: to, item: beside };
  const gap = place && await gapIn(engine.tree("list"), list, place);
  if (!gap) throw noSuch("item beside which to put it");
  // Where one that is added now would be: those that are added later come behind it.
  const end = rankOf(stampAfter(stampAt(gap[0])));
  const rank = to === "bottom" && end > gap[0] ? end : rankBetween(...gap);
  if (rank !== undefined) return rank;
  throw usage(
    "There is no room left between those two",
    "Move one of them to the top or the bottom first.",
  );
}

/** When a thing was last removed or brought back. */
async function lastGone(engine: OverlayEngine, key: string): Promise<number> {
  const last = await lastOfCluster(engine.tree("list"), key, "gone/");
  if (last === undefined) throw noSuch("removed list or item");
  return parseInt(last.key.split("/")[3], 16);
}
