/** Looking for the message of an id: what that reads. */
import { strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { memoryPlace } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, DAY_MS, SECRET, text } from "./support.ts";

const MESSAGES = 100;

Deno.test("Store says of an id that was never known that it has no message without reading messages", async () => {
  const inner = memoryPlace();
  let rows = 0;
  const place: Place = {
    ...inner,
    async *list(range, options) {
      for await (const row of inner.list(range, options)) {
        rows++;
        yield row;
      }
    },
  };
  const clock = new FakeClock();
  const store = await openStore({ place, secret: SECRET, clock, random: seededRandom(5) });
  for (let n = 0; n < MESSAGES; n++) await store.commit([text(ANN, `${n}`, { id: `id ${n}` })]);
  const readFor = async (id: string): Promise<[string | undefined, number]> => {
    rows = 0;
    const found = await store.messages.byId(ANN, "in", id, { deep: true });
    return [found?.body, rows];
  };
  for (let months = 0; months < 2; months++) {
    strictEqual((await readFor("id 1"))[0], "1");
    for (const id of ["none", "id", "id 100"]) {
      const [body, read] = await readFor(id);
      strictEqual(body, undefined);
      strictEqual(read, 0, `${read} rows for an id that nobody has said, after ${months} months`);
    }
    await clock.advance(31 * DAY_MS);
    await store.sweep();
  }
  // Ids of the first month are forgotten now, and their messages are not.
  await store.commit([text(ANN, "later", { id: "later" })]);
  strictEqual((await readFor("later"))[0], "later");
  strictEqual((await readFor("id 1"))[0], "1");
  await store.close();
});
