/**
 * How far a copy is: a line that is drawn over again on a terminal, events with `--json`, and nothing otherwise.
 *
 * @module
 */
import type { Clock } from "../../../lib/sys/clock.ts";
import { graphemes, graphemeWidth, widthOf } from "../../../tui/drawing/width.ts";
import { visible } from "../../output/escape.ts";

/** Pauses between two lines, milliseconds: for eyes, and for programs. */
const DRAW_MS = 200;
const EVENT_MS = 1000;
/** The rate is that of the last seconds. */
const RATE_MS = 5000;
const BAR_CELLS = 20;

/** Where it is told. */
export interface ProgressSink {
  /** Draws over the line; undefined: there is no terminal. */
  readonly draw?: (text: string) => void;
  /** Columns of it: asked for each line, since its window changes; 80 without it. */
  readonly columns?: () => number;
  /** Takes an event; undefined: nobody wants any. */
  readonly event?: (event: ProgressEvent) => void;
}

/** How far it is. */
export interface ProgressEvent {
  /** Always this. */
  readonly type: "progress";
  /** Payload bytes that have moved. */
  readonly bytes: number;
  /** Of so many; undefined while it is not known. */
  readonly total?: number;
  /** Files that are over. */
  readonly files_done: number;
  /** Of so many. */
  readonly files: number;
  /** Bytes a second. */
  readonly rate: number;
}

/** Counts, and tells now and then. */
export class Progress {
  readonly #clock: Clock;
  readonly #sink: ProgressSink;
  readonly #marks: { atMs: number; bytes: number }[] = [];
  #bytes = 0;
  #total: number | undefined;
  #done = 0;
  #files = 0;
  #name = "";
  #saidMs = -Infinity;
  #drawn = false;

  /** Has seen nothing yet. */
  constructor(clock: Clock, sink: ProgressSink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  /** What is to be done. @param total  Bytes; undefined when it is not known. */
  expect(files: number, total: number | undefined): void {
    this.#files = files;
    this.#total = total;
  }

  /** One file's size is known now, or another one than was expected. @param bytes  Below 0 for what need not move. */
  grow(bytes: number): void {
    if (bytes !== 0) this.#total = (this.#total ?? 0) + bytes;
  }

  /** A file begins. @param name  Not escaped. */
  begin(name: string): void {
    this.#name = name;
    this.#tell();
  }

  /** Bytes moved; negative ones are taken back before a file is tried again. */
  moved(bytes: number): void {
    this.#bytes += bytes;
    this.#tell();
  }

  /** A file is over. */
  fileDone(): void {
    this.#done++;
  }

  /** Takes the line away, so that something else can be printed; it is drawn again with the next bytes. */
  clear(): void {
    if (!this.#drawn) return; // events keep their pace: one for each file would be as many lines as there are files
    this.#sink.draw?.("\r\x1b[K");
    this.#drawn = false;
    this.#saidMs = -Infinity;
  }

  #tell(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#saidMs < (this.#sink.draw ? DRAW_MS : EVENT_MS)) return;
    this.#saidMs = nowMs;
    this.#marks.push({ atMs: nowMs, bytes: this.#bytes });
    while (this.#marks.length > 2 && this.#marks[0].atMs < nowMs - RATE_MS) this.#marks.shift();
    const first = this.#marks[0];
    const rate = nowMs > first.atMs
      ? Math.max(0, (this.#bytes - first.bytes) * 1000 / (nowMs - first.atMs))
      : 0;
    const event: ProgressEvent = {
      type: "progress",
      bytes: this.#bytes,
      total: this.#total,
      files_done: this.#done,
      files: this.#files,
      rate: Math.round(rate),
    };
    this.#sink.event?.(event);
    if (!this.#sink.draw) return;
    this.#drawn = true;
    this.#sink.draw(`\r${progressLine(event, this.#name, this.#sink.columns?.() ?? 80)}\x1b[K`);
  }
}

/** Left free at the end: a terminal writes `^C` there, and the line is to be one that can be taken away. */
const ECHO_CELLS = 2;

/** One line, cut to the width. @param name  Of the file that began last; not escaped. */
export function progressLine(event: ProgressEvent, name: string, columns: number): string {
  const { bytes, total, rate, files, files_done: done } = event;
  const share = total ? Math.min(1, bytes / total) : undefined;
  const filled = Math.round((share ?? 0) * BAR_CELLS);
  const bar = share === undefined ? "" : `[${"#".repeat(filled)}${"-".repeat(BAR_CELLS - filled)}] ` +
    `${String(Math.floor(share * 100)).padStart(3)}%  `;
  const left = total !== undefined && rate > 0 ? `  ${timeWords((total - bytes) / rate)} left` : "";
  const count = files > 1 ? `  ${done}/${files} files` : "";
  const tail = `${bar}${sizeWords(bytes)}${total === undefined ? "" : ` of ${sizeWords(total)}`}  ${
    sizeWords(rate)
  }/s${left}${count}`;
  const most = columns - 1 - ECHO_CELLS;
  const room = most - tail.length - 2;
  const shown = visible(name);
  const short = widthOf(shown) <= room ? shown : room > 8 ? `…${lastOf(shown, room - 1)}` : "";
  return short === "" ? tail.slice(0, most) : `${short}  ${tail}`;
}

/** As much of a text's end as fits. */
function lastOf(text: string, columns: number): string {
  const all = graphemes(text);
  let from = all.length;
  for (let left = columns; from > 0 && graphemeWidth(all[from - 1]) <= left; from--) {
    left -= graphemeWidth(all[from - 1]);
  }
  return all.slice(from).join("");
}

/** `0:07`, `12:05`, `3:04:05`. */
export function timeWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `17 B`, `1.5 KiB`, `312 MiB`. */
export function sizeWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  const text = unit === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1);
  return `${text} ${["B", "KiB", "MiB", "GiB", "TiB", "PiB"][unit]}`;
}
