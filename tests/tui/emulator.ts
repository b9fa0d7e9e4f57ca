/** A terminal in memory: takes the real bytes and tells its cells. */
import xterm from "@xterm/headless";
import { eastAsianWidth } from "get-east-asian-width";

/** As terminals of today count: the emulator's own table is from 2010. Marks, joiners and skin tones have no cell. */
const widths = {
  version: "today",
  wcwidth: (code: number): 0 | 1 | 2 =>
    /[\p{M}\p{Cf}\p{EMod}]/u.test(String.fromCodePoint(code)) ? 0 : eastAsianWidth(code) === 2 ? 2 : 1,
  charProperties(code: number, preceding: number) {
    const width = this.wcwidth(code);
    const before = (preceding >> 1) & 3;
    const joins = width === 0 && before > 0;
    return (((joins ? before : width) << 1) | (joins ? 1 : 0)) as 0;
  },
};

/** What a terminal shows. */
export class Emulator {
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  /** Everything that it was sent. */
  bytes = "";

  constructor(columns: number, rows: number) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
    this.#terminal.unicode.register(widths);
    this.#terminal.unicode.activeVersion = widths.version;
  }

  /** Resolves when the bytes are drawn. */
  write(text: string): Promise<void> {
    this.bytes += text;
    return new Promise((resolve) => this.#terminal.write(text, resolve));
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** All rows as text, without spaces at their ends. */
  rows(): string[] {
    const buffer = this.#terminal.buffer.active;
    const columns = Array.from({ length: this.#terminal.cols }, (_, column) => column);
    return Array.from({ length: this.#terminal.rows }, (_, row) => {
      const line = buffer.getLine(buffer.baseY + row)!;
      const cells = columns.map((column) => line.getCell(column)!);
      const text = cells.map((cell) => cell.getChars() || (cell.getWidth() === 0 ? "" : " ")).join("");
      return text.replaceAll("\u200e", "").trimEnd();
    });
  }

  /** Whether a cell has anything but the usual look. */
  isStyled(row: number, column: number): boolean {
    const buffer = this.#terminal.buffer.active;
    const cell = buffer.getLine(buffer.baseY + row)!.getCell(column)!;
    return !cell.isAttributeDefault();
  }

  get cursor(): { row: number; column: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { row: cursorY, column: cursorX };
  }
}
