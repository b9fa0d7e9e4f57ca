/**
 * Words for messages: sent, waiting, shown by `listen`, `chat` and `history`.
 * Part of the table of all wording (wording.ts).
 *
 * @module
 */
import { isNotice } from "../../lib/app/groups/room/notices.ts";
import { bodyText } from "./body_text.ts";
import { visible, visibleLine } from "../output/escape.ts";
import type { Failure } from "../exit.ts";
import type { MembershipChange } from "../resident/memberships.ts";
import {
  bodyWords,
  type HistoryMessage,
  historyWords,
  historyWordsWithIds,
  standing,
  whyWords,
} from "./history.ts";
import { clipped, counted, inOneLine, localTime } from "./people.ts";

/** Why a deleted message is gone here alone: its peer wrote it, or was given no id by which it could be asked for it. */
export type HereOnly = "theirs" | "no-id";

/** `delete`. */
interface Deleted {
  readonly peer: string;
  readonly peer_alias?: string;
  readonly position: number;
  readonly here_only?: true;
  readonly reason?: HereOnly;
}

/** `sync`, at its end: keys, or the names that we have for them. */
interface Met {
  readonly type: "met";
  readonly ts: string;
  readonly schema: string;
  readonly met: readonly string[];
  /** Of whom not everything was read. */
  readonly unread: readonly string[];
  readonly away: readonly string[];
  /** Messages of ours. */
  readonly waiting: number;
  /** Of the groups that were named, those in which we are not. */
  readonly out?: readonly string[];
  /** Groups that we have asked to let us in. */
  readonly asking?: readonly string[];
}

/** What is said of messages. */
export const messageWording = {
  acked: (v: Acked): string => `Acked by ${v.to_alias ?? v.to} in ${v.ms}ms`,
  ackedWithId: (v: Acked): string => `Acked by ${v.to_alias ?? v.to} in ${v.ms}ms (id=${v.id})`,
  handedOver: (v: { acked: false; handed_over: true; ms: number; to: string; to_alias?: string }): string =>
    `Message sent to ${v.to_alias ?? v.to} via dmsg`,
  notAcked: (v: NotAcked): string => `Send to ${v.to_alias ?? v.to} via dmsg not acked: ${v.reason}`,
  notAckedWithId: (v: NotAcked): string =>
    `Send to ${v.to_alias ?? v.to} via dmsg not acked: ${v.reason} (id=${v.id})`,
  queued: (
    v: { acked: false; queued: true; id?: string; reason: string; to: string; to_alias?: string },
  ): string =>
    `Queued for ${v.to_alias ?? v.to}: ${inOneLine(v.reason, (pk) => pk === v.to ? v.to_alias : undefined)}`,
  sendFailed: (v: { to: string; to_alias?: string; error: Omit<Failure, "cause"> }): string =>
    v.error.message,
  listening: (v: { type: string; ts: string; addr: string; schema: string; cursor: number }): string =>
    `Listening for messages at ${v.addr}\nPress Ctrl+C to stop`,
  listeningInGroups: ({ group }: { group?: string }): string =>
    `Listening for messages in ${group === undefined ? "all groups" : visible(group)}\nPress Ctrl+C to stop`,
  membership: ({ name, group, status }: MembershipChange): string => {
    const where = visible(name) || group;
    const why = MEMBERSHIP_WORDS[status];
    return status === "active" ? `We are in ${where} now` : `We are not in ${where}${why && `: ${why}`}`;
  },
  message: (v: ListenMessage): string =>
    v.group_id !== undefined && v.dir === "in"
      ? `[${v.to_alias ?? v.to}/${v.net}] ${groupWords(v)}`
      : v.dir === "in"
      ? `[${v.from_alias ?? v.from}/${v.net}] ${visibleLine(bodyText(v.body, v.assignee_alias))}`
      : `[>${v.to_alias ?? v.to}/${v.net}] ${visibleLine(bodyText(v.body, v.assignee_alias))}`,
  met: (v: Met): string => {
    const of = v.met.length + v.unread.length + v.away.length;
    const groups = [
      ...(v.out ?? []).map((group) => `we are not in ${visible(group)}`),
      ...(v.asking ?? []).map((group) => `${visible(group)} has not let us in yet`),
    ];
    return [
      ...(of > 0 ? [`met ${v.met.length} of ${of}`] : groups.length > 0 ? [] : ["nobody is known here yet"]),
      ...groups,
      ...(v.unread.length > 0 ? [`not in time: ${v.unread.map(visible).join(", ")}`] : []),
      ...(v.away.length > 0 ? [`away: ${v.away.map(visible).join(", ")}`] : []),
      ...(v.waiting > 0 ? [`${v.waiting} of ours ${v.waiting === 1 ? "waits" : "wait"} here`] : []),
    ].join("; ");
  },
  messageWarning: (v: { from: string; from_alias?: string; warning: string }): string =>
    `warning: the message of ${v.from_alias ?? v.from}: ${v.warning}`,
  messageState: (v: MessageStateLine): string =>
    `(${v.peer_alias ?? v.peer} #${v.position} ${v.state}${whyWords(v)})`,
  eventsLost: (v: { type: "lost"; ts: string; schema: string; cursor: number; foreign?: boolean }): string =>
    v.foreign
      ? "warning: the cursor is not one of this store, which was restored or replaced; all its events follow"
      : `warning: events before ${localTime(v.ts)} are no longer kept; \`dmsg history\` shows the messages`,
  execFailed: (
    v: { command: string; why: string; message: string; peer: string; seconds?: number },
  ): string =>
    `warning: ${v.command} ${v.why} for message ${v.message}; it ${
      v.seconds === undefined ? "comes again in the next run" : `is run again in ${v.seconds} s`
    }`,
  execLeft: (v: { pid: number; name: string }): string =>
    `warning: process ${v.pid} of the last run still has message ${v.name}; it is waited for`,
  chatting: (v: { pk: string; peer: string; typed: boolean }): string =>
    `You are ${v.pk}\n${
      v.typed
        ? `Type a line and press Enter to send it to ${v.peer}; Ctrl+D ends`
        : `Each line is a message to ${v.peer}`
    }`,
  chatIn: (v: ListenMessage): string =>
    `[${v.from_alias ?? v.from.slice(0, 8)}] ${isTold(v) ? "* " : ""}${
      visible(bodyText(v.body, v.assignee_alias))
    }`,
  chatAcked: (v: { acked: true; id: string; ms: number }): string => `  ✓ ${v.ms} ms`,
  chatQueued: (
    v: {
      acked: false;
      queued: true;
      id?: string;
      reason: string;
      to: string;
      to_alias?: string;
      text: string;
    },
  ): string =>
    `  … kept for later: ${inOneLine(v.reason, (pk) => pk === v.to ? v.to_alias : undefined)} — "${
      visible(v.text)
    }"`,
  chatArrived: (v: { acked: true; id?: string; text: string }): string => `  ✓ "${visible(v.text)}"`,
  chatWaiting: (v: { count: number }): string =>
    `Kept for later: ${v.count}; they leave when \`dmsg daemon\`, \`listen\`, \`chat\` or \`sync\` runs and the peer is there`,
  chatLost: (v: { count: number }): string =>
    `Not acked and not kept: ${v.count} line${v.count === 1 ? "" : "s"}, each is named above`,
  chatPast: (v: HistoryMessage): string =>
    `${localTime(v.ts)} [${v.outgoing ? "you" : v.peer_alias ?? v.peer.slice(0, 8)}] ${bodyWords(v)}${
      standing(v)
    }`,
  chatHelp: (): string => "/quit ends the chat; //… sends a line that begins with /",
  historyMessage: historyWords,
  historyMessageWithIds: historyWordsWithIds,
  deleted: (v: Deleted): string => {
    const who = v.peer_alias ?? "the peer";
    const where = v.here_only ? " here" : "";
    const why = v.reason === "theirs"
      ? `; ${who}, who wrote it, keeps it`
      : v.reason === "no-id"
      ? `; ${who} keeps it: it went without an id to name it by`
      : "";
    return `Message ${v.position} with ${v.peer_alias ?? v.peer} is deleted${where}${why}`;
  },
  forgotten: (v: { peer: string; peer_alias?: string }): string =>
    `All messages with ${v.peer_alias ?? v.peer} are dropped`,
  request: (v: { peer: string; peer_alias?: string; unread: number; last_ts: string }): string =>
    `${v.peer_alias ?? v.peer} ${v.unread} unread, last at ${localTime(v.last_ts)}`,
  waiting: (v: HistoryMessage & { due: string; attempts: number }): string => {
    const plan = `next at ${localTime(v.due)}, ${counted(v.attempts, "attempt")}`;
    return `${v.peer_alias ?? v.peer} ${v.position}\n  ${
      clipped(`${plan}: ${visible(bodyText(v.text, v.assignee_alias))}`, 2)
    }`;
  },
  cancelled: (v: { peer: string; peer_alias?: string; position: number }): string =>
    `Message ${v.position} is cancelled`,
  retried: (
    v: { peer: string; peer_alias?: string; position: number; state: string; reason?: string },
  ): string => `Message ${v.position} is ${v.state}${whyWords(v)}`,
  chatFailed: (v: { acked: false; reason: string; to: string; to_alias?: string; text: string }): string =>
    `  ✗ not acked: ${inOneLine(v.reason, (pk) => pk === v.to ? v.to_alias : undefined)} — "${
      visible(v.text)
    }"`,
};

/** What somebody said in a group, or what is told about it. */
function groupWords(v: ListenMessage): string {
  const { body, warning } = v;
  const name = v.from_alias ?? v.from;
  if (isTold(v)) return `* ${name} ${visible(body)}`;
  return `${name}: ${warning === "sealed" ? "(sealed)" : visibleLine(bodyText(body, v.assignee_alias))}`;
}

/** Why we hear nothing of a group. */
const MEMBERSHIP_WORDS: Readonly<Record<MembershipChange["status"], string>> = {
  active: "",
  pending: "we asked to be let in",
  awaiting_approval: "an admin has not decided yet",
  left: "we have left it",
  revoked: "an admin has removed us",
  banned: "an admin has banned us",
  denied: "an admin did not let us in",
  damaged: "what is kept of it can't be read",
  deleted: "it was deleted here",
};

/** Nobody has written it. */
const isTold = ({ group_id, warning: reason }: ListenMessage): boolean =>
  group_id !== undefined && isNotice({ via: "group", reason });

/** A message that its receiver has kept. */
interface Acked {
  readonly acked: true;
  readonly id: string;
  readonly ms: number;
  readonly to: string;
  readonly to_alias?: string;
}

/** A message of which nothing was heard again. */
interface NotAcked {
  readonly acked: false;
  readonly id?: string;
  readonly reason: string;
  readonly to: string;
  readonly to_alias?: string;
}

/** One message of `listen`; as JSON its members are those of specification skychat (e), and `cursor`. */
interface ListenMessage {
  readonly type: "msg";
  readonly ts: string;
  readonly schema: string;
  readonly id?: string;
  readonly from: string;
  readonly from_alias?: string;
  readonly to: string;
  readonly to_alias?: string;
  readonly net: string;
  /** Of a group: which. */
  readonly group_id?: string;
  readonly body: string;
  /** What we call whose an item of a list is by it. */
  readonly assignee_alias?: string;
  /** The body as people read it, where that is something else. */
  readonly shown?: string;
  readonly dir: "in" | "out";
  readonly len: number;
  readonly reply_to?: string;
  readonly warning?: string;
  /** It was shown before, and a ban hid it meanwhile. */
  readonly again?: boolean;
  readonly cursor: number;
}

/** Where a message stands now. */
interface MessageStateLine {
  readonly type: "state";
  readonly ts: string;
  readonly schema: string;
  readonly id?: string;
  readonly peer: string;
  readonly peer_alias?: string;
  readonly position: number;
  readonly state: string;
  readonly reason?: string;
  readonly cursor: number;
}
