/**
 * Effects on single messages and on what waits to be sent, done.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import { isPerson, keyOf } from "../state/model.ts";
import type { Effect } from "../state/types.ts";
import { sendToGroup, unsend } from "./groups.ts";
import type { Said } from "./parts.ts";

/** Where peers take direct messages (specification skychat §0.4). */
const CHAT_PORT = 1;
/** How long a send waits for its ack before it is reported as queued. */
const WAIT_MS = 5000;
/** Results of a search. */
const MAX_FOUND = 200;

/** Effects that are about messages. */
export type MessageEffect = Extract<
  Effect,
  { kind: "send" | "read" | "remove" | "retry" | "cancel" | "forget" | "search" }
>;

/** Whether an effect is one of these. */
export const isForMessages = (effect: Effect): effect is MessageEffect =>
  ["send", "read", "remove", "retry", "cancel", "forget", "search"].includes(effect.kind);

/**
 * Does one; the answers go to `tell`.
 * @param queues  Whether what can't be sent now may leave later.
 * @throws What the App throws.
 */
export async function doForMessages(
  app: App,
  effect: MessageEffect,
  tell: (msg: Said) => void,
  queues: boolean,
): Promise<void> {
  switch (effect.kind) {
    case "send":
      return await (isPerson(effect.id) ? send(app, effect, tell, queues) : sendToGroup(app, effect, tell));
    case "read":
      return await app.messages.markRead({ peer: keyOf(effect.id), ...positionOf(effect.position) });
    case "remove": {
      const { id, position, everywhere } = effect;
      if (everywhere && !isPerson(id)) return await unsend(app, id, position);
      return await app.messages.remove({ peer: keyOf(id), position, everywhere });
    }
    case "retry":
      return await app.outbox.retry({ peer: keyOf(effect.id), position: effect.position });
    case "cancel":
      return await app.outbox.cancel({ peer: keyOf(effect.id), position: effect.position });
    case "forget":
      return await app.messages.forget({ peer: keyOf(effect.id) });
    case "search": {
      const peer = effect.id === undefined ? undefined : keyOf(effect.id);
      const messages = await app.messages.search({ text: effect.text, peer, limit: MAX_FOUND });
      return tell({ kind: "found", text: effect.text, id: effect.id, messages });
    }
  }
}

async function send(
  app: App,
  { id, text, local, replyTo }: Extract<Effect, { kind: "send" }>,
  tell: (msg: Said) => void,
  queue: boolean,
): Promise<void> {
  const { state } = await app.messages.send({
    to: { pk: keyOf(id), port: CHAT_PORT },
    text,
    waitMs: WAIT_MS,
    queue,
    ...(replyTo === undefined ? {} : { replyTo }),
  });
  tell({ kind: "sent", id, local, state });
}

/** Up to a message, or to the newest. */
const positionOf = (position: number): { position?: number } =>
  position === Number.MAX_SAFE_INTEGER ? {} : { position };
