/** Every change comes back from the journal as it was. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { codeBytes, decodeChange, encodeChange } from "../../lib/store/journal/change_code.ts";
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

Deno.test("A change is counted with no fewer bytes than it takes, whatever its texts are made of", () => {
  const widest = ["\u0001", "\ud800", "€", '"', "\u2028"].flatMap((one): Change[] => {
    const long = one.repeat(1000);
    const more = { id: long, reason: long, replyTo: long, queue: { dueNs: -(1n << 63n) } };
    return [
      text(`02${"f".repeat(64)}`, long, {
        ...more,
        via: "dmsg-chat",
        atNs: -(1n << 63n),
        state: "unconfirmed",
      }),
      { kind: "state", peer: ANN, position: Number.MAX_SAFE_INTEGER, state: "unconfirmed", reason: long },
      { kind: "seen", peer: ANN, direction: "out", id: long, body: long },
      { kind: "value", room: long, name: long, value: new Uint8Array(1000) },
    ];
  });
  for (const change of [...CHANGES, ...widest]) {
    const bytes = new TextEncoder().encode(JSON.stringify(encodeChange(change))).length;
    ok(bytes <= codeBytes(change), change.kind);
  }
});
