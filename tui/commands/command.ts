/**
 * What a command of the UI is. Keys, palette and linear mode all run the same ones.
 *
 * @module
 */
import type { Model, Step } from "../state/types.ts";

/** A command. */
export interface Command {
  /** What it does, a few words. */
  readonly brief: string;
  /** What may follow its name, for help; in brackets when it need not. Without it nothing may. */
  readonly argument?: string;
  /** It is about the open conversation, or the one that is chosen in the list. */
  readonly isAbout?: true;
  /** What must be there: an open conversation, or a chosen message. */
  readonly needs?: "conversation" | "message";
  /** A movement of the screen: not listed in the palette. */
  readonly isMovement?: boolean;
  /** Does it. @param argument  What followed its name, "" for nothing. */
  run(model: Model, argument: string): Step;
}

/** Commands by name. */
export type Commands = Readonly<Record<string, Command>>;
