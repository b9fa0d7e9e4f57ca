/**
 * A widget as a bot writes it. Whether a value fits its kind is checked where it is published (lib/overlay/widget.ts).
 *
 * @module
 */
import { type GivenUpdate, WIDGET_KINDS } from "../overlay/widget.ts";
import { choice, FLAG, type Kind, NUMBER, OBJECT, text } from "./members.ts";

/** What a bot publishes, with the names that lines of JSON have; see `dmsg widget --help`. */
export type BotWidget = Omit<GivenUpdate, "ageMs"> & {
  /** It is stale when it is older, milliseconds. */
  readonly age_ms?: number;
};

/** The same with the names that it is published by. */
export const givenOf = ({ age_ms: ageMs, ...widget }: BotWidget): GivenUpdate => ({
  ...widget,
  ...(ageMs === undefined ? {} : { ageMs }),
});

/** A value of the bots that are shipped: it says nothing in the chat. */
export type ShippedWidget = Omit<GivenUpdate, "title" | "info" | "summary" | "notify"> & {
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
    "age_ms?": NUMBER,
    "warn?": NUMBER,
    "alarm?": NUMBER,
    "info?": LINE,
    "summary?": LINE,
    "notify?": FLAG,
  },
};
