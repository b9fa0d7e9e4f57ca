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
  const { widthOf } = await import("../tui/width.ts"); // a table of letters that few commands need
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => widthOf(row[i]))));
  const cell = (text: string, i: number): string => text + " ".repeat(widths[i] - widthOf(text));
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
