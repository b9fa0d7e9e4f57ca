/**
 * Runs the command that the arguments name, until it returns or must end.
 *
 * @module
 */
import { runCommand } from "./application.ts";
import { systemContext } from "./context.ts";
import { failureOf, type Status } from "./exit.ts";
import { newLifetime } from "./lifetime.ts";
import type { Printer } from "./print.ts";

/**
 * Runs a command in this process.
 * @param args  `[name, ...]`.
 * @param print  Prints; also the failure that is returned as a status.
 * @param whenClosed  Is given what to call when the reader of standard output leaves.
 */
export async function runSession(
  args: readonly string[],
  print: Printer,
  whenClosed: (run: () => void) => void,
): Promise<Status> {
  const lifetime = newLifetime();
  whenClosed(lifetime.outputClosed);
  lifetime.watchProcess();
  try {
    const overdue = lifetime.overdue.then((failure) => {
      print.failure(failure);
      return failure.status;
    });
    return await Promise.race([overdue, runCommand(args, systemContext(lifetime, print))]);
  } catch (error) {
    const failure = failureOf(error, lifetime.signal.reason);
    print.failure(failure);
    return failure.status;
  }
}
