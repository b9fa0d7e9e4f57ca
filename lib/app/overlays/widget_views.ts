/**
 * Widgets of dashboards, as every surface sees them.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { BotCommand } from "../../overlay/announcement.ts";
import type { WidgetKind, WidgetValue } from "../../overlay/widget.ts";

export type { BotCommand } from "../../overlay/announcement.ts";

/** A widget of a bot, with its last value. */
export interface WidgetView {
  /** Tells it from others of the same bot. */
  readonly id: string;
  /** Whose it is. */
  readonly bot: PublicKeyHex;
  /** What stands above it. */
  readonly title: string;
  /** How it is drawn. */
  readonly kind: WidgetKind;
  /** What it says; of `since` milliseconds since 1970, of a table rows of cells, the heading first. */
  readonly value: WidgetValue;
  /** Behind a number. */
  readonly unit?: string;
  /** The end of a gauge or a bar; left out: 100. */
  readonly max?: number;
  /** When it was said, by its bot's clock. */
  readonly ts: string;
  /** It is older than its bot said that it may be. */
  readonly stale: boolean;
  /** How old that is, milliseconds; left out: any age is good. */
  readonly ageMs?: number;
  /** How its number stands against the thresholds that its bot named. */
  readonly level: "good" | "warning" | "alarm";
  /** Of a number: against the value of the interval before. */
  readonly trend?: "up" | "down" | "flat";
  /** Its last numbers, one an interval at most, the oldest first. */
  readonly history: readonly number[];
}

/** What a bot publishes. */
export type WidgetUpdate =
  & Pick<WidgetView, "id" | "kind" | "value">
  & Partial<Pick<WidgetView, "title" | "unit" | "max">>
  & {
    /** It is stale when it is older than this. */
    readonly ageMs?: number;
    /** From here on it is a warning, and an alarm; with an alarm below the warning, lower is worse. */
    readonly warn?: number;
    /** See {@link WidgetUpdate.warn}. */
    readonly alarm?: number;
    /** A line in the chat, at most 50 columns; else the value is that. */
    readonly info?: string;
    /** What the picker shows of the conversation, at most 20 columns, until another one is said. */
    readonly summary?: string;
    /** Whether whoever is told of messages is told of this one. */
    readonly notify?: boolean;
  };

/** What a bot announces: texts that begin with `/name` are for it. */
export interface CommandsView {
  /** Whose they are. */
  readonly bot: PublicKeyHex;
  /** When it was said, by its bot's clock. */
  readonly ts: string;
  /** In its order; one at least. */
  readonly commands: readonly BotCommand[];
}

/** What a conversation takes of its bots. */
export interface Pace {
  /** Between two values of one widget, milliseconds: receivers keep or show one of those that come closer. */
  readonly intervalMs: number;
  /** Bytes of a message, its readable line included: longer ones don't survive everywhere. */
  readonly maxBytes: number;
  /** Who has set that; left out: nobody has, and it is what every conversation takes. */
  readonly by?: PublicKeyHex;
  /** When, by its setter's clock. */
  readonly ts?: string;
}
