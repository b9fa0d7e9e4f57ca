/**
 * All wording: one line of the table per thing that a command can say. A command hands over a value; text mode
 * prints the table's words for it, JSON mode the value itself, so the two can't disagree.
 *
 * @module
 */
import type { Entry } from "../lib/dmsg/entry.ts";
import { entryWords, serverWords } from "./entry_words.ts";
import {
  bodyWords,
  type HistoryMessage,
  historyWords,
  historyWordsWithIds,
  standing,
} from "./history_words.ts";
import {
  copyDone,
  copyFailed,
  copyFile,
  copyPeer,
  copySummary,
  copyWould,
  type HostEvent,
} from "./scp_words.ts";
import {
  groupCreated,
  groupDone,
  groupInfo,
  groupInvite,
  groupJoined,
  groupListed,
  groupMember,
  groupMessage,
  groupRequest,
  groupSent,
} from "./group_words.ts";
import { pairAdded, pairAnswered, pairMessage, pairRemoved, pairSent, pairShown } from "./pair_words.ts";
import { exposing, httpGot, httpServing } from "./bridge_words.ts";
import { groupCheck, peerCheck } from "./check_words.ts";
import { fileShown } from "./file_words.ts";
import { type ProgressEvent, progressLine } from "./scp_progress.ts";
import { type StatusLines, statusWords } from "./status_words.ts";
import {
  inviteShown,
  itemShown,
  listSaid,
  listShown,
  overlayDone,
  pollShown,
  postShown,
  widgetShown,
} from "./overlay_words.ts";
import { bodyText } from "./body_text.ts";
import { jsonLine, printable, printableLines, visible } from "./escape.ts";
import type { Failure } from "./exit.ts";
import type { Output } from "./output.ts";
import { clipped, counted, inOneLine, localTime } from "./people.ts";

/**
 * What each value reads like in text mode. A peer's words in it go through `visible` (escape.ts). Every text may
 * have several lines and ends without a newline.
 */
export const wording = {
  version: (v: { version: string }): string => `dmsg ${v.version}`,
  identity: (v: { pk: string; origin: string; path?: string; created: boolean }): string => v.pk,
  identityExported: (v: { pk: string; path: string }): string =>
    `Wrote the secret key of ${v.pk} to ${v.path}`,
  identityMade: (v: { pk: string; path: string }): string =>
    `Made a new identity: ${v.pk}\nIts secret key is in ${v.path}; keep a copy of that file.`,
  nothingKept: (v: { why: string }): string => `${v.why}; nothing is kept.`,
  secretOnCommandLine: (): string =>
    "warning: --sk can be read by everybody on this machine while the command runs; prefer DMSG_SK or a key file",
  identityFlagUnused: (v: { name: string; origin: string }): string =>
    `warning: the identity ${v.name} is not used: the secret key comes from the ${v.origin}`,
  serving: (v: { discovery: string; servers: readonly { pk: string; address: string }[] }): string =>
    [
      "A dmsg network runs on this machine; Ctrl+C ends it.",
      `  discovery  ${v.discovery}`,
      ...v.servers.map(({ pk, address }) => `  server     ${address}\n             ${pk}`),
      "Other commands use it with --local, for example in two more terminals:",
      "  dmsg listen --local",
      "  dmsg id create --identity second",
      "  dmsg send --local --identity second PK hello    (PK: what `dmsg id` shows)",
    ].join("\n"),
  servingFor: (v: { dataDir: string }): string => `They need --data-dir ${v.dataDir} too.`,
  entry: (v: { entry: Entry }): string => entryWords(v.entry),
  server: (v: { entry: Entry }): string => serverWords(v.entry),
  client: (v: { pk: string }): string => v.pk,
  noServers: (): string => "The discovery knows no server.",
  noClients: (): string => "The discovery knows no client.",
  pong: (v: { pk: string; pk_alias?: string; seq: number; timeMs: number }): string =>
    `${v.pk_alias ?? v.pk}: ${v.seq} time=${v.timeMs} ms`,
  noPong: (v: { pk: string; pk_alias?: string; seq: number; error: string }): string =>
    `${v.pk_alias ?? v.pk}: ${v.seq} ${v.error}`,
  pings: (
    v: { pk: string; sent: number; answered: number; minMs?: number; avgMs?: number; maxMs?: number },
  ): string =>
    `${v.sent} sent, ${v.answered} answered` +
    (v.avgMs === undefined ? "" : `, min/avg/max ${v.minMs}/${v.avgMs}/${v.maxMs} ms`),
  ncListening: (v: { address: string }): string => `Listening on ${v.address}`,
  ncConnected: (v: { address: string; hybrid: boolean }): string =>
    `Connected to ${v.address}${v.hybrid ? " (hybrid)" : ""}`,
  ncAccepted: (v: { address: string; hybrid: boolean }): string =>
    `Connection from ${v.address}${v.hybrid ? " (hybrid)" : ""}`,
  ncInPart: (v: { sent: number; received: number }): string =>
    v.sent + v.received === 0
      ? "Nothing was sent or received until then"
      : `Until then: ${v.sent} bytes sent, the last of them perhaps in vain, ${v.received} received`,
  ncProblem: (v: { error: string }): string => `warning: ${v.error}`,
  forwarding: (v: { event: "forwarding"; local: string; remote: string }): string =>
    `Forwarding ${v.local} to ${v.remote}\nPress Ctrl+C to stop`,
  forwardOpen: (v: { local: string; remote: string }): string =>
    `warning: whoever reaches ${v.local} uses ${v.remote} with our key`,
  exposing,
  httpServing,
  httpGot,
  httpAnswer: (v: { from: string; status: number; reason: string }): string =>
    `${v.from} answered ${v.status} ${visible(v.reason)}`,
  copyEvent: (
    { event, peer, path, bytes, reason }: HostEvent & { type: string; ts: string; schema: string },
  ): string =>
    [
      `(${event}`,
      peer,
      path && visible(path),
      bytes !== undefined && `${bytes} bytes`,
      reason && `: ${visible(reason)}`,
    ]
      .filter(Boolean).join(" ") + ")",
  scpPeer: copyPeer,
  scpDone: copyDone,
  scpFailed: copyFailed,
  scpFile: copyFile,
  scpWould: copyWould,
  scpSummary: copySummary,
  scpProgress: (v: ProgressEvent): string => progressLine(v, "", 80),
  fileShown,
  fileSent: (v: { type: "file"; file: string; id: string; bytes: number; state: string }): string =>
    v.state === "delivered"
      ? `sent ${visible(v.file)}`
      : v.state === "told"
      ? `told the group of ${visible(v.file)}; members fetch it while a program of ours runs`
      : `sent ${visible(v.file)}; no receipt came: it may be there`,
  scpNotice: (v: { text: string }): string => visible(v.text),
  scpBelowRoot: (v: { path: string }): string =>
    `note: the peer's paths begin at the directory that it shares: /${visible(v.path)} there is ${
      visible(v.path) || "."
    }`,
  scpLeftOut: (v: { paths: readonly string[] }): string =>
    `note: ${v.paths.length} left out, neither file nor directory: ${
      v.paths.slice(0, 3).map(visible).join(", ")
    }${v.paths.length > 3 ? " …" : ""}`,
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
  otherDiscovery: (v: { pid: number; discovery: readonly string[] }): string =>
    `warning: process ${v.pid} has this identity's connections; its discovery is used: ${
      v.discovery.join(", ")
    }`,
  notKept: (v: { error: string }): string => `warning: something could not be kept: ${v.error}`,
  storeEmpty: (v: { path: string }): string =>
    `warning: ${v.path} has 0 bytes: the messages that were in it are gone, and a new store begins`,
  setAside: (v: { path: string; aside: string; bytes: number }): string =>
    `warning: ${v.bytes} byte${
      v.bytes === 1 ? "" : "s"
    } of ${v.path} can't be read; they are in ${v.aside} now`,
  sendFailed: (v: { to: string; error: Omit<Failure, "cause"> }): string => v.error.message,
  listening: (v: { type: string; ts: string; addr: string; schema: string; cursor: number }): string =>
    `Listening for messages at ${v.addr}\nPress Ctrl+C to stop`,
  message: (v: ListenMessage): string =>
    v.group_id !== undefined && v.dir === "in"
      ? `[${v.to_alias ?? v.to}/${v.net}] ${v.from_alias ?? v.from}: ${
        v.warning === "sealed" ? "(sealed)" : visible(bodyText(v.body))
      }`
      : v.dir === "in"
      ? `[${v.from_alias ?? v.from}/${v.net}] ${visible(bodyText(v.body))}`
      : `[>${v.to_alias ?? v.to}/${v.net}] ${visible(bodyText(v.body))}`,
  messageWarning: (v: { from: string; from_alias?: string; warning: string }): string =>
    `warning: the message of ${v.from_alias ?? v.from}: ${v.warning}`,
  messageState: (v: MessageStateLine): string =>
    `(${v.peer_alias ?? v.peer} #${v.position} ${v.state}${v.reason === undefined ? "" : `: ${v.reason}`})`,
  eventsLost: (v: { type: "lost"; ts: string; schema: string; cursor: number; foreign?: boolean }): string =>
    v.foreign
      ? "warning: the cursor is not one of this store, which was restored or replaced; all its events follow"
      : `warning: events before ${localTime(v.ts)} are no longer kept; \`dmsg history\` shows the messages`,
  execFailed: (
    v: { command: string; why: string; message: string; peer: string; seconds: number },
  ): string => `warning: ${v.command} ${v.why} for message ${v.message}; it is run again in ${v.seconds} s`,
  execLeft: (v: { pid: number; name: string }): string =>
    `warning: process ${v.pid} of the last run still has message ${v.name}; it is waited for`,
  connectionProblem: (
    v: { type: string; ts: string; schema: string; err: string; delay_ms: number; cursor?: number },
  ): string =>
    `warning: ${v.err.replace(/\.$/, "")}. The next try is in ${
      Math.max(1, Math.round(v.delay_ms / 1000))
    } s.`,
  connectionBack: (): string => "Connected again.",
  twin: (_: { type: string; ts: string; schema: string; cursor?: number }): string =>
    "warning: another program uses this identity's key, perhaps a copy of its files on another machine.\n" +
    "Messages go to one of the two. Give each its own key: `--identity NAME`, or another --data-dir.",
  alone: (_: { type: string; ts: string; schema: string; cursor?: number }): string =>
    "The other program with this identity's key is gone.",
  streamRefused: (v: { error: string }): string => `warning: refused an incoming stream: ${v.error}`,
  chatting: (v: { pk: string; peer: string }): string =>
    `You are ${v.pk}\nType a line and press Enter to send it to ${v.peer}; Ctrl+D ends`,
  chatIn: (v: ListenMessage): string =>
    `[${v.from_alias ?? v.from.slice(0, 8)}] ${visible(bodyText(v.body))}`,
  chatAcked: (v: { acked: true; id: string; ms: number }): string => `  ✓ ${v.ms} ms`,
  chatQueued: (v: { acked: false; queued: true; id?: string; reason: string; text: string }): string =>
    `  … kept for later: ${v.reason} — "${visible(v.text)}"`,
  chatArrived: (v: { acked: true; id?: string; text: string }): string => `  ✓ "${visible(v.text)}"`,
  chatWaiting: (v: { count: number }): string =>
    `Kept for later: ${v.count}; they leave when \`dmsg daemon\`, \`listen\` or \`chat\` runs and the peer is back`,
  chatLost: (v: { count: number }): string =>
    `Not acked and not kept: ${v.count} line${v.count === 1 ? "" : "s"}, each is named above`,
  chatPast: (v: HistoryMessage): string =>
    `${localTime(v.ts)} [${v.outgoing ? "you" : v.peer_alias ?? v.peer.slice(0, 8)}] ${bodyWords(v)}${
      standing(v)
    }`,
  chatHelp: (): string => "/quit ends the chat; //… sends a line that begins with /",
  pairAdded,
  pairShown,
  noPairs: (): string => "no pairs",
  pairAnswered,
  pairRemoved,
  pairSent,
  pairMessage,
  groupCreated,
  noGroups: (): string => "(no groups — found one with: dmsg group create NAME)",
  groupInfo,
  groupMember,
  groupListed,
  groupRequest,
  groupInvite,
  groupAddress: (v: { group: string; address: string }): string => v.address,
  groupKeyInLink: (): string => "warning: whoever sees this link can read the group: the key is inside",
  groupCheck,
  peerCheck,
  bundled: (v: { group: string; path: string; leaves: number }): string =>
    `${v.path}: ${v.leaves} leaves of ${v.group}`,
  unbundled: (v: { group: string; path: string; leaves: number }): string =>
    `took in ${v.leaves} leaves of ${v.group}`,
  groupJoined,
  groupSent,
  groupDone,
  groupMessage,
  overlayDone,
  listShown,
  itemShown,
  listSaid,
  noLists: (): string => "(no lists — make one with: dmsg list new CONVERSATION NAME)",
  noItems: (): string => "(no items — add one with: dmsg list add CONVERSATION LIST TEXT)",
  postShown,
  noPosts: (): string => "(no posts — write one with: dmsg board post CONVERSATION TEXT)",
  threadRead: (v: { id: string }): string => `read ${v.id.slice(0, 8)}`,
  widgetShown,
  noWidgets: (): string => "(nothing is published — do it with: dmsg widget CONVERSATION NAME VALUE)",
  inviteShown,
  noInvites: (): string => "(no invites — send one with: dmsg invite send CONVERSATION GROUP)",
  pollShown,
  noPolls: (): string => "(no polls — ask something with: dmsg poll new CONVERSATION QUESTION CHOICE CHOICE)",
  overlaysMaking: (v: { done: number; total: number }): string =>
    `All rows are being made anew, and these are from before: ${v.done} of ${v.total} messages are done`,
  historyMessage: historyWords,
  historyMessageWithIds: historyWordsWithIds,
  status: (v: StatusLines): string => statusWords(v),
  aliasAdded: (v: { name: string; pk: string }): string => `alias ${v.name} → ${v.pk}`,
  aliasReplaced: (v: { name: string; pk: string; was: string }): string =>
    `alias ${v.name} replaced (was ${v.was}, now ${v.pk})`,
  alias: (v: { name: string; pk: string }): string => `${v.name.padEnd(20)} ${v.pk}`,
  noAliases: (): string => "(no aliases — add one with: dmsg alias add NAME PK)",
  aliasRemoved: (v: { name: string }): string => `alias ${v.name} removed`,
  decided: (v: { peer: string; peer_alias?: string; decision: "block" | "unblock" | "accept" }): string =>
    `${v.peer_alias ?? v.peer} is ${
      { block: "blocked", unblock: "not blocked", accept: "accepted" }[v.decision]
    }`,
  deleted: (v: { peer: string; peer_alias?: string; position: number }): string =>
    `Message ${v.position} with ${v.peer_alias ?? v.peer} is deleted`,
  blocked: (v: { peer: string; peer_alias?: string }): string =>
    v.peer_alias === undefined ? v.peer : `${v.peer_alias} ${v.peer}`,
  forgotten: (v: { peer: string; peer_alias?: string }): string =>
    `All messages with ${v.peer_alias ?? v.peer} are dropped`,
  request: (v: { peer: string; peer_alias?: string; unread: number; last_ts: string }): string =>
    `${v.peer_alias ?? v.peer} ${v.unread} unread, last at ${localTime(v.last_ts)}`,
  waiting: (v: HistoryMessage & { due: string; attempts: number }): string => {
    const plan = `next at ${localTime(v.due)}, ${counted(v.attempts, "attempt")}`;
    return `${v.peer_alias ?? v.peer} ${v.position}\n  ${
      clipped(`${plan}: ${visible(bodyText(v.text))}`, 2)
    }`;
  },
  cancelled: (v: { peer: string; position: number }): string => `Message ${v.position} is cancelled`,
  retried: (v: { peer: string; position: number; state: string; reason?: string }): string =>
    `Message ${v.position} is ${v.state}${v.reason === undefined ? "" : `: ${v.reason}`}`,
  exported: (v: { pk: string; path: string; bytes: number; with_key: boolean }): string =>
    `Wrote ${v.bytes} bytes of ${v.pk} to ${v.path}`,
  exportedInPart: (v: { path: string; bytes: number; kept: boolean }): string =>
    v.kept
      ? `At most ${v.bytes} bytes went to ${v.path}: they are no whole backup`
      : `${v.bytes} bytes were written and are dropped: there is no ${v.path}`,
  backupIsPlain: (v: { path: string }): string =>
    `warning: ${v.path} is not encrypted; your messages can be read by whoever can read it`,
  backupHasNoKey: (): string =>
    "It has no secret key: alone it restores no identity. Keep that too, with `dmsg id export FILE` or --with-key.",
  backupHasKey: (v: { path: string }): string =>
    `warning: ${v.path} is not encrypted and holds your secret key; who can read it can be you`,
  groupsNotListed: (v: { peer: string }): string => `${v.peer} lists no groups`,
  groupCatalogCut: (): string => "There are more than its catalog holds.",
  groupNotExported: (v: { group: string }): string =>
    `warning: what is kept of group ${v.group} can't be read, and is not in the backup; its messages are`,
  importedInPart: (v: { messages: number; peers: number; aliases: number }): string =>
    `Imported so far: ${counted(v.messages, "message")}, ${counted(v.peers, "peer")}, ${
      counted(v.aliases, "alias", "aliases")
    }; the same again brings the rest`,
  imported: (
    v: { pk: string; messages: number; repeats: number; peers: number; groups?: number; aliases: number },
  ): string =>
    `Imported ${counted(v.messages, "message")} (${v.repeats} were there), ${
      v.groups === undefined ? "" : `${counted(v.groups, "group")}, `
    }${counted(v.peers, "peer")} and ${counted(v.aliases, "alias", "aliases")} of ${v.pk}`,
  logged: ({ ts, event, ...rest }: { ts: string; event: string; [name: string]: unknown }): string =>
    [localTime(ts), event, ...Object.entries(rest).filter(([, value]) => value !== undefined).map(field)]
      .join(" "),
  chatFailed: (v: { acked: false; reason: string; text: string }): string =>
    `  ✗ not acked: ${v.reason} — "${visible(v.text)}"`,
};

const field = ([name, value]: [string, unknown]): string =>
  `${name}=${/^[^\s"]+$/.test(String(value)) ? value : JSON.stringify(value)}`;

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
  readonly dir: "in" | "out";
  readonly len: number;
  readonly reply_to?: string;
  readonly warning?: string;
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

/** The names and values that can be printed. */
export type Wording = typeof wording;

/** What belongs to the words of one name. */
export type WordingValue<K extends keyof Wording> = Parameters<Wording[K]>[0];

/** How a run prints; flags set it. */
export interface PrintMode {
  /** One JSON value per line on standard output instead of text. */
  json: boolean;
  /** Show stacks. */
  verbose: boolean;
  /** Use colours on standard error. */
  color: boolean;
  /** The time, for what goes to a log: it stands before each line on standard error. */
  stamp?: () => string;
}

/** Where a printer writes. */
export type Streams = Pick<Output, "out" | "err" | "room" | "hasRoom">;

/** Prints results and notices of one command. */
export class Printer {
  readonly #streams: Streams;
  /** How to print; a command's flags set it before the command runs. */
  readonly mode: PrintMode;

  /**
   * A printer for two streams.
   * @param streams  Never make it wait.
   * @param mode  The mode at the start.
   */
  constructor(streams: Streams, mode: PrintMode) {
    this.#streams = streams;
    this.mode = mode;
  }

  /** Whether the reader of standard output keeps up. */
  get hasRoom(): boolean {
    return this.#streams.hasRoom;
  }

  /**
   * Resolves when the reader of standard output keeps up. Who prints line after line waits for it before the next one,
   * and reads no more until then: what is not read stays in the store.
   */
  room(): Promise<void> {
    return this.#streams.room();
  }

  /** A result, on standard output: words, or the value as one line of JSON. */
  out<K extends keyof Wording>(name: K, value: WordingValue<K>): void {
    this.#streams.out(`${this.mode.json ? jsonLine(value) : words(name, value)}\n`);
  }

  /** A notice for a person, on standard error, in words also with `--json`. */
  note<K extends keyof Wording>(name: K, value: WordingValue<K>): void {
    this.#err(`${words(name, value)}\n`);
  }

  /** Ready text for standard output, such as help or a QR code; ends with its own newline. */
  text(text: string): void {
    this.#streams.out(text);
  }

  /** Ready text for standard error. */
  noteText(text: string): void {
    this.#err(text);
  }

  /**
   * Says why a command ended: in words on standard error, or with `--json` as the last line of standard output.
   * The stack follows on standard error with `--verbose` only.
   */
  failure(failure: Failure): void {
    const { status, code, message, hint } = failure;
    if (code === "closed-output") return;
    if (this.mode.json) {
      const { stamp } = this.mode;
      const line = stamp ? { ts: stamp(), event: "failed" } : {}; // all lines of a log are alike
      this.#streams.out(`${jsonLine({ ...line, error: { status, code, message, hint } })}\n`);
    } else {
      const label = this.mode.color ? "\x1b[1;31mdmsg:\x1b[0m" : "dmsg:";
      this.#err(`${label} ${printable(message)}\n${hint ? `hint: ${printable(hint)}\n` : ""}`);
    }
    if (this.mode.verbose && failure.cause !== undefined) this.#err(`${stackOf(failure.cause)}\n`);
  }

  #err(text: string): void {
    const { stamp } = this.mode;
    this.#streams.err(stamp ? text.replace(/^(?=.)/gm, `${localTime(stamp())} `) : text);
  }
}

function words<K extends keyof Wording>(name: K, value: WordingValue<K>): string {
  return printableLines((wording[name] as (value: WordingValue<K>) => string)(value));
}

/** The stack of an error and of what caused it, nearest first. */
function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (
    let at = error;
    at !== undefined && parts.length < 8;
    at = at instanceof Error ? at.cause : undefined
  ) {
    parts.push(at instanceof Error ? at.stack ?? String(at) : String(at));
  }
  return printableLines(parts.join("\ncaused by: "));
}
