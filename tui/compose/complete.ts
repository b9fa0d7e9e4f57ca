/**
 * Completion in the compose box: names of people, emoji by their names, and at its beginning commands of bots.
 *
 * @module
 */
import { cleanLine } from "../drawing/text.ts";
import { say, step, threadOf, withThread } from "../state/model.ts";
import type { ConversationId, Model, Step } from "../state/types.ts";
import { beginningWith, commandsIn, commandWords } from "../steps/bot_commands.ts";
import { replacing } from "./editor.ts";
import { EMOJI } from "./emoji.ts";

/** Most proposals that are shown. */
const MAX_SHOWN = 8;

/** Completes the word before the cursor; says what it could be when that is not one thing. */
export function complete(model: Model, id: ConversationId): Step {
  const { draft } = threadOf(model, id);
  const before = draft.text.slice(0, draft.at);
  const command = /^\/[a-z0-9-]*$/.test(before);
  if (command && commandsIn(model, id) === undefined) {
    return step(model, { kind: "bot-commands", id, then: "complete" });
  }
  return step(completed(model, id, command ? before : /\S*$/.exec(before)![0], command));
}

function completed(model: Model, id: ConversationId, word: string, isCommand: boolean): Model {
  const { draft } = threadOf(model, id);
  const found = isCommand ? commands(model, word) : proposals(model, word);
  if (found.length === 0) return say(model, "Nothing completes that", "dim");
  const only = found.length === 1 ? found[0] : undefined;
  const text = only?.text ?? shared(found.map(({ text }) => text.trimEnd()));
  const next = only !== undefined || text.length > word.length
    ? withThread(model, id, { draft: replacing(draft, draft.at - word.length, text) })
    : model;
  return only !== undefined && !isCommand
    ? next
    : say(next, found.slice(0, MAX_SHOWN).map(({ label }) => cleanLine(label)).join("  "), "dim");
}

/** Commands of bots, with what each does. */
const commands = (model: Model, word: string): { label: string; text: string }[] =>
  beginningWith(model, word.slice(1)).map((one) => ({
    label: commandWords(model, one),
    text: `/${one.name} `,
  }));

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

/** What all texts begin with. */
function shared(texts: readonly string[]): string {
  let length = 0;
  while (texts.every((text) => length < text.length && text[length] === texts[0][length])) length++;
  return texts[0].slice(0, length);
}
