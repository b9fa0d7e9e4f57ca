/**
 * Standard output and error. Nothing here ever waits in the program's own thread: a reader that stands still (a pager,
 * Ctrl+S at a terminal, a pipe that nobody empties) must not stop the network, the owner's socket, timers or signals.
 *
 * What can't be written yet is held. Who prints many lines waits for {@link Output.room} before the next one, so that
 * little is held of standard output, and nothing is lost. Notices have nobody who waits: while their reader stands still
 * those beyond what may be held are dropped, and how many is told when somebody reads again.
 *
 * @module
 */
import type { Clock } from "../../lib/sys/clock.ts";
import { UserError } from "../../lib/wire/errors.ts";

/** What may wait for a reader before who prints has to wait too, bytes: as much as a pipe holds. */
const HELD_BYTES = 64 * 1024;
/**
 * What may wait at standard error for a reader that has not stood still so far, bytes: a copy of a tree says a line of
 * each file at once, 100,000 of them, and a file or a pipe that is read takes all that as soon as this thread rests.
 */
const BURST_BYTES = 32 * 1024 * 1024;
/** Most bytes of one write: a reader that is slow is seen to move, and who prints goes on while half of what may wait is written. */
const WRITE_BYTES = 32 * 1024;
/**
 * A write that takes so long has a reader that stands still: the other stream no longer waits for its turn, and little is
 * held of notices.
 */
const STUCK_MS = 100;
/**
 * Between two writes to standard output, unless much waits or the process ends: each takes another thread and wakes the
 * reader, so what is printed line by line in a burst leaves together. The first line after a pause leaves at once, and
 * nobody sees the others come a hundredth of a second later.
 */
const REST_MS = 12;
/** Somebody made the pipe non-blocking and its reader is slow: the pause before the next try. */
const WOULD_BLOCK_MS = 2;
/** Between two tries on a disk that is full, for who outlasts that: its room is somebody else's work. */
const FULL_MS = 1000;
/** What is still held when a command was interrupted is given so long to leave while nothing moves. */
const HURRY_MS = 300;

/** The part of `Deno.stdout` that is used. */
export interface ByteSink {
  /** Writes some of the bytes; resolves with how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** What an {@link Output} works with. */
export interface OutputParts {
  /** Standard output. */
  readonly out: ByteSink;
  /** Standard error. */
  readonly err: ByteSink;
  /** Measures how long a reader stands still. */
  readonly clock: Pick<Clock, "after" | "nowMs">;
}

/** One of the two. */
interface Stream {
  readonly sink: ByteSink;
  /** Bytes that are held or being written. */
  held: number;
  writing: boolean;
  /** When the last write ended. */
  wroteMs: number;
  /** Ends the rest behind it. */
  resting: (() => void) | undefined;
  /** The write under way takes long. */
  stuck: boolean;
  /** Ends the wait that tells. */
  watch: (() => void) | undefined;
  /** Nobody will read it any more. */
  closed: boolean;
}

/** What was said to one stream without a word to the other in between. */
interface Run {
  readonly stream: Stream;
  text: string;
}

const encoder = new TextEncoder();

/** The two streams of a process, in the order in which they were written to as long as both move. */
export class Output {
  readonly #clock: OutputParts["clock"];
  readonly #out: Stream;
  readonly #err: Stream;
  #runs: Run[] = [];
  #dropped = 0;
  #waiting: (() => void)[] = [];
  #hurry = Promise.withResolvers<void>();
  #moves = 0;
  #flushing = 0;
  /**
   * Why nobody can read standard output any more: `closed`: the reader left; an error: it can't be written, such as a
   * full disk.
   */
  lost: "closed" | UserError | undefined;
  /** Called once, when {@link lost} is known. */
  onLost: (why: "closed" | UserError) => void = () => {};

  /**
   * Which errors of a write pass, until the end: it is tried again, and what is said meanwhile is held as for a reader
   * that stands still. None by default; whose output is a log outlasts a full disk.
   */
  waitsOn: (error: Error) => boolean = () => false;

  /** Nothing is written yet. */
  constructor({ out, err, clock }: OutputParts) {
    this.#clock = clock;
    [this.#out, this.#err] = [out, err].map((sink) => ({
      sink,
      held: 0,
      writing: false,
      wroteMs: -Infinity,
      resting: undefined,
      stuck: false,
      watch: undefined,
      closed: false,
    }));
  }

  /** Text for standard output; dropped when nobody can read it any more. Who prints much asks for {@link room}. */
  out(text: string): void {
    this.#add(this.#out, text);
  }

  /** Text for standard error; dropped and counted when too much waits there. */
  err(text: string): void {
    if (this.#err.held >= (this.#err.stuck ? HELD_BYTES : BURST_BYTES)) this.#dropped++;
    else this.#add(this.#err, text);
  }

  /** Whether more can be written to standard output without holding too much. */
  get hasRoom(): boolean {
    return this.#out.closed || this.#out.held < HELD_BYTES;
  }

  /** Resolves when {@link hasRoom}. */
  async room(): Promise<void> {
    while (!this.hasRoom) await this.#change();
  }

  /**
   * Resolves when everything is written, or can't be; after {@link hurry} when nothing moves for 0.3 s.
   * @returns Whether all that was for standard output is written.
   */
  async flush(): Promise<boolean> {
    this.#flushing++;
    this.#pump();
    try {
      await this.#flushed();
      return !this.#out.closed && this.#out.held === 0;
    } finally {
      this.#flushing--;
    }
  }

  async #flushed(): Promise<void> {
    let hurried = false;
    void this.#hurry.promise.then(() => hurried = true);
    while (this.#out.held > 0 || this.#err.held > 0) {
      const before = this.#moves;
      let cancel = (): void => {};
      const late = this.#hurry.promise.then(() =>
        new Promise<void>((resolve) => cancel = this.#clock.after(HURRY_MS, resolve))
      );
      await Promise.race([this.#change(), late]);
      cancel();
      if (hurried && this.#moves === before) return;
    }
  }

  /** The process is to end: what nobody reads is given up. */
  hurry(): void {
    this.#hurry.resolve();
  }

  #add(stream: Stream, text: string): void {
    if (stream.closed || text === "") return;
    stream.held += text.length;
    const last = this.#runs.at(-1);
    if (last?.stream === stream) last.text += text;
    else this.#runs.push({ stream, text });
    this.#pump();
  }

  /** Begins what can be written now. */
  #pump(): void {
    for (const stream of [this.#out, this.#err]) {
      const other = stream === this.#out ? this.#err : this.#out;
      const at = this.#runs.findIndex((run) => run.stream === stream);
      if (stream.writing || at < 0) continue;
      // What was said to the other one before goes first, unless nobody takes that.
      const isNext = at === 0 && !other.writing;
      if (isNext && this.#mayRest(stream)) this.#rest(stream);
      else if (isNext || other.stuck) void this.#write(stream, this.#runs.splice(at, 1)[0].text);
      else if (other.writing) other.watch ??= this.#clock.after(STUCK_MS, () => this.#isStuck(other));
    }
  }

  /** Whether more of the same burst may come before it is written. */
  #mayRest(stream: Stream): boolean {
    return stream === this.#out && this.#runs.length === 1 && this.#flushing === 0 &&
      stream.held < WRITE_BYTES && this.#clock.nowMs() - stream.wroteMs < REST_MS;
  }

  #rest(stream: Stream): void {
    stream.resting ??= this.#clock.after(REST_MS, () => {
      stream.resting = undefined;
      this.#pump();
    });
  }

  #watch(stream: Stream): void {
    stream.watch?.();
    stream.stuck = false;
    stream.watch = this.#clock.after(STUCK_MS, () => this.#isStuck(stream));
  }

  #isStuck(stream: Stream): void {
    stream.stuck = true;
    this.#pump();
  }

  async #write(stream: Stream, text: string): Promise<void> {
    stream.writing = true;
    stream.resting?.();
    stream.resting = undefined;
    try {
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length;) {
        // Each piece anew: who reads slowly reads.
        if (stream === this.#err) this.#watch(stream);
        at += await this.#some(stream.sink, bytes.subarray(at, at + WRITE_BYTES));
        this.#moves++;
      }
    } catch (error) {
      this.#close(stream, error);
    }
    stream.watch?.();
    stream.watch = undefined;
    stream.writing = stream.stuck = false;
    stream.wroteMs = this.#clock.nowMs();
    stream.held = stream.closed ? 0 : stream.held - text.length;
    if (stream === this.#err && this.#dropped > 0) this.#tellDropped();
    this.#moves++;
    for (const wake of this.#waiting.splice(0)) wake();
    this.#pump();
  }

  async #some(sink: ByteSink, bytes: Uint8Array): Promise<number> {
    try {
      return await sink.write(bytes);
    } catch (error) {
      const isFull = this.#flushing === 0 && this.waitsOn(error as Error);
      if (!isFull && !(error instanceof Deno.errors.WouldBlock)) throw error;
      const pauseMs = isFull ? FULL_MS : WOULD_BLOCK_MS;
      await new Promise<void>((resolve) => this.#clock.after(pauseMs, resolve));
      return 0;
    }
  }

  #close(stream: Stream, cause: unknown): void {
    stream.closed = true;
    this.#runs = this.#runs.filter((run) => run.stream !== stream);
    if (stream === this.#err) return; // nobody to tell
    this.lost = cause instanceof Deno.errors.BrokenPipe
      ? "closed"
      : new UserError("Cannot write the output", {
        kind: "local",
        hint: "Check the free space where the output goes.",
        cause,
      });
    this.onLost(this.lost);
  }

  #tellDropped(): void {
    const count = this.#dropped;
    this.#dropped = 0;
    const words = count === 1 ? ["line was", "it"] : ["lines were", "them"];
    this.#add(
      this.#err,
      `warning: ${count} ${words[0]} not shown here, because nobody read ${words[1]}\n`,
    );
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
