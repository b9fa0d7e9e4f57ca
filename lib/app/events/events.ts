/**
 * What happens, in order; the member `events` of {@link App}.
 *
 * All parameters and results are plain JSON values; times are RFC 3339 texts with nanoseconds (lib/wire/go_time.ts).
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { MessageState } from "../../store/store.ts";
import type { ConversationId, MessageView } from "../messages/messages.ts";

/** What happened, in order; each has the cursor to go on behind it. */
export type AppEvent =
  & {
    /** Hand it to {@link Events.follow} to go on behind this event. */
    readonly cursor: number;
    /** When it was kept. */
    readonly ts: string;
  }
  & (
    | { readonly kind: "message"; readonly message: MessageView }
    | {
      readonly kind: "state";
      readonly peer: ConversationId;
      readonly position: number;
      readonly id?: string;
      readonly state: MessageState;
      readonly reason?: string;
    }
    | {
      readonly kind: "deleted";
      readonly peer: ConversationId;
      readonly position: number;
      readonly id?: string;
    }
    | { readonly kind: "peer"; readonly peer: PublicKeyHex; readonly facts: Record<string, unknown> }
    | { readonly kind: "read"; readonly peer: ConversationId; readonly position: number }
    | { readonly kind: "forgotten"; readonly peer: ConversationId }
    | { readonly kind: "network"; readonly name: string; readonly detail: Record<string, unknown> }
    /**
     * Events behind the asked cursor are no longer kept; `foreign`: it is of other events than these, as after the
     * store was restored or replaced. What is kept follows, from the oldest.
     */
    | { readonly kind: "lost"; readonly foreign?: boolean }
  );

/** What happens. */
export interface Events {
  /**
   * Events behind a cursor, then those to come, until the signal.
   * @param since  A cursor; undefined starts with what comes from now on.
   */
  follow(since: number | undefined, signal: AbortSignal): AsyncIterable<AppEvent>;
  /** The cursor of the newest event, 0 before the first; undefined: nobody can tell. */
  cursor(): Promise<number | undefined>;
}
