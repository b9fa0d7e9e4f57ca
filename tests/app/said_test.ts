import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Said, saidRoom } from "../../lib/app/said.ts";
import { openStore } from "../../lib/store/open.ts";
import { memoryPlace } from "../../lib/store/place/memory.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { seededRandom } from "../fakes/random.ts";

Deno.test("What was said under the last 1,024 keys is known, over a restart too; the oldest go first", async () => {
  const store = await openStore({
    place: memoryPlace(),
    secret: new Uint8Array(32).fill(7),
    clock: systemClock(),
    random: seededRandom("said"),
  });
  const room = saidRoom("ops");
  const said = new Said(store);
  for (let n = 0; n < 1030; n++) {
    await said.once("ops", `key ${n}`, "hello", async (keep) => {
      await store.commit(await keep(`tail ${n}`));
      return `tail ${n}`;
    });
  }
  strictEqual((await store.values.list(room)).length, 1024);
  for (const one of [said, new Said(store)]) {
    const found = await Promise.all([0, 5, 6, 1029].map((n) => one.find("ops", `key ${n}`, "hello")));
    deepStrictEqual(found, [undefined, undefined, "tail 6", "tail 1029"]);
    await rejects(one.find("ops", "key 6", "else"), UserError);
  }
  await store.close();
});
