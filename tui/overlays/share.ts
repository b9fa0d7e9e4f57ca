/**
 * Asks for the text of something that is said in a list, on a board, or in a poll.
 *
 * @module
 */
import { parseUntil } from "../../lib/wire/until.ts";
import { editing } from "../compose/editor.ts";
import { pop, push, say, step } from "../state/model.ts";
import type { SharedView, Sharing } from "../state/shared_types.ts";
import type { ConversationId, Model, Overlay, Step } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** What is asked for. */
export interface Asked {
  /** Where it is said. */
  readonly in: "list" | "board" | "poll";
  /** What is done with the text. */
  readonly do: "new" | "add" | "rename" | "post" | "reply" | "edit";
  /** What it is about. */
  readonly about?: string;
  /** Above it. */
  readonly title: string;
  /** What stands in the line. */
  readonly text?: string;
}

/** Whose lists, posts or polls an overlay shows. */
export const conversationOf = ({ about }: Overlay): ConversationId => about!.id as ConversationId;

/** Where something is said, and what is on the screen. */
export const atOf = (top: Overlay): { readonly id: ConversationId; readonly view: SharedView } => ({
  id: conversationOf(top),
  view: top.about!.view as SharedView,
});

/** Opens the line; what was written there before and not taken stands in it. */
export function ask(model: Model, top: Overlay, asked: Asked): Step {
  const { id, view } = atOf(top);
  const again = model.unsaid?.id === id ? writtenFor(model, asked, view, model.unsaid.say) : undefined;
  const next = again === undefined ? model : { ...model, unsaid: undefined };
  const input = editing(again ?? asked.text ?? "");
  return step(push(next, "share", { input, about: { id, say: asked, under: view } }));
}

/** The text of what was to be said, if it answers what is asked. */
function writtenFor(model: Model, asked: Asked, view: SharedView, say: Sharing): string | undefined {
  if (!("change" in say) || say.in !== asked.in || !("text" in say.change)) return undefined;
  const { change } = say;
  const choices = "choices" in change ? change.choices : [];
  const end = "expires" in change ? change.expires : "until" in change ? change.until : undefined;
  const text = [change.text, ...choices, ...(end === undefined ? [] : [`until ${end}`])].join(" | ");
  const again = changeOf(model, asked, view, text); // one function's members are in one order
  return JSON.stringify(again) === JSON.stringify(say) ? text : undefined;
}

/** The overlay. */
export const share: OverlayKind = overlayOf({
  name: "share",
  opensOn: "lists",
  title: (_, { about }) => (about!.say as Asked).title,
  prompt: "> ",
  hint: "Enter says it · Esc closes",
  // As what was refused it stands in the line when that is asked for again.
  left(model, top) {
    const written = top.input.text.trim();
    const isOld = written === "" || written === (top.about!.say as Asked).text;
    const say = isOld ? undefined : sayingOf(model, top);
    return say === undefined ? model : { ...model, unsaid: { id: conversationOf(top), say } };
  },
  choose(model, top) {
    if (top.input.text.trim() === "") return step(pop(model));
    const view = top.about!.under as SharedView;
    const change = sayingOf(model, top);
    if (change === undefined) {
      return step(say(model, (top.about!.say as Asked).in === "poll" ? NO_POLL : NO_END, "error"));
    }
    return step(pop(model), { kind: "share", id: conversationOf(top), view, say: change });
  },
});

/** Why what is written for a poll, or for a board, can't be said. */
const NO_POLL = "A question and two choices at least: When? | monday | tuesday";
const NO_END = "An end is 30m, 7d, 2026-12-24 or 2026-12-24T18:00:00Z: Bike | until 7d";

/** What is written, as it would be said; undefined: it can't be said so. */
const sayingOf = (model: Model, { about, input }: Overlay): Sharing | undefined =>
  changeOf(model, about!.say as Asked, about!.under as SharedView, input.text.trim());

/** A point in time behind `until`; undefined: it is none. */
function endIn({ nowMs }: Model, part: string): string | undefined {
  const written = /^until\s+(\S+)$/.exec(part)?.[1];
  try {
    return written && parseUntil(written)(BigInt(nowMs) * 1_000_000n);
  } catch {
    return undefined;
  }
}

function changeOf(model: Model, asked: Asked, view: SharedView, text: string): Sharing | undefined {
  const id = asked.about ?? "";
  if (asked.in === "poll") return pollOf(model, text);
  switch (asked.do) {
    case "add":
      return { in: "list", change: { do: "add", list: view.show === "list" ? view.list : "", text } };
    case "rename":
      return { in: "list", change: { do: "rename", id, text } };
    case "post":
    case "edit": {
      const [, words = text, part] = /^(.*\S)\s*\|\s*(until\s.*)$/s.exec(text) ?? [];
      const expires = part === undefined ? undefined : endIn(model, part);
      if (part !== undefined && expires === undefined) return undefined;
      const end = expires === undefined ? {} : { expires };
      return asked.do === "post"
        ? { in: "board", change: { do: "post", text: words, ...end } }
        : { in: "board", change: { do: "edit", id, text: words, ...end } };
    }
    case "reply":
      return { in: "board", change: { do: "reply", id, text } };
    default:
      return { in: "list", change: { do: "new", text } };
  }
}

/** What lets everybody take more than one: no single word, as that could be a choice. */
const SEVERAL = /^several choices$/i;

/**
 * `When? | monday | tuesday`, with ` | until 2d` for its end and ` | several choices`, in any order. A choice may begin
 * with such words, too.
 */
function pollOf(model: Model, text: string): Sharing | undefined {
  const [question, ...parts] = text.split("|").map((one) => one.trim()).filter((one) => one !== "");
  const choices = [...parts];
  const how: { many?: true; until?: string } = {};
  for (let last = choices.at(-1); last !== undefined; last = choices.at(-1)) {
    const until = how.until === undefined ? endIn(model, last) : undefined;
    if (until !== undefined) how.until = until;
    else if (how.many === undefined && SEVERAL.test(last)) how.many = true;
    else break;
    choices.pop();
  }
  if (choices.length < 2) return undefined;
  return { in: "poll", change: { do: "new", text: question, choices, ...how } };
}
