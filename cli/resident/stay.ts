/**
 * The end of commands that stay until somebody ends them.
 *
 * @module
 */
import { aborted } from "../abort.ts";
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import { connectionNotices } from "./connection_notices.ts";
import { Interrupted, type Status } from "../exit.ts";

/**
 * Waits for the end. What is wrong with the connection is told meanwhile, once until it is over.
 * @returns The status of the signal that ended it, which is the usual way.
 * @throws Why the app, or the command's signal, has ended otherwise.
 */
export async function stay(
  context: Context,
  { app, ended }: Pick<CommandApp, "app" | "ended">,
): Promise<Status> {
  const { signal } = context;
  tellConnection(context, app).catch(() => {}); // the app has ended, which is heard of below
  await Promise.race([aborted(signal), app.closed.then(() => Promise.reject(ended()))]);
  if (signal.reason instanceof Interrupted) return signal.reason.status;
  throw signal.reason;
}

/** Always words on standard error: lines of JSON are of what the command serves. */
async function tellConnection(context: Context, app: CommandApp["app"]): Promise<void> {
  const notice = connectionNotices(context, { onReady: () => {}, json: false });
  const since = await app.events.cursor();
  if ((await app.node.status()).registered) notice({ name: "registered", detail: {} });
  for await (const event of app.events.follow(since ?? 0, context.signal)) {
    if (event.kind === "network") notice(event);
  }
}
