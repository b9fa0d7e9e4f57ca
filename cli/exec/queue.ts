/**
 * Messages for `listen --exec`: some commands at once, one after the other for each peer, each until it succeeds. What
 * is done is remembered, so that a message is given to a command at least once however often we are ended.
 *
 * @see cli/README.md "listen --exec"
 * @module
 */
import { Inbox, type Mark } from "../../lib/bot/inbox.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";

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
  /** Runs the command once. @returns Why it failed; undefined: it did not. Throws when there is no use in trying again. */
  readonly run: (line: string, message: ExecMessage) => Promise<string | undefined>;
  /** Waits; throws when it is all over. */
  readonly pause: (ms: number) => Promise<void>;
  /** Keeps the mark. */
  readonly save: (mark: Mark) => Promise<void>;
  /** A command failed and is run again after a pause. */
  readonly onFailure: (peer: PublicKeyHex, pauseMs: number, message: ExecMessage, why: string) => void;
}

/** The queue. */
export class ExecQueue {
  readonly #parts: ExecQueueParts;
  /** Messages without success. */
  readonly #inbox: Inbox<ExecMessage>;
  readonly #tails = new Map<PublicKeyHex, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  readonly #failed = Promise.withResolvers<never>();
  #hasFailed = false;
  #running = 0;
  #changed = Promise.withResolvers<void>();
  #saving: Promise<void> | undefined;
  #unsaved = false;

  /** An empty queue. @param mark  What was done before. */
  constructor(parts: ExecQueueParts, mark: Mark) {
    this.#parts = parts;
    this.#inbox = new Inbox(mark);
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

  /** An event that is not for the command. */
  skip(cursor: number): void {
    this.#inbox.skip(cursor);
  }

  /** What follows does not go on behind the mark: what was done is not known any more. */
  restart(cursor: number): void {
    this.#inbox.restart(cursor);
  }

  /**
   * A message for the command, unless it is done already.
   * @param line  Goes to the command's standard input.
   * @param name  What people call it.
   * @returns When there is room for the next one.
   */
  async add(cursor: number, peer: PublicKeyHex, line: string, name = ""): Promise<void> {
    const message = { cursor, name };
    if (!this.#inbox.add(cursor, message)) return;
    const tail: Promise<void> = (this.#tails.get(peer) ?? Promise.resolve())
      .then(() => this.#work(message, peer, line))
      .catch((error) => {
        this.#hasFailed = true;
        this.#failed.reject(error);
        this.#wake();
      })
      .finally(() => {
        if (this.#tails.get(peer) === tail) this.#tails.delete(peer);
      });
    this.#tails.set(peer, tail);
    while (this.#inbox.size >= MAX_OPEN) {
      // No race of the two: it would leave something with `failed` for each message.
      await (this.#hasFailed ? this.failed : this.#changed.promise);
    }
  }

  /** Resolves when nothing waits or runs, and the mark is kept. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
    await this.#saving;
  }

  async #work(message: ExecMessage, peer: PublicKeyHex, line: string): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      const why = await this.#once(line, message);
      if (why === undefined) break;
      this.#parts.onFailure(peer, pauseMs, message, why);
      await this.#parts.pause(pauseMs);
    }
    this.#inbox.done(message.cursor);
    this.#wake();
    this.#unsaved = true;
    await (this.#saving ??= this.#save());
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async #once(line: string, message: ExecMessage): Promise<string | undefined> {
    if (this.#running >= this.#parts.jobs) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running++;
    try {
      return await this.#parts.run(line, message);
    } finally {
      this.#running--;
      // Who waits is counted here: nobody else may take the place meanwhile. There may be more places than before, or fewer.
      while (this.#waiting.length > 0 && this.#running < this.#parts.jobs) {
        this.#running++;
        this.#waiting.shift()!();
      }
    }
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
