/**
 * What the network must have done, as plain maps: fed with what senders and receivers say, it knows what can't be.
 *
 * @module
 */

/** What became of one message. */
interface Message {
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** How often it was written to a connection. */
  tries: number;
  /** How often it was received. */
  received: number;
  acked: boolean;
}

/** One connection as its messages show it: which numbers were written, and which came. */
interface Line {
  readonly from: string;
  readonly to: string;
  written: number;
  received: number;
}

/** A message on the wire: who it is, and its place on its connection. Padding makes bodies of any length. */
const BODY = /^m(\d+) line(\d+) number(\d+) \.*$/;

/** How many messages were in which state at the end. */
export interface Totals {
  /** Messages that were to be sent. */
  readonly messages: number;
  /** Of them, acked. */
  readonly acked: number;
  /** Received at least once. */
  readonly received: number;
  /** Received more than once: tries that arrived although the sender did not hear of it. */
  readonly repeated: number;
}

/** The model of all messages. Broken rules are kept in {@link violations}: a check must not end a run half way. */
export class Model {
  readonly #messages = new Map<number, Message>();
  readonly #lines = new Map<number, Line>();
  readonly #tell: (line: string) => void;
  /** What went against the rules, in order. */
  readonly violations: string[] = [];

  /** @param tell  Takes each violation as a line of the log. */
  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  /** A rule was broken. */
  broken(what: string): void {
    this.violations.push(what);
    this.#tell(`VIOLATION ${what}`);
  }

  /** A connection is open; returns its number. */
  opened(from: string, to: string): number {
    this.#lines.set(this.#lines.size, { from, to, written: 0, received: 0 });
    return this.#lines.size - 1;
  }

  /** A new message; returns its number. */
  added(from: string, to: string, body: string): number {
    this.#messages.set(this.#messages.size, { from, to, body, tries: 0, received: 0, acked: false });
    return this.#messages.size - 1;
  }

  /** A message is about to be written to a connection; returns the text to write. */
  written(id: number, lineId: number): string {
    const [message, line] = [this.#messages.get(id)!, this.#lines.get(lineId)!];
    message.tries++;
    return `m${id} line${lineId} number${++line.written} ${message.body}`;
  }

  /**
   * A receiver got a text.
   * @param to  Its key.
   * @param from  The key that the connection proved.
   */
  received(to: string, from: string, text: string): void {
    const [whole, id, lineId, number] = BODY.exec(text) ?? [];
    const message = this.#messages.get(Number(id));
    const line = this.#lines.get(Number(lineId));
    if (!whole || !message || !line) return this.broken(`received what nobody sent: ${text.slice(0, 80)}`);
    const what = `message ${id} on line ${lineId}`;
    if (message.to !== to) this.broken(`${what} went to the wrong peer`);
    if (message.from !== from) this.broken(`${what} came under the wrong key`);
    if (line.from !== from || line.to !== to) this.broken(`${what} came on another pair's line`);
    if (!text.endsWith(` ${message.body}`)) this.broken(`${what} has another body`);
    if (Number(number) !== ++line.received) this.broken(`${what} is number ${number}, not ${line.received}`);
    if (++message.received > message.tries) this.broken(`${what} came more often than it was written`);
  }

  /** A sender was told that a message arrived. */
  acked(id: number): void {
    const message = this.#messages.get(id)!;
    message.acked = true;
    if (message.received === 0) this.broken(`message ${id} was acked and not received`);
  }

  /** Whether a message is acked. */
  isAcked(id: number): boolean {
    return this.#messages.get(id)!.acked;
  }

  /** Counts. */
  totals(): Totals {
    const all = [...this.#messages.values()];
    return {
      messages: all.length,
      acked: all.filter(({ acked }) => acked).length,
      received: all.filter(({ received }) => received > 0).length,
      repeated: all.filter(({ received }) => received > 1).length,
    };
  }
}
