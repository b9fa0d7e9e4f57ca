/** What one attempt to take a message to its peer brought, when it broke. */
import { deepStrictEqual } from "node:assert/strict";
import { attempt, type AttemptParts } from "../../../lib/app/outbox/attempt.ts";
import type { Carry, Job } from "../../../lib/app/outbox/job.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";

const PEER = `02${"ab".repeat(32)}`;
const job = { position: 1, kind: "direct", waitMs: 100, message: { state: "pending" } } as unknown as Job;

/** An attempt whose way is broken like that. */
async function broken(carry: Carry): Promise<unknown> {
  const parts = { carry, book: { get: () => Promise.resolve({}) } } as unknown as AttemptParts;
  const { kind, retry } = await attempt(parts, PEER, job, () => "goes", () => {}) as Record<string, unknown>;
  return [kind, retry];
}

Deno.test("What broke after its write may have arrived; what broke before it certainly has not", async () => {
  for (const retry of [true, false]) {
    const error = new NetworkError("it broke", { reason: "unreachable", retry });
    deepStrictEqual(await broken(() => Promise.reject(error)), ["unwritten", retry]);
    deepStrictEqual(
      await broken((_, { onWritten }) => {
        onWritten?.();
        return Promise.reject(error);
      }),
      ["unanswered", undefined],
    );
  }
});
