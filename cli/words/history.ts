/**
 * The words of a kept message, for `history`, `search` and `chat`: what was said, and where a message stands when that
 * is worth a word.
 *
 * @module
 */
import { isNotice } from "../../lib/app/groups/room/notices.ts";
import { bodyText } from "./body_text.ts";
import { visible } from "../output/escape.ts";
import { inOneLine, localTime } from "./people.ts";

/** One message of `history`; as JSON its first members are those of specification skychat (e). */
export interface HistoryMessage {
  /** When it was written or came. */
  readonly ts: string;
  /** The other party. */
  readonly peer: string;
  /** Who wrote it. */
  readonly from: string;
  /** In a group: a name of who wrote it. */
  readonly from_alias?: string;
  /** Whether we did. */
  readonly outgoing: boolean;
  /** The body. */
  readonly text: string;
  /** What we call whose an item of a list is by it. */
  readonly assignee_alias?: string;
  /** The body as people read it, where that is something else. */
  readonly shown?: string;
  /** To whom: the peer, the group, or we. */
  readonly to?: string;
  /** In a group: its id. */
  readonly group_id?: string;
  /** A name of the peer. */
  readonly peer_alias?: string;
  /** Its number in the conversation. */
  readonly position: number;
  /** The envelope's id. */
  readonly id?: string;
  /** Where it stands. */
  readonly state: string;
  /** Why it failed, or what is odd about it. */
  readonly reason?: string;
  /** The id of the message that it answers. */
  readonly reply_to?: string;
  /** Of a search: what it quotes, when only that has what was looked for. */
  readonly found_in_quote?: string;
  /** Which protocol carried it. */
  readonly net: string;
}

/** A line of `history`: `<local time> [in|out @ <peer>] <body>`, the Go program's but for the time, then where it stands. */
export const historyWords = (v: HistoryMessage): string => `${line(v)}${standing(v)}`;

/** The same with number and id of every message. */
export const historyWordsWithIds = (v: HistoryMessage): string => {
  const id = v.id === undefined ? "" : `, id ${visible(v.id)}`;
  return `${line(v)}  (${state(v)}${id})`;
};

/** Where a message stands, when it has not simply come or gone: `  (#17 failed: no answer)`; else nothing. */
export const standing = (v: HistoryMessage): string =>
  v.state !== "deleted" && v.net !== "group" && (v.outgoing ? !hasLeft(v) : v.reason !== undefined)
    ? `  (${state(v)})`
    : "";

/** The body, or that it is gone. */
export const bodyWords = (
  { state, text, assignee_alias }: Pick<HistoryMessage, "state" | "text" | "assignee_alias">,
): string => state === "deleted" ? "(deleted)" : visible(bodyText(text, assignee_alias));

const line = (v: HistoryMessage): string => {
  const name = v.from_alias ?? v.from;
  const isNamed = v.net === "group" && !v.outgoing;
  // What nobody has written does not look like something that somebody has.
  const who = !isNamed ? "" : isNotice({ via: "group", reason: v.reason }) ? `* ${name} ` : `${name}: `;
  const answers = v.found_in_quote === undefined ? "" : `(answers "${visible(v.found_in_quote)}") `;
  const body = isSealed(v) ? "(sealed)" : answers + bodyWords(v);
  return `${localTime(v.ts)} [${v.outgoing ? "out" : "in"} @ ${v.peer_alias ?? v.peer}] ${who}${body}`;
};

/** Of a group, and no key of ours opens it. */
const isSealed = ({ net, reason, state }: HistoryMessage): boolean =>
  net === "group" && reason === "sealed" && state !== "deleted";

const state = (v: HistoryMessage): string => `#${v.position} ${v.state}${whyWords(v)}`;

/** `: no answer`, in one line; nothing where there is no reason. */
export const whyWords = (v: Pick<HistoryMessage, "peer" | "peer_alias" | "reason">): string =>
  v.reason === undefined
    ? ""
    : `: ${inOneLine(visible(v.reason), (pk) => pk === v.peer ? v.peer_alias : undefined)}`;

/** Acked, read, or handed over without a wish for an ack. */
const hasLeft = ({ state, id }: HistoryMessage): boolean =>
  state === "received" || state === "read" || (state === "sent" && id === undefined);
