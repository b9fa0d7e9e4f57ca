/**
 * Waiting until peers can reach us.
 *
 * @module
 */
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { unlessAborted } from "../../lib/sys/abort.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";

/**
 * Resolves when an App is registered.
 * @param onProblem  Hears of every problem with our network, also later ones; the first one is thrown, too.
 * @throws {NetworkError} `no-network`: the first registration failed.
 * @throws The signal's reason.
 */
export async function reachable(
  context: Pick<Context, "signal">,
  app: Pick<KeptApp, "events" | "node">,
  onProblem?: (error: string) => void,
): Promise<void> {
  const { signal } = context;
  const events = app.events.follow(await app.events.cursor() ?? 0, signal);
  const first = Promise.withResolvers<void>();
  first.promise.catch(() => {}); // who was registered already waits for nothing, and must not end of what comes later
  void (async () => {
    for await (const event of events) {
      if (event.kind !== "network") continue;
      if (event.name === "registered") first.resolve();
      if (event.name !== "problem") continue;
      const error = String(event.detail.error);
      onProblem?.(error);
      // Without effect later: a network that went away may come back.
      first.reject(new NetworkError(error, { retry: true, reason: "no-network" }));
    }
  })().catch(first.reject);
  if ((await app.node.status()).registered) return;
  await unlessAborted(signal, first.promise);
}
