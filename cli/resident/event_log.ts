/**
 * Log lines of commands that serve connections: somebody who connects a thousand times a second must fill neither a
 * disk nor our memory.
 *
 * @module
 */
import { isDiskFull } from "../../lib/sys/copies/local_error.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import type { Context } from "../context.ts";

/** Lines of one event in a minute; what comes beyond them is counted in the next one (`left_out`). A person reads no more, and a log of a day stays small. */
const LINES_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

/** What happened; members that are undefined are left out. */
export interface LogEvent {
  /** In one word, or several with dashes. */
  readonly event: string;
  /** Anything that belongs to it. */
  readonly [name: string]: unknown;
}

/** How a log differs from that of a command that serves connections. */
export interface LogStyle {
  /** Most lines of one event in a minute; 60 by default. */
  readonly perMinute?: number;
  /** Prints a line; as `{"ts":…,"event":…}` by default. */
  readonly line?: (event: LogEvent) => void;
}

/** How much was said of one event. */
interface Said {
  minuteMs: number;
  lines: number;
  leftOut: number;
}

/** Says what happens on standard output; what nobody reads there is counted in the line after it. */
export class EventLog {
  readonly #context: Pick<Context, "clock" | "print">;
  readonly #perMinute: number;
  readonly #line: (event: LogEvent) => void;
  /** By name, which are few: what happens often must not hide what happens seldom. */
  readonly #said = new Map<string, Said>();

  /**
   * Nothing has happened yet. With lines by default the command's output is this log: a disk that it fills up is waited
   * for, since it must make nobody deaf.
   */
  constructor(context: Pick<Context, "clock" | "print">, style: LogStyle = {}) {
    const { print, clock } = context;
    this.#context = context;
    if (!style.line) print.outlast(isDiskFull);
    this.#perMinute = style.perMinute ?? LINES_PER_MINUTE;
    this.#line = style.line ??
      ((event) => print.out("logged", { ts: formatGoTime(clock.wallNs()), ...event }));
  }

  /** Says it, unless there is too much to say. */
  say(event: LogEvent): void {
    const { clock, print } = this.#context;
    const said = this.#said.get(event.event) ?? { minuteMs: -Infinity, lines: 0, leftOut: 0 };
    this.#said.set(event.event, said);
    if (clock.nowMs() - said.minuteMs >= MINUTE_MS) {
      said.minuteMs = clock.nowMs();
      said.lines = 0;
    }
    if (++said.lines > this.#perMinute || !print.hasRoom) {
      said.leftOut++;
      return;
    }
    const { leftOut } = said;
    said.leftOut = 0;
    this.#line(leftOut === 0 ? event : { ...event, left_out: leftOut });
  }
}
