import { ok } from "node:assert/strict";
import { passes } from "./passes.ts";
import { large } from "./shapes.ts";

Deno.test("Network of 100 clients delivers 1,000 messages as the model says, and is true again afterwards", async () => {
  const { totals, dials } = await passes(large("2026"));
  ok(totals.messages > 950 && totals.acked > 850, `${totals.acked} of ${totals.messages}`);
  ok(dials > 300, "sessions were lost and made again");
});
