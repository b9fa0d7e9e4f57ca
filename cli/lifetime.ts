/**
 * When a command must end although it has not finished: a signal, a reader that left, or a fault outside of it.
 *
 * @module
 */
import { failureOf, Interrupted, OutputClosed, Status } from "./exit.ts";
import type { Failure } from "./exit.ts";

/** How long a command may take to wind down after its signal was aborted, in milliseconds. */
const GRACE_MS = 3000;
/** One Ctrl+C comes twice when a launcher (npx, `deno task`) passes on what the terminal sends to all of them. */
const SAME_SIGNAL_MS = 500;

/** The ways a run can be ended from outside. */
export interface Lifetime {
  /** Aborted with {@link Interrupted} or {@link OutputClosed}; commands stop what they wait for and clean up. */
  readonly signal: AbortSignal;
  /** Settles when the run must end without its command: the grace is over, or something threw outside of it. */
  readonly overdue: Promise<Failure>;
  /** Says that nobody reads our output any more. */
  outputClosed(): void;
  /** Begins to listen to the process: SIGINT, SIGTERM, the end of its terminal, errors that nobody caught. */
  watchProcess(): void;
}

/** A new lifetime; a second SIGINT exits the process at once, unless it is the first one once more. */
export function newLifetime(): Lifetime {
  const controller = new AbortController();
  const overdue = Promise.withResolvers<Failure>();
  const end = (reason: Error): void => {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    Deno.unrefTimer(setTimeout(() => overdue.resolve(failureOf(reason, reason)), GRACE_MS));
  };
  let interruptedMs = Infinity;
  const interrupt = (): void => {
    if (performance.now() - interruptedMs > SAME_SIGNAL_MS) Deno.exit(Status.interrupted);
    interruptedMs = Math.min(interruptedMs, performance.now());
    end(new Interrupted("a signal ended the command"));
  };
  // The shell and the system both send it: the second one must not cut off what the first one began.
  const hangUp = (): void => end(new Interrupted("the terminal is gone"));
  // The runtime's own handling would exit with 1, which means "not acked" here.
  const fault = (event: Event, error: unknown): void => {
    event.preventDefault();
    overdue.resolve(failureOf(error, controller.signal.reason));
  };
  return {
    signal: controller.signal,
    overdue: overdue.promise,
    outputClosed: (): void => end(new OutputClosed("The reader of our output left")),
    watchProcess: (): void => {
      for (const name of Deno.build.os === "windows" ? SIGNALS_WINDOWS : SIGNALS) {
        Deno.addSignalListener(name, interrupt);
      }
      if (hasTerminal()) Deno.addSignalListener("SIGHUP", hangUp);
      globalThis.addEventListener("unhandledrejection", (event) => fault(event, event.reason));
      globalThis.addEventListener("error", (event) => fault(event, event.error));
    },
  };
}

/** Who is to outlive the terminal does not write to it: `nohup` and services redirect both. */
const hasTerminal = (): boolean =>
  Deno.build.os !== "windows" && (Deno.stdout.isTerminal() || Deno.stderr.isTerminal());

const SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];
const SIGNALS_WINDOWS: readonly Deno.Signal[] = ["SIGINT", "SIGBREAK"];
