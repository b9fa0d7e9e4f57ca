/** One peer's lane, where the store can't be read for a moment. */
import { deepStrictEqual } from "node:assert/strict";
import type { Carried, Job, Settled } from "../../../lib/app/outbox/job.ts";
import { Lane } from "../../../lib/app/outbox/lane.ts";
import type { LaneParts } from "../../../lib/app/outbox/lane_parts.ts";
import { PeerBook } from "../../../lib/app/peers/peer_book.ts";
import type { Store } from "../../../lib/store/store.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { seededRandom } from "../../fakes/random.ts";

const PEER = `02${"ab".repeat(32)}`;

/** A book that remembers nothing: of very many peers each is asked for anew. */
function bookOf(store: Store): Pick<PeerBook, "get" | "onceChange"> {
  return {
    get: (peer) => new PeerBook(store).get(peer),
    onceChange: (peer, once) => new PeerBook(store).onceChange(peer, once),
  };
}

/** Sends one message; what is known of its peer can't be read from the moment on that the network is asked. */
async function sent(
  kind: Job["kind"],
  carry: (onWritten: () => void) => Promise<Carried>,
): Promise<{ settled: Settled; left: number }> {
  const clock = new FakeClock();
  let isAway = false;
  const store = {
    passedNs: () => 0n,
    messages: {},
    commit: () => Promise.resolve({ ok: true }),
    peers: { get: () => isAway ? Promise.reject(new Error("the server is away")) : Promise.resolve({}) },
  } as unknown as Store;
  const parts = {
    store,
    book: { ...bookOf(store), commit: () => store.commit([]) },
    clock,
    random: seededRandom(1),
    carry: (_message: unknown, { onWritten }: { onWritten: () => void }) => {
      isAway = true;
      return carry(onWritten);
    },
    onProblem: () => {},
    onOutcome: () => {},
    onIdle: () => {},
  } as unknown as LaneParts;
  const lane = new Lane(PEER, parts);
  const job = { position: 1, kind, addedNs: 0n, dueNs: 0n, attempts: 0, written: false, state: "pending" };
  const made = { ...job, bytes: 1, waitMs: 10, message: { state: "pending" } } as unknown as Job;
  lane.add(made);
  const outcome = lane.outcome(made);
  lane.run(true);
  const settled = await outcome;
  await settle();
  return { settled, left: lane.jobs.length };
}

Deno.test("What has arrived is told to have, also when what is known of its peer can't be read", async () => {
  for (const kind of ["direct", "queued"] as const) {
    const { settled, left } = await sent(kind, (onWritten) => {
      onWritten();
      return Promise.resolve({ kind: "acked", once: true });
    });
    deepStrictEqual([settled.next.kind, left], ["done", 0]);
  }
});

Deno.test("What did not leave stays queued, also when what is known of its peer can't be read", async () => {
  const away = new NetworkError("away", { retry: true, reason: "unreachable" });
  const { settled, left } = await sent("queued", () => Promise.reject(away));
  deepStrictEqual([settled.next.kind, left], ["later", 1]);
  const over = await sent("queued", (onWritten) => (onWritten(), Promise.reject(away)));
  const { next } = over.settled;
  deepStrictEqual([next.kind === "over" && next.state, over.left], ["unconfirmed", 0]);
});
