import { ok } from "node:assert/strict";
import { encodeRecord, type EventContent } from "../../lib/store/rows/records.ts";
import type { Draft } from "../../lib/store/writing/draft.ts";
import { addEvent, type ApplyContext, shortId, timesOf } from "../../lib/store/writing/planning.ts";

const position = Number.MAX_SAFE_INTEGER;
const STATES = [
  "pending",
  "sent",
  "received",
  "read",
  "unconfirmed",
  "failed",
  "cancelled",
  "deleted",
] as const;

Deno.test("An event is planned with no fewer bytes than it has, also when it is not encoded for that", () => {
  const times = timesOf({ nowNs: 2n ** 63n - 1n, passedNs: 2n ** 62n });
  for (const peer of ["02".padEnd(66, "a"), "f".repeat(64)]) {
    for (const id of ["", "a", "\u0001", "€", '"', "\ud800"]) {
      const about = { peer, position, ...shortId(id.repeat(256)) };
      const events: EventContent[] = [
        { kind: "message", peer, position },
        ...STATES.map((state) => ({ kind: "state", ...about, state }) as const),
        { kind: "state", ...about, state: "failed", reason: id },
        { kind: "deleted", ...about },
        { kind: "read", peer, position },
      ];
      for (const event of events) {
        const draft = {
          addEvent: (record: object, bytes: number) => ok(encodeRecord(record).length <= bytes, event.kind),
        };
        addEvent(draft as unknown as Draft, event, times as unknown as ApplyContext);
      }
    }
  }
});
