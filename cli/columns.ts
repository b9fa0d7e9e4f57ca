/**
 * How wide the terminal is.
 *
 * @module
 */

/** Columns of the terminal, or 80. */
export function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}
