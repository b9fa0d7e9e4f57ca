/**
 * What was typed since the lines began. Each has its answer, also when it is not loaded: many lines at once may come
 * before the first page, and be more than a page holds.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { idOf } from "../state/model.ts";
import type { ConversationId, Msg } from "../state/types.ts";
import { changed } from "../steps/told.ts";

/** So many that may wait for an answer are remembered. */
const MAX_TYPED = 2_000;

/** Messages of ours that events have told of. */
export class Typed {
  readonly #kept = new Map<string, MessageView>();

  /** Whether it was typed here. */
  has(message: Pick<MessageView, "peer" | "position">): boolean {
    return this.#kept.has(placeOf(message));
  }

  /** Takes a step. @returns One of ours in a conversation that was kept, or stands otherwise now. */
  told(msg: Msg, id: ConversationId): MessageView | undefined {
    if (msg.kind !== "event") return undefined;
    const { event } = msg;
    let found: MessageView | undefined;
    if (event.kind === "message" && event.message.outgoing && !event.message.silent) found = event.message;
    if (event.kind === "state") {
      const known = this.#kept.get(placeOf(event));
      found = known && changed(known, { state: event.state, reason: event.reason });
    }
    if (found === undefined) return undefined;
    this.#kept.set(placeOf(found), found);
    if (this.#kept.size > MAX_TYPED) this.#kept.delete(this.#kept.keys().next().value!);
    return idOf(found.peer) === id ? found : undefined;
  }
}

/** Names a message in all conversations. */
export const placeOf = ({ peer, position }: Pick<MessageView, "peer" | "position">): string =>
  `${peer}:${position}`;
