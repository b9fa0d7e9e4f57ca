/**
 * The member `chat` of the configuration: checked, and taken again while the UI runs.
 *
 * @module
 */
import type { SettingsFollower } from "../../lib/app/live_settings.ts";
import type { ChatPolicy } from "../../lib/app/policies.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { COMMANDS } from "../../tui/commands/mod.ts";
import { cleanLine } from "../../tui/drawing/text.ts";
import type { SettingsNews } from "../../tui/program_parts.ts";
import type { Preferences } from "../../tui/state/types.ts";
import { keysWith, placeAndKey } from "../../tui/steps/keymap.ts";
import { quietSpan } from "../../tui/steps/notices.ts";
import { isKeyName } from "../../tui/terminal/input.ts";
import { settingsChanged } from "../words/settings.ts";

/** Follows the file for a UI. @param tell  Takes what is to be shown and set. */
export const chatFollower = (tell: (news: SettingsNews) => void): SettingsFollower => ({
  check: ({ chat }) => void preferencesOf(chat),
  onChange: (change, { chat }) =>
    tell({
      text: settingsChanged(change),
      set: {
        configured: preferencesOf(chat),
        theme: chat.theme ?? "auto",
        mouse: chat.mouse ?? false,
        hook: chat.exec,
      },
    }),
  // The directory would take the row in which the reason has to stand.
  onProblem: ({ message }) =>
    tell({
      text: cleanLine(`${message.replace(/\S*[/\\](?=config\.json)/, "")}; what held before goes on`),
      problem: true,
    }),
});

/** What the configuration says, checked. @throws {UserError} usage: a key or a command that there is not. */
export function preferencesOf(chat: ChatPolicy): Preferences {
  for (const [key, name] of Object.entries(chat.keys ?? {})) {
    if (!isKeyName(placeAndKey(key)[1])) {
      throw new UserError(`config.json names the key ${JSON.stringify(key)}, which no terminal sends`, {
        kind: "usage",
        hint: "Keys are named like ctrl+g, alt+up, f5, A, picker.ctrl+g: ctrl+, alt+, shift+ in this order.",
      });
    }
    if (name === "" || Object.hasOwn(COMMANDS, name)) continue;
    throw new UserError(
      `config.json gives the key ${JSON.stringify(key)} to ${JSON.stringify(name)}, which is no command`,
      {
        kind: "usage",
        hint: "Ctrl+K in `dmsg chat` lists the commands.",
      },
    );
  }
  const without = chat.without ?? [];
  return {
    keys: keysWith(chat.keys ?? {}, chat.vim ?? false),
    bell: chat.bell ?? true,
    desktop: chat.desktop ?? true,
    quiet: chat.quiet === undefined ? undefined : quietSpan(chat.quiet),
    mentions: chat.mentions ?? [],
    parts: { state: !without.includes("state"), time: !without.includes("time") },
  };
}
