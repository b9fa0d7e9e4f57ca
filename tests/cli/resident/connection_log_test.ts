import { deepStrictEqual } from "node:assert/strict";
import { connectionLog } from "../../../cli/resident/connection_log.ts";
import type { NetworkEvent } from "../../../cli/resident/connection_notices.ts";

const up = (server: string): NetworkEvent => ({ name: "session-up", detail: { server } });
const down = (server: string): NetworkEvent => ({
  name: "session-down",
  detail: { server, error: "it broke" },
});
const REGISTERED: NetworkEvent = { name: "registered", detail: { servers: "02aa" } };
const PROBLEM: NetworkEvent = { name: "problem", detail: { error: "No discovery.", retryMs: 500 } };

function told(events: NetworkEvent[], before = { registered: false, servers: [] as string[] }): string[] {
  const lines: string[] = [];
  const hear = connectionLog(before, (change) => {
    lines.push(change.event === "reachable" ? "reachable" : `unreachable: ${change.error}`);
  });
  for (const event of events) hear(event);
  return lines;
}

Deno.test("A log says reachable once, and again after unreachable", () => {
  deepStrictEqual(told([up("a"), REGISTERED, up("b"), REGISTERED]), ["reachable"]);
  deepStrictEqual(told([up("a"), REGISTERED, down("a"), PROBLEM, PROBLEM, up("a"), REGISTERED]), [
    "reachable",
    "unreachable: it broke",
    "reachable",
  ]);
});

Deno.test("A log says unreachable when nothing was reachable yet, once", () => {
  deepStrictEqual(told([PROBLEM, PROBLEM, up("a"), down("a"), PROBLEM, up("a"), REGISTERED]), [
    "unreachable: No discovery.",
    "reachable",
  ]);
});

Deno.test("A log says nothing of a server of several, or of a discovery that is away meanwhile", () => {
  deepStrictEqual(told([up("a"), up("b"), REGISTERED, down("a"), PROBLEM, up("a")]), ["reachable"]);
});

Deno.test("A log beside an owner begins with how that stands", () => {
  const before = { registered: true, servers: ["a"] };
  deepStrictEqual(told([down("a"), up("a")], before), ["reachable", "unreachable: it broke", "reachable"]);
});
