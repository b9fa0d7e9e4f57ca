/**
 * The App in this process of a one-shot command that keeps nothing.
 *
 * @module
 */
import type { App } from "../lib/app/app.ts";
import { BLOCKED_FILE, readBlocked } from "../lib/app/block_file.ts";
import { openLeanApp } from "../lib/app/lean.ts";
import { openDiscovery, openNode } from "../lib/app/open.ts";
import type { HereRequest } from "../lib/app/here.ts";
import { join } from "../lib/sys/paths.ts";
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
  const { files, clock, random } = context;
  const path = join(request.directory, BLOCKED_FILE);
  let reading: ReturnType<typeof readBlocked> | undefined;
  return openLeanApp({
    client: dialingAhead(node.client, request.peers ?? [], context.signal),
    clock,
    random,
    blocked: async (peer) =>
      (await (reading ??= readBlocked({ files, path, secret: identity.pair.secret })))(peer),
    onClose: () => node.close(),
  });
}
