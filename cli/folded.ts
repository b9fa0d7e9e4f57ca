/**
 * Sentences on a terminal.
 *
 * @module
 */

/** A terminal that is narrower has no room for words beside each other. */
const LEAST_COLUMNS = 20;

/**
 * Breaks lines that are wider than a terminal between words, so that the terminal cuts none of them. What has no blank,
 * such as a key or a URL, stays whole: it can be copied.
 * @param text  Lines; what a line begins with in blanks is before its other parts as well.
 * @param columns  Of the terminal; undefined: it is none, and nothing is broken.
 */
export function folded(text: string, columns: number | undefined): string {
  if (columns === undefined || columns < LEAST_COLUMNS) return text;
  return text.split("\n").map((line) => line.length <= columns ? line : fold(line, columns)).join("\n");
}

function fold(line: string, columns: number): string {
  const indent = /^ */.exec(line)![0];
  const lines: string[] = [];
  let now = "";
  for (const word of line.slice(indent.length).split(" ")) {
    const longer = now === "" ? indent + word : `${now} ${word}`;
    if (now === "" || longer.length <= columns) now = longer;
    else {
      lines.push(now);
      now = indent + word;
    }
  }
  return [...lines, now].join("\n");
}
