/**
 * Tables for people.
 *
 * @module
 */

/**
 * Rows as lines with columns as wide as what is in them.
 * @param rows  Each with as many cells; the first has the headings. Cells are shown as they are.
 */
export async function tableText(rows: readonly (readonly string[])[]): Promise<string> {
  const { widthOf } = await import("../../tui/drawing/width.ts"); // a table of letters that few commands need
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => widthOf(row[i]))));
  const cell = (text: string, i: number): string => text + " ".repeat(widths[i] - widthOf(text));
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

/**
 * Two columns: a text filled up to a width, and another one behind it.
 * @param rows  Both of each. They are shown as they are.
 * @param width  Columns of the first; a longer one moves the second.
 */
export async function pairLines(
  rows: readonly (readonly [string, string])[],
  width: number,
): Promise<string> {
  const isPlain = rows.every(([text]) => /^[ -~]*$/.test(text));
  const widthOf = isPlain
    ? ({ length }: string) => length
    : (await import("../../tui/drawing/width.ts")).widthOf;
  const blanks = (text: string): string => " ".repeat(Math.max(0, width - widthOf(text)));
  return rows.map(([text, other]) => `${text}${blanks(text)} ${other}\n`).join("");
}
