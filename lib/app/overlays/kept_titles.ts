/**
 * Keeps the names of things in step with the messages that name them: a while behind each change, and at the end.
 *
 * @module
 */
import { BULLETIN, DASHBOARD, LIST, POLL, readOverlay } from "../../overlay/frame.ts";
import type { Change, Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import { Turns } from "../../wire/turns.ts";
import type { ConversationId } from "./changes.ts";
import type { Title, TitlesFile } from "./titles_file.ts";

/** Changes of this time are looked at together: a bot may say something ten times a second. */
const DELAY_MS = 1000;

/** What they are made of. */
export interface KeptTitlesOptions {
  /** Time. */
  readonly clock: Pick<Clock, "after">;
  /** Keeps them. */
  readonly file: TitlesFile;
  /** What a conversation has now; nothing when it was forgotten. */
  readonly titles: (conversation: ConversationId) => Promise<readonly Title[]>;
}

/** The names of all conversations. */
export class KeptTitles {
  readonly #options: KeptTitlesOptions;
  readonly #changed = new Set<ConversationId>();
  #known: Promise<Map<ConversationId, readonly Title[]>> | undefined;
  #cancel: (() => void) | undefined;
  readonly #turns = new Turns();

  /** Nothing is read yet. */
  constructor(options: KeptTitlesOptions) {
    this.#options = options;
  }

  /** A conversation may name its things otherwise now. */
  changed(conversation: ConversationId): void {
    this.#changed.add(conversation);
    this.#cancel ??= this.#options.clock.after(DELAY_MS, () => {
      this.#cancel = undefined;
      void this.#renew();
    });
  }

  /** Writes down what is not yet. */
  async close(): Promise<void> {
    this.#cancel?.();
    await this.#renew();
  }

  #renew(): Promise<void> {
    return this.#turns.run(() => this.#renewed()).catch(() => {}); // a help that is missing harms nobody
  }

  async #renewed(): Promise<void> {
    const { file, titles } = this.#options;
    if (this.#changed.size === 0) return;
    const conversations = [...this.#changed];
    this.#changed.clear();
    const known = await (this.#known ??= file.read().then((found) => new Map(found)));
    let isNew = false;
    for (const conversation of conversations) {
      const now = await titles(conversation);
      if (JSON.stringify(now) === JSON.stringify(known.get(conversation) ?? [])) continue;
      isNew = true;
      const others = [...known].filter(([other]) => other !== conversation);
      known.clear();
      for (const [other, its] of [[conversation, now] as const, ...others]) known.set(other, its);
    }
    if (isNew) await file.write(known);
  }
}

/** The same store; told what it has kept, beside whoever commits: acks do not wait for that. */
export const tellingStore = (store: Store, onKept: (changes: readonly Change[]) => void): Store => ({
  ...store,
  commit(changes, options) {
    const committing = store.commit(changes, options);
    committing.then(({ ok }) => ok && onKept(changes), () => {});
    return committing;
  },
});

/** The conversations of changes in which something may be called otherwise afterwards. */
export function renamedIn(changes: readonly Change[]): ConversationId[] {
  return changes.flatMap((change) => {
    if (change.kind === "delete") return [change.peer];
    if (change.kind !== "message") return [];
    const { peer, body, direction } = change.message;
    const { overlay } = readOverlay(body);
    // Of widgets only ours are proposed: what a bot of another says needs no look.
    const names = overlay === LIST || overlay === BULLETIN || overlay === POLL ||
      overlay === DASHBOARD && direction === "out";
    return names ? [peer] : [];
  });
}
