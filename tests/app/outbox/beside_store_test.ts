/** Files beside the store are written around its commits; what a commit asks for goes through all of them. */
import { deepStrictEqual } from "node:assert/strict";
import { withNamesFile } from "../../../lib/app/groups/joining/names_file.ts";
import { withWaitingFile } from "../../../lib/app/outbox/waiting_file.ts";
import { withBlockFile } from "../../../lib/app/peers/block_file.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../../lib/store/place/memory.ts";
import type { CommitOptions, Store } from "../../../lib/store/store.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryFiles } from "../../fakes/files.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ANN, SECRET } from "../../store/support.ts";

Deno.test("A commit that may wait for its sync may do so behind the files beside the store", async () => {
  const [files, asked] = [memoryFiles({}), [] as (CommitOptions | undefined)[]];
  const bare = await openStore({
    place: memoryPlace(emptyRows()),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom("beside"),
  });
  const store: Store = {
    ...bare,
    commit: (changes, options) => (asked.push(options), bare.commit(changes, options)),
  };
  const blocking = await withBlockFile(store, { files, path: "/blocked", secret: SECRET });
  const whole = withNamesFile(withWaitingFile(blocking, { files, path: "/waiting" }), {
    files,
    path: "/names",
  });
  await whole.commit([{ kind: "peer", peer: ANN, facts: { accepted: true } }], { early: true });
  await whole.commit([{ kind: "peer", peer: ANN, facts: { accepted: true } }]);
  deepStrictEqual(asked, [{ early: true }, undefined]);
  await whole.close();
});
