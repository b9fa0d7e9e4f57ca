import { strictEqual } from "node:assert/strict";
import { heldBy } from "../../../lib/app/node/held.ts";
import { freshEntry } from "../../../lib/dmsg/entries/entry.ts";

const NOW_NS = 1_800_000_000_000_000_000n;
const MINUTE_NS = 60_000_000_000n;
const YEARS_NS = 10n * 365n * 24n * 60n * MINUTE_NS;
const PK = "02" + "ab".repeat(32);

const entryAt = (timestampNs: bigint, servers: string[] = [PK]) => ({
  ...freshEntry(PK, timestampNs),
  client: { delegatedServers: servers },
});

Deno.test("An entry of the last minutes is of a program that runs, whichever clock is a little ahead", () => {
  for (const minutes of [0n, 1n, 9n, -9n]) {
    strictEqual(heldBy(entryAt(NOW_NS - minutes * MINUTE_NS), NOW_NS), "running");
  }
  strictEqual(heldBy(undefined, NOW_NS), "free");
  strictEqual(heldBy(entryAt(NOW_NS, []), NOW_NS), "free");
});

Deno.test("An entry far from our clock says nothing: its program is asked, ten years either way", () => {
  for (const ageNs of [11n * MINUTE_NS, -11n * MINUTE_NS, YEARS_NS, -YEARS_NS]) {
    strictEqual(heldBy(entryAt(NOW_NS - ageNs), NOW_NS), "unknown");
  }
});
