/**
 * Sentences and tables on a terminal.
 *
 * @module
 */

/** A terminal that is narrower has no room for words beside each other. */
const LEAST_COLUMNS = 20;
/** A second cell of a table that has less room stands below the first. */
const LEAST_CELL = 24;
/** How far it is moved in then. */
const CELL_INDENT = 8;
/** What a row of a table has before its second cell. */
const FIRST_CELL = /^ *\S(?:.*?\S)?? {2,}(?=\S)/;

/** How many cells of a terminal a text takes. */
export type CellsOf = (text: string) => number;

/**
 * Cells at the most: what is not ASCII counts as two. For who has not loaded the table of letters
 * (`tui/drawing/width.ts`), and
 * for texts that are nearly all ASCII.
 */
const mostCells = (text: string): number => [...text].reduce((sum, one) => sum + (one <= "~" ? 1 : 2), 0);

/**
 * Breaks lines that are wider than a terminal between words, so that the terminal cuts none of them. What has no blank,
 * such as a key or a URL, stays whole: it can be copied.
 * @param text  Lines; what a line begins with in blanks is before its other parts as well.
 * @param columns  Of the terminal; undefined: it is none, and nothing is broken.
 */
export function folded(text: string, columns: number | undefined, cellsOf: CellsOf = mostCells): string {
  if (columns === undefined || columns < LEAST_COLUMNS) return text;
  const foldedLine = (line: string): string => {
    const indent = /^ */.exec(line)![0];
    return fold({ first: indent, indent, words: line.slice(indent.length) }, columns, cellsOf);
  };
  return text.split("\n").map((line) => cellsOf(line) <= columns ? line : foldedLine(line)).join("\n");
}

/**
 * Breaks help in the same way; what a table says in its second cell goes on below that cell, or is below the first where
 * there is no room beside it.
 * @param text  Lines; cells of a row have two blanks or more between them.
 * @param columns  Of the terminal, or what is usual where there is none.
 */
export function foldedHelp(text: string, columns: number): string {
  if (columns < LEAST_COLUMNS) return text;
  return tables(text.split("\n")).map((rows) => foldTable(rows, columns)).join("\n");
}

/** A line, and what of it is before its second cell; undefined when it has one only. */
interface Row {
  readonly line: string;
  readonly first: string | undefined;
}

/** Rows that follow each other and whose second cells stand in one column. */
function tables(lines: readonly string[]): Row[][] {
  const all: Row[][] = [];
  for (const line of lines) {
    const row = { line, first: FIRST_CELL.exec(line)?.[0] };
    const last = all.at(-1);
    if (last && last[0].first?.length === row.first?.length) last.push(row);
    else all.push([row]);
  }
  return all;
}

function foldTable(rows: readonly Row[], columns: number): string {
  const column = rows[0].first?.length;
  if (column === undefined) return folded(rows.map(({ line }) => line).join("\n"), columns);
  const isTooWide = rows.some(({ line }) => mostCells(line) > columns);
  if (!isTooWide) return rows.map(({ line }) => line).join("\n");
  const words = rows.flatMap(({ line }) => line.slice(column).split(" "));
  const needed = Math.max(LEAST_CELL, ...words.map(mostCells));
  return rows.map(({ line, first = "" }) => {
    const words = line.slice(first.length);
    if (columns - column >= needed) {
      return fold({ first, indent: " ".repeat(column), words }, columns, mostCells);
    }
    const indent = " ".repeat(CELL_INDENT);
    return `${folded(first.trimEnd(), columns)}\n${
      fold({ first: indent, indent, words }, columns, mostCells)
    }`;
  }).join("\n");
}

/** @param line  What stands before its first part, what before the others, and what is broken. */
function fold(
  { first, indent, words }: { first: string; indent: string; words: string },
  columns: number,
  cellsOf: CellsOf,
): string {
  const lines: string[] = [];
  let now: string | undefined;
  for (const word of words.split(" ")) {
    const longer = now === undefined ? first + word : `${now} ${word}`;
    if (now === undefined || cellsOf(longer) <= columns) now = longer;
    else {
      lines.push(now);
      now = indent + word;
    }
  }
  return [...lines, now].join("\n");
}
