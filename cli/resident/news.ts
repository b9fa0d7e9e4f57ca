/**
 * Messages that were not shown yet, each once: what is written to standard output is remembered in a file, which moves
 * behind what was written and never before.
 *
 * @module
 */
import type { Mark } from "../../lib/bot/inbox.ts";
import { openMark } from "../exec/mark_file.ts";
import { listenMessage } from "../words/message_lines.ts";
import { printMessage } from "./follow.ts";
import { Unread, type UnreadParts } from "./unread.ts";

/** What is new. */
export class News {
  readonly #print: UnreadParts["context"]["print"];
  readonly #save: (cursor: number) => Promise<void>;
  /** Reads, and prints what it has read. */
  readonly unread: Unread;
  /** Up to which event it is remembered that all was printed. */
  #kept: number;

  private constructor(parts: UnreadParts, cursor: number, save: (cursor: number) => Promise<void>) {
    const { context, app, names } = parts;
    const { print } = context;
    this.#print = print;
    this.unread = new Unread(parts, cursor, {
      onMessage: ({ message, cursor }) =>
        printMessage(context, listenMessage(message, app.pk, names, cursor)),
      onStanding: (line) => print.out("standing", line),
    });
    this.#kept = cursor;
    this.#save = save;
  }

  /**
   * Goes on where the file says.
   * @param path  The file.
   * @param start  What counts as shown where there is no file, remembered at once; left out: all that has come until now.
   * @throws {UserError} local: it can't be read or written.
   */
  static async open(parts: UnreadParts, path: string, start?: Mark): Promise<News> {
    const now = await parts.app.events.cursor() ?? 0;
    const { mark, save } = await openMark(parts.context, { path, isOwn: true, start: start ?? now });
    return new News(parts, mark.cursor, (cursor) => save({ cursor, done: [] }));
  }

  /** Its calls throw. */
  readonly failing: Promise<never> = new Promise(() => {});
  /** What was read is printed. */
  readonly hasFailed = false;

  /** All that was read is printed. */
  async end(): Promise<void> {
    await this.keep();
  }

  /** Remembers what was printed, once somebody has it. Calls must not overlap. */
  async keep(): Promise<void> {
    const told = this.unread.cursor;
    if (told === this.#kept || !await this.#print.written()) return;
    await this.#save(told);
    this.#kept = told;
  }
}
