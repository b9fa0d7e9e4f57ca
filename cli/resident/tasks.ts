/**
 * Messages that were not given to a command yet, each until it succeeds, for what ends: one whose command fails comes
 * again in the next run.
 *
 * @see cli/README.md "sync"
 * @module
 */
import { isWritten } from "../../lib/app/written.ts";
import { type ExecRequest, handOver, openExec } from "../exec/exec.ts";
import type { ExecQueue } from "../exec/queue.ts";
import { Unread, type UnreadParts } from "./unread.ts";

/** What to run, and where to remember it; without a file begins with what comes. */
export type TaskRequest = Omit<ExecRequest, "names" | "once" | "start"> & Partial<Pick<ExecRequest, "start">>;

/** What is to be done. */
export class Tasks {
  readonly #queue: ExecQueue;
  /** Reads, and gives to the command what it has read. */
  readonly unread: Unread;

  private constructor(parts: UnreadParts, cursor: number, queue: ExecQueue) {
    const { context: { print }, app, names } = parts;
    this.#queue = queue;
    this.unread = new Unread(parts, cursor, {
      onMessage: async (event) => {
        if (!isWritten(event.message)) return queue.skip(event.cursor);
        return await handOver(queue, event, app.pk, names);
      },
      // Of all that it reads this alone is nothing for the command.
      onStanding: (line) => {
        if (queue.pass(line.cursor)) print.note("standing", line);
      },
      onLost: ({ cursor, foreign }) => foreign ? queue.restart(cursor) : queue.skip(cursor),
      onOther: (cursor) => queue.skip(cursor),
    });
  }

  /**
   * Goes on where the file says.
   * @throws {UserError} local: it can't be read or written.
   */
  static async open(parts: UnreadParts, request: TaskRequest): Promise<Tasks> {
    const { context, app, names } = parts;
    const start = request.start ?? await app.events.cursor() ?? 0;
    const { queue, mark } = await openExec(context, { ...request, names, start, once: true });
    return new Tasks(parts, mark.cursor, queue);
  }

  /** Whether a command has failed. */
  get hasFailed(): boolean {
    return this.#queue.isStopped;
  }

  /** Rejects when the file can't be written, or a command can't be run. */
  get failing(): Promise<never> {
    return this.#queue.failed;
  }

  /** What is done is remembered as it is done. */
  async keep(): Promise<void> {}

  /** Resolves when no command runs or waits for its place, and what is done is remembered. */
  async end(): Promise<void> {
    await this.#queue.idle();
    await this.#queue.keep();
  }
}
