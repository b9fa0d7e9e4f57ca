/**
 * What the screen is made of, and how it ends.
 *
 * @module
 */
import type { App } from "../lib/app/app.ts";
import type { AliasHost } from "../lib/identity/aliases.ts";
import type { Clock } from "../lib/sys/clock.ts";
import type { Depth, Theme } from "./drawing/style.ts";
import type { ConversationId, Preferences } from "./state/types.ts";
import type { TerminalKind } from "./terminal/sequences.ts";

/** What the screen needs. */
export interface ProgramParts {
  /** The identity's App, which the caller closes, and the directory of its store: drafts are kept there. */
  readonly opened: Promise<{ readonly app: App; readonly directory: string }>;
  /** Aliases and files. */
  readonly host: AliasHost;
  /** Time. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Takes who is told why something that came could not be kept by this process. */
  readonly onUnkept: (told: (why: string) => void) => void;
  /** Tells when another program has changed the aliases. @returns Ends that. */
  readonly watchNames: (onChange: () => void) => () => void;
  /** One line for the user at the start, asked for when the App is open. */
  readonly hello?: () => string | undefined;
  /** What the configuration says. */
  readonly configured: Preferences;
  /** Takes who is told when the configuration says something else. */
  readonly onSettings: (told: (news: SettingsNews) => void) => void;
  /** Colours and background; `auto` asks the terminal. */
  readonly look: { readonly depth: Depth; readonly theme: Theme | "auto"; readonly mouse: boolean };
  /** Which terminal it is. */
  readonly terminal: TerminalKind;
  /** EDITOR or VISUAL. */
  readonly editor?: string;
  /** The user's command for notices. */
  readonly hook?: string;
  /** Which conversation to open first. @throws Why there is none. */
  readonly open?: (app: App) => Promise<ConversationId>;
  /** Whether what can't be sent now may leave later. */
  readonly queues: boolean;
}

/** Why it ended: the user left, a signal, the terminal is gone, or the App ended by itself. */
export type Ending = "left" | "signal" | "gone" | "app";

/** The configuration has changed. */
export interface SettingsNews {
  /** One line for the user. */
  readonly text: string;
  /** It can't be used, and what held before goes on. */
  readonly problem?: boolean;
  /** What it says about the UI. */
  readonly set?: {
    readonly configured: Preferences;
    readonly theme: Theme | "auto";
    readonly mouse: boolean;
    readonly hook?: string;
  };
}
