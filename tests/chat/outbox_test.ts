import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  afterAttempt,
  afterRestart,
  type Attempt,
  backoffMs,
  dueAfterJumps,
  MAX_AGE_NS,
  MAX_BACKOFF_MS,
  MIN_BACKOFF_MS,
  type Waiting,
} from "../../lib/chat/outbox.ts";

const NOW_NS = 1_800_000_000_000_000_000n;
const fresh: Waiting = { queued: true, addedNs: NOW_NS, attempts: 0, written: false };
const away: Attempt = { kind: "unwritten", reason: "away", retry: true };
const silent: Attempt = { kind: "unanswered", reason: "timeout" };
const plan = (waiting: Partial<Waiting>, attempt: Attempt, once = false) =>
  afterAttempt({ ...fresh, ...waiting }, attempt, { once, nowNs: NOW_NS, passedNs: NOW_NS, fraction: 0 });

Deno.test("Outbox ends with an ack or a hand-over", () => {
  for (const queued of [true, false]) {
    deepStrictEqual(plan({ queued }, { kind: "acked" }), { kind: "done", state: "received" });
    deepStrictEqual(plan({ queued }, { kind: "handed-over" }), { kind: "done", state: "sent" });
  }
});

Deno.test("Outbox tries what never left again with any peer", () => {
  for (const once of [true, false]) {
    const dueNs = NOW_NS + 5_000_000_000n;
    deepStrictEqual(plan({}, away, once), {
      kind: "later",
      dueNs,
      attempts: 1,
      written: false,
      reason: "away",
    });
  }
});

Deno.test("Outbox tries what may have left again only with a peer that keeps one copy", () => {
  const dueNs = NOW_NS + 20_000_000_000n;
  const later = { kind: "later", dueNs, attempts: 3, written: true, reason: "timeout" };
  deepStrictEqual(plan({ attempts: 2 }, silent, true), later);
  deepStrictEqual(plan({ attempts: 2 }, silent), { kind: "over", state: "unconfirmed", reason: "timeout" });
});

Deno.test("Outbox gives up what is not queued, and what is refused for good", () => {
  const over = (state: string, reason: string) => ({ kind: "over", state, reason });
  deepStrictEqual(plan({ queued: false }, away, true), over("failed", "away"));
  deepStrictEqual(plan({ queued: false }, silent, true), over("unconfirmed", "timeout"));
  deepStrictEqual(plan({ queued: false, written: true }, away), over("unconfirmed", "away"));
  deepStrictEqual(plan({}, { ...away, retry: false } as Attempt), over("failed", "away"));
});

Deno.test("Outbox gives up after 7 days, and says whether it may have arrived", () => {
  const addedNs = NOW_NS - MAX_AGE_NS;
  for (const [written, state] of [[false, "failed"], [true, "unconfirmed"]] as const) {
    const next = plan({ addedNs, written }, away);
    deepStrictEqual(next, { kind: "over", state, reason: "it waited for 7 days" });
  }
});

Deno.test("Backoff grows to 10 minutes, and jitter only shortens it", () => {
  deepStrictEqual([1, 2, 3, 7, 8, 1000].map((n) => backoffMs(n, 0)), [
    5000,
    10_000,
    20_000,
    320_000,
    600_000,
    600_000,
  ]);
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fraction, (attempts, jitter) => {
    const ms = backoffMs(attempts, jitter);
    ok(ms > MIN_BACKOFF_MS * 0.74 && ms <= MAX_BACKOFF_MS && ms <= backoffMs(attempts, 0));
  }));
});

Deno.test("A restart goes on with what certainly never left, and with peers that keep one copy", () => {
  const table = [[false, false, "continue"], [false, true, "unconfirmed"], [
    true,
    false,
    "unconfirmed",
  ]] as const;
  for (const [direct, marked, expected] of table) {
    strictEqual(afterRestart({ direct, marked }, false), expected);
    strictEqual(afterRestart({ direct, marked }, true), "continue");
  }
});

Deno.test("A due time beyond the longest pause is due now: the clock was set back", () => {
  const nowNs = 1_700_000_000_000_000_000n;
  const longestNs = BigInt(MAX_BACKOFF_MS) * 1_000_000n;
  strictEqual(dueAfterJumps(nowNs + longestNs, nowNs), nowNs + longestNs);
  strictEqual(dueAfterJumps(nowNs + longestNs + 1n, nowNs), nowNs);
  strictEqual(dueAfterJumps(nowNs - 1n, nowNs), nowNs - 1n);
});
