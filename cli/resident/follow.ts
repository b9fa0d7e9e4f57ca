/**
 * An App's events for commands that stay: what belongs to the connection becomes notices, the rest is theirs.
 *
 * @module
 */
import type { AppEvent } from "../../lib/app/events/events.ts";
import { sleep } from "../../lib/sys/clock.ts";
import { parseGoTime } from "../../lib/wire/go_time.ts";
import { unlessAborted } from "../abort.ts";
import type { CommandApp } from "../app.ts";
import { connectionLog, type Reachability } from "./connection_log.ts";
import { connectionNotices, type NetworkEvent } from "./connection_notices.ts";
import type { Context } from "../context.ts";
import { Interrupted, type Status } from "../exit.ts";
import { SCHEMA } from "../words/message_lines.ts";
import type { WordingValue } from "../words/wording.ts";

/** What a command does with events. */
export interface Follower {
  /** Behind which event to begin; what comes from now on by default. */
  readonly since?: number;
  /** In place of that: from which time on, RFC 3339. */
  readonly from?: string;
  /** Peers can reach us. @param cursor  Up to which event the follower has been told. */
  onReady?(cursor: number): void;
  /** For a log: whether peers can reach us, each change; instead of notices about the connection. */
  onReachability?(change: Reachability): void;
  /** Takes an event; the next one is read when it resolves. */
  onEvent(event: Exclude<AppEvent, { kind: "network" }>): void | Promise<void>;
  /** Hears network events of now, too; the next one is read when it resolves. */
  onNetwork?(event: Extract<AppEvent, { kind: "network" }>): void | Promise<void>;
}

/**
 * Follows an App until the command is ended. Starts whether or not this process is the owner.
 * @returns After Ctrl+C, which is the usual way to end it.
 * @throws The signal's reason otherwise, or why the App has ended.
 */
export async function follow(
  context: Context,
  { app, ended }: CommandApp,
  follower: Follower,
): Promise<Status> {
  const { signal, print } = context;
  try {
    const start = await app.events.cursor() ?? 0;
    let told = follower.from === undefined ? follower.since ?? start : 0;
    const events = fromTime(app.events.follow(told, signal), follower.from);
    const notice = await connectionListener(context, app, follower, () => told);
    for await (const event of events) {
      if (signal.aborted) break;
      told = event.cursor;
      // Nobody reads what we print: no more is read either, and the cursor goes on here later.
      if (!print.hasRoom) await unlessAborted(signal, print.room());
      if (event.kind !== "network") await follower.onEvent(event);
      else if (event.cursor > start) {
        notice(event);
        await follower.onNetwork?.(event);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (!signal.aborted) throw ended();
  if (signal.reason instanceof Interrupted) return signal.reason.status; // asked for: no error to print
  throw signal.reason;
}

/**
 * Events up to one; the next is read when the last was dealt with, and somebody reads what we print.
 * @param cursor  Behind which one to begin.
 * @param last  The cursor of the last one; Infinity: until the signal.
 * @throws The signal's reason.
 */
export async function* eventsUpTo(
  { events }: Pick<CommandApp["app"], "events">,
  { print, signal }: Pick<Context, "print" | "signal">,
  cursor: number,
  last: number,
  until: AbortSignal = signal,
): AsyncGenerator<AppEvent> {
  for await (const event of events.follow(cursor, until)) {
    yield event;
    if (event.cursor >= last) return;
    if (!print.hasRoom) await unlessAborted(signal, print.room());
  }
}

/** Events from a time on, RFC 3339; undefined: all. That earlier ones are missing is left out where what is kept begins before that time. */
export async function* fromTime(
  events: AsyncIterable<AppEvent>,
  from: string | undefined,
): AsyncGenerator<AppEvent> {
  const fromNs = from === undefined ? undefined : parseGoTime(from);
  let isThere = fromNs === undefined;
  let lost: AppEvent | undefined;
  for await (const event of events) {
    if (isThere) yield event;
    else if (event.kind === "lost") lost = event;
    else if (parseGoTime(event.ts) < fromNs!) lost = undefined;
    else {
      isThere = true;
      if (lost !== undefined) yield lost;
      yield event;
    }
  }
}

/** Says that events are missing between those that were told: what came meanwhile is in the history alone. */
export function tellLost(
  { print }: Pick<Context, "print">,
  { ts, cursor, foreign }: Extract<AppEvent, { kind: "lost" }>,
): void {
  const value = { type: "lost", ts, schema: SCHEMA, cursor, foreign } as const;
  if (print.mode.json) print.out("eventsLost", value);
  else print.note("eventsLost", value);
}

/** Prints a message that has come; what is wrong with it is said beside the line. */
export function printMessage({ print }: Pick<Context, "print">, line: WordingValue<"message">): void {
  print.out("message", line);
  if (!line.warning || print.mode.json || line.group_id !== undefined) return;
  print.note("messageWarning", { from: line.from, from_alias: line.from_alias, warning: line.warning });
}

/**
 * Looks now and then, beside the events, for what changes by itself.
 * @param look  Prints what has changed since the last time. Not called while nobody reads what is printed; one that
 * fails is left to the next: the call that follows events tells it.
 * @returns At the signal.
 */
export async function lookAgain(
  { clock, print }: Pick<Context, "clock" | "print">,
  everyMs: number,
  look: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, everyMs, signal).catch(() => {});
    if (!signal.aborted && print.hasRoom) await look().catch(() => {});
  }
}

async function connectionListener(
  context: Context,
  app: CommandApp["app"],
  follower: Follower,
  told: () => number,
): Promise<(event: NetworkEvent) => void> {
  const status = await app.node.status();
  if (follower.onReachability) return connectionLog(status, (change) => follower.onReachability?.(change));
  const notice = connectionNotices(context, { onReady: () => follower.onReady?.(told()) });
  if (status.registered) notice({ name: "registered", detail: {} });
  return notice;
}
