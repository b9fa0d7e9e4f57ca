/**
 * One run of a bot: what it is handed, what it asks for, and how each of its lines ended. Knows pipes, no processes.
 *
 * @see lib/bot/README.md
 * @module
 */
import { LineBudget } from "../../lib/bot/budget.ts";
import { type Cut, LineCutter } from "../../lib/bot/cutter.ts";
import type { Inbox } from "../../lib/bot/inbox.ts";
import { type BotAction, type BotLine, readBotLine } from "../../lib/bot/line.ts";
import { unlessAborted } from "../../lib/sys/abort.ts";
import { type Clock, sleep } from "../../lib/sys/clock.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { jsonLine } from "../output/escape.ts";

/** Lines under way at once; those of one conversation go one after the other. */
const MAX_RUNNING = 16;
/**
 * Values that wait for their turn at once, one a widget; a bot with more widgets waits at its pipe. An owner takes 64
 * requests of us at once, and what is said must not wait behind these.
 */
const MAX_VALUES = 32;
/** Outcomes that wait for a bot that does not read; more are counted. */
const MAX_WAITING_BYTES = 256 * 1024;
/** A bot that takes nothing for so long is told of. */
const STUCK_MS = 30_000;

/** What a bot is handed. */
export interface BotMessage {
  /** Its event. */
  readonly cursor: number;
  /** A key, or a group's id. */
  readonly conversation: string;
  /** The message's id, when it has one that can be answered. */
  readonly id?: string;
  /** The line that the bot gets; these of its members an answer in a group quotes. */
  readonly line: Readonly<Record<string, unknown>> & {
    readonly from: string;
    readonly ts: string;
    readonly text: string;
  };
}

/** How a line ended: what became of it, or an error. */
export type Outcome = Readonly<Record<string, unknown>> & { readonly ok: boolean };

/** What a run works with. */
export interface TalkParts {
  /** Measures pauses. */
  readonly clock: Clock;
  /** Ends waits. */
  readonly signal: AbortSignal;
  /** Messages that are not done. */
  readonly inbox: Inbox<BotMessage>;
  /** Resolves when there may be another message. */
  readonly arrived: () => Promise<void>;
  /** The bot's standard input: resolves when the pipe has taken it. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Which conversation a name means. @throws {UserError} */
  readonly find: (name: string) => Promise<string>;
  /** Does what a line asks for; never throws. */
  readonly perform: (line: BotAction, conversation: string, message?: BotMessage) => Promise<Outcome>;
  /** An error as an outcome. */
  readonly failed: (error: unknown) => Outcome;
  /** A message is done. */
  readonly done: (cursor: number) => Promise<void>;
  /** Hears how each line ended. */
  readonly onOutcome: (line: number, outcome: Outcome) => void;
  /** The bot has not read for a while. */
  readonly onStuck: () => void;
}

/** One run. */
export class Talk {
  readonly #parts: TalkParts;
  readonly #cutter = new LineCutter();
  readonly #budget: LineBudget;
  readonly #running = new Set<Promise<void>>();
  /** Lines under way that wait for their turn: a later one takes their place, and nothing waits behind them. */
  readonly #values = new Set<Promise<void>>();
  /** The last line of each conversation, of those that are waited for. */
  readonly #tails = new Map<string, Promise<void>>();
  /** Messages that a line under way will make done. */
  readonly #ending = new Set<number>();
  #number = 0;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #leftOut = 0;
  #writing: Promise<void> | undefined;
  #isGone = false;
  /** Rejects when it can't be kept that a message is done. */
  readonly #notKept = Promise.withResolvers<never>();

  /** Nothing happens by itself. */
  constructor(parts: TalkParts) {
    this.#parts = parts;
    this.#budget = new LineBudget(parts.clock.nowMs());
    this.#notKept.promise.catch(() => {}); // whoever takes is told
  }

  /** Bytes that wait for the bot to read. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Hands over the messages that are open, and those that come, until the signal; the next when the pipe took one. */
  async hand(signal: AbortSignal): Promise<void> {
    const { inbox, arrived } = this.#parts;
    // No race with the run's end: that would hold what it has seen of each message until then.
    const orEnd = (wait: Promise<void> | undefined): Promise<void> =>
      unlessAborted(signal, Promise.resolve(wait)).catch(() => {});
    let last = -1;
    while (!signal.aborted && !this.#isGone) {
      const arrival = arrived();
      const next = inbox.after(last);
      if (next === undefined) {
        await orEnd(arrival);
        continue;
      }
      last = next.cursor;
      this.tell(next.line, true);
      await orEnd(this.#writing);
    }
  }

  /**
   * Takes what the bot prints, up to its end and the last outcome.
   * @throws What `done` rejects with, at once: a bot that waits for its outcome prints nothing more.
   */
  async take(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await Promise.race([this.#takeAll(chunks), this.#notKept.promise]);
  }

  async #takeAll(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      for (const cut of this.#cutter.push(chunk)) await this.#line(cut);
    }
    for (const cut of this.#cutter.end()) await this.#line(cut);
    await this.settled();
  }

  /** Resolves when the lines that are under way have their outcomes; one that waits for its turn, too. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running, ...this.#values]);
  }

  /**
   * A line to the bot. What does not fit, because it does not read, is counted and told when it does.
   * @param isMessage  It is not left out: only one waits.
   */
  tell(value: unknown, isMessage = false): void {
    const bytes = utf8(`${jsonLine(value)}\n`);
    if (!isMessage && this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#leftOut++;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    const { clock, write, onStuck } = this.#parts;
    let isTold = false;
    while (this.#waiting.length > 0 && !this.#isGone) {
      const [bytes] = this.#waiting;
      const cancel = isTold ? (): void => {} : clock.after(STUCK_MS, () => {
        isTold = true;
        onStuck();
      });
      await write(bytes).catch(() => this.#isGone = true); // it has closed its standard input, or has ended
      cancel();
      this.#waiting.shift();
      this.#waitingBytes -= bytes.length;
      if (this.#waiting.length > 0 || this.#leftOut === 0) continue;
      const count = this.#leftOut;
      this.#leftOut = 0;
      this.tell({ type: "left_out", count });
    }
    this.#waiting = this.#isGone ? [] : this.#waiting;
    this.#waitingBytes = this.#isGone ? 0 : this.#waitingBytes;
    this.#writing = undefined;
  }

  async #line(cut: Cut): Promise<void> {
    const { clock, signal } = this.#parts;
    const pauseMs = this.#budget.take(clock.nowMs());
    if (pauseMs > 0) await sleep(clock, pauseMs, signal);
    const number = ++this.#number;
    const read = "text" in cut ? readBotLine(cut.text) : cut;
    if ("problem" in read) {
      const { problem, ...about } = read;
      return this.#answer(number, about, {
        ok: false,
        error: { status: 2, code: "usage", message: problem },
      });
    }
    const { line } = read;
    const about = { do: line.do, id: line.id };
    const underWay = hasTurns(line) ? this.#values : this.#running;
    try {
      const { outcome } = await this.#begin(line);
      const running = outcome.then((outcome) => this.#answer(number, about, outcome))
        .finally(() => underWay.delete(running));
      running.catch(this.#notKept.reject);
      underWay.add(running);
    } catch (error) {
      this.#answer(number, about, this.#parts.failed(error));
    }
    const most = hasTurns(line) ? MAX_VALUES : MAX_RUNNING;
    while (underWay.size >= most) await Promise.race(underWay);
  }

  /** Begins a line behind those of its conversation. @returns Its outcome, in a box: it is not waited for. */
  async #begin(line: BotLine): Promise<{ readonly outcome: Promise<Outcome> }> {
    const { find, perform, inbox } = this.#parts;
    if (line.do !== "reply" && line.do !== "done") {
      const conversation = await find(line.conversation);
      return { outcome: this.#behind(conversation, () => perform(line, conversation), hasTurns(line)) };
    }
    const { cursor } = line;
    const message = this.#ending.has(cursor) ? undefined : inbox.get(cursor);
    if (message === undefined) throw notOpen(cursor);
    const { conversation } = message;
    const ends = line.do === "done" || line.more !== true;
    if (ends) this.#ending.add(cursor);
    const before = [...this.#running, ...this.#values];
    const work = line.do === "reply"
      ? this.#behind(conversation, () => perform(line, conversation, message))
      : Promise.all(before).then(() => ({ ok: true }));
    return { outcome: ends ? work.then((outcome) => this.#end(cursor, outcome)) : work };
  }

  /** A message is done when that is kept, and what was to end it is. */
  async #end(cursor: number, outcome: Outcome): Promise<Outcome> {
    if (outcome.ok) await this.#parts.done(cursor);
    this.#ending.delete(cursor);
    return outcome;
  }

  /** @param isPassed  The next line does not wait for it. */
  #behind(conversation: string, run: () => Promise<Outcome>, isPassed = false): Promise<Outcome> {
    const work = (this.#tails.get(conversation) ?? Promise.resolve()).then(run);
    if (isPassed) return work;
    const tail = work.then(() => {
      if (this.#tails.get(conversation) === tail) this.#tails.delete(conversation);
    });
    this.#tails.set(conversation, tail);
    return work;
  }

  #answer(line: number, about: object, outcome: Outcome): void {
    this.#parts.onOutcome(line, { ...about, ...outcome });
    this.tell({ type: "outcome", line, ...about, ...outcome });
  }
}

/** Whether a line has turns of its own, and may wait for an interval. */
const hasTurns = (line: BotLine): boolean => line.do === "widget" || line.do === "commands";

const notOpen = (cursor: number): UserError =>
  new UserError(`No message with cursor ${cursor} is open`, {
    kind: "usage",
    hint: 'A reply ends its message, unless it says "more":true.',
  });
