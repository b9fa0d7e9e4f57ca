/**
 * A job that ended, as widgets: its status, how long it took, when it ended, and the end of what it printed.
 *
 * @module
 */
import type { ShippedWidget } from "./widget.ts";

/** Lines of the log, and characters of one: what a table holds beside its heading. */
const [LOG_LINES, LINE_CHARS] = [11, 60];
/** Bytes of the end that are kept: more than those lines in any alphabet. */
const TAIL_BYTES = 8192;

/** The end of what a job prints, however much it is. */
export class Tail {
  #bytes = new Uint8Array(0);

  /** Takes what was printed next. */
  push(chunk: Uint8Array): void {
    const both = new Uint8Array(this.#bytes.length + Math.min(chunk.length, TAIL_BYTES));
    both.set(this.#bytes);
    both.set(chunk.subarray(Math.max(0, chunk.length - TAIL_BYTES)), this.#bytes.length);
    this.#bytes = both.slice(Math.max(0, both.length - TAIL_BYTES));
  }

  /** The last lines, each cut to what a cell holds; what is no UTF-8 is shown as such. */
  get lines(): string[] {
    const lines = new TextDecoder().decode(this.#bytes).split(/[\r\n]+/).filter((line) => line.trim() !== "");
    return lines.slice(-LOG_LINES).map((line) =>
      line.length > LINE_CHARS ? `${line.slice(0, LINE_CHARS - 1).toWellFormed()}…` : line
    );
  }
}

/** How a job ended. */
export interface Job {
  /** What it is called; a bot's name. */
  readonly name: string;
  /** Its exit status. */
  readonly status: number;
  /** How long it took, milliseconds. */
  readonly tookMs: number;
  /** When it ended, milliseconds since 1970. */
  readonly endMs: number;
  /** {@link Tail.lines}. */
  readonly log: readonly string[];
  /** After which it is stale, milliseconds. */
  readonly ageMs?: number;
}

/** Widgets of a job. */
export function jobWidgets({ name, status, tookMs, endMs, log, ageMs }: Job): ShippedWidget[] {
  const age = ageMs === undefined ? {} : { ageMs };
  const of = (
    id: string,
    title: string,
    rest: Pick<ShippedWidget, "kind" | "value" | "unit" | "alarm">,
  ): ShippedWidget => ({
    id: id === "" ? name : `${name}-${id}`,
    title: title === "" ? name : `${name}: ${title}`,
    ...rest,
    ...age,
  });
  return [
    of("", "", { kind: "number", value: status, unit: status === 0 ? "done" : "failed", alarm: 1 }),
    of("took", "took", { kind: "number", value: Math.round(tookMs / 100) / 10, unit: "s" }),
    of("ended", "ended", { kind: "since", value: endMs }),
    of("log", "log", { kind: "table", value: [["log"], ...log.map((line) => [line])] }),
  ];
}
