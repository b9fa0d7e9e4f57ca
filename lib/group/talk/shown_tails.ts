/**
 * What is remembered of each message that was shown: for tens of thousands, so a sender is named once, and the rest is
 * a short text and a number.
 *
 * @module
 */

/** How many tails are remembered at most; a feed holds 500 of each writer. */
const MAX_SHOWN = 50_000;
/** The sum of a message of which only the name is known. */
export const NOT_READ: number = -1;

/** Digits of a sender's key; feeds of the first weeks have tails without one. */
const KEY_DIGITS = 66;

/** What is remembered of a message that was shown. */
export interface Shown {
  /** Of its leaf's bytes; the same bytes again are nothing new. {@link NOT_READ}: only its name is known. */
  readonly sum: number;
  /** Whether it could not be opened. */
  readonly isSealed: boolean;
  /** Whether its thread is known. */
  readonly hasThread: boolean;
}

/** Messages that were shown, by their tails: `<sender>/<nanoseconds>/<counter>`, or without a sender. */
export class ShownTails {
  readonly #numbers = new Map<string, number>();
  readonly #senders: string[] = [];
  readonly #shown = new Map<string, number>();
  /** The short tail of what was shown, by the same without its counter. */
  readonly #times = new Map<string, string>();

  /** Nothing was shown. @param most  How many tails are remembered at most. */
  constructor(private readonly most = MAX_SHOWN) {}

  /** What is remembered of a message; undefined: it was not shown, or is forgotten. */
  get(tail: string): Shown | undefined {
    const packed = this.#shown.get(this.#asked(tail));
    if (packed === undefined) return undefined;
    const flags = packed % 4;
    return { sum: (packed - flags) / 4 + NOT_READ, isSealed: flags >= 2, hasThread: flags % 2 === 1 };
  }

  /** Remembers a message; the one that came first is forgotten when there are too many. */
  put(tail: string, { sum, isSealed, hasThread }: Shown): void {
    const short = this.#short(tail);
    this.#shown.set(short, (sum - NOT_READ) * 4 + (isSealed ? 2 : 0) + (hasThread ? 1 : 0));
    this.#times.set(timeOf(short), short);
    if (this.#shown.size > this.most) this.#drop(this.#shown.keys().next().value!);
  }

  /** Forgets a message. */
  forget(tail: string): void {
    this.#drop(this.#asked(tail));
  }

  /** The tail that was shown last of a sender and time. @param time  `<sender>/<nanoseconds>`. */
  at(time: string): string | undefined {
    const short = this.#times.get(this.#asked(time));
    return short === undefined ? undefined : this.#long(short);
  }

  /** All tails that are remembered, in the order in which they first came. */
  tails(): string[] {
    return [...this.#shown.keys()].map((short) => this.#long(short));
  }

  #drop(short: string): void {
    this.#shown.delete(short);
    if (this.#times.get(timeOf(short)) === short) this.#times.delete(timeOf(short));
  }

  /** As {@link #short}, for a question: it is cut, which is quick, and nobody keeps it. */
  #asked(text: string): string {
    const number = text[KEY_DIGITS] === "/" ? this.#numbers.get(text.slice(0, KEY_DIGITS)) : undefined;
    return number === undefined ? this.#short(text) : number + text.slice(KEY_DIGITS);
  }

  /** Joined, not cut: what is cut or added up holds on to all that it was made of. */
  #short(text: string): string {
    const [sender, ...rest] = text.split("/");
    if (sender.length !== KEY_DIGITS) return ["", sender, ...rest].join("/");
    let number = this.#numbers.get(sender);
    if (number === undefined) {
      number = this.#senders.push(sender) - 1;
      this.#numbers.set(sender, number);
    }
    return [number, ...rest].join("/");
  }

  #long(short: string): string {
    const end = short.indexOf("/");
    if (end === 0) return short.slice(1);
    return this.#senders[Number(short.slice(0, end))] + short.slice(end);
  }
}

/** The same without its counter, a text of its own. */
const timeOf = (short: string): string => short.split("/").slice(0, -1).join("/");
