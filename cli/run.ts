/**
 * Runs one command line from arguments to exit status.
 *
 * @see cli/README.md
 * @module
 */
import { UserError } from "../lib/wire/errors.ts";
import { asksFor } from "./args.ts";
import { type Context, systemContext } from "./context.ts";
import { failureOf, OutputClosed, Status } from "./exit.ts";
import { newLifetime } from "./lifetime.ts";

/** This program's version, as in deno.json. */
export const VERSION = "0.1.0";

/**
 * Runs a command line in this process.
 * @param args  The arguments after the program's name.
 * @returns The exit status, after everything is written.
 */
export async function run(args: readonly string[]): Promise<Status> {
  const lifetime = newLifetime();
  const context = systemContext(lifetime, asksFor(args, "--json"));
  context.print.mode.verbose = asksFor(args, "--verbose", "-v");
  const ended = lifetime.overdue.then((failure) => {
    context.print.failure(failure);
    return failure.status;
  });
  const status = await Promise.race([ended, dispatch(args, context, lifetime.watchProcess)]);
  // Results that nobody took are not "done".
  return lifetime.signal.reason instanceof OutputClosed && status < Status.local ? Status.local : status;
}

async function dispatch(
  args: readonly string[],
  context: Context,
  watchProcess: () => void,
): Promise<Status> {
  try {
    const [first, second] = args;
    if (first === undefined) return await usageHelp(context);
    if (first === "--version" || first === "-V") {
      context.print.out("version", { version: VERSION });
      return Status.done;
    }
    if (first === "--help" || first === "-h" || (first === "help" && second === undefined)) {
      context.print.text((await import("./help.ts")).rootHelp());
      return Status.done;
    }
    if (first === "help" && second === "exit-status") {
      context.print.text((await import("./help.ts")).statusHelp());
      return Status.done;
    }
    if (first.startsWith("-")) {
      throw new UserError("The command comes first, its flags after it", {
        kind: "usage",
        hint: "See `dmsg --help`.",
      });
    }
    watchProcess();
    const { runCommand } = await import("./application.ts");
    return await runCommand(first === "help" ? [...args.slice(1), "--help"] : args, context);
  } catch (error) {
    const failure = failureOf(error, context.signal.reason);
    context.print.failure(failure);
    return failure.status;
  }
}

async function usageHelp(context: Context): Promise<Status> {
  context.print.noteText((await import("./help.ts")).rootHelp());
  return Status.usage;
}
