/**
 * A widget as a bot writes it. Whether a value fits its kind is checked where it is published (lib/overlay/widget.ts).
 *
 * @module
 */
import { WIDGET_KINDS, type WidgetKind, type WidgetValue } from "../overlay/widget.ts";
import { choice, FLAG, type Kind, NUMBER, OBJECT, text } from "./members.ts";

/** What a bot publishes; see `dmsg widget --help`. */
export interface BotWidget {
  /** Its name. */
  readonly id: string;
  /** Above it. */
  readonly title?: string;
  /** How it is drawn. */
  readonly kind: WidgetKind;
  /** What it says. */
  readonly value: WidgetValue;
  /** Behind a number. */
  readonly unit?: string;
  /** The end of a gauge or a bar. */
  readonly max?: number;
  /** It is stale when it is older, milliseconds. */
  readonly ageMs?: number;
  /** From here on it is a warning. */
  readonly warn?: number;
  /** From here on it is an alarm. */
  readonly alarm?: number;
  /** A line in the chat. */
  readonly info?: string;
  /** What stands for the conversation where all are listed. */
  readonly summary?: string;
  /** Told of like a message. */
  readonly notify?: boolean;
}

/** A value of the bots that are shipped: it says nothing in the chat. */
export type ShippedWidget = Omit<BotWidget, "title" | "info" | "summary" | "notify"> & {
  readonly title: string;
};

/** Characters of any text in it: more than each may have, which is said where it is published. */
const LINE = text(1000);
const PLAIN: Kind = { fits: (value) => value === "" || LINE.fits(value), words: "a text" };
const isListOf = (fits: (one: unknown) => boolean) => (value: unknown): boolean =>
  Array.isArray(value) && value.every(fits);
const VALUES: readonly ((value: unknown) => boolean)[] = [
  NUMBER.fits,
  PLAIN.fits,
  FLAG.fits,
  isListOf(NUMBER.fits),
  isListOf(isListOf(PLAIN.fits)),
];

/** A widget. */
export const WIDGET: Kind = {
  ...OBJECT,
  members: {
    id: LINE,
    kind: choice(...WIDGET_KINDS),
    value: {
      fits: (value) => VALUES.some((fits) => fits(value)),
      words: "a number, a short text, true or false, a list of numbers, or a list of rows of texts",
    },
    "title?": PLAIN,
    "unit?": PLAIN,
    "max?": NUMBER,
    "ageMs?": NUMBER,
    "warn?": NUMBER,
    "alarm?": NUMBER,
    "info?": LINE,
    "summary?": LINE,
    "notify?": FLAG,
  },
};
