/**
 * `dmsg chat PK` or `GROUP` in a script: each line of a pipe is a message, and the status says what became of them.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { SendReport } from "../../lib/app/messages/messages.ts";
import { unlessAborted } from "../abort.ts";
import { openCommandApp } from "../app.ts";
import type { ChatName, ChatTarget } from "./target.ts";
import type { Context } from "../context.ts";
import { failureOf, Status, worst } from "../exit.ts";
import type { CommonFlags } from "../flags/flags.ts";
import { follow, tellLost } from "../resident/follow.ts";
import { groupLineOf } from "../names/groups.ts";
import { lines } from "../input/lines.ts";
import { historyMessage, listenMessage } from "../words/message_lines.ts";
import { PeerNames } from "../names/peers.ts";
import { CHAT_PORT } from "../send_order.ts";
import { readStdin } from "../input/stdin.ts";

/** How long a line waits for its ack. */
const WAIT_MS = 5000;
/** How much of the conversation is shown first. */
const TAIL = 20;

/** Sends each line of standard input to one peer or group and prints what is said there, until the input ends. */
export async function chatLines(context: Context, flags: CommonFlags, name: ChatName): Promise<Status> {
  const { print } = context;
  const names = new PeerNames(context);
  await names.load();
  const request = { command: "chat", makes: name.makes, resident: true } as const;
  const opened = await openCommandApp(context, flags, request).catch((error) => {
    throw name.failed(error);
  });
  const { app } = opened;
  // A line that waits may leave through a later program, which need not insist on the hybrid handshake.
  const later: Later = {
    allowed: opened.settings.pq !== "require",
    lines: new Map(),
    failed: false,
    lost: 0,
    whom: { to: "" },
  };
  try {
    const target = await name.find(app.groups);
    const { key: peer, group } = target;
    later.whom = { to: peer, to_alias: group ?? names.of(peer) };
    for (const message of await app.messages.history({ peer, limit: TAIL, lines: true })) {
      if (group !== undefined) print.out("groupMessage", groupLineOf(message, names));
      else print.out("chatPast", historyMessage(message, app.pk, names));
    }
    await app.messages.markRead({ peer });
    const following = follow(context, opened, {
      onReady: () =>
        print.note("chatting", {
          pk: app.pk,
          peer: group ?? names.shown(peer),
          typed: context.input.isTerminal,
        }),
      async onEvent(event) {
        if (event.kind === "lost") return tellLost(context, event);
        if (event.kind === "state" && event.peer === peer) return tellOutcome(context, later, event);
        if (event.kind !== "message" || event.message.peer !== peer) return;
        if (event.message.outgoing || event.message.silent) return;
        if (event.message.again) {
          return await app.messages.markRead({ peer, position: event.message.position });
        }
        if (group !== undefined) print.out("groupMessage", groupLineOf(event.message, names));
        else print.out("chatIn", listenMessage(event.message, app.pk, names, event.cursor));
        await app.messages.markRead({ peer, position: event.message.position });
      },
    });
    following.catch(() => {}); // it fails when the input has ended and the app is closed
    return await Promise.race([following, sendLines(context, sender(app, target, later), later, following)]);
  } finally {
    await app.close();
    if (later.lines.size > 0) print.note("chatWaiting", { count: later.lines.size });
    if (later.lost > 0) print.note("chatLost", { count: later.lost });
  }
}

/** What could not be sent at once. */
interface Later {
  /** Whether it may wait. */
  readonly allowed: boolean;
  /** Lines that wait, by their number in the conversation. */
  readonly lines: Map<number, string>;
  /** Whether one that waited was given up. */
  failed: boolean;
  /** How many neither arrived nor wait; each was named. */
  lost: number;
  /** Whom they are for. */
  whom: { readonly to: string; readonly to_alias?: string };
}

/** Says one line. */
type Say = (text: string, signal: AbortSignal) => Promise<SendReport>;

/** How a line is said to the target. */
function sender(app: App, { key, group }: ChatTarget, later: Later): Say {
  if (group === undefined) {
    const to = { pk: key, port: CHAT_PORT };
    return (text, signal) => app.messages.send({ to, text, waitMs: WAIT_MS, queue: later.allowed }, signal);
  }
  return async (text, signal) => {
    const { state, id, position, ms } = await app.groups.send({ group: key, text, waitMs: WAIT_MS }, signal);
    if (state === "kept-by-others") return { state: "acked", id, position, ms };
    return { state: "queued", id, position, ms, reason: "no other member has it yet" };
  };
}

/** Sends each line as it comes; resolves when standard input has ended and every line has its outcome. */
async function sendLines(
  context: Context,
  say: Say,
  later: Later,
  following: Promise<Status>,
): Promise<Status> {
  const sent: Promise<Status>[] = [];
  try {
    for await (const line of lines({ read: readStdin }, context.signal)) {
      if (line !== "") sent.push(sendLine(context, say, later, line));
      await unlessAborted(context.signal, context.print.room()); // each line has an answer there
    }
    const statuses = await Promise.all(sent);
    if (later.lines.size > 0) statuses.push(Status.queued);
    if (later.failed) statuses.push(Status.notAcked);
    return worst(statuses);
  } catch (error) {
    if (context.signal.aborted) return await following;
    await Promise.all(sent); // what has left before the fault has an outcome, too
    throw error;
  }
}

async function sendLine(
  { print, signal }: Context,
  say: Say,
  later: Later,
  text: string,
): Promise<Status> {
  try {
    const report = await say(text, signal);
    if (report.state === "acked") {
      print.out("chatAcked", { acked: true, id: report.id!, ms: Math.round(report.ms) });
      return Status.done;
    }
    if (report.state !== "queued") {
      const status = notAcked(print, report, later, text);
      if (status !== Status.done) later.lost++;
      return status;
    }
    const { id, position, reason = "no ack" } = report;
    later.lines.set(position!, text);
    print.out("chatQueued", { acked: false, queued: true, id, reason, ...later.whom, text });
    return Status.done; // what still waits at the end counts then
  } catch (error) {
    if (signal.aborted) throw error;
    const { status, message } = failureOf(error);
    print.out("chatFailed", { acked: false, reason: message, ...later.whom, text });
    later.lost++;
    return status;
  }
}

/** A line that waited has arrived, or never will. */
function tellOutcome(
  { print }: Context,
  later: Later,
  { position, id, state, reason = state }: Extract<AppEvent, { kind: "state" }>,
): void {
  const text = later.lines.get(position);
  const isAway = state === "pending" || (state === "sent" && id !== undefined); // without an id: handed over
  if (text === undefined || isAway) return;
  later.lines.delete(position);
  if (state === "received" || state === "read") print.out("chatArrived", { acked: true, id, text });
  else if (state !== "sent") {
    later.failed = true;
    later.lost++;
    print.out("chatFailed", { acked: false, reason, ...later.whom, text });
  }
}

function notAcked(
  print: Context["print"],
  { state, reason = state }: SendReport,
  { whom }: Later,
  text: string,
): Status {
  // A peer of port 9001 knows no acks: handed over is all that can be said.
  if (state === "handed-over") return Status.done;
  print.out("chatFailed", { acked: false, reason, ...whom, text });
  return Status.notAcked;
}
