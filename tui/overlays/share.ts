/**
 * Asks for the text of something that is said in a list, on a board, or in a poll.
 *
 * @module
 */
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
  const again = model.unsaid?.id === id ? writtenFor(asked, view, model.unsaid.say) : undefined;
  const next = again === undefined ? model : { ...model, unsaid: undefined };
  const input = editing(again ?? asked.text ?? "");
  return step(push(next, "share", { input, about: { id, say: asked, under: view } }));
}

/** The text of what was to be said, if it answers what is asked. */
function writtenFor(asked: Asked, view: SharedView, say: Sharing): string | undefined {
  if (!("change" in say) || say.in !== asked.in || !("text" in say.change)) return undefined;
  const { change } = say;
  const choices = "choices" in change ? change.choices : [];
  const text = [change.text, ...choices].join(" | ");
  return JSON.stringify(changeOf(asked, view, text)) === JSON.stringify(say) ? text : undefined; // one function's
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
    const say = isOld ? undefined : sayingOf(top);
    return say === undefined ? model : { ...model, unsaid: { id: conversationOf(top), say } };
  },
  choose(model, top) {
    if (top.input.text.trim() === "") return step(pop(model));
    const view = top.about!.under as SharedView;
    const change = sayingOf(top);
    if (change === undefined) {
      return step(say(model, "A question and two choices at least: When? | monday | tuesday", "error"));
    }
    return step(pop(model), { kind: "share", id: conversationOf(top), view, say: change });
  },
});

/** What is written, as it would be said; undefined: it can't be said so. */
const sayingOf = ({ about, input }: Overlay): Sharing | undefined =>
  changeOf(about!.say as Asked, about!.under as SharedView, input.text.trim());

function changeOf(asked: Asked, view: SharedView, text: string): Sharing | undefined {
  const id = asked.about ?? "";
  if (asked.in === "poll") {
    const [question, ...choices] = text.split("|").map((one) => one.trim()).filter((one) => one !== "");
    return choices.length < 2 ? undefined : { in: "poll", change: { do: "new", text: question, choices } };
  }
  switch (asked.do) {
    case "add":
      return { in: "list", change: { do: "add", list: view.show === "list" ? view.list : "", text } };
    case "rename":
      return { in: "list", change: { do: "rename", id, text } };
    case "post":
      return { in: "board", change: { do: "post", text } };
    case "reply":
    case "edit":
      return { in: "board", change: { do: asked.do, id, text } };
    default:
      return { in: "list", change: { do: "new", text } };
  }
}
