/**
 * The App in this process of a one-shot command that keeps nothing.
 *
 * @module
 */
import type { App } from "../lib/app/app.ts";
import { openLeanApp } from "../lib/app/lean.ts";
import { openDiscovery, openNode } from "../lib/app/open.ts";
import type { HereRequest } from "../lib/app/here.ts";
import type { Context } from "./context.ts";
import { dialingAhead } from "../lib/app/dialing_ahead.ts";

/**
 * Opens it. The caller has the identity's lock.
 * @throws As `openNode`; nothing stays open then.
 */
export async function openLean(context: Context, request: HereRequest): Promise<App> {
  const { settings, command } = request;
  const discovery = openDiscovery(settings, context);
  for (const { pk } of request.peers ?? []) discovery.ahead(pk);
  const identity = await request.identity();
  const parts = { settings, identity, command, resident: false, discovery, locked: true };
  const node = await openNode(parts, context);
  return openLeanApp({
    client: dialingAhead(node.client, request.peers ?? [], context.signal),
    clock: context.clock,
    random: context.random,
    onClose: () => node.close(),
  });
}
