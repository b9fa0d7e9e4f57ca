/**
 * Messages that were not shown yet, each once: what is written to standard output is remembered in a file, which moves
 * behind what was written and never before.
 *
 * @module
 */
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import type { AppEvent } from "../../lib/app/events/events.ts";
import { listenMessage } from "../words/message_lines.ts";
import type { PeerNames } from "../names/peers.ts";
import { openMark } from "../exec/mark_file.ts";
import { eventsUpTo, printMessage, tellLost } from "./follow.ts";
import { Standings } from "./standing.ts";

/** What it works with. */
export interface NewsParts {
  /** Prints. */
  readonly context: Context;
  /** Has the messages. */
  readonly app: CommandApp["app"];
  /** Names of who wrote them. */
  readonly names: PeerNames;
}

/** What is new. */
export class News {
  readonly #parts: NewsParts;
  readonly #standings: Standings;
  readonly #save: (cursor: number) => Promise<void>;
  /** Up to which event all was printed, and up to which that is remembered. */
  #told: number;
  #kept: number;
  /** When a message last came, by the clock's `nowMs`; 0: none did. */
  heardMs = 0;

  private constructor(parts: NewsParts, cursor: number, save: (cursor: number) => Promise<void>) {
    this.#parts = parts;
    this.#standings = new Standings(parts.app, parts.names);
    this.#told = this.#kept = cursor;
    this.#save = save;
  }

  /**
   * Goes on where the file says; the first time with what comes from now on, which is remembered at once.
   * @param path  The file.
   * @throws {UserError} local: it can't be read or written.
   */
  static async open(parts: NewsParts, path: string): Promise<News> {
    const start = await parts.app.events.cursor() ?? 0;
    const { mark, save } = await openMark(parts.context, { path, isOwn: true, start });
    return new News(parts, mark.cursor, (cursor) => save({ cursor, done: [] }));
  }

  /** Whether a group was told of in which we are no more. */
  get isOut(): boolean {
    return this.#standings.out.size > 0;
  }

  /** Prints what is new, and what comes, until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.#upTo(Infinity, signal);
  }

  /** Prints all that has come until now. */
  async rest(): Promise<void> {
    const { app, context: { signal } } = this.#parts;
    const last = await app.events.cursor() ?? 0;
    if (last > this.#told) await this.#upTo(last, signal);
  }

  /** Remembers what was printed, once somebody has it. Calls must not overlap. */
  async keep(): Promise<void> {
    const told = this.#told;
    if (told === this.#kept || !await this.#parts.context.print.written()) return;
    await this.#save(told);
    this.#kept = told;
  }

  async #upTo(last: number, until: AbortSignal): Promise<void> {
    const { app, context } = this.#parts;
    for await (const event of eventsUpTo(app, context, this.#told, last, until)) {
      await this.#print(event);
      this.#told = event.cursor;
    }
  }

  async #print(event: AppEvent): Promise<void> {
    const { app, context, names } = this.#parts;
    if (event.kind === "lost") return tellLost(context, event);
    if (event.kind === "network") {
      const line = await this.#standings.lineOf(event);
      if (line !== undefined) context.print.out("standing", line);
    }
    if (event.kind !== "message") return;
    const { message, cursor } = event;
    this.heardMs = context.clock.nowMs();
    if (message.outgoing || message.silent || message.state === "deleted") return;
    await names.loadFor(message.peer);
    printMessage(context, listenMessage(message, app.pk, names, cursor));
  }
}
