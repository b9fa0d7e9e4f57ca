/**
 * Widgets of dashboards, as every surface sees them.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { BotCommand } from "../../overlay/announcement.ts";
import type { GivenUpdate, WidgetKind, WidgetValue } from "../../overlay/widget.ts";

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

/** What a bot publishes; see `lib/overlay/README.md` "Dashboards". */
export type WidgetUpdate = GivenUpdate;

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
