/**
 * What effects do to the screen's terminal and around it: clipboard, notices, editor, stopping.
 *
 * @module
 */
import type { Surface } from "../effects/parts.ts";
import { runEditor, runHook } from "./outside.ts";
import { copySequence, noticeSequence, type TerminalKind } from "./sequences.ts";
import type { Terminal } from "./terminal.ts";

/** What it is made of. */
export interface TerminalSurfaceParts extends Pick<Surface, "redraw" | "quit"> {
  /** Where it is written. */
  readonly terminal: Terminal;
  /** What that understands. */
  readonly kind: TerminalKind;
  /** The user's command for notices, as it is set now. */
  readonly hook: () => string | undefined;
  /** The user's editor. */
  readonly editor?: string;
  /** Where a draft lies while it is edited. */
  readonly directory: string;
  /** It could not be stopped. */
  readonly onStuck: (error: Error) => void;
}

/** The surface of a screen. */
export function terminalSurface(parts: TerminalSurfaceParts): Surface {
  const { terminal, kind, redraw, quit } = parts;
  return {
    copy(text, what) {
      const sequence = copySequence(text, kind);
      if (sequence === undefined) return `It is too long for the terminal's clipboard: ${what}`;
      terminal.write(sequence);
      return `Sent ${what} to the terminal's clipboard; whether it took it can't be told`;
    },
    bell: () => terminal.write("\x07"),
    notify(title, body, peer) {
      terminal.write(noticeSequence(title, body, kind));
      const hook = parts.hook();
      if (hook !== undefined) runHook(hook, JSON.stringify({ peer, name: title, text: body }));
    },
    edit: (text) => terminal.lend(() => runEditor(parts.editor ?? "vi", text, parts.directory)),
    suspend: () => void terminal.suspend().catch(parts.onStuck),
    redraw,
    quit,
  };
}
