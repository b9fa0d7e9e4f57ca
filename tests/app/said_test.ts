import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Said, saidRoom } from "../../lib/app/said.ts";
import { memoryPlace } from "../../lib/store/memory.ts";
import { openStore } from "../../lib/store/open.ts";
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
  const said = new Said(store, room);
  for (let n = 0; n < 1030; n++) {
    const { changes, kept } = await said.keeping(`key ${n}`, "hello", `tail ${n}`);
    await store.commit(changes);
    kept();
  }
  strictEqual((await store.values.list(room)).length, 1024);
  for (const one of [said, new Said(store, room)]) {
    const found = await Promise.all([0, 5, 6, 1029].map((n) => one.find(`key ${n}`, "hello")));
    deepStrictEqual(found, [undefined, undefined, "tail 6", "tail 1029"]);
    await rejects(one.find("key 6", "else"), UserError);
  }
  await store.close();
});
