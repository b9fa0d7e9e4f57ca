/**
 * Standard input and output on a stream: `dmsg nc` once it is connected. The bulk path: three buffers for
 * all of standard input, and views of the stream's own buffers to standard output.
 *
 * @module
 */
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { type Clock, sleep, within } from "../../lib/sys/clock.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import { unlessAborted } from "../abort.ts";
import { OutputClosed } from "../exit.ts";

/**
 * What 32 sealed frames hold, and so what one write to the socket takes: a file fills it whole. With a little more,
 * each read would make a second write of a few bytes.
 */
const READ_BYTES = 32 * 4070;
/** Somebody made the pipe non-blocking and its reader is slow: the pause before the next try. */
const WOULD_BLOCK_MS = 2;

/** After `quitMs` the rest of the input is still handed over, unless nothing moves for so long. */
const HAND_OVER_MS = 10_000;

/** A reader such as `Deno.stdin`. */
export interface ByteReader {
  /** Reads some bytes; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** A writer such as `Deno.stdout`. */
export interface ByteWriter {
  /** Writes some of the bytes; returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * A reader that connections share one after the other: a read can't be cancelled, so what it brings after its
 * connection ended belongs to the next one. While two buffers are being sent a third one is filled.
 */
export class SharedInput {
  readonly #from: ByteReader;
  readonly #buffers: readonly Uint8Array[] = Array.from({ length: 3 }, () => new Uint8Array(READ_BYTES));
  /** Which of them the next read fills. */
  #next = 0;
  #reading: Promise<void> | undefined;
  /** What that read has brought: undefined when nothing, null after the end. */
  #count: number | null | undefined;
  readonly #end = Promise.withResolvers<void>();
  /** Resolves when the end was read, whether or not somebody takes what came before. */
  readonly ended: Promise<void> = this.#end.promise;

  /**
   * An input that nothing was read of.
   * @param from  Is read ahead by at most one buffer.
   */
  constructor(from: ByteReader) {
    this.#from = from;
  }

  /**
   * Waits until there is something to take.
   * @throws {UserError} local: it can't be read.
   */
  ready(): Promise<void> {
    if (this.#count !== undefined) return Promise.resolve();
    return this.#reading ??= this.#from.read(this.#buffers[this.#next]).then((count) => {
      this.#count = count;
      this.#reading = undefined;
      if (count === null) this.#end.resolve();
    }, (cause) => {
      throw new UserError(`Cannot read standard input: ${(cause as Error).message}`, {
        kind: "local",
        hint: "Give a file, a pipe or a terminal.",
        cause,
      });
    });
  }

  /**
   * Takes what is ready, and begins to read what follows.
   * @returns A view that is valid until the next call but one; null at the end.
   */
  take(): Uint8Array | null {
    const count = this.#count;
    if (count === undefined || count === null) return null;
    const taken = this.#buffers[this.#next].subarray(0, count);
    this.#count = undefined;
    this.#next = (this.#next + 1) % this.#buffers.length;
    this.ready().catch(() => {}); // told to the one who waits for it
    return taken;
  }
}

/** The part of a {@link DmsgStream} that is used. */
export type TalkStream = Pick<DmsgStream, "read" | "write" | "closeWrite" | "close" | "reset" | "ping">;

/** How far a conversation has come, bytes. */
export interface Traffic {
  /** Of the input that the stream has taken; when it breaks, the last of them may not have arrived. */
  sent: number;
  /** Of the peer's that the output has taken. */
  received: number;
}

/** What a conversation is made of. */
export interface Conversation {
  /** The peer; closed at the end, reset after a failure. */
  readonly stream: TalkStream;
  /** What goes to the peer; may serve the next conversation too. */
  readonly input: SharedInput;
  /** Takes what the peer says. */
  readonly output: ByteWriter;
  /**
   * Ends the output when the peer has finished: who reads it to the end and then answers is our input. Not for an output
   * that serves the next conversation too.
   */
  readonly endOutput?: () => unknown;
  /** A person who types is not waited for once the peer has finished. */
  readonly inputIsTerminal: boolean;
  /** Whether to say "no more" to the peer when the input ends. */
  readonly finishAtEnd: boolean;
  /**
   * How long to go on after the end of the input; undefined: until the peer has finished. What the peer has not taken
   * by then is still handed over while it moves.
   */
  readonly quitMs: number | undefined;
  /** Measures `quitMs`. */
  readonly clock: Clock;
  /** Ends the conversation. */
  readonly signal: AbortSignal;
  /** Counts on while it goes on: what is told of one that broke. */
  readonly traffic?: Traffic;
}

/** The time behind the end of the input is over, and what is left of it does not move. */
export class InputNotTaken extends NetworkError {
  /** An error without more to say. */
  constructor() {
    super("the peer has not taken all of our input in time", { retry: false, reason: "timeout" });
  }
}

/**
 * Copies both ways until the peer has finished and the input has ended. When it resolves the server under the
 * stream has every byte of the input.
 * @throws {InputNotTaken} After `quitMs` nothing of the input has moved for 10 s.
 * @throws {NetworkError} The stream broke.
 * @throws {OutputClosed} Nobody reads the output.
 * @throws {UserError} local: the input can't be read, or the output can't be written.
 * @throws The signal's reason.
 */
export async function converse(talk: Conversation): Promise<void> {
  const { stream, input, clock, quitMs, signal } = talk;
  const over = new AbortController();
  let inputHasEnded = false;
  void input.ended.then(() => inputHasEnded = true);
  const received = receive(talk).then(() => {
    // Otherwise everything ends now.
    if (!inputHasEnded && !talk.inputIsTerminal) void talk.endOutput?.();
  });
  let moves = 0;
  const sent = send(talk, over.signal, () => moves++).catch(async (error) => {
    // What arrived before the stream broke is still delivered, and reading may know the reason better.
    if (error instanceof NetworkError) await received;
    throw error;
  });
  const rest = quitMs === undefined ? waitFor : whileMoving(clock, () => moves);
  const quit = input.ended
    .then(() => quitMs === undefined ? never() : sleep(clock, quitMs, over.signal))
    .then(() => rest(sent));
  try {
    const finished = received.then(() => talk.inputIsTerminal ? undefined : sent);
    await unlessAborted(signal, Promise.race([finished, quit, sent.then(never)]));
    over.abort();
    await unlessAborted(signal, rest(handOver(stream)));
    stream.close();
  } catch (error) {
    // From a terminal Ctrl+C is the usual goodbye; in a pipe half of a file must not look like the whole.
    if (talk.inputIsTerminal && signal.aborted) stream.close();
    else stream.reset();
    throw error;
  } finally {
    over.abort();
  }
}

const never = (): Promise<never> => new Promise(() => {});

const waitFor = (work: Promise<void>): Promise<void> => work;

/** Waits for work that counts its moves; throws {@link InputNotTaken} when there was none for 10 s. */
const whileMoving = (clock: Clock, moves: () => number) => async (work: Promise<void>): Promise<void> => {
  for (;;) {
    const before = moves();
    try {
      return await within(clock, HAND_OVER_MS, work, () => new InputNotTaken());
    } catch (error) {
      if (!(error instanceof InputNotTaken) || moves() === before) throw error;
    }
  }
};

/** @param onMove  A piece of the input has left. */
async function send(talk: Conversation, over: AbortSignal, onMove: () => void): Promise<void> {
  const { stream, input, traffic } = talk;
  let writing: Promise<void> = Promise.resolve();
  let broken = false;
  for (;;) {
    // A write that fails is told at once: what the input brings after it belongs to the next conversation.
    await Promise.race([input.ready(), writing.then(never)]);
    if (over.aborted) return;
    const bytes = broken ? null : input.take();
    if (bytes === null) break;
    // One write ahead: its frames are sealed while those before them wait for the peer's window.
    const next = stream.write(bytes);
    next.then(() => {
      if (traffic) traffic.sent += bytes.length;
    }, () => broken = true); // told in its turn
    await writing;
    onMove();
    writing = next;
  }
  await writing;
  onMove();
  if (talk.finishAtEnd) await stream.closeWrite();
}

async function receive({ stream, output, traffic }: Conversation): Promise<void> {
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
    await writeAll(output, bytes, (count) => {
      if (traffic) traffic.received += count;
    });
  }
}

/** The answer to the ping comes behind everything that we wrote: after it the process may end. */
async function handOver(stream: TalkStream): Promise<void> {
  await stream.closeWrite();
  await stream.ping();
}

async function writeAll(
  output: ByteWriter,
  bytes: Uint8Array,
  onWritten: (count: number) => void,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    try {
      const count = await output.write(at === 0 ? bytes : bytes.subarray(at));
      onWritten(count);
      at += count;
    } catch (cause) {
      if (cause instanceof Deno.errors.BrokenPipe) throw new OutputClosed("The reader of our output left");
      if (!(cause instanceof Deno.errors.WouldBlock)) {
        throw new UserError(`Cannot write the output: ${(cause as Error).message}`, {
          kind: "local",
          hint: "Check the free space where the output goes.",
          cause,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, WOULD_BLOCK_MS));
    }
  }
}
