/**
 * Completion in the compose box: names of people, and emoji by their names.
 *
 * @module
 */
import type { Editor } from "./editor.ts";
import { EMOJI } from "./emoji.ts";
import { say, threadOf, withThread } from "./model.ts";
import { cleanLine } from "./text.ts";
import type { ConversationId, Model } from "./types.ts";

/** Most proposals that are shown. */
const MAX_SHOWN = 8;

/** Completes the word before the cursor; says what it could be when that is not one thing. */
export function complete(model: Model, id: ConversationId): Model {
  const { draft } = threadOf(model, id);
  const word = /\S*$/.exec(draft.text.slice(0, draft.at))![0];
  const found = proposals(model, word);
  if (found.length === 0) return say(model, "Nothing completes that", "dim");
  const only = found.length === 1 ? found[0] : undefined;
  const text = only?.text ?? shared(found.map(({ label }) => label));
  const next = only !== undefined || text.length > word.length
    ? withThread(model, id, { draft: replaced(draft, word, text) })
    : model;
  return only !== undefined
    ? next
    : say(next, found.slice(0, MAX_SHOWN).map(({ label }) => cleanLine(label)).join("  "), "dim");
}

/** What a word may become, and how that is called. */
function proposals({ names }: Model, word: string): { label: string; text: string }[] {
  const emoji = /^:([a-z0-9_+-]+):?$/.exec(word)?.[1];
  if (emoji !== undefined) {
    const isWhole = word.endsWith(":");
    return Object.entries(EMOJI).filter(([name]) => isWhole ? name === emoji : name.startsWith(emoji))
      .map(([name, sign]) => ({ label: `:${name}`, text: `${sign} ` }))
      .sort((a, b) => a.label < b.label ? -1 : 1);
  }
  const at = word.startsWith("@") ? "@" : "";
  const start = word.slice(at.length);
  if (word === "") return [];
  return [...names.values()].filter((name) => name.startsWith(start))
    .map((name) => ({ label: at + name, text: `${at}${name} ` }));
}

function replaced({ text, at, cut }: Editor, word: string, by: string): Editor {
  const from = at - word.length;
  return { text: text.slice(0, from) + by + text.slice(at), at: from + by.length, cut };
}

/** What all texts begin with. */
function shared(texts: readonly string[]): string {
  let length = 0;
  while (texts.every((text) => length < text.length && text[length] === texts[0][length])) length++;
  return texts[0].slice(0, length);
}
