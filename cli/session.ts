/**
 * Runs the command that the arguments name, until it returns or must end.
 *
 * @module
 */
import { runCommand } from "./application.ts";
import { systemContext } from "./context.ts";
import { failureOf, type Status } from "./exit.ts";
import { newLifetime } from "./lifetime.ts";
import type { Output } from "./output/output.ts";
import type { Printer } from "./output/print.ts";

/** A command's end. */
export interface Session {
  /** The exit status. */
  readonly status: Status;
  /** Dies of the signal that ended it, if one did; for the end of all, when everything is written. */
  dieOfSignal(): void;
}

/**
 * Runs a command in this process.
 * @param args  `[name, ...]`.
 * @param print  Prints; also the failure that is returned as a status.
 * @param output  What it prints on: the command ends when nobody can read that any more, and what nobody reads is given
 *   up once the command must end.
 */
export async function runSession(args: readonly string[], print: Printer, output: Output): Promise<Session> {
  const lifetime = newLifetime();
  const { signal, dieOfSignal } = lifetime;
  output.onLost = lifetime.outputLost;
  if (output.lost) lifetime.outputLost(output.lost);
  signal.addEventListener("abort", () => output.hurry(), { once: true });
  lifetime.watchProcess();
  try {
    const overdue = lifetime.overdue.then((failure) => {
      print.failure(failure);
      return failure.status;
    });
    const status = await Promise.race([overdue, runCommand(args, systemContext(lifetime, print))]);
    return { status, dieOfSignal };
  } catch (error) {
    const failure = failureOf(error, signal.reason);
    print.failure(failure);
    return { status: failure.status, dieOfSignal };
  }
}
