import { deepStrictEqual } from "node:assert/strict";
import { GROUP_RECORDS } from "../../../lib/app/groups/has_groups.ts";
import { readNames, withNamesFile } from "../../../lib/app/groups/joining/names_file.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../../lib/store/place/memory.ts";
import { systemClock } from "../../../lib/sys/clock.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { memoryFiles } from "../../fakes/files.ts";
import { seededRandom } from "../../fakes/random.ts";

const ID = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const record = (name: string | undefined) =>
  [{
    kind: "value",
    room: GROUP_RECORDS,
    name: ID,
    value: name === undefined ? undefined : utf8(JSON.stringify({ name })),
  }] as const;

Deno.test("The names of groups follow the records, and are there when the commit is", async () => {
  const files = memoryFiles({});
  const store = withNamesFile(
    await openStore({
      place: memoryPlace(emptyRows()),
      secret: new Uint8Array(32).fill(7),
      clock: systemClock(),
      random: seededRandom("names"),
    }),
    { files, path: "/names" },
  );
  await store.commit(record("ops\tand\nmore"));
  deepStrictEqual(await readNames(files, "/names"), [[ID, "ops and more"]]);
  await store.commit(record("crew"));
  deepStrictEqual(await readNames(files, "/names"), [[ID, "crew"]]);
  await store.commit(record(undefined));
  deepStrictEqual(await readNames(files, "/names"), []);
  await store.close();
});
