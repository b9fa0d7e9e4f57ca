/**
 * What became of messages that rows were made of: one look at the events for all conversations, not one for each.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import { Turns } from "../../wire/turns.ts";
import type { ConversationId } from "./overlays.ts";

/** Most that is held, as many as the store has events; who asks for what was let go reads them once more. */
const MAX_HELD = 20_000;

/** Of one conversation, behind a cursor. */
export interface Changes {
  /** Positions of messages that were changed or deleted, since it was forgotten last. */
  readonly changed: ReadonlySet<number>;
  /** Up to where the events were read. */
  readonly cursor: number;
  /** All before was forgotten. */
  readonly isForgotten: boolean;
  /** Events are missing: anything may have changed. */
  readonly isLost: boolean;
}

interface Change {
  readonly cursor: number;
  readonly peer: string;
  /** undefined: the conversation was forgotten. */
  readonly position: number | undefined;
}

/** The changes of all conversations. */
export class ChangedMessages {
  readonly #events: Store["events"];
  readonly #turns = new Turns();
  /** Behind which cursor, and up to which one the events were read. */
  #read: { readonly from: number; readonly upTo: number } | undefined;
  /** In order. */
  #held: Change[] = [];

  /** Nothing is read yet. */
  constructor({ events }: Store) {
    this.#events = events;
  }

  /** What became of messages of a conversation behind a cursor. */
  behind(conversation: ConversationId, since: number): Promise<Changes> {
    return this.#turns.run(async () => {
      const cursor = await this.#cover(since);
      const changed = new Set<number>();
      let isForgotten = false;
      if (cursor === undefined) {
        return { changed, cursor: this.#events.last(), isForgotten, isLost: true };
      }
      for (const { cursor: at, peer, position } of this.#held) {
        if (at <= since || peer !== conversation) continue;
        if (position !== undefined) changed.add(position);
        else {
          changed.clear();
          isForgotten = true;
        }
      }
      return { changed, cursor, isForgotten, isLost: false };
    });
  }

  /** Reads what is not known yet. @returns Up to where; undefined: events behind the cursor are missing. */
  async #cover(since: number): Promise<number | undefined> {
    const last = this.#events.last();
    // A store that was put back from an older copy has never given out that cursor.
    if (since > last) return undefined;
    if (this.#held.length > MAX_HELD) this.#letGo();
    const { from, upTo } = this.#read ?? { from: since, upTo: since };
    const newer = await this.#changes(upTo, last);
    if (newer === undefined) {
      // For so long nobody has asked: the store has dropped what lies between.
      this.#letGo();
      return upTo < since ? await this.#cover(since) : undefined;
    }
    this.#held.push(...newer);
    this.#read = { from, upTo: last };
    const older = since < from ? await this.#changes(since, from) : [];
    if (older === undefined) return undefined;
    if (older.length > 0) this.#held = [...older, ...this.#held];
    this.#read = { from: Math.min(since, from), upTo: last };
    return last;
  }

  #letGo(): void {
    this.#read = undefined;
    this.#held = [];
  }

  /** Those behind a cursor, up to another one; undefined: events are missing there. */
  async #changes(since: number, upTo: number): Promise<Change[] | undefined> {
    const found: Change[] = [];
    for (let cursor = since; cursor < upTo;) {
      const page = await this.#events.since(cursor);
      if (page.lost) return undefined;
      for (const event of page.events) {
        if (event.cursor > upTo) break;
        if (event.kind === "forgotten") {
          found.push({ cursor: event.cursor, peer: event.peer, position: undefined });
        } else if (event.kind === "state" || event.kind === "deleted") {
          found.push({ cursor: event.cursor, peer: event.peer, position: event.position });
        }
      }
      cursor = page.cursor;
    }
    return found;
  }
}
