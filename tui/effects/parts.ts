/**
 * What effects answer with, and what they need of a screen or of lines.
 *
 * @module
 */
import type { Msg } from "../state/types.ts";

/** A message without its time, which the loop puts on. */
export type Said = Msg extends infer M ? M extends Msg ? Omit<M, "nowMs"> : never : never;

/** What a screen and a stream of lines do differently. */
export interface Surface {
  /** Puts a text on the clipboard; what to say about it. */
  copy(text: string, what: string): string;
  /** Rings. */
  bell(): void;
  /** Tells the desktop, and the user's own command. */
  notify(title: string, body: string, peer: string): void;
  /** Lets the user write in an editor; rejects when that fails. */
  edit(text: string): Promise<string>;
  /** Stops until the shell goes on with us. */
  suspend(): void;
  /** Draws everything again. */
  redraw(): void;
  /** Ends. */
  quit(): void;
}
