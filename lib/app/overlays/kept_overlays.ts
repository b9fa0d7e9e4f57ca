/**
 * The overlays of conversations, kept beside their messages as small values of the store: pages, and one state for each
 * conversation, in one commit.
 *
 * @see lib/app/README.md "Overlays"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { OverlayEngine } from "../../overlay/engine.ts";
import { type Kept, overlayIn } from "../../overlay/entry.ts";
import type { KeeperState } from "../../overlay/generation.ts";
import { Keeper, type Progress } from "../../overlay/keeper.ts";
import type { Scope } from "../../overlay/names.ts";
import type { PageWrite } from "../../overlay/pages.ts";
import type { Change, Store, StoredMessage } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { Lazy } from "../../wire/lazy.ts";
import { signatureOf } from "../groups/room/kept_groups.ts";
import { senderOf } from "../groups/room/message_id.ts";
import { ChangedMessages } from "./changed_messages.ts";
import { OVERLAY_STATES } from "./has_overlays.ts";
import type { ConversationId } from "./overlays.ts";

const SALT_BYTES = 16;
/** Conversations that are open at once: each holds some 64 pages. */
const MAX_OPEN = 4;

/** What the overlays of an identity are kept with. */
export interface KeptOverlaysOptions {
  /** Us. */
  readonly pk: PublicKeyHex;
  /** Keeps everything. */
  readonly store: Store;
  /** Time. */
  readonly clock: Pick<Clock, "wallNs">;
  /** The salt. */
  readonly random: Random;
  /** Told when making rows anew went wrong. */
  readonly onProblem: (error: Error) => void;
}

/** What somebody reads or does, with all that is kept in the rows. */
export interface OpenOverlays {
  /** The rows. */
  readonly engine: OverlayEngine;
  /** How far new rows are that are being made beside these. */
  readonly making: Progress | undefined;
  /** The user has read a thread up to a position. */
  markThread(root: string, position: number): Promise<void>;
  /** Of each widget one value in so many milliseconds is kept. */
  thin(intervalMs: number): Promise<void>;
  /** What the log says at a position, as folds take it. */
  message(position: number): Promise<Kept | undefined>;
}

/** The overlays of all conversations. */
export class KeptOverlays {
  readonly #options: KeptOverlaysOptions;
  readonly #changed: ChangedMessages;
  readonly #open = new Map<ConversationId, Promise<Keeper>>();
  readonly #turns = new Map<ConversationId, Promise<unknown>>();
  readonly #making = new Set<ConversationId>();
  readonly #salt = new Lazy(() => this.#readSalt());
  #isClosed = false;

  /** Nothing is read yet. */
  constructor(options: KeptOverlaysOptions) {
    this.#options = options;
    this.#changed = new ChangedMessages(options.store);
  }

  /** Does something with rows that hold all messages of a conversation; one after the other. */
  use<T>(conversation: ConversationId, run: (open: OpenOverlays) => Promise<T>): Promise<T> {
    return this.#inTurn(conversation, async () => {
      const keeper = await this.#upToDate(conversation);
      const making = await keeper.progress();
      if (making !== undefined) this.#makeAnew(conversation);
      return await run({
        engine: keeper.engine!,
        making,
        markThread: (root, position) => keeper.markThread(root, position),
        thin: (intervalMs) => keeper.thin(intervalMs),
        message: async (position) => {
          const message = await this.#options.store.messages.get(conversation, position);
          return message && await this.#kept(conversation, message);
        },
      });
    });
  }

  /** Whether there are rows of a conversation, up to date or not. */
  async has(conversation: ConversationId): Promise<boolean> {
    return await this.#stateOf(conversation) !== undefined;
  }

  /** Messages of a conversation were taken away: what rows have of them goes now. */
  async lost(conversation: ConversationId): Promise<void> {
    if (await this.has(conversation)) {
      await this.use(conversation, () => Promise.resolve());
    }
  }

  /** Drops the rows of a conversation that was forgotten. */
  async forget(conversation: ConversationId): Promise<void> {
    const { store } = this.#options;
    await this.#inTurn(conversation, async () => {
      const state = await this.#stateOf(conversation);
      if (state === undefined) return;
      this.#open.delete(conversation);
      const keeper = await this.#keeper(conversation, withoutRows(state));
      while (await keeper.build());
      await store.commit([{ kind: "value", room: OVERLAY_STATES, name: conversation, value: undefined }]);
      this.#open.delete(conversation);
    });
  }

  /** Waits for what is under way, and writes down what waits; what can't be is made from the messages again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#turns.values());
    await Promise.allSettled([...this.#open.values()].map(flush));
  }

  #inTurn<T>(conversation: ConversationId, run: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(conversation) ?? Promise.resolve();
    const turn = before.then(run, run).catch((error) => {
      this.#open.delete(conversation); // what is in memory may be half of something
      throw error;
    });
    const settled = turn.catch(() => {});
    this.#turns.set(conversation, settled);
    settled.then(() => {
      if (this.#turns.get(conversation) === settled) this.#turns.delete(conversation);
    });
    return turn;
  }

  async #upToDate(conversation: ConversationId): Promise<Keeper> {
    const { clock } = this.#options;
    let keeper = await this.#keeper(conversation);
    const { changed, cursor, isForgotten, isLost } = await this.#changed.behind(conversation, keeper.cursor);
    if (isForgotten) {
      this.#open.delete(conversation);
      const state = await this.#stateOf(conversation);
      keeper = await this.#keeper(conversation, state === undefined ? undefined : withoutRows(state));
    } else if (isLost) keeper.renew();
    await keeper.catchUp(changed, cursor, Number(clock.wallNs() / 1_000_000n));
    while (keeper.engine === undefined) await keeper.build();
    return keeper;
  }

  #keeper(conversation: ConversationId, state?: KeeperState): Promise<Keeper> {
    const known = this.#open.get(conversation);
    if (known !== undefined) return known;
    for (const other of this.#open.keys()) {
      if (this.#open.size < MAX_OPEN) break;
      if (!this.#turns.has(other)) this.#letGo(other);
    }
    const opened = this.#openKeeper(conversation, state);
    this.#open.set(conversation, opened);
    return opened;
  }

  #letGo(conversation: ConversationId): void {
    const keeper = this.#open.get(conversation)!;
    this.#open.delete(conversation);
    this.#inTurn(conversation, () => flush(keeper)).catch(this.#options.onProblem);
  }

  async #openKeeper(conversation: ConversationId, given: KeeperState | undefined): Promise<Keeper> {
    const { store } = this.#options;
    const { messages, values } = store;
    const salt = await this.#salt.get();
    const state = given ?? await this.#stateOf(conversation) ?? { old: [], cursor: store.events.last() };
    const room = `overlay ${conversation}`;
    const kept = (message: StoredMessage) => this.#kept(conversation, message);
    return new Keeper({
      scope: scopeOf(conversation),
      salt,
      page: (generation, name) => values.get(room, `${generation} ${name}`),
      write: async (generation, pages, next) => {
        const change = ({ name, value }: PageWrite): Change => ({
          kind: "value",
          room,
          name: `${generation} ${name}`,
          value,
        });
        const result = await store.commit([
          ...pages.map(change),
          { kind: "value", room: OVERLAY_STATES, name: conversation, value: utf8(JSON.stringify(next)) },
        ]);
        if (!result.ok) throw new Error(`overlays: nothing was kept: ${result.reason}`);
      },
      last: async () => (await messages.newest(conversation, 1))[0]?.position ?? 0,
      behind: async (position, limit) => {
        const found = await messages.before(conversation, position + limit + 1, limit);
        const all = await Promise.all(found.filter((one) => one.position > position).map(kept));
        return all.filter((one) => one !== undefined);
      },
      at: async (position) => {
        const message = await messages.get(conversation, position);
        return message && await kept(message);
      },
    }, state);
  }

  async #stateOf(conversation: ConversationId): Promise<KeeperState | undefined> {
    const bytes = await this.#options.store.values.get(OVERLAY_STATES, conversation);
    return bytes && JSON.parse(fromUtf8(bytes));
  }

  async #readSalt(): Promise<Uint8Array> {
    const { store, random } = this.#options;
    const known = await store.values.get(OVERLAY_STATES, "");
    if (known !== undefined) return known;
    const value = random.bytes(SALT_BYTES);
    await store.commit([{ kind: "value", room: OVERLAY_STATES, name: "", value }]);
    return value;
  }

  /** A message that counts: one that certainly never left, or was taken back, does not. */
  async #kept(conversation: ConversationId, message: StoredMessage): Promise<Kept | undefined> {
    const { peer, direction, id, body, position, atNs, state, reason, via } = message;
    const isGone = state === "deleted" || state === "failed" || state === "cancelled" && reason === undefined;
    if (isGone || overlayIn(body) === undefined) return undefined;
    const own = direction === "out";
    const kept = { position, own, body, atMs: Number(atNs / 1_000_000n) };
    if (via !== "group") return { ...kept, author: own ? this.#options.pk : peer, id };
    const signature = await signatureOf(this.#options.store, conversation, id ?? "");
    return { ...kept, author: senderOf(id ?? ""), signature: signature ?? "" };
  }

  /** Makes new rows, a part at a time, between what is asked. */
  #makeAnew(conversation: ConversationId): void {
    if (this.#making.has(conversation)) return;
    this.#making.add(conversation);
    const make = async (): Promise<void> => {
      for (let more = true; more && !this.#isClosed;) {
        more = await this.#inTurn(conversation, async () => await (await this.#keeper(conversation)).build());
      }
    };
    make().catch(this.#options.onProblem).finally(() => this.#making.delete(conversation));
  }
}

const flush = async (keeper: Promise<Keeper>): Promise<void> => await (await keeper).flush();

/** How messages of a conversation are named. */
export const scopeOf = (conversation: ConversationId): Scope =>
  conversation.includes("-") ? "group" : "person";

const withoutRows = ({ live, next, old, cursor }: KeeperState): KeeperState => ({
  old: [...old, live, next].filter((one) => one !== undefined),
  cursor,
});
