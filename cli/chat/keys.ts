/**
 * Keys that the configuration gives to commands of `dmsg chat`, for commands that are asked before that is opened.
 *
 * @module
 */
import type { SettingsFlags } from "../../lib/app/settings.ts";
import type { Context } from "../context.ts";

/**
 * Checks them as `chat` does. The tables that say which there are belong to the UI: they are loaded only where the file
 * names keys.
 * @throws {UserError} usage: a key or a command that there is not. @throws As `resolveSettings`.
 */
export async function checkChatKeys(context: Context, flags: SettingsFlags): Promise<void> {
  const { chat } = await context.settings(flags);
  if (chat.keys !== undefined) (await import("./settings.ts")).preferencesOf(chat);
}
