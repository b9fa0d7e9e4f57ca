/**
 * The words of `dmsg status`.
 *
 * @module
 */
import { shownUrl } from "../../lib/dmsg/discovery/place.ts";
import { visible } from "../output/escape.ts";
import { folded } from "../output/folded.ts";
import { counted, inOneLine, localTime } from "./people.ts";

/** Of a terminal. */
const COLUMNS = 80;
/** Behind a label. */
const INDENT = 11;

/** How an identity stands; the first names are those of the Go program (specification skychat (e)). */
export interface StatusLines {
  /** Our key. */
  readonly visor_pk: string;
  /** Whether a command that stays has the identity. */
  readonly running: boolean;
  /** Its process. */
  readonly pid?: number;
  /** Since when it runs. */
  readonly app_uptime_sec: number;
  /** Whether peers can reach it. */
  readonly registered: boolean;
  /** What kept it from the discovery or from servers the last time, when it was not registered since. */
  readonly problem?: string;
  /** Through these servers. */
  readonly servers: readonly string[];
  /** When a stream to our own key last came through each; none: not yet, or no more. */
  readonly proofs: readonly { readonly server: string; readonly heard_ts?: string }[];
  /** Another live program with our key; `has_entry`: peers find that one. */
  readonly twin?: { readonly since_ts: string; readonly seen_ts: string; readonly has_entry: boolean };
  /** Where it is registered. */
  readonly discovery: readonly string[];
  /** Chat connections at the moment. */
  readonly active_peer_conns: number;
  /** Who is at their other ends. */
  readonly peers: readonly string[];
  /** Their names, of those that have one, by key. */
  readonly peer_aliases?: Readonly<Record<string, string>>;
  /** How many are kept. */
  readonly conversations: number;
  /** Messages that `chat` has not shown. */
  readonly unread: number;
  /** Our groups, when there are some. */
  readonly groups?: readonly {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    readonly unread: number;
  }[];
  /** Messages in the outbox. */
  readonly queued: number;
  /** Always. */
  readonly persistence_enabled: boolean;
  /** Of the frames. */
  readonly frame_proto_version: number;
  /** Of the JSON lines. */
  readonly schema_version: string;
  /** Since it runs. */
  readonly inbound_msg_count: number;
  /** Since it runs. */
  readonly outbound_msg_count: number;
  /** Since it runs. */
  readonly outbound_fail_count: number;
  /** Of the last message that came. */
  readonly last_rx_ts?: string;
  /** Of the last message that arrived. */
  readonly last_send_ts?: string;
}

/** A labelled block; keys and addresses have lines of their own, for two would not fit one. */
export function statusWords(v: StatusLines): string {
  const rows: [label: string, texts: readonly string[]][] = [
    ["identity", [v.visor_pk]],
    ["running", [v.running ? `process ${v.pid}, for ${v.app_uptime_sec} s` : "no; see `dmsg daemon`"]],
  ];
  if (v.running) {
    rows.push(
      ["reachable", [v.registered ? `yes, through ${counted(v.servers.length, "server")}` : "no"]],
      ["problem", v.problem === undefined ? [] : problemWords(v.problem)],
      ["servers", v.registered ? v.servers : []],
      ["proven", v.proofs.map(({ server, heard_ts }) => proofWords(server, heard_ts))],
      ["warning", v.twin ? twinWords(v.twin) : []],
      ["discovery", v.discovery.map(shownUrl)],
      ["connected", v.peers.length > 0 ? v.peers.map(peerWords(v.peer_aliases)) : ["nobody"]],
      ["messages", [
        `${v.inbound_msg_count} in, ${v.outbound_msg_count} out, ${v.outbound_fail_count} failed`,
      ]],
      ["last in", [v.last_rx_ts === undefined ? "–" : localTime(v.last_rx_ts)]],
      ["last out", [v.last_send_ts === undefined ? "–" : localTime(v.last_send_ts)]],
    );
  }
  rows.push(["kept", [
    `${counted(v.conversations, "conversation")}, ${v.unread} unread, ${v.queued} queued`,
  ]]);
  rows.push(["groups", v.groups?.map(groupWords) ?? []]);
  return rows.flatMap(([label, texts]) =>
    texts.map((text, i) => `${(i > 0 ? "" : label).padEnd(10)} ${text}`)
  )
    .join("\n");
}

/** It may have come from elsewhere: a server's words, or a discovery's. */
const problemWords = (text: string): string[] =>
  folded(visible(inOneLine(text, () => undefined)), COLUMNS - INDENT).split("\n");

const peerWords = (names: Readonly<Record<string, string>> = {}) => (pk: string): string => names[pk] ?? pk;

const groupWords = ({ name, status, unread }: NonNullable<StatusLines["groups"]>[number]): string =>
  `${visible(name)}${status === "active" ? "" : ` (${status})`}${unread > 0 ? `, ${unread} unread` : ""}`;

/** A stream to our own key has come all the way; that is what a peer's will do. */
const proofWords = (server: string, heard: string | undefined): string =>
  heard === undefined
    ? `not yet through ${server.slice(0, 8)}…`
    : `at ${localTime(heard)} through ${server.slice(0, 8)}…`;

const twinWords = (twin: NonNullable<StatusLines["twin"]>): string[] => [
  `another program uses this key since ${localTime(twin.since_ts)};`,
  twin.has_entry ? "peers reach that one" : "some messages may go there",
];
