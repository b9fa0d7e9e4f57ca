/**
 * Prints what commands say: words, or with `--json` the values themselves (wording.ts).
 *
 * @module
 */
import { jsonLine, printable, printableLines } from "./escape.ts";
import type { Failure } from "../exit.ts";
import { type CellsOf, folded } from "./folded.ts";
import type { Output } from "./output.ts";
import { localTime } from "../words/people.ts";
import { type Wording, wording, type WordingValue } from "../words/wording.ts";

/** How a run prints; flags set it. */
export interface PrintMode {
  /** One JSON value per line on standard output instead of text. */
  json: boolean;
  /** Show stacks. */
  verbose: boolean;
  /** Use colours on standard error. */
  color: boolean;
  /** How wide the terminal of standard error is now; undefined when it is none. Sentences are broken there. */
  readonly columns?: () => number;
  /** How many cells a text takes there, once the table of letters is loaded. */
  cellsOf?: CellsOf;
  /** The time, for what goes to a log: it stands before each line on standard error. */
  stamp?: () => string;
}

/** Where a printer writes. */
export type Streams =
  & Pick<Output, "out" | "err" | "room" | "hasRoom">
  & Partial<Pick<Output, "flush" | "waitsOn">>;

/** Prints results and notices of one command. */
export class Printer {
  readonly #streams: Streams;
  /** How to print; a command's flags set it before the command runs. */
  readonly mode: PrintMode;

  /**
   * A printer for two streams.
   * @param streams  Never make it wait.
   * @param mode  The mode at the start.
   */
  constructor(streams: Streams, mode: PrintMode) {
    this.#streams = streams;
    this.mode = mode;
  }

  /** Whether the reader of standard output keeps up. */
  get hasRoom(): boolean {
    return this.#streams.hasRoom;
  }

  /** Whether a person wants to read also what is as usual: on a terminal, or where more is asked for. */
  get isWatched(): boolean {
    return this.mode.verbose || this.mode.columns !== undefined;
  }

  /**
   * Resolves when the reader of standard output keeps up. Who prints line after line waits for it before the next one,
   * and reads no more until then: what is not read stays in the store.
   */
  room(): Promise<void> {
    return this.#streams.room();
  }

  /** Resolves when nothing is held back. @returns Whether all results so far are written; false: nobody takes them any more. */
  async written(): Promise<boolean> {
    return await this.#streams.flush?.() ?? true;
  }

  /** What is printed is a log: for who stays that is no reason to end. @param isPassing  Which errors of a write pass. */
  outlast(isPassing: (error: Error) => boolean): void {
    this.#streams.waitsOn = isPassing;
  }

  /** A result, on standard output: words, or the value as one line of JSON. */
  out<K extends keyof Wording>(name: K, value: WordingValue<K>): void {
    this.#streams.out(`${this.mode.json ? jsonLine(value) : words(name, value)}\n`);
  }

  /** A notice for a person, on standard error, in words also with `--json`. */
  note<K extends keyof Wording>(name: K, value: WordingValue<K>): void {
    this.#err(this.#folded(`${words(name, value)}\n`));
  }

  /** There is nothing to show: a notice for a person. With `--json` no line says so, and nothing has to. */
  none<K extends keyof Wording>(name: K, value: WordingValue<K>): void {
    if (!this.mode.json) this.note(name, value);
  }

  /** Ready text for standard output, such as help or a QR code; ends with its own newline. */
  text(text: string): void {
    this.#streams.out(text);
  }

  /** Ready text for standard error. */
  noteText(text: string): void {
    this.#err(text);
  }

  /**
   * Says why a command ended: in words on standard error, or with `--json` as the last line of standard output.
   * The stack follows on standard error with `--verbose` only.
   */
  failure(failure: Failure): void {
    const { status, code, message, hint } = failure;
    if (code === "closed-output") return;
    if (this.mode.json) {
      const { stamp } = this.mode;
      const line = stamp ? { ts: stamp(), event: "failed" } : {}; // all lines of a log are alike
      this.#streams.out(`${jsonLine({ ...line, error: { status, code, message, hint } })}\n`);
    } else {
      const label = this.mode.color ? "\x1b[1;31mdmsg:\x1b[0m" : "dmsg:";
      this.#err(this.#folded(`${label} ${printable(message)}\n${hint ? `hint: ${printable(hint)}\n` : ""}`));
    }
    if (this.mode.verbose && failure.cause !== undefined) this.#err(`${stackOf(failure.cause)}\n`);
  }

  /** What a log gets stays one line each. */
  #folded(text: string): string {
    return this.mode.stamp ? text : folded(text, this.mode.columns?.(), this.mode.cellsOf);
  }

  #err(text: string): void {
    const { stamp } = this.mode;
    this.#streams.err(stamp ? text.replace(/^(?=.)/gm, `${localTime(stamp())} `) : text);
  }
}

function words<K extends keyof Wording>(name: K, value: WordingValue<K>): string {
  return printableLines((wording[name] as (value: WordingValue<K>) => string)(value));
}

/** The stack of an error and of what caused it, nearest first. */
function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (
    let at = error;
    at !== undefined && parts.length < 8;
    at = at instanceof Error ? at.cause : undefined
  ) {
    parts.push(at instanceof Error ? at.stack ?? String(at) : String(at));
  }
  return printableLines(parts.join("\ncaused by: "));
}
