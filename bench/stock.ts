/**
 * What stock programs take part in, of a run that goes on without them when they fail.
 *
 * @module
 */

/** Two failures of stock programs in a row, and they are left out: no figure is made up, and none that was had counts. */
export class StockPart {
  readonly #name: string;
  readonly #print: (line: string) => void;
  #words: string | undefined;

  /** @param name  What is measured, e.g. `stock pair`. @param print  Takes a line. */
  constructor(name: string, print: (line: string) => void = console.log) {
    this.#name = name;
    this.#print = print;
  }

  /** Why it is left out; undefined while it is not. */
  get skipped(): string | undefined {
    return this.#words === undefined ? undefined : `it failed twice: ${this.#words}`;
  }

  /**
   * Runs it, once more when it fails, and never again when that fails too.
   * @returns What it gives; undefined when it is left out.
   */
  async run<T>(run: () => Promise<T>): Promise<T | undefined> {
    if (this.#words !== undefined) return undefined;
    try {
      return await run();
    } catch (error) {
      this.#print(`  ${this.#name}  failed and is tried once more: ${lastLine(error)}`);
    }
    try {
      return await run();
    } catch (error) {
      this.#words = lastLine(error);
      return undefined;
    }
  }
}

/** A program's last words: what it says before is how it got there. */
function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1)!.trim();
}
