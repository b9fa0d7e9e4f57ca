/**
 * Log lines for long-running commands: time, level, a sentence, `name=value` pairs. Never a secret or a body.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** How much a line matters. */
export type LogLevel = "debug" | "info" | "warn";

/** Values beside the sentence; texts are quoted when they are not plain. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Writes one log line. */
export type Log = (level: LogLevel, sentence: string, fields?: LogFields) => void;

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2 };

/**
 * A log of text lines such as `2026-11-23T00:39:10.000Z info session opened peer=02ab… streams=3`.
 * @param write  Takes one line with its newline.
 * @param least  Lines below this level are dropped.
 */
export function lineLog(write: (line: string) => void, clock: Clock, least: LogLevel): Log {
  return (level, sentence, fields = {}) => {
    if (RANK[level] < RANK[least]) return;
    const time = new Date(Number(clock.wallNs() / 1_000_000n)).toISOString();
    const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${plain(value)}`);
    write(`${time} ${level} ${ascii(sentence)}${pairs.join("")}\n`);
  };
}

/** Peers' words may be in a value: a quote, a space or a control character must not look like our own pair. */
function plain(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return /^[!#-<>-~]+$/.test(value) ? value : ascii(JSON.stringify(value));
}

const ascii = (text: string): string =>
  text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
