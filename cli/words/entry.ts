/**
 * A discovery entry in words. Its texts come from strangers.
 *
 * @module
 */
import type { Entry } from "../../lib/dmsg/entries/entry.ts";
import { visible } from "../output/escape.ts";
import { counted, localTime } from "./people.ts";

/** Several lines: what is known about one party. */
export function entryWords(entry: Entry): string {
  const { client, clientType, server, sequence, timestampNs } = entry;
  const kind = server ? (client ? "server and client" : "server") : client ? "client" : "nothing";
  return [
    entry.static,
    `  is a        ${kind}${clientType ? ` (${visible(clientType)})` : ""}`,
    ...(client ? [`  servers     ${client.delegatedServers?.join("\n              ") || "none"}`] : []),
    ...(server ? [`  address     ${visible(server.address)}`, `  room for    ${sessions(entry)}`] : []),
    `  registered  ${dateText(timestampNs)} (post ${sequence + 1n})`,
  ].join("\n");
}

/** One line: a server in a list. */
export const serverWords = (entry: Entry): string =>
  `${entry.static}  ${visible(entry.server?.address ?? "")}  ${sessions(entry)}`;

function sessions({ server }: Entry): string {
  const count = server?.availableSessions ?? 0;
  return `${counted(count, "session")}${server?.serverType ? `, ${visible(server.serverType)}` : ""}`;
}

/** Beyond what a date can say, the number itself: 64 bits are whatever the party wrote. */
function dateText(timestampNs: bigint): string {
  const date = new Date(Number(timestampNs / 1_000_000n));
  return Number.isNaN(date.getTime()) ? `${timestampNs} ns` : localTime(date.toISOString());
}
