/**
 * Messages for `--exec`: some commands at once, one after the other for each peer, each until it succeeds. What is done
 * is remembered, so that a message is given to a command at least once however often we are ended.
 *
 * @see cli/README.md "listen --exec"
 * @module
 */
import { Inbox, type Mark } from "../../lib/bot/inbox.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { Gate } from "./gate.ts";

/** Messages that wait or run; no more events are read while there are so many. */
const MAX_OPEN = 256;
/** Pause after the first failure; it doubles up to the longest. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;

/** Which message. */
export interface ExecMessage {
  /** Its event. */
  readonly cursor: number;
  /** For people, such as `17 of alice`. */
  readonly name: string;
}

/** What the queue works with. */
export interface ExecQueueParts {
  /** Commands at once; read each time. */
  readonly jobs: number;
  /** Where others take their places, too; left out: it has `jobs` for itself. */
  readonly gate?: Gate;
  /** Whether each is run once: what fails waits for our next run, with all that its peer has sent behind it. */
  readonly once?: boolean;
  /** Runs the command once. @returns Why it failed; undefined: it did not. Throws when there is no use in trying again. */
  readonly run: (line: string, message: ExecMessage) => Promise<string | undefined>;
  /** Waits; throws when it is all over. */
  readonly pause: (ms: number) => Promise<void>;
  /** Keeps the mark. */
  readonly save: (mark: Mark) => Promise<void>;
  /** A command failed and is run again after a pause, if it is at all. */
  readonly onFailure: (peer: PublicKeyHex, pauseMs: number, message: ExecMessage, why: string) => void;
}

/** The queue. */
export class ExecQueue {
  readonly #parts: ExecQueueParts;
  /** Messages without success. */
  readonly #inbox: Inbox<ExecMessage>;
  readonly #tails = new Map<PublicKeyHex, Promise<void>>();
  readonly #gate: Gate;
  /** Those whose messages wait for our next run. */
  readonly #stopped = new Set<PublicKeyHex>();
  readonly #failed = Promise.withResolvers<never>();
  #hasFailed = false;
  #changed = Promise.withResolvers<void>();
  #saving: Promise<void> | undefined;
  #unsaved = false;

  /** An empty queue. @param mark  What was done before. */
  constructor(parts: ExecQueueParts, mark: Mark) {
    this.#parts = parts;
    this.#inbox = new Inbox(mark);
    this.#gate = parts.gate ?? new Gate(parts);
    this.#failed.promise.catch(() => {});
  }

  /** What is done. */
  get mark(): Mark {
    return this.#inbox.mark;
  }

  /** Rejects when the mark can't be kept, or a command can't be run. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Whether a command has failed, of those that are run once. */
  get isStopped(): boolean {
    return this.#stopped.size > 0;
  }

  /** An event that is not for the command. */
  skip(cursor: number): void {
    this.#inbox.skip(cursor);
  }

  /** An event that is dealt with at once. @returns Whether it is not done already. */
  pass(cursor: number): boolean {
    return this.#inbox.add(cursor, { cursor, name: "" }) && this.#inbox.done(cursor);
  }

  /** What follows does not go on behind the mark: what was done is not known any more. */
  restart(cursor: number): void {
    this.#inbox.restart(cursor);
  }

  /**
   * A message for the command, unless it is done already.
   * @param line  Goes to the command's standard input.
   * @param name  What people call it.
   * @returns When there is room for the next one; false: there will be none, for too many wait for our next run.
   */
  async add(cursor: number, peer: PublicKeyHex, line: string, name = ""): Promise<boolean> {
    const message = { cursor, name };
    if (!this.#inbox.add(cursor, message)) return true;
    const tail: Promise<void> = (this.#tails.get(peer) ?? Promise.resolve())
      .then(() => this.#work(message, peer, line))
      .catch((error) => {
        this.#hasFailed = true;
        this.#failed.reject(error);
        this.#wake();
      })
      .finally(() => {
        if (this.#tails.get(peer) === tail) this.#tails.delete(peer);
        if (this.#parts.once) this.#wake();
      });
    this.#tails.set(peer, tail);
    while (this.#inbox.size >= MAX_OPEN) {
      if (this.#parts.once && this.#tails.size === 0) return false;
      // No race of the two: it would leave something with `failed` for each message.
      await (this.#hasFailed ? this.failed : this.#changed.promise);
    }
    return true;
  }

  /** Resolves when nothing waits or runs, and the mark is kept. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
    await this.#saving;
  }

  /** Keeps the mark as it is now, behind what was not for the command, too. */
  async keep(): Promise<void> {
    this.#unsaved = true;
    await (this.#saving ??= this.#save());
  }

  async #work(message: ExecMessage, peer: PublicKeyHex, line: string): Promise<void> {
    if (this.#stopped.has(peer)) return;
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      const why = await this.#gate.through(() => this.#parts.run(line, message));
      if (why === undefined) break;
      this.#parts.onFailure(peer, pauseMs, message, why);
      if (this.#parts.once) return void this.#stopped.add(peer);
      await this.#parts.pause(pauseMs);
    }
    this.#inbox.done(message.cursor);
    this.#wake();
    await this.keep();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Marks that become old while one is written are skipped. */
  async #save(): Promise<void> {
    try {
      while (this.#unsaved) {
        this.#unsaved = false;
        await this.#parts.save(this.mark);
      }
    } finally {
      this.#saving = undefined;
    }
  }
}
