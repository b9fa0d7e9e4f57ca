/**
 * What is said under a key of its caller is written down before it is sent: asked for again, the same text goes under the
 * same name, and stays one message.
 *
 * @see lib/app/README.md "Said once"
 * @module
 */
import type { Store } from "../../store/store.ts";
import { dropRoom } from "../drop_room.ts";
import { Said, saidRoom } from "../said.ts";
import type { ConversationId } from "./overlays.ts";

/** A message that is to be sent. */
export interface PlannedText {
  /** What goes out. */
  readonly text: string;
  /** The line that everybody can read. */
  readonly line: string;
  /** The id of its envelope, 16 hex characters. */
  readonly id: string;
}

/** Plans by key. */
export class PlanOnce {
  readonly #store: Store;
  readonly #said = new Map<ConversationId, Said>();

  /** Nothing is read yet. */
  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Plans something, or finds how it was planned.
   * @param key  Undefined: it is planned, and not written down.
   * @param asked  All that is asked for; it goes through JSON. An end is no part of it: who says "in an hour" again says
   *   another one.
   * @throws What `plan` throws; {@link Said.find}.
   */
  async plan(
    conversation: ConversationId,
    key: string | undefined,
    asked: object,
    plan: () => Promise<PlannedText>,
  ): Promise<PlannedText> {
    if (key === undefined) return await plan();
    const said = this.#of(conversation);
    const text = JSON.stringify({ ...asked, expires: undefined, until: undefined });
    return await said.inTurn(async () => {
      const known = await said.find(key, text);
      if (known !== undefined) return JSON.parse(known) as PlannedText;
      const planned = await plan();
      const { changes, kept } = await said.keeping(key, text, JSON.stringify(planned));
      await this.#store.commit(changes).catch((error) => {
        this.#said.delete(conversation); // a store may have kept what it said it had not
        throw error;
      });
      kept();
      return planned;
    });
  }

  /** A conversation was forgotten. */
  async forget(conversation: ConversationId): Promise<void> {
    this.#said.delete(conversation);
    await dropRoom(this.#store, roomOf(conversation));
  }

  #of(conversation: ConversationId): Said {
    const said = this.#said.get(conversation) ?? new Said(this.#store, roomOf(conversation));
    this.#said.set(conversation, said);
    return said;
  }
}

/** Beside what is said under keys in a group itself. */
const roomOf = (conversation: ConversationId): string => saidRoom(`planned ${conversation}`);
