/**
 * What is said in lists, bulletins and polls, and what became of it.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupAudience, GroupId } from "../groups/groups.ts";

/** A peer, or a group by its id. */
export type ConversationId = PublicKeyHex | GroupId;

/** What is said in a list. */
export type ListChange =
  | { readonly do: "new"; readonly text: string }
  | { readonly do: "add"; readonly list: string; readonly text: string }
  | { readonly do: "rename"; readonly id: string; readonly text: string }
  | { readonly do: "check" | "uncheck" | "remove" | "restore" | "archive" | "unarchive"; readonly id: string }
  | { readonly do: "assign"; readonly id: string; readonly assignee?: PublicKeyHex }
  | {
    readonly do: "move";
    readonly id: string;
    readonly to: "top" | "bottom" | "before" | "after";
    readonly beside?: string;
  };

/** What is said in a bulletin. */
export type BoardChange =
  | { readonly do: "post"; readonly text: string; readonly expires?: string }
  | { readonly do: "reply"; readonly id: string; readonly text: string }
  /** An end that is left out stays as it was. */
  | { readonly do: "edit"; readonly id: string; readonly text: string; readonly expires?: string }
  | { readonly do: "withdraw" | "pin" | "unpin"; readonly id: string };

/** What is said of a poll. */
export type PollChange =
  | {
    readonly do: "new";
    readonly text: string;
    readonly choices: readonly string[];
    readonly many?: boolean;
    readonly until?: string;
  }
  /** Numbers of choices from 0; none: our vote is taken back. */
  | { readonly do: "vote"; readonly id: string; readonly votes: readonly number[] }
  | { readonly do: "close"; readonly id: string };

/** How something is said. */
export interface Saying {
  /** Where. */
  readonly conversation: ConversationId;
  /** How long to wait until it has arrived; it is queued otherwise. */
  readonly waitMs: number;
  /** 1 … 1,024 bytes: said again under it, it stays one message. The last 1,024 of a conversation are known. */
  readonly key?: string;
  /** In a D2 group for whom; left out: for the readers of what it hangs on, else for whom all that we say there is. */
  readonly audience?: GroupAudience;
}

/** What is said in a list, by who may ask for it again. */
export interface ListSaying extends Saying {
  /** What. */
  readonly change: ListChange;
  /** With a key: the words that it was asked for in, for {@link Again}. */
  readonly words?: string;
}

/** Something that was said under a key, by the words that it was asked for in: they name nothing any more, maybe. */
export interface Again extends Saying {
  /** The key. */
  readonly key: string;
  /** The words. */
  readonly words: string;
}

/** What became of something that was said. It is kept and shown here in any case. */
export interface OverlayReport {
  /** The id of what was made, or of what was spoken about. */
  readonly id: string;
  /** Where its message stands, as of a direct message or of a group's. */
  readonly state: "acked" | "handed-over" | "unconfirmed" | "queued" | "kept-by-others";
  /** Its place in the conversation. */
  readonly position: number;
  /** Why it is not confirmed, or queued. */
  readonly reason?: string;
  /** The line that everybody can read. */
  readonly line: string;
}

/** What was not said: it has neither id nor position. */
export interface NotSaid {
  /** `replaced`: a later value went in its place; `unchanged`: it stands already, and was not said again. */
  readonly state: "replaced" | "unchanged";
  /** The line that it would have been. */
  readonly line: string;
}

/** What became of something that has its turn: a value of a widget, or commands. */
export type PublishReport = OverlayReport | NotSaid;
