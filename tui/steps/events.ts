/**
 * What the App tells, into the model.
 *
 * @module
 */
import type { AppEvent } from "../../lib/app/events/events.ts";
import {
  chain,
  conversationOf,
  idOf,
  NEW_THREAD,
  openThread,
  sorted,
  step,
  threadOf,
  withConversation,
  withThread,
} from "../state/model.ts";
import type { ConversationId, Effect, Model, Step } from "../state/types.ts";
import { tell } from "./notices.ts";
import { groupChanged, groupStanding, pairStanding } from "./standing.ts";
import { messageCame, messageChanged } from "./threads.ts";
import { toldForgotten } from "./told.ts";
import { lineWent, readUpTo } from "./unread.ts";

/** What is left of a message that is deleted. */
const GONE = { state: "deleted", text: "", reason: undefined } as const;

/** An event of the App. */
export function eventCame(model: Model, event: AppEvent): Step {
  switch (event.kind) {
    case "message": {
      const { message } = event;
      const id = idOf(message.peer);
      const isFresh = !message.outgoing && !message.again && message.position > threadOf(model, id).readTo;
      const came = messageCame(model, id, message);
      return isFresh ? chain(came, (next) => tell(next, id, message)) : came;
    }
    case "state": {
      const { state, reason, position } = event;
      const id = idOf(event.peer);
      return step(
        preview(messageChanged(model, id, position, { state, reason }), event.peer),
        { kind: "status" },
        ...outboxAgain(model),
      );
    }
    case "deleted": {
      const id = idOf(event.peer);
      const next = messageChanged(model, id, event.position, GONE);
      return chain(
        lineWent(previewWent(next, id, event.position), id, event.position),
        (after) => step(after, { kind: "previews", ids: [id] }),
      );
    }
    case "read":
      return read(model, event.peer, event.position);
    case "forgotten":
      return forgotten(model, event.peer);
    case "peer":
      return step(model, { kind: "peers" });
    case "network":
      return network(model, event);
    case "lost":
      return reload(model);
  }
}

/** Everything that is shown is asked for again. */
export function reload(model: Model): Step {
  const opened = openThread(model);
  const threads = opened === undefined ? {} : { [opened.id]: opened.thread };
  // What was written and is kept nowhere else stays.
  const written = Object.entries(model.threads)
    .filter(([id, { draft, unsent }]) => id !== opened?.id && (draft.text !== "" || unsent.length > 0))
    .map(([id, { draft, replyTo, unsent }]) => [id, { ...NEW_THREAD, draft, replyTo, unsent }]);
  // What was counted may be of another store: the answer holds, whatever it is.
  const conversations = model.conversations.map((one) => ({ ...one, last: undefined, readTo: undefined }));
  const next = { ...model, conversations, threads: { ...Object.fromEntries(written), ...threads } };
  const rest = [{ kind: "conversations" }, { kind: "names" }, { kind: "groups" }, { kind: "peers" }, {
    kind: "pairs",
  }, { kind: "status" }] as const;
  if (opened === undefined || opened.thread.loading) return step(next, ...rest);
  return step(withThread(next, opened.id, { loading: true, anchor: undefined, below: 0 }), ...rest, {
    kind: "page",
    id: opened.id,
    where: "newest",
  });
}

/** What shows what waits is asked again when something of ours has left, or has to wait. */
const outboxAgain = ({ overlays }: Model): Effect[] =>
  ["outbox", "evidence"].includes(overlays.at(-1)?.name ?? "") ? [{ kind: "outbox" }] : [];

/** The line in the picker follows the newest message. */
function preview(model: Model, peer: string): Model {
  const id = idOf(peer);
  const thread = threadOf(model, id);
  const last = thread.messages.at(-1);
  return last === undefined || !thread.atEnd ? model : withConversation(model, id, { preview: last });
}

/** Whatever is the last one then may lie before it. */
function previewWent(model: Model, id: ConversationId, position: number): Model {
  const { preview } = conversationOf(model, id) ?? {};
  return preview?.position === position
    ? withConversation(model, id, { preview: { ...preview, ...GONE } })
    : model;
}

function read(model: Model, peer: string, position: number): Step {
  const id = idOf(peer);
  const thread = threadOf(model, id);
  const next = model.threads[id] === undefined
    ? model
    : withThread(model, id, { readTo: Math.max(thread.readTo, position) });
  return readUpTo(next, id, position);
}

function forgotten(model: Model, peer: string): Step {
  const id = idOf(peer);
  const { [id]: gone, ...threads } = model.threads;
  const conversations = model.names.has(peer) || conversationOf(model, id)?.paired
    ? sorted(
      model,
      model.conversations.map((one) =>
        one.id === id ? { ...one, lastTs: undefined, preview: undefined, unread: 0, readTo: one.last } : one
      ),
    )
    : model.conversations.filter((one) => one.id !== id);
  const kept = gone === undefined ? threads : {
    ...threads,
    [id]: { ...NEW_THREAD, draft: gone.draft, atStart: true, atEnd: true, told: toldForgotten(gone) },
  };
  return step({ ...model, threads: kept, conversations });
}

function network(model: Model, { name, detail, ts }: Extract<AppEvent, { kind: "network" }>): Step {
  if (name === "registered" || name === "session-up") {
    if (name === "session-up" && model.network.state === "connecting") return step(model);
    return step({ ...model, network: { state: "online" } }, { kind: "status" });
  }
  if (name === "pair-invite") return pairStanding(model, detail);
  if (name === "group") return groupStanding(model, detail);
  if (name === "group-changed") return groupChanged(model, detail);
  if (name !== "problem") return step(model);
  const nextMs = Date.parse(ts) + Number(detail.retryMs ?? 0);
  return step({ ...model, network: { state: "offline", problem: String(detail.error ?? ""), nextMs } });
}
