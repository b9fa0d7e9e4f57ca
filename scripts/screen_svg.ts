// deno task screens
/**
 * Draws docs/chat.svg, the picture in README.md, from the walk of the golden screens: it can't show what the program
 * does not.
 *
 * @module
 */
import { newWorld } from "../tests/tui/journey.ts";
import { ALICE } from "../tests/tui/stage.ts";
import type { Frame } from "../tui/drawing/screen.ts";
import type { Style } from "../tui/drawing/style.ts";
import { graphemes, graphemeWidth } from "../tui/drawing/width.ts";

/** Where the picture is. */
export const PICTURE: URL = new URL("../docs/chat.svg", import.meta.url);

const CELL = { width: 8.4, height: 18 };
const MARGIN = 12;
const COLORS: Readonly<Record<Style, string>> = {
  plain: "#d4d4d4",
  dim: "#8a8a8a",
  title: "#ff5faf",
  own: "#00afff",
  peer: "#ff87ff",
  selected: "#1e1e1e",
  error: "#ff5050",
  warning: "#ffaf00",
  good: "#5fd787",
  unread: "#ffd700",
  link: "#5fafff",
  quote: "#bcbcbc",
  name1: "#ff87ff",
  name2: "#87d787",
  name3: "#87afff",
  name4: "#d7af87",
  name5: "#afafff",
  name6: "#5fd7d7",
};

/** The picture's text. */
export function picture(): string {
  const stage = newWorld(104, 22);
  stage.type("f");
  stage.type("alice\r");
  stage.type("I saw it, thank you :tada\t\r");
  stage.state(ALICE, 5, "received");
  stage.receive(ALICE, { text: "you are welcome" });
  stage.type("are you still there?\r");
  stage.type("a draft is kept");
  return svg(stage.frame, 104, 22);
}

function svg({ rows, cursor }: Frame, columns: number, height: number): string {
  const size = { width: columns * CELL.width + 2 * MARGIN, height: height * CELL.height + 2 * MARGIN };
  const parts: string[] = [];
  for (const [row, spans] of rows.entries()) {
    let column = 0;
    const y = MARGIN + row * CELL.height;
    for (const { text, style = "plain" } of spans) {
      const width = graphemes(text).reduce((sum, one) => sum + graphemeWidth(one), 0);
      const x = MARGIN + column * CELL.width;
      if (style === "selected") {
        parts.push(rect(x, y, width * CELL.width, CELL.height, "#ff87d7"));
      }
      if (text.trim() !== "") parts.push(words(x, y, text, width, style));
      column += width;
    }
  }
  if (cursor) {
    parts.push(
      rect(
        MARGIN + cursor.column * CELL.width,
        MARGIN + cursor.row * CELL.height,
        CELL.width,
        CELL.height,
        "#d4d4d4",
      ),
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${fixed(size.width)} ${
    fixed(size.height)
  }" role="img" aria-label="dmsg chat">
<style>text{font:14px ui-monospace,Menlo,Consolas,monospace;white-space:pre}</style>
${rect(0, 0, size.width, size.height, "#1e1e1e")}
${parts.join("\n")}
</svg>
`;
}

const words = (x: number, y: number, text: string, width: number, style: Style): string => {
  const bold = /^(?:title|own|peer|error|warning|unread|name\d)$/.test(style) ? ' font-weight="bold"' : "";
  const length = fixed(width * CELL.width);
  return `<text x="${fixed(x)}" y="${fixed(y + 14)}" fill="${COLORS[style]}" textLength="${length}"${bold}>${
    escaped(text)
  }</text>`;
};

const rect = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" fill="${fill}"/>`;

const fixed = (value: number): string => String(Math.round(value * 10) / 10);
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

if (import.meta.main) await Deno.writeTextFile(PICTURE, picture());
