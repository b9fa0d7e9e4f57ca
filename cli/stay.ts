/**
 * The end of commands that stay until somebody ends them.
 *
 * @module
 */
import { aborted } from "./abort.ts";
import type { CommandApp } from "./app.ts";
import type { Context } from "./context.ts";
import { Interrupted, type Status } from "./exit.ts";

/**
 * Waits for the end.
 * @returns The status of the signal that ended it, which is the usual way.
 * @throws Why the app, or the command's signal, has ended otherwise.
 */
export async function stay(
  { signal }: Pick<Context, "signal">,
  { app, ended }: Pick<CommandApp, "app" | "ended">,
): Promise<Status> {
  await Promise.race([aborted(signal), app.closed.then(() => Promise.reject(ended()))]);
  if (signal.reason instanceof Interrupted) return signal.reason.status;
  throw signal.reason;
}
