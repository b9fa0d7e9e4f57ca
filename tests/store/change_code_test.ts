/** Every change comes back from the journal as it was. */
import { deepStrictEqual } from "node:assert/strict";
import { decodeChange, encodeChange } from "../../lib/store/change_code.ts";
import type { Change } from "../../lib/store/store.ts";
import { ANN, text } from "./support.ts";

const CHANGES: readonly Change[] = [
  text(ANN, "lone \ud800 and \u0000", { id: "1", replyTo: "0", reason: "why", via: "dmsg-chat" }),
  text(ANN, "", { direction: "out", state: "pending", queue: { dueNs: 1n << 62n } }),
  { ...text(ANN, "restored"), restored: true },
  { kind: "state", peer: ANN, position: 3, state: "read", from: ["sent", "pending"] },
  { kind: "delete", peer: ANN, position: 3 },
  { kind: "seen", peer: ANN, direction: "in", id: "i", body: "b" },
  { kind: "peer", peer: ANN, facts: { once: true, blocked: undefined, name: "x", count: 0 } },
  { kind: "queue", peer: ANN, position: 2, dueNs: -5n, attempts: 7 },
  { kind: "unqueue", peer: ANN, position: 2 },
  { kind: "read", peer: ANN, position: 9 },
  { kind: "forget", peer: ANN },
  { kind: "value", room: "r", name: "n", value: Uint8Array.of(0, 255, 7) },
  { kind: "value", room: "r", name: "n", value: undefined },
  { kind: "network", name: "session-up", detail: { server: "s" } },
];

for (const change of CHANGES) {
  Deno.test(`Change of kind ${change.kind} comes back from JSON`, () => {
    deepStrictEqual(decodeChange(JSON.parse(JSON.stringify(encodeChange(change)))), change);
  });
}
