/**
 * What is said under a key of its caller is written down before it is sent: asked for again, the same text goes under the
 * same name, and stays one message.
 *
 * @see lib/app/README.md "Said once"
 * @module
 */
import type { Store } from "../../store/store.ts";
import { dropRoom } from "../drop_room.ts";
import { hashOf, Said, saidRoom } from "../said.ts";
import type { ConversationId } from "./overlays.ts";

/** A message that is to be sent. */
export interface PlannedText {
  /** What goes out. */
  readonly text: string;
  /** The line that everybody can read. */
  readonly line: string;
  /** The id of its envelope, 16 hex characters. */
  readonly id: string;
  /** The id of what it speaks of; left out: of what it makes. */
  readonly about?: string;
}

/** An end, also that of an invite's terms. */
const ENDS: readonly string[] = ["expires", "until"];

/** Plans by key. */
export class PlanOnce {
  readonly #store: Store;
  readonly #said: Said;

  /** Nothing is read yet. */
  constructor(store: Store) {
    this.#store = store;
    this.#said = new Said(store, roomOf);
  }

  /**
   * Plans something, or finds how it was planned.
   * @param key  Undefined: it is planned, and not written down.
   * @param asked  All that is asked for; it goes through JSON. An end is no part of it: who says "in an hour" again says
   *   another one.
   * @param words  Those that it was asked for in, for {@link planned}.
   * @throws What `plan` throws; {@link Said.find}.
   */
  async plan(
    conversation: ConversationId,
    key: string | undefined,
    asked: object,
    plan: () => Promise<PlannedText>,
    words?: string,
  ): Promise<PlannedText> {
    if (key === undefined) return await plan();
    const text = JSON.stringify(asked, (name, value) => ENDS.includes(name) ? undefined : value);
    const told = await this.#said.once(conversation, key, text, async (keep) => {
      const planned = JSON.stringify({ ...await plan(), words: words && hashOf(words) });
      await this.#store.commit(await keep(planned));
      return planned;
    });
    return JSON.parse(told) as PlannedText;
  }

  /**
   * What was planned under a key, when it was asked for in these words.
   * @returns undefined: nothing was, or in others.
   * @throws {UserError} usage: it is no key.
   */
  async planned(
    conversation: ConversationId,
    key: string,
    words: string,
  ): Promise<PlannedText | undefined> {
    const told = await this.#said.told(conversation, key);
    if (told === undefined) return undefined;
    const { words: asked, ...planned } = JSON.parse(told) as PlannedText & { readonly words?: string };
    return asked === hashOf(words) ? planned : undefined;
  }

  /** A conversation was forgotten. */
  async forget(conversation: ConversationId): Promise<void> {
    this.#said.forget(conversation);
    await dropRoom(this.#store, roomOf(conversation));
  }
}

/** Beside what is said under keys in a group itself. */
const roomOf = (conversation: ConversationId): string => saidRoom(`planned ${conversation}`);
