/**
 * Where a message stands, as a mark of two columns and in words.
 *
 * @see specification skychat §a.5
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { Style } from "./style.ts";

/** A mark, its look, and what it means. */
export interface Mark {
  /** Two cells. */
  readonly sign: string;
  /** Of the sign. */
  readonly style: Style;
  /** Said in its place. */
  readonly words: string;
}

const MARKS: Readonly<Record<MessageView["state"], Mark>> = {
  pending: { sign: "○ ", style: "dim", words: "queued" },
  sent: { sign: "· ", style: "dim", words: "sent" },
  received: { sign: "✓ ", style: "good", words: "acknowledged" },
  read: { sign: "✓✓", style: "good", words: "read" },
  unconfirmed: { sign: "? ", style: "warning", words: "unconfirmed" },
  failed: { sign: "✗ ", style: "error", words: "failed" },
  cancelled: { sign: "– ", style: "dim", words: "cancelled" },
  deleted: { sign: "  ", style: "dim", words: "deleted" },
};

/** The mark of a message; one that came has none. */
export const markOf = ({ state, outgoing }: Pick<MessageView, "state" | "outgoing">): Mark =>
  outgoing ? MARKS[state] : { ...MARKS[state], sign: "  " };

/** One that came and names us, or answers us. */
export const MENTION: Mark = { sign: "@ ", style: "unread", words: "names you" };

/** The meanings of all marks, for help. */
export const markLines = (): string[] =>
  [...Object.values(MARKS), MENTION].filter(({ sign }) => sign.trim() !== "").map(({ sign, words }) =>
    `${sign} ${words}`
  );
