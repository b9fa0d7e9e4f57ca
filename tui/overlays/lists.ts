/**
 * The lists of a conversation, and one with its items.
 *
 * @module
 */
import type { ItemView, ListView, SaidView } from "../../lib/app/overlays/overlays.ts";
import { cleanLine } from "../drawing/text.ts";
import { minuteOf } from "../drawing/time.ts";
import { nameOf, nameOfPeer, push, say, step, withTop } from "../state/model.ts";
import type { SharedView } from "../state/shared_types.ts";
import type { Model, Overlay, Step } from "../state/types.ts";
import { turned, windowLine } from "../steps/windows.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";
import { gives } from "./assign.ts";
import { ask, atOf, conversationOf } from "./share.ts";
import { reads } from "./whole.ts";

/** What `u` takes back: the one that went last from what is shown. */
type Undo = { readonly do: "restore" | "unarchive"; readonly id: string };

/** Takes something away, so that `u` brings it back. */
function away(model: Model, top: Overlay, undo: Undo): Step {
  const change = { do: undo.do === "restore" ? "remove" : "archive", id: undo.id } as const;
  const next = withTop(model, { about: { ...top.about, undo } });
  return step(next, { kind: "share", ...atOf(top), say: { in: "list", change } });
}

/** Brings back what went last. */
function back(model: Model, top: Overlay): Step {
  const undo = top.about?.undo as Undo | undefined;
  if (undo === undefined) return step(say(model, "Nothing was taken away here", "dim"));
  const { undo: _, ...about } = top.about!;
  return step(withTop(model, { about }), { kind: "share", ...atOf(top), say: { in: "list", change: undo } });
}

/** Asks for another text of a list or an item. @param text  As it stands. */
const renames = (model: Model, top: Overlay, item: Item | undefined, text: string | undefined): Step =>
  item === undefined ? step(model) : ask(model, top, {
    in: "list",
    do: "rename",
    about: item.id,
    title: "Another text",
    text,
  });

/** Opens the list of a row; its items are asked for. */
export function opens(model: Model, top: Overlay, item: Item | undefined): Step {
  if (item === undefined) return step(model);
  const id = conversationOf(top);
  const view: SharedView = { show: "list", list: item.id };
  // The items of another one are not these, for however short a time.
  const { list: _, ...shared } = model.shared!;
  return step(push({ ...model, shared }, "list", { about: { id, view } }), { kind: "shared", id, view });
}

/** Lists as rows. */
export const rowsOf = (all: readonly ListView[] = []): Item[] =>
  all.map(({ id, name, items, done }) => ({
    id,
    text: `${cleanLine(name)}  ${items === 0 ? "empty" : `${done} of ${items} done`}`,
  }));

/** The overlay of all. */
export const lists: OverlayKind = overlayOf({
  name: "lists",
  opensOn: "lists",
  title: (model, top) => `Lists with ${nameOf(model, conversationOf(top))}`,
  hint: "Enter opens · n makes one · e renames · a archives · A archived · u undoes · w who said what · Esc",
  lines: (model) =>
    model.shared?.lists?.length === 0 ? [[{ text: "No lists here: n makes one", style: "dim" }]] : [],
  items: ({ shared }) => rowsOf(shared?.lists),
  choose: opens,
  keys: {
    n: (model, top) => ask(model, top, { in: "list", do: "new", title: "A new list" }),
    e: (model, top, item) =>
      renames(model, top, item, model.shared?.lists?.find(({ id }) => id === item?.id)?.name),
    a: (model, top, item) =>
      item === undefined ? step(model) : away(model, top, { do: "unarchive", id: item.id }),
    A: (model, top) => {
      const id = conversationOf(top);
      const view: SharedView = { show: "archive" };
      return step(push(model, "archive", { about: { id, view } }), { kind: "shared", id, view });
    },
    u: back,
    w: (model, top, item) =>
      who(model, top, item, ({ shared }) => shared?.lists?.find(({ id }) => id === item?.id)?.name),
  },
});

/** Says something of the chosen item. */
const onItem =
  (change: (item: ItemView) => { do: "check" | "uncheck"; id: string }) =>
  (model: Model, top: Overlay, chosen: Item | undefined): Step => {
    const item = itemOf(model, chosen);
    if (item === undefined) return step(model);
    return step(model, { kind: "share", ...atOf(top), say: { in: "list", change: change(item) } });
  };

const itemOf = ({ shared }: Model, chosen: Item | undefined): ItemView | undefined =>
  shared?.list?.items.find(({ id }) => id === chosen?.id);

const toggle = onItem(({ id, done }) => ({ do: done ? "uncheck" : "check", id }));

/** Puts the chosen item one up or down; the cursor goes with it. */
const moved = (by: 1 | -1) => (model: Model, top: Overlay, chosen: Item | undefined): Step => {
  const items = model.shared?.list?.items ?? [];
  const at = items.findIndex(({ id }) => id === chosen?.id);
  const beside = items[at + by];
  if (at < 0 || beside === undefined) return step(model);
  const change = {
    do: "move",
    id: items[at].id,
    to: by > 0 ? "after" : "before",
    beside: beside.id,
  } as const;
  return step(model, { kind: "share", ...atOf(top), say: { in: "list", change } });
};

/** Opens who said what of a list or an item. @param nameIn  What it is called. */
export function who(
  model: Model,
  top: Overlay,
  item: Item | undefined,
  nameIn: (model: Model) => string | undefined,
): Step {
  if (item === undefined) return step(model);
  const id = conversationOf(top);
  const view: SharedView = { show: "said", about: item.id, title: nameIn(model) ?? "" };
  return step(push(model, "said", { about: { id, view } }), { kind: "shared", id, view });
}

/** The overlay of one. */
export const list: OverlayKind = overlayOf({
  name: "list",
  opensOn: "lists",
  title: (model) => cleanLine(model.shared?.list?.view.name ?? "A list"),
  hint:
    "Enter checks · a adds · e renames · x removes · u undoes · J K move · g gives · w who · r reads · Esc",
  lines: ({ shared }) =>
    shared?.list?.items.length === 0
      ? [[{ text: "Empty: a adds something", style: "dim" }]]
      : windowLine(shared?.list?.window),
  turn: (model, top, to) => turned(model, top, model.shared?.list?.window, to),
  items: (model) =>
    (model.shared?.list?.items ?? []).map(({ id, text, done, assignee }) => ({
      id,
      text: `[${done ? "x" : " "}] ${cleanLine(text)}${
        assignee === undefined ? "" : `  → ${assignee === model.own ? "you" : nameOfPeer(model, assignee)}`
      }`,
      ...(done ? { style: "dim" as const } : {}),
    })),
  choose: toggle,
  keys: {
    " ": toggle,
    a: (model, top) => ask(model, top, { in: "list", do: "add", title: "Add to the list" }),
    e: (model, top, item) => renames(model, top, item, itemOf(model, item)?.text),
    g: (model, top, item) => item === undefined ? step(model) : gives(model, top, item.id),
    r: (model, _, item) => reads(model, "The item", itemOf(model, item)?.text),
    J: moved(1),
    K: moved(-1),
    x: (model, top, item) =>
      item === undefined ? step(model) : away(model, top, { do: "restore", id: item.id }),
    u: back,
    w: (model, top, item) => who(model, top, item, () => itemOf(model, item)?.text),
  },
});

const DID: Readonly<Record<string, (value: string | boolean) => string>> = {
  new: () => "made it",
  done: (value) => value === true ? "checked it" : "unchecked it",
  gone: (value) => value === true ? "removed it" : "brought it back",
  away: (value) => value === true ? "archived it" : "took it out of the archive",
  text: (value) => `called it ${cleanLine(String(value))}`,
  rank: () => "moved it",
};

/** Who made a list or an item, as the first thing that was said of it; nothing where it is not on the screen below. */
function making({ shared }: Model, id: string): SaidView[] {
  const found = shared?.list?.items.find((item) => item.id === id) ??
    [...shared?.lists ?? [], ...shared?.archived ?? []].find((one) => one.id === id);
  return found === undefined ? [] : [{ author: found.author, ts: found.ts, what: "new", value: "" }];
}

/** Who said what of a thing. */
export const said: OverlayKind = overlayOf({
  name: "said",
  opensOn: "lists",
  title: (_, { about }) => `Who said what of ${cleanLine((about!.view as { title: string }).title)}`,
  hint: "Esc closes",
  lines(model, { about }) {
    const { rows, title } = model.shared?.said ?? { rows: undefined, title: "" };
    const view = about!.view as { title: string; about: string };
    if (rows === undefined || title !== view.title) return [];
    const nameOf = (key: string): string => key === model.own ? "you" : nameOfPeer(model, key);
    return [...making(model, view.about), ...rows].map(({ author, ts, what, value }) => {
      const did = what === "who"
        ? `gave it to ${value === "" ? "nobody" : nameOf(String(value))}`
        : DID[what]?.(value) ?? what;
      return [{ text: `${minuteOf(model, ts)}  `, style: "dim" as const }, {
        text: `${nameOf(author)} ${did}`,
      }];
    });
  },
});
