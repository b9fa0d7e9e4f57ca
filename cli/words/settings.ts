/**
 * Words for a configuration file that has changed while a program ran.
 *
 * @module
 */
import type { SettingsChange } from "../../lib/app/live_settings.ts";

/** What of it holds now, and what from the next start on. */
export function settingsChanged({ now, later }: SettingsChange): string {
  const parts = [
    ...(now.length === 0 ? [] : [`${listed(now)} ${now.length === 1 ? "holds" : "hold"} now`]),
    ...(later.length === 0 ? [] : [`${listed(later)} when it starts again`]),
  ];
  return `config.json: ${
    parts.length === 0 ? "it can be read again, and says what it said" : parts.join("; ")
  }`;
}

const listed = (names: readonly string[]): string => names.join(", ").replace(/, ([^,]*)$/, " and $1");
