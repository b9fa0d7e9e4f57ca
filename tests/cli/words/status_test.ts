import { deepStrictEqual, ok } from "node:assert/strict";
import { type StatusLines, statusWords } from "../../../cli/words/status.ts";

const key = (n: number): string => `02${String(n).repeat(64)}`;
const NS = "2026-11-27T22:00:00.123456789Z";

/** As much as there can be. */
const FULL: StatusLines = {
  visor_pk: key(1),
  running: true,
  pid: 4_194_304,
  app_uptime_sec: 31_536_000,
  registered: true,
  problem:
    `Cannot register "${key(1)}": https://discovery.example:9090/dmsg-discovery/entry/${key(1)} did not ` +
    "answer within 5000 ms. Check the network and the discovery URL.",
  servers: [key(2), key(3)],
  proofs: [{ server: key(2), heard_ts: NS }, { server: key(3) }],
  twin: { since_ts: NS, seen_ts: NS, has_entry: true },
  discovery: ["http://dmsgd.skywire.skycoin.com", "https://discovery.example:9090/a/longer/path"],
  active_peer_conns: 2,
  peers: [key(4), key(5)],
  peer_aliases: { [key(4)]: "alice" },
  conversations: 1,
  unread: 999_999,
  queued: 100_000,
  persistence_enabled: true,
  frame_proto_version: 1,
  schema_version: "v1",
  inbound_msg_count: 1_000_000_000,
  outbound_msg_count: 1_000_000_000,
  outbound_fail_count: 1_000_000,
  last_rx_ts: NS,
  last_send_ts: NS,
};

Deno.test("status fits 80 columns with whole keys, and names who has a name", () => {
  const lines = statusWords(FULL).split("\n");
  for (const line of lines) ok(line.length <= 80, line);
  const block = (label: string): string[] => {
    const first = lines.findIndex((line) => line.startsWith(`${label} `));
    const next = lines.findIndex((line, i) => i > first && !line.startsWith(" "));
    return lines.slice(first, next).map((line) => line.slice(11));
  };
  deepStrictEqual(block("reachable"), ["yes, through 2 servers"]);
  deepStrictEqual(block("problem"), [
    'Cannot register "02111111…": https://discovery.example:9090 did not',
    "answer within 5000 ms",
  ]);
  deepStrictEqual(block("servers"), [key(2), key(3)]);
  deepStrictEqual(block("connected"), ["alice", key(5)]);
  deepStrictEqual(block("warning").length, 2);
});
