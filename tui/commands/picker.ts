/**
 * Commands of the picker.
 *
 * @module
 */
import { EMPTY } from "../compose/editor.ts";
import { chain, idOf, listed, nameOf, push, say, selectedOf, step, threadOf } from "../state/model.ts";
import type { ConversationId, Model, Step } from "../state/types.ts";
import { open as openConversation } from "../steps/threads.ts";
import type { Commands } from "./command.ts";
import { folded, looksSame } from "../../lib/wire/folded.ts";

/** Moves the picker's cursor. */
export function choose(model: Model, by: number): Step {
  const rows = listed(model);
  const at = rows.findIndex(({ id }) => id === selectedOf(model));
  const to = Math.max(0, Math.min(rows.length - 1, at + by));
  return step({ ...model, picker: { ...model.picker, selected: rows[to]?.id, from: undefined } });
}

/**
 * The conversation that a text names whole, else the one whose name looks the same (an `é` may be one character or two).
 * @param text  A key, an alias, a group's name or id.
 */
export function namedWhole(model: Model, text: string): ConversationId | undefined {
  const wanted = text.trim();
  if (/^0[23][0-9a-f]{64}$/i.test(wanted)) return idOf(wanted.toLowerCase());
  for (const isMeant of [(a: string, b: string) => a === b, looksSame]) {
    for (const [key, name] of model.names) if (isMeant(name, wanted)) return idOf(key);
    for (const { id, name } of model.groups.values()) {
      if (isMeant(name, wanted) || id === wanted) return idOf(id);
    }
  }
  return undefined;
}

/** The same, and for the beginning of a name or key that only one conversation has. */
export function named(model: Model, text: string): ConversationId | undefined {
  const wanted = folded(text.trim());
  const whole = namedWhole(model, text);
  if (whole !== undefined || wanted === "") return whole;
  const found = model.conversations.filter(({ id, key }) =>
    folded(nameOf(model, id)).startsWith(wanted) || key.startsWith(wanted)
  );
  return found.length === 1 ? found[0].id : undefined;
}

/** The place in the list that a number names: only to look there, for the next message may move it. */
const numbered = (model: Model, text: string): ConversationId | undefined =>
  /^[1-9]\d{0,3}$/.test(text.trim()) ? listed(model)[Number(text) - 1]?.id : undefined;

function openNamed(model: Model, text: string, id = named(model, text)): Step {
  if (id !== undefined) return openConversation(model, id);
  const word = /^[0-9a-f]{40,}$/i.test(text.trim()) ? "That" : `"${text}"`;
  return step(
    say(model, `${word} is neither a public key of 66 hex characters nor a name that is known`, "error"),
  );
}

/**
 * The next conversation down the list, and from its end on at its beginning, in which something is unread; one without
 * notices comes when nothing else is left. The one that is being read is none.
 */
function nextUnread(model: Model): ConversationId | undefined {
  const { conversations, focus, levels } = model;
  const isReading = focus !== "picker";
  const here = isReading ? model.open : selectedOf(model);
  const at = conversations.findIndex(({ id }) => id === here);
  const from = isReading ? at + 1 : Math.max(0, at);
  const unread = [...conversations.slice(from), ...conversations.slice(0, from)]
    .filter(({ id, unread }) => unread > 0 && !(isReading && id === here));
  return (unread.find(({ id }) => levels[id] !== "none") ?? unread[0])?.id;
}

/** The commands. */
export const picker: Commands = {
  open: {
    brief: "Open a conversation",
    argument: "[NAME|KEY|NUMBER]",
    run(model, argument) {
      if (argument !== "") {
        return openNamed(model, argument, named(model, argument) ?? numbered(model, argument));
      }
      const id = selectedOf(model);
      return id === undefined
        ? step(
          say(
            model,
            model.picker.filter === undefined
              ? "There is nothing to open: n begins a conversation"
              : "Nobody matches: Esc shows all again",
          ),
        )
        : openConversation(model, id);
    },
  },
  new: {
    brief: "Begin a conversation",
    argument: "[NAME|KEY]",
    run: (model, argument) => argument === "" ? step(push(model, "new")) : openNamed(model, argument),
  },
  filter: {
    brief: "Show only what matches",
    isMovement: true,
    run: (model) => step({ ...model, focus: "picker", picker: { ...model.picker, filter: EMPTY } }),
  },
  list: {
    brief: "Show all conversations",
    run: (model) =>
      step({ ...model, focus: "picker", picker: { selected: model.open ?? model.picker.selected } }),
  },
  "next-unread": {
    brief: "Open the next one with unread messages",
    run(model) {
      const id = nextUnread(model);
      if (id === undefined) return step(say(model, "Nothing is unread elsewhere", "dim"));
      return openConversation({ ...model, picker: { ...model.picker, filter: undefined } }, id);
    },
  },
  "mark-read": {
    brief: "Mark a conversation as read",
    isAbout: true,
    run(model) {
      const id = model.focus === "picker" ? selectedOf(model) : model.open;
      if (id === undefined) return step(model);
      return chain(
        step(say(model, `${nameOf(model, id)}: marked as read`), {
          kind: "read",
          id,
          position: Number.MAX_SAFE_INTEGER,
        }),
        (next) =>
          step({
            ...next,
            conversations: next.conversations.map((one) => one.id === id ? { ...one, unread: 0 } : one),
            threads: next.threads[id] === undefined ? next.threads : {
              ...next.threads,
              [id]: { ...threadOf(next, id), unreadAt: undefined },
            },
          }),
      );
    },
  },
  first: { brief: "The first one", isMovement: true, run: (model) => choose(model, -Infinity) },
  last: { brief: "The last one", isMovement: true, run: (model) => choose(model, Infinity) },
};
