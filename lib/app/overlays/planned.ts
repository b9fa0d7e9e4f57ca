/**
 * A frame that is going to be sent, and what those of lists, bulletins and polls share.
 *
 * @see lib/overlay/README.md "Stamps"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { UserError } from "../../wire/errors.ts";
import { parseGoTime } from "../../wire/go_time.ts";
import { NAME_FAULTS, nameFault } from "../../wire/name_fault.ts";

/** A frame to be sent. */
export interface Planned {
  /** Its number. */
  readonly overlay: number;
  /** What is in it. */
  readonly data: string;
  /** What a program without overlays shows. */
  readonly line: string;
  /** The key of what it hangs on. */
  readonly parent?: string;
  /** Its time, milliseconds: later than what we know of the same thing. */
  readonly stamp: number;
  /** Members beside those. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Who plans, and when. */
export interface Planner {
  /** Us. */
  readonly pk: PublicKeyHex;
  /** A stamp later than what we know of the same thing, whatever the clock says. */
  readonly stampAfter: (...known: (number | undefined)[]) => number;
}

/**
 * The end of an ad or a poll as a member of its frame.
 * @param nowMs  Of a new one: it has to end later than this.
 * @throws {UserError} usage: it is no time, or over.
 */
export function endOf(expires: string | undefined, nowMs = 0): { x?: number } {
  if (expires === undefined) return {};
  const end = timeOf(expires);
  if (end <= nowMs) throw usage("The end is in the past", "Give one that is to come, or none.");
  return { x: end };
}

function timeOf(text: string): number {
  try {
    return Number(parseGoTime(text) / 1_000_000n);
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof RangeError)) throw cause;
    throw usage("The end is no RFC 3339 time", "For example 2026-12-24T18:00:00Z.");
  }
}

/**
 * Checks what stands in one line.
 * @param what  It is, with its article: `An item`.
 * @throws {UserError} usage: it is empty or all blank, has lines, turns the text beside it, or is too long.
 */
export function checkText(what: string, text: string, most: number): void {
  const fault = nameFault(text);
  if (fault === "turns") throw usage(`${what} turns no text beside it`, NAME_FAULTS[fault]);
  if (fault !== undefined) throw usage(`${what} is one line that is not empty`, NAME_FAULTS[fault]);
  if (text.length > most) throw usage(`${what} has at most ${most} characters`, "Shorten it.");
}

/** Nothing here has that name. */
export const noSuch = (what: string): UserError =>
  usage(
    `There is no such ${what}`,
    "`dmsg list`, `dmsg board` and `dmsg poll` show what there is, with --json their ids.",
  );

/** Something is for others to say. @param what  What admins do, behind "Only an admin of the group". */
export const notOurs = (what: string): UserError =>
  new UserError(`Only an admin of the group ${what}`, {
    kind: "refused",
    hint: "Ask one: `dmsg group members` shows who they are.",
  });

/** What was asked for can't be done. */
export const usage = (message: string, hint: string): UserError =>
  new UserError(message, { kind: "usage", hint });
