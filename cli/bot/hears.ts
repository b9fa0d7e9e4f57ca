/**
 * Which messages a bot is handed.
 *
 * @see lib/bot/README.md "To the bot"
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import { type GroupId, isGroupId } from "../../lib/app/groups/groups.ts";
import { SEALED } from "../../lib/app/groups/room/shown.ts";
import type { ConversationId, MessageView } from "../../lib/app/messages/messages.ts";
import { isWritten } from "../../lib/app/written.ts";
import { DASHBOARD, readOverlay } from "../../lib/overlay/frame.ts";
import type { Clock } from "../../lib/sys/clock.ts";
import { parseGoTime } from "../../lib/wire/go_time.ts";
import { Repeats } from "../resident/repeats.ts";

/** So long what is known of a group is good: all that was said before comes at once when a bot comes in. */
const KNOWN_MS = 1_000;

/** Chooses for one bot. */
export class Hears {
  readonly #app: Pick<App, "groups">;
  readonly #clock: Clock;
  readonly #conversations: readonly ConversationId[];
  readonly #repeats = new Repeats();
  readonly #joined = new Map<GroupId, { readonly atMs: number; readonly ns: Promise<bigint> }>();

  /** Of an App. @param conversations  Only these; none: all. */
  constructor(app: Pick<App, "groups">, clock: Clock, conversations: readonly ConversationId[] = []) {
    [this.#app, this.#clock, this.#conversations] = [app, clock, conversations];
  }

  /**
   * Whether a message is for it: not ours, or bots would hear each other all day by values of widgets; nothing that
   * nobody wrote, that was there before a ban which was taken back, or that can't be read and comes again once it can; and
   * of a group nothing of before we came in.
   */
  async takes(message: MessageView): Promise<boolean> {
    const { peer, outgoing, state, text, ts, reason } = message;
    const isRepeat = this.#repeats.has(message);
    const isWanted = this.#conversations.length === 0 || this.#conversations.includes(peer);
    if (!isWanted || outgoing || state === "deleted" || readOverlay(text).overlay === DASHBOARD) return false;
    if (isRepeat || !isWritten(message) || reason === SEALED) return false;
    if (!isGroupId(peer)) return true;
    return parseGoTime(ts) > await this.#joinedNs(peer); // who knows that we are in speaks later than that
  }

  #joinedNs(group: GroupId): Promise<bigint> {
    const nowMs = this.#clock.nowMs();
    const known = this.#joined.get(group);
    if (known !== undefined && nowMs - known.atMs < KNOWN_MS) return known.ns;
    const ns = this.#app.groups.info({ group }).then(
      ({ joined_at }) => parseGoTime(String(joined_at)),
      () => 0n, // dropped or damaged meanwhile: it is answered that it can't be said there
    );
    this.#joined.set(group, { atMs: nowMs, ns });
    return ns;
  }
}
