/**
 * Words for the network: discoveries and servers, connections, `ping`, `nc`, and what goes over them.
 * Part of the table of all wording (wording.ts).
 *
 * @module
 */
import { shownUrl } from "../../lib/dmsg/discovery/place.ts";
import type { Entry } from "../../lib/dmsg/entries/entry.ts";
import { visible } from "../output/escape.ts";
import { exposing, httpGot, httpServing } from "./bridge.ts";
import { entryWords, serverWords } from "./entry.ts";
import { localTime } from "./people.ts";

/** Who is at the other end of `nc`. */
interface Reached {
  readonly address: string;
  /** With its name, `alice:5000`. */
  readonly address_alias?: string;
  readonly hybrid: boolean;
}

/** What `forward` joins. */
interface Forwarded {
  readonly local: string;
  readonly remote: string;
  /** With its name, `alice:22`. */
  readonly remote_alias?: string;
}

/** What is said of the network. */
export const networkWording = {
  serving: (
    v: {
      discovery: string;
      /** The same discovery over dmsg. */
      discovery_over_dmsg?: string;
      servers: readonly { pk: string; address: string }[];
    },
  ): string =>
    [
      "A dmsg network runs on this machine; Ctrl+C ends it.",
      `  discovery  ${v.discovery}`,
      ...(v.discovery_over_dmsg === undefined ? [] : [`             ${v.discovery_over_dmsg}`]),
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
  noServers: (v: { all: boolean }): string =>
    v.all
      ? "The discovery knows no server."
      : "The discovery knows no server with room; --all lists full ones too.",
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
  ncConnected: (v: Reached): string =>
    `Connected to ${v.address_alias ?? v.address}${v.hybrid ? " (hybrid)" : ""}`,
  ncAccepted: (v: Reached): string =>
    `Connection from ${v.address_alias ?? v.address}${v.hybrid ? " (hybrid)" : ""}`,
  ncInPart: (v: { sent: number; received: number }): string =>
    v.sent + v.received === 0
      ? "Nothing was sent or received until then"
      : `Until then: ${v.sent} bytes sent${
        v.sent === 0 ? "" : ", the last of them perhaps in vain"
      }, ${v.received} received`,
  ncProblem: (v: { error: string }): string => `warning: ${v.error}`,
  forwarding: (v: Forwarded & { event: "forwarding" }): string =>
    `Forwarding ${v.local} to ${v.remote_alias ?? v.remote}\nPress Ctrl+C to stop`,
  forwardOpen: (v: Forwarded): string =>
    `warning: whoever reaches ${v.local} uses ${v.remote_alias ?? v.remote} with our key`,
  exposing,
  httpServing,
  httpGot,
  httpAnswer: (v: { from: string; from_alias?: string; status: number; reason: string }): string =>
    `${v.from_alias ?? v.from} answered ${v.status} ${visible(v.reason)}`,
  otherDiscovery: (v: { pid: number; discovery: readonly string[] }): string =>
    `warning: process ${v.pid} has this identity's connections; its discovery is used: ${
      v.discovery.map(shownUrl).join(", ")
    }`,
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
  logged: ({ ts, event, ...rest }: { ts: string; event: string; [name: string]: unknown }): string =>
    [localTime(ts), event, ...Object.entries(rest).filter(([, value]) => value !== undefined).map(field)]
      .join(" "),
};

const field = ([name, value]: [string, unknown]): string =>
  `${name}=${/^[^\s"]+$/.test(String(value)) ? value : JSON.stringify(value)}`;
