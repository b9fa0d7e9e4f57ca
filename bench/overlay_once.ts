/**
 * One process over a conversation of posts, which does what its arguments name: `fill` keeps the messages as they come,
 * `messages` goes through all of them, `overlays` has rows made of them and goes through these. Prints what it holds at
 * its end. Started by overlay_memory.ts.
 *
 * @module
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { KeptOverlays } from "../lib/app/overlays/kept_overlays.ts";
import { repliesOf, threadsOf } from "../lib/overlay/folds/board_rows.ts";
import { BULLETIN, encodeOverlay } from "../lib/overlay/frame.ts";
import { personName } from "../lib/overlay/names.ts";
import { openStore } from "../lib/store/open.ts";
import { openKvPlace } from "../lib/store/place/kv.ts";
import type { Store } from "../lib/store/store.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { benchMessage, PEER, SECRET } from "./store_messages.ts";

/** Rows of a screen, and messages of a page. */
const SCREEN = 50;
/** Messages of a commit. */
const BATCH = 200;

/** The n-th message: an answer to the first one. */
function postOf(n: number): ReturnType<typeof benchMessage> {
  const root = encodeOverlay({ overlay: BULLETIN, data: "post 0", fallback: "post 0", extra: { s: 1 } });
  const [text, parent] = [`post ${n}`, personName(PEER, root).slice(0, 16)];
  const body = n === 0
    ? root
    : encodeOverlay({ overlay: BULLETIN, data: text, fallback: text, extra: { s: 1 + n }, parent });
  const { kind, message } = benchMessage(n);
  const id = personName(PEER, body).slice(0, 16);
  return { kind, message: { ...message, direction: "in", id, body, state: "received" } };
}

async function fill(store: Store, count: number): Promise<void> {
  for (let n = 0; n < count; n += BATCH) {
    await store.commit(Array.from({ length: Math.min(BATCH, count - n) }, (_, i) => postOf(n + i)));
  }
}

async function throughMessages({ messages }: Store): Promise<void> {
  for (let before = Infinity; before > 1;) {
    const page = before === Infinity
      ? await messages.newest(PEER, SCREEN)
      : await messages.before(PEER, before, SCREEN);
    if (page.length === 0) return;
    before = Math.min(...page.map(({ position }) => position));
  }
}

async function throughOverlays(kept: KeptOverlays): Promise<void> {
  await kept.use(PEER, async ({ engine }) => {
    const tree = engine.tree("board");
    const { rows: [{ key, replies }] } = await threadsOf(tree, { limit: SCREEN });
    for (let skip = 0; skip < replies; skip += SCREEN) await repliesOf(tree, key, { limit: SCREEN, skip });
  });
}

if (import.meta.main) {
  const [path, count, ...steps] = Deno.args;
  const place = await openKvPlace(path);
  const [clock, random] = [systemClock(), systemRandom];
  const store = await openStore({ place, secret: SECRET, clock, random });
  const onProblem = (error: Error): never => {
    throw error;
  };
  const kept = new KeptOverlays({ pk: PEER, store, clock, random, onProblem });
  const does: Readonly<Record<string, () => Promise<void>>> = {
    fill: () => fill(store, Number(count)),
    messages: () => throughMessages(store),
    overlays: () => throughOverlays(kept),
  };
  for (const step of steps) await does[step]();
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  console.log(JSON.stringify({ heapMiB: Deno.memoryUsage().heapUsed / 2 ** 20 }));
  await kept.has(PEER); // it is in use until here
  await store.close();
}
