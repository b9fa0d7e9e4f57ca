/** Writes messages into the store at a path until it is killed, and one byte to stdout for each that is kept. */
import { openStore } from "../../lib/store/open.ts";
import { openKvPlace } from "../../lib/store/place/kv.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, SECRET, text } from "./support.ts";

const place = await openKvPlace(Deno.args[0]);
const store = await openStore({ place, secret: SECRET, clock: new FakeClock(), random: seededRandom(1) });
for (let i = 0;; i++) {
  const queue = i < 200 ? { queue: { dueNs: 0n } } : {};
  const result = await store.commit([text(ANN, `${i}`, { direction: "out", id: `${i}`, ...queue })]);
  if (!result.ok) Deno.exit(1);
  Deno.stdout.writeSync(Uint8Array.of(46));
}
