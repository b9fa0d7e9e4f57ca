/**
 * The App in this process of a one-shot command that is alone and opens no store.
 *
 * @module
 */
import type { App } from "../lib/app/app.ts";
import { BLOCKED_FILE, readBlocked } from "../lib/app/peers/block_file.ts";
import { openLeanApp } from "../lib/app/lean.ts";
import { openJournalFiles } from "../lib/app/journal_files.ts";
import { openSentFile } from "../lib/app/sent_file.ts";
import { openDiscovery, openNode } from "../lib/app/node/open.ts";
import type { HereRequest } from "../lib/app/here.ts";
import { join } from "../lib/sys/paths.ts";
import type { Context } from "./context.ts";
import { dialingAhead } from "../lib/app/node/dialing_ahead.ts";

/**
 * Opens it. The caller has the identity's lock.
 * @throws As `openNode`; nothing stays open then.
 */
export async function openLean(context: Context, request: HereRequest): Promise<App> {
  const { files, openLogFile, clock, random } = context;
  const { settings, command, directory, onProblem, peers = [] } = request;
  const discovery = openDiscovery(settings, context, request.lookUpMs);
  for (const { pk } of peers) discovery.ahead(pk);
  const identity = await request.identity();
  const asked = Promise.withResolvers<void>();
  const parts = {
    settings,
    identity,
    command,
    resident: false,
    discovery,
    locked: true,
    onAsked: asked.resolve,
  };
  const node = await openNode(parts, context);
  const { secret } = identity.pair;
  const blockedPath = join(directory, BLOCKED_FILE);
  const takeIn = async (): Promise<void> => {
    const { openIdentityStore } = await import("../lib/app/here.ts");
    await (await openIdentityStore(context, settings, directory, identity)).close();
  };
  let reading: ReturnType<typeof readBlocked> | undefined;
  return openLeanApp({
    client: dialingAhead(node.client, peers, context.signal),
    clock,
    random,
    blocked: async (peer) =>
      (await (reading ??= readBlocked({ files, path: blockedPath, secret }, takeIn)))(peer),
    asked: asked.promise,
    openSent: async () => {
      const { durability } = settings;
      const journal = await openJournalFiles({ openLogFile, files, directory, durability });
      return await openSentFile({ journal, secret, random });
    },
    takeIn,
    onProblem,
    onClose: () => node.close(),
  });
}
