/**
 * What the user has set, how the network is, and what is said at the bottom: the smaller parts of the model.
 *
 * @module
 */
import type { Style } from "../drawing/style.ts";
import type { Keymap } from "../steps/keymap.ts";

/** Which messages of a conversation are told: of a group also those alone that name us or answer us. */
export type Level = "all" | "mentions" | "none";

/** How the network is. */
export interface Network {
  /** Whether peers reach us. */
  readonly state: "connecting" | "online" | "offline";
  /** What went wrong last. */
  readonly problem?: string;
  /** When the next try is, milliseconds since 1970. */
  readonly nextMs?: number;
}

/** A line for the user that the next key takes away. */
export interface Notice {
  /** One row. */
  readonly text: string;
  /** How it looks. */
  readonly style: Style;
}

/** What the user has set. */
export interface Preferences {
  /** Commands by key. */
  readonly keys: Keymap;
  /** Ring the terminal's bell. */
  readonly bell: boolean;
  /** Tell the desktop (OSC 9, 99, 777). */
  readonly desktop: boolean;
  /** Hours without notices, minutes of the day. */
  readonly quiet?: { readonly from: number; readonly to: number };
  /** Words that name us in a group, beside what we call our own key. */
  readonly mentions?: readonly string[];
  /** Parts of a line in the linear mode. */
  readonly parts: { readonly state: boolean; readonly time: boolean };
}

/** What the user has switched at run time, and what the configuration said then. */
export interface Chosen {
  /** Hours without notices. */
  readonly quiet?: { readonly is?: Preferences["quiet"]; readonly over?: Preferences["quiet"] };
  /** Ring the terminal's bell. */
  readonly bell?: { readonly is: boolean; readonly over: boolean };
}
