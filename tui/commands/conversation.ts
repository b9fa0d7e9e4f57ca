/**
 * Commands of an open conversation.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { encodeBody } from "../../lib/chat/body.ts";
import { complete } from "../compose/complete.ts";
import { editing, EMPTY, insert } from "../compose/editor.ts";
import { areasOf } from "../drawing/areas.ts";
import { startOfDay } from "../drawing/time.ts";
import { clip, PREVIEW_COLUMNS } from "../drawing/width.ts";
import { answeredIn } from "../messages/answered.ts";
import { wordsOf } from "../messages/mod.ts";
import { searches } from "../overlays/search.ts";
import {
  chain,
  conversationOf,
  isPerson,
  nameOf,
  openThread,
  say,
  selectedOf,
  step,
  threadOf,
  withThread,
} from "../state/model.ts";
import type { ConversationId, Effect, Level, Model, Step, Thread } from "../state/types.ts";
import { scrollTo, select, takenAlong } from "../steps/choosing.ts";
import { close, jump, toBottom } from "../steps/threads.ts";
import type { Command, Commands } from "./command.ts";
import { choose } from "./picker.ts";

/** Lines that are remembered for ↑. */
const MAX_LINES = 100;

/** A change of the open conversation's draft. */
const draft = (run: (thread: Thread, model: Model) => Partial<Thread>): Command["run"] => (model) => {
  const opened = openThread(model);
  return step(opened === undefined ? model : withThread(model, opened.id, run(opened.thread, model)));
};

/**
 * Sends a text to the open conversation. What is being written there stays, unless it is that text.
 * @param isAnswer  It answers what the draft answers, if anything.
 */
export function send(model: Model, text: string, isAnswer = true): Step {
  const opened = openThread(model);
  if (opened === undefined) return step(say(model, "No conversation is open", "error"));
  if (text.trim() === "") return step(model);
  const { id, thread } = opened;
  const local = model.locals + 1;
  const answered = isAnswer ? answeredIn(model, id) : undefined;
  const next: Model = {
    ...withThread(model, id, {
      ...(thread.draft.text === text ? { draft: EMPTY } : {}),
      ...(isAnswer ? { replyTo: undefined } : {}),
      unreadAt: undefined,
      unsent: [...thread.unsent.filter(({ problem }) => problem === undefined), { local, text }],
    }),
    locals: local,
    sentLines: [...model.sentLines.filter((line) => line !== text), text].slice(-MAX_LINES),
  };
  const [shown, effects] = toBottom(next, id);
  return step(shown, ...effects, sendEffect(model, id, text, local, answered), { kind: "save" });
}

/** A line that was sent before this one, or after it. */
function line(by: 1 | -1): Command["run"] {
  return draft(({ draft: { text } }, { sentLines }) => {
    const at = sentLines.indexOf(text);
    const from = at < 0 ? sentLines.length : at;
    const to = from + by;
    if (at < 0 && text !== "") return {};
    return to < 0 ? {} : { draft: editing(sentLines[to] ?? "") };
  });
}

/** What each level tells. */
const LEVELS: Readonly<Record<Level, string>> = {
  all: "notices",
  mentions: "notices of what names you or answers you",
  none: "no notices",
};
const isLevel = (word: string): word is Level => Object.hasOwn(LEVELS, word);

/** The commands. */
export const conversation: Commands = {
  up: {
    brief: "One up",
    isMovement: true,
    run: (model) => model.focus === "picker" ? choose(model, -1) : select(model, -1),
  },
  down: {
    brief: "One down",
    isMovement: true,
    run: (model) => model.focus === "picker" ? choose(model, 1) : select(model, 1),
  },
  "page-up": { brief: "A page up", isMovement: true, run: (model) => page(model, -1) },
  "page-down": { brief: "A page down", isMovement: true, run: (model) => page(model, 1) },
  bottom: {
    brief: "Go to the newest message",
    needs: "conversation",
    run: (model) => chain(toBottom(model, model.open!), (next) => step({ ...next, focus: "compose" })),
  },
  oldest: {
    brief: "Go to the oldest message",
    needs: "conversation",
    run: (model) => chain(jump(model, model.open!, 1), takenAlong),
  },
  compose: {
    brief: "Back to writing",
    isMovement: true,
    run: (model) => {
      const opened = openThread(model);
      const next = opened === undefined ? model : withThread(model, opened.id, { selected: undefined });
      return step({ ...next, focus: opened === undefined ? "picker" : "compose" });
    },
  },
  back: {
    brief: "Back to the conversations",
    run(model) {
      const opened = openThread(model);
      if (model.focus === "picker") return step(model);
      if (opened?.thread.replyTo !== undefined) {
        return step(withThread(model, opened.id, { replyTo: undefined }));
      }
      return close(model);
    },
  },
  send: {
    brief: "Send a text",
    argument: "TEXT",
    needs: "conversation",
    run: (model, argument) => send(model, argument === "" ? openThread(model)!.thread.draft.text : argument),
  },
  newline: {
    brief: "A new line",
    isMovement: true,
    run: draft(({ draft }) => ({ draft: insert(draft, "\n") })),
  },
  "older-line": { brief: "The line sent before", isMovement: true, run: line(-1) },
  "newer-line": { brief: "The line sent after", isMovement: true, run: line(1) },
  complete: {
    brief: "Complete a name, a command or an emoji",
    isMovement: true,
    run(model) {
      const opened = openThread(model);
      if (opened === undefined) return step(model);
      if (opened.thread.draft.text === "") return select(model, -1);
      return complete(model, opened.id);
    },
  },
  editor: {
    brief: "Write in $EDITOR",
    needs: "conversation",
    run: (model) =>
      step(model, { kind: "edit", id: model.open!, text: openThread(model)!.thread.draft.text }),
  },
  unread: {
    brief: "Go to the first unread message",
    needs: "conversation",
    run(model) {
      const id = model.open!;
      const { unreadAt } = threadOf(model, id);
      if (unreadAt !== undefined) return chain(jump(model, id, unreadAt), takenAlong);
      const count = conversationOf(model, id)?.unread ?? 0;
      if (count === 0) return step(say(model, "Everything is read"));
      return step(withThread(model, id, { loading: true }), { kind: "unread", id, count });
    },
  },
  date: {
    brief: "Go to a day",
    argument: "2026-11-27|yesterday|DAYS",
    needs: "conversation",
    run(model, argument) {
      const ms = startOfDay(model, argument);
      if (ms === undefined) {
        return step(say(model, "A day is 2026-11-27, today, yesterday, or a number of days ago", "error"));
      }
      return step(say(model, `Looking for ${argument}`, "dim"), { kind: "date", id: model.open!, ms });
    },
  },
  find: {
    brief: "Find in this conversation",
    argument: "[WORDS]",
    needs: "conversation",
    run: (model, argument) => searches(model, argument, model.open),
  },
  level: {
    brief: "Notices of this conversation",
    argument: "all|mentions|none",
    run(model, argument) {
      const id = model.focus === "picker" ? selectedOf(model) : model.open;
      if (id === undefined) return step(say(model, "No conversation is open", "error"));
      const level = argument === "" ? (model.levels[id] === "none" ? "all" : "none") : argument;
      if (!isLevel(level)) return step(say(model, "Notices are all, mentions or none", "error"));
      if (level === "mentions" && isPerson(id)) {
        return step(say(model, "Between two people all is for you: notices are all or none", "error"));
      }
      const next = { ...model, levels: { ...model.levels, [id]: level } };
      return step(say(next, `${nameOf(model, id)}: ${LEVELS[level]}`), { kind: "save" });
    },
  },
};

function page(model: Model, by: 1 | -1): Step {
  const { messages, body } = areasOf(model);
  return model.focus === "picker"
    ? choose(model, by * body)
    : scrollTo(model, by * Math.max(1, messages - 2));
}

/**
 * What sends a text. An answer names the message that it answers; in a group the text itself holds the quote, as Go's does.
 * @param local  Its number until it is kept.
 * @param answered  What it answers.
 */
export function sendEffect(
  model: Model,
  id: ConversationId,
  text: string,
  local: number,
  answered: MessageView | undefined,
): Extract<Effect, { kind: "send" }> {
  if (answered === undefined) return { kind: "send", id, text, local };
  if (isPerson(id)) return { kind: "send", id, text, local, replyTo: answered.id };
  const toPreview = clip(wordsOf(answered), PREVIEW_COLUMNS);
  const quote = {
    toSender: answered.outgoing ? model.own : answered.sender ?? answered.peer,
    toTs: answered.ts,
    toPreview,
  };
  return { kind: "send", id, text: encodeBody({ kind: "reply", ...quote, text }), local };
}
