/**
 * `--limit`: how fast bytes may go, all files together, by the time of day.
 *
 * @module
 */
import { type Clock, sleep } from "../../../lib/sys/clock.ts";
import { parseSize } from "../../flags/size.ts";

/** A rate for some hours of the day, or for the rest of it. */
export interface PaceRule {
  /** Minutes since midnight, local time: from (included) and to; undefined: always. */
  readonly from?: number;
  /** Where it ends; see `from`. */
  readonly to?: number;
  /** Bytes a second; 0 is a pause. */
  readonly rate: number;
}

/** Even in a pause a byte moves so often: a peer gives up after a minute without one. */
const STILL_ALIVE_MS = 10_000;
/** How often it is looked whether a pause is over. */
const PAUSE_LOOK_MS = 1000;
/** Bytes that may go at once, as a share of a second's. */
const BURST = 0.25;

/**
 * Parser for `2M`, `08:00-18:00=500K,2M`, `22:00-06:00=0`: rates a second; the first rule whose hours fit counts.
 * @throws {SyntaxError} Anything else, also rules behind one that always fits; becomes a usage error.
 */
export function parsePace(input: string): PaceRule[] {
  const rules = input.split(",").map((part): PaceRule => {
    const match = /^(?:(\d\d?):(\d\d)-(\d\d?):(\d\d)=)?(.+)$/.exec(part.trim());
    if (!match) throw notPace();
    const rate = match[5] === "0" ? 0 : parseSize(match[5].replace(/\/s$/, ""));
    if (match[1] === undefined) return { rate };
    const [from, to] = [minutes(match[1], match[2]), minutes(match[3], match[4])];
    if (from === to) throw notPace(); // all day, or never
    return { from, to, rate };
  });
  // Whoever writes one before the hours means it for the rest of the day.
  if (rules.slice(0, -1).some(({ from }) => from === undefined)) {
    throw new SyntaxError("a limit for the rest of the day comes last: 08:00-18:00=500K,2M");
  }
  return rules;
}

function minutes(hour: string, minute: string): number {
  const all = Number(hour) * 60 + Number(minute);
  if (all > 24 * 60 || Number(minute) > 59) throw notPace();
  return all;
}

const notPace = (): SyntaxError =>
  new SyntaxError("a limit is a size a second such as 2M, also 08:00-18:00=500K,2M");

/** The rate at a time; Infinity when no rule fits. @param minute  Since midnight. */
export function rateAt(rules: readonly PaceRule[], minute: number): number {
  const fits = ({ from, to }: PaceRule): boolean => {
    if (from === undefined || to === undefined) return true;
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  };
  return rules.find(fits)?.rate ?? Infinity;
}

/** Shares one rate among all that ask. */
export class Pace {
  readonly #rules: readonly PaceRule[];
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #minute: () => number;
  #credit = 0;
  #lastMs: number;

  /** Nothing has passed yet. @param minute  Minutes since midnight, now. */
  constructor(rules: readonly PaceRule[], clock: Clock, signal: AbortSignal, minute: () => number) {
    this.#rules = rules;
    this.#clock = clock;
    this.#signal = signal;
    this.#minute = minute;
    this.#lastMs = clock.nowMs();
  }

  /** Waits until some bytes may go. @returns How many, 1 … wanted. @throws The signal's reason. */
  async allow(wanted: number): Promise<number> {
    const beganMs = this.#clock.nowMs();
    for (;;) {
      const rate = this.#refill();
      const count = Math.min(wanted, Math.floor(this.#credit));
      // Few bytes at a time would cost a frame each.
      if (count >= Math.min(wanted, rate * BURST / 2, 4096) && count > 0) {
        this.#credit -= count;
        return count;
      }
      const waitedMs = this.#clock.nowMs() - beganMs;
      if (waitedMs >= STILL_ALIVE_MS) return 1;
      await sleep(this.#clock, Math.min(100, STILL_ALIVE_MS - waitedMs), this.#signal);
    }
  }

  /** Waits while there is a pause. @returns Whether there was one. @throws The signal's reason. */
  async resumed(): Promise<boolean> {
    let hasWaited = false;
    for (; rateAt(this.#rules, this.#minute()) === 0; hasWaited = true) {
      await sleep(this.#clock, PAUSE_LOOK_MS, this.#signal);
    }
    return hasWaited;
  }

  #refill(): number {
    const nowMs = this.#clock.nowMs();
    const rate = rateAt(this.#rules, this.#minute());
    const most = rate === Infinity ? Number.MAX_SAFE_INTEGER : Math.max(1, rate * BURST);
    const gained = rate === Infinity ? most : rate * (nowMs - this.#lastMs) / 1000;
    this.#credit = Math.min(most, this.#credit + gained);
    this.#lastMs = nowMs;
    return rate;
  }
}

/** Minutes since midnight, local time. */
export function minuteOfDay(): number {
  const now = new Date();
  return now.getHours() * 60 + now.getMinutes();
}
