/**
 * What happens to the model: one pure step for each message.
 *
 * @module
 */
import { runCommand } from "../commands/mod.ts";
import { complete } from "../compose/complete.ts";
import { editing, rewritten } from "../compose/editor.ts";
import { configuredAnew } from "../state/chosen.ts";
import {
  asksToPair,
  byName,
  chain,
  conversationOf,
  idOf,
  isPerson,
  nameOf,
  say,
  selectedOf,
  sorted,
  step,
  threadOf,
  withConversation,
  withThread,
} from "../state/model.ts";
import type { Conversation, Effect, Model, Msg, Step } from "../state/types.ts";
import { commandsAgain, commandsCame } from "./bot_commands.ts";
import { eventCame } from "./events.ts";
import { filesAgain, filesCame } from "./files.ts";
import { type GroupAnswer, groupAnswered, withGroups } from "./groups.ts";
import { held } from "./held.ts";
import { invitesAgain, invitesCame } from "./invites.ts";
import { goTo, resized, takenAlong } from "./choosing.ts";
import { chosen, clicked, keyPressed, pasted, wheeled } from "./keys.ts";
import { leadTo, sharedAgain, sharedCame } from "./shared.ts";
import { pageCame, seen, withoutPages } from "./threads.ts";
import { isOlderPreview } from "./told.ts";
import { asksAgain, countedBy } from "./unread.ts";

/** Conversations whose newest message is looked at for the picker. */
const MAX_PREVIEWS = 100;

/** One step: what is known afterwards, and what is to be done. */
export function update(before: Model, msg: Msg): Step {
  const model: Model = { ...before, nowMs: msg.nowMs };
  const isKey = msg.kind === "key" || msg.kind === "paste" || msg.kind === "wheel" ||
    msg.kind === "click";
  // What was on the screen when the key was pressed has been seen; then what the key brings there.
  const first: Step = isKey ? seen(model, true) : step(model);
  return chain(
    first,
    (next) => happened(next, msg),
    (next) => step(next, ...filesAgain(next, msg), ...invitesAgain(next, msg), ...commandsAgain(next, msg)),
    (next) => seen(next, isKey),
    (next) => step(held(model, next, msg)),
    (next) => step(isKey || msg.kind === "command" || msg.kind === "conversations" ? pinned(next) : next),
  );
}

/** What the picker's cursor is on stays under it, whatever moves: also the first row, which nobody has chosen. */
function pinned(model: Model): Model {
  const selected = selectedOf(model);
  return selected === undefined || selected === model.picker.selected
    ? model
    : { ...model, picker: { ...model.picker, selected } };
}

/** What lies on top moves, and nothing behind it. */
function happened(model: Model, msg: Msg): Step {
  switch (msg.kind) {
    case "key":
      return keyPressed(model, msg.key);
    case "paste":
      return pasted(model, msg.text);
    case "command":
      return runCommand({ ...model, notice: undefined }, msg.name, msg.argument);
    case "choose":
      return chosen(model, msg);
    case "focus":
      return step({ ...model, focused: msg.focused });
    case "wheel":
      return wheeled(model, msg);
    case "click":
      return clicked(model, msg);
    case "tick":
      return step(model);
    case "kept":
      return step(keptAgain(model));
    case "kitty":
      return step({ ...model, hasKitty: true });
    case "resize":
      return resized({ ...model, size: { columns: msg.columns, rows: msg.rows } });
    case "event": {
      const { event } = msg;
      const peer = event.kind === "message" ? event.message.peer : event.kind === "deleted" ? event.peer : "";
      // An event is something that was kept.
      const kept = event.kind === "lost" ? model : keptAgain(model);
      return chain(eventCame(kept, event), (next) => step(next, ...sharedAgain(next, peer)));
    }
    case "page": {
      // What was looked for is on the screen now.
      const shown = msg.position !== undefined ? { ...model, notice: undefined } : model;
      const isGone = msg.position !== undefined && msg.id === model.open;
      return chain(pageCame(settled(shown), msg), (next) => isGone ? takenAlong(next) : step(next));
    }
    case "sent":
      return sent(model, msg);
    case "said":
      return step(say(model, msg.text, msg.style));
    case "unsaid":
      return step({ ...model, unsaid: msg });
    case "settings":
      return step(configuredAnew(model, msg.configured));
    case "failed":
      return failed(model, msg);
    case "edited":
      return step(withThread(model, msg.id, { draft: rewritten(threadOf(model, msg.id).draft, msg.text) }));
    default:
      return answered(settled(model), msg);
  }
}

/** Something was kept: what was said of that it could not be is over. */
const keptAgain = ({ unkept, notice, ...model }: Model): Model =>
  unkept === undefined || notice?.text !== unkept ? { ...model, notice } : model;

/** The App has answered: what was in trouble works again. */
const settled = (model: Model): Model =>
  model.trouble === undefined ? model : { ...model, trouble: undefined };

type Answer = Extract<
  Msg,
  {
    kind:
      | "conversations"
      | "preview"
      | "names"
      | "peers"
      | "pairs"
      | "status"
      | "found"
      | "outbox"
      | "words"
      | "shared"
      | "there"
      | "quoted"
      | "files"
      | "invites"
      | "bot-commands"
      | GroupAnswer["kind"];
  }
>;

function answered(model: Model, msg: Answer): Step {
  switch (msg.kind) {
    case "conversations":
      return conversationsCame(model, msg);
    case "preview": {
      const known = conversationOf(model, msg.id);
      if (known === undefined) return step(model);
      return step(withConversation(model, msg.id, {
        preview: isOlderPreview(known.preview, msg.message) ? known.preview : msg.message,
        ...(msg.summary === undefined ? {} : { summary: msg.summary }),
      }));
    }
    case "groups":
    case "members":
    case "joiners":
    case "evidence":
    case "invite":
    case "entered":
      return groupAnswered(model, msg);
    case "quoted":
      // Whoever has gone on to something else meanwhile is left there.
      return model.open === msg.id && model.focus === "messages" && model.overlays.length === 0
        ? goTo(model, msg.id, msg.position)
        : step(model);
    case "there":
      return model.open === msg.id ? leadTo(model, msg.id, msg.place) : step(model);
    case "shared":
      return sharedCame(model, msg.shared);
    case "files":
      return step(filesCame(model, msg));
    case "invites":
      return step(invitesCame(model, msg));
    case "bot-commands": {
      const next = commandsCame(model, msg);
      if (msg.then === undefined || model.open !== msg.id) return step(next);
      return msg.then === "complete"
        ? complete(next, msg.id)
        : runCommand(next, msg.then.name, msg.then.argument);
    }
    case "names":
      return step(named({ ...model, names: msg.names }));
    case "pairs":
      return step(named({ ...model, pairs: new Map(msg.pairs.map((pair) => [pair.peer, pair])) }));
    case "peers":
      return step({ ...model, peers: new Map(msg.peers.map((one) => [one.peer, one])) });
    case "status": {
      const { status } = msg;
      const network = status.registered ? { state: "online" as const } : model.network;
      return step({ ...model, status, queued: status.queued, network });
    }
    case "found":
      return step({ ...model, found: { text: msg.text, id: msg.id, messages: msg.messages } });
    case "outbox":
      return step({ ...model, outbox: msg.queued, queued: msg.queued.length });
    case "words":
      return step({
        ...model,
        words: new Map([...model.words, [msg.peer, { words: msg.words, qr: msg.qr }]]),
      });
  }
}

function conversationsCame(model: Model, { conversations }: Extract<Msg, { kind: "conversations" }>): Step {
  let isEarly = false;
  const known = conversations.map((view): Conversation => {
    const { peer, lastTs, paired } = view;
    const id = idOf(peer);
    const kind = isPerson(id) ? "person" : "group";
    const old = conversationOf(model, id);
    const preview = old?.lastTs === lastTs ? old.preview : undefined;
    const { summary } = old ?? {};
    const counted = countedBy(old, view);
    isEarly ||= asksAgain(old, view, counted);
    return {
      ...{ id, kind, key: peer, lastTs, preview, summary },
      ...{ unread: counted.unread, last: counted.last, readTo: counted.readTo, isUnsure: counted.isUnsure },
      ...(paired ? { paired } : {}),
    };
  });
  // One that an event has told of since; one that is forgotten is told of, too.
  const listed = new Set(known.map(({ id }) => id));
  const since = model.conversations.filter(({ id, last, lastTs }) =>
    last !== undefined && lastTs !== undefined && !listed.has(id)
  );
  const next = withGroups(
    named({ ...model, isListed: true, conversations: sorted(model, [...known, ...since]) }),
  );
  const ids = next.conversations.filter(({ lastTs, preview }) =>
    lastTs !== undefined && preview === undefined
  )
    .map(({ id }) => id).slice(0, MAX_PREVIEWS);
  const again: Effect[] = isEarly ? [{ kind: "conversations" }] : [];
  return step(next, ...again, ...(ids.length === 0 ? [] : [{ kind: "previews", ids } as const]));
}

/** Everybody with a name is in the list, and who asks to be paired. */
function named(model: Model): Model {
  const known = new Set(model.conversations.map(({ id }) => id));
  const isKept = ({ lastTs, key, id, paired }: Conversation): boolean =>
    lastTs !== undefined || paired || asksToPair(model, key) || model.names.has(key) ||
    model.groups.has(key) ||
    id === model.open;
  const asking = [...model.pairs.keys()].filter((key) => asksToPair(model, key));
  const more = [...new Set([...model.names.keys(), ...asking])].filter((key) =>
    !known.has(idOf(key)) && key !== model.own
  )
    .map((key): Conversation => ({ id: idOf(key), kind: "person", key, unread: 0 }));
  return { ...model, conversations: sorted(model, [...model.conversations.filter(isKept), ...more]) };
}

function sent(model: Model, { id, local, problem }: Extract<Msg, { kind: "sent" }>): Step {
  const effects: Effect[] = [{ kind: "status" }];
  const thread = threadOf(model, id);
  const lost = thread.unsent.find((one) => one.local === local);
  if (problem === undefined) {
    const unsent = thread.unsent.filter((one) => one.local !== local);
    return step(
      unsent.length === thread.unsent.length ? model : withThread(model, id, { unsent }),
      ...effects,
    );
  }
  if (lost === undefined) return step(say(model, problem, "error"), ...effects); // it is kept, and its state tells
  if (thread.draft.text === "") {
    const unsent = thread.unsent.filter((one) => one.local !== local);
    return step(
      say(withThread(model, id, { unsent, draft: editing(lost.text) }), problem, "error"),
      ...effects,
    );
  }
  const unsent = thread.unsent.map((one) => one.local === local ? { ...one, problem } : one);
  return step(say(withThread(model, id, { unsent }), problem, "error"), ...effects);
}

function failed(model: Model, { what, why, unkept }: Extract<Msg, { kind: "failed" }>): Step {
  const text = `${what}: ${byName(model, why)}`;
  if (unkept && model.unkept === text) return step(model);
  if (unkept) return step(say({ ...model, unkept: text }, text, "error"));
  return step(say({ ...withoutPages(model), trouble: text }, text, "error"));
}

/** What the terminal's title says. */
export function titleOf(model: Model): string {
  const unread = model.conversations.reduce((sum, one) => sum + one.unread, 0);
  const where = model.open === undefined ? "dmsg" : `dmsg: ${nameOf(model, model.open)}`;
  return unread === 0 ? where : `(${unread}) ${where}`;
}
