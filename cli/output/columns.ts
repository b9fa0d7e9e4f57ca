/**
 * How wide the terminal is.
 *
 * @module
 */

/** Columns where there is no terminal. */
const USUAL = 80;
/** Longer lines of sentences are hard to read. */
const MOST_TO_READ = 100;

/** Columns of the terminal, or 80; a serial line tells 0. */
export function columns(): number {
  try {
    return Deno.consoleSize().columns || USUAL;
  } catch {
    return USUAL;
  }
}

/** Columns for help: those of the terminal that it goes to, 100 at the most, or 80 where it goes elsewhere. */
export const helpColumns = (stream: { isTerminal(): boolean }): number =>
  stream.isTerminal() ? Math.min(columns(), MOST_TO_READ) : USUAL;
