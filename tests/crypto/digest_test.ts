import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadSha256, sha256Stream } from "../../lib/crypto/digest.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { concat, toHex } from "../../lib/wire/bytes.ts";

Deno.test("Both digests of pieces are SHA-256 of the whole, as often as it is asked for", async () => {
  const fast = await loadSha256();
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 5 }), (pieces) => {
      const digests = [sha256Stream(), fast()];
      for (const piece of pieces) for (const digest of digests) digest.add(piece);
      for (const digest of [...digests, ...digests]) {
        strictEqual(digest.hex(), toHex(sha256(concat(...pieces))));
      }
    }),
    { seed: 12, numRuns: 40 },
  );
});
