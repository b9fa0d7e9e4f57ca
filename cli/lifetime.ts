/**
 * When a command must end although it has not finished: a signal, a reader that left, or a fault outside of it.
 *
 * @module
 */
import type { UserError } from "../lib/wire/errors.ts";
import { type EndSignal, type Failure, failureOf, Interrupted, OutputClosed } from "./exit.ts";

/** How long a command may take to wind down after its signal was aborted, in milliseconds. */
const GRACE_MS = 3000;
/** One Ctrl+C comes twice when a launcher (npx, `deno task`) passes on what the terminal sends to all of them. */
const SAME_SIGNAL_MS = 500;

/** Longest wait for a signal that we have sent to ourselves. */
const DEATH_MS = 1000;

/** The ways a run can be ended from outside. */
export interface Lifetime {
  /**
   * Aborted with {@link Interrupted}, {@link OutputClosed}, or a {@link UserError} when the output can't be written;
   * commands stop what they wait for and clean up.
   */
  readonly signal: AbortSignal;
  /** Settles when the run must end without its command: the grace is over, or something threw outside of it. */
  readonly overdue: Promise<Failure>;
  /** Run when the process dies without waiting for its command. */
  readonly atDeath: Set<() => void>;
  /** Ctrl+C was typed where the terminal makes no signal of it: the same as SIGINT. */
  interrupt(): void;
  /** Says that nobody can read our output any more, and why. */
  outputLost(why: "closed" | UserError): void;
  /** Begins to listen to the process: SIGINT, SIGTERM, the end of its terminal, errors that nobody caught. */
  watchProcess(): void;
  /**
   * When a signal ended the command: dies of it, as if nobody had listened. A shell that runs a script takes an exit
   * status, whichever, for an answer to Ctrl+C and goes on with its loop. Returns when there was none.
   */
  dieOfSignal(): void;
}

/** A new lifetime; a second SIGINT exits the process at once, unless it is the first one once more. */
export const newLifetime = (): Lifetime => new ProcessLifetime();

class ProcessLifetime implements Lifetime {
  readonly atDeath = new Set<() => void>();
  readonly #controller = new AbortController();
  readonly #overdue = Promise.withResolvers<Failure>();
  readonly #listeners = new Map<Deno.Signal, () => void>();
  #interruptedMs = Infinity;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get overdue(): Promise<Failure> {
    return this.#overdue.promise;
  }

  // These three are handed on alone.
  readonly interrupt = (): void => this.#end(new Interrupted("Ctrl+C was typed"));
  readonly outputLost = (why: "closed" | UserError): void =>
    this.#end(why === "closed" ? new OutputClosed("The reader of our output left") : why);
  readonly dieOfSignal = (): void => {
    const { reason } = this.signal;
    if (reason instanceof Interrupted) this.#die(reason.signal);
  };

  watchProcess(): void {
    const isWindows = Deno.build.os === "windows";
    for (const name of isWindows ? SIGNALS_WINDOWS : SIGNALS) {
      this.#listen(name, () => this.#interrupted(name));
    }
    const terminal = hasTerminal(); // one that is gone is none
    const hungUp = async (): Promise<void> => {
      // The shell and the system both send it: the second one must not cut off what the first one began.
      if (terminal || !await areFiles()) this.#end(new Interrupted("the terminal is gone", "SIGHUP"));
    };
    if (!isWindows) this.#listen("SIGHUP", () => void hungUp());
    globalThis.addEventListener("unhandledrejection", (event) => this.#fault(event, event.reason));
    globalThis.addEventListener("error", (event) => this.#fault(event, event.error));
  }

  #end(reason: Error): void {
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    Deno.unrefTimer(setTimeout(() => this.#overdue.resolve(failureOf(reason, reason)), GRACE_MS));
  }

  #listen(name: Deno.Signal, run: () => void): void {
    this.#listeners.set(name, run);
    Deno.addSignalListener(name, run);
  }

  #interrupted(name: EndSignal): void {
    if (performance.now() - this.#interruptedMs > SAME_SIGNAL_MS) {
      this.#die(name);
      Deno.exit(new Interrupted("", name).status);
    }
    this.#interruptedMs = Math.min(this.#interruptedMs, performance.now());
    this.#end(new Interrupted("a signal ended the command", name));
  }

  #die(name: EndSignal): void {
    for (const run of this.atDeath) run();
    if (Deno.build.os === "windows") return; // it has no such thing: the status says it
    for (const [heard, run] of this.#listeners) Deno.removeSignalListener(heard, run);
    this.#listeners.clear();
    Deno.kill(Deno.pid, name);
    // The runtime's handler stays in place and does in a thread of its own what the system would have done.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DEATH_MS);
  }

  /** The runtime's own handling would exit with 1, which means "not acked" here. */
  #fault(event: Event, error: unknown): void {
    event.preventDefault();
    this.#overdue.resolve(failureOf(error, this.signal.reason));
  }
}

const hasTerminal = (): boolean => Deno.stdout.isTerminal() || Deno.stderr.isTerminal();

/**
 * Whether both outputs are files or devices. Whoever is to outlive its terminal has them so: `nohup`, `>> log &`. That
 * SIGHUP was ignored when the program began is lost, for the runtime handles it, and ends; so it is heard, and means
 * nothing. With a terminal, a pipe or a socket the program dies of it as of any other signal.
 */
async function areFiles(): Promise<boolean> {
  const { fstatSync } = await import("node:fs");
  try {
    return [1, 2].every((output) => {
      const kind = fstatSync(output);
      return kind.isFile() || kind.isCharacterDevice();
    });
  } catch {
    return false; // it is closed
  }
}

const SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM"];
const SIGNALS_WINDOWS: readonly EndSignal[] = ["SIGINT", "SIGBREAK"];
