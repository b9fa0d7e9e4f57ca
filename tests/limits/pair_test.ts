/** What a pair and its holder do not hide or promise: docs/limits.md, "Pairs". */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type KeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import { PairEngine } from "../../lib/pair/engine.ts";
import { pairPort } from "../../lib/pair/keys.ts";
import type { PairOut } from "../../lib/pair/pair_types.ts";
import { newPair } from "../../lib/pair/record.ts";
import { seededRandom } from "../fakes/random.ts";

const [ALICE, BOB] = ["alice", "bob"].map((name) => keyPairOf(seededRandom(name).bytes(32)));
const START_NS = 1_778_580_000_000_000_000n;
const MONTH_NS = 30n * 86_400_000_000_000n;

const side = (own: KeyPair, peer: KeyPair, seed: string): PairEngine =>
  new PairEngine({
    own,
    record: newPair(peer.pk, pairPort(own.pk, peer.pk), "active"),
    leaves: new Map(),
    secrets: new Map(),
    random: seededRandom(seed),
  });

/** A reads all of B's feed. */
const hear = (reader: PairEngine, writer: PairEngine, nowNs: bigint): PairOut[] => {
  const leaves = [...writer.leaves].map(([path, value]) => ({ path, value }));
  return reader.handle({ kind: "leaves", leaves, isLast: true }, nowNs);
};

const textsIn = (outs: readonly PairOut[]): string[] =>
  outs.flatMap((out) => out.kind === "message" && out.message.direction === "in" ? [out.message.text] : []);

/** Both know each other's first announcement; alice has said something under an epoch. */
function epoch(): { alice: PairEngine; bob: PairEngine } {
  const [alice, bob] = [side(ALICE, BOB, "a"), side(BOB, ALICE, "b")];
  alice.handle({ kind: "say", text: "hello" }, START_NS);
  hear(bob, alice, START_NS);
  bob.handle({ kind: "say", text: "hello yourself" }, START_NS + 1n);
  hear(alice, bob, START_NS + 2n);
  alice.handle({ kind: "say", text: "under an epoch" }, START_NS + 3n);
  return { alice, bob };
}

Deno.test("Whoever holds a pair's feed sees of each message when it was written, its number and its length", () => {
  const alice = side(ALICE, BOB, "a");
  alice.handle({ kind: "say", text: "short" }, START_NS + 1n);
  alice.handle({ kind: "say", text: "longer by ten!!" }, START_NS + 7n);
  const seen = [...alice.leaves].filter(([path]) => path.startsWith("msgs/"));
  deepStrictEqual(seen.map(([path]) => path), [`msgs/${START_NS + 1n}/1`, `msgs/${START_NS + 7n}/2`]);
  strictEqual(seen[1][1].length - seen[0][1].length, 10);
});

Deno.test("What waits for a peer for a month opens with the disk that the peer has all that month", () => {
  const { alice, bob } = epoch();
  ok(bob.secrets.size > 0);
  deepStrictEqual(textsIn(hear(bob, alice, START_NS + MONTH_NS)), ["under an epoch"]);
});

Deno.test("What was sealed for secrets that the peer has lost is never opened", () => {
  const { alice } = epoch();
  const restored = side(BOB, ALICE, "another run");
  deepStrictEqual(textsIn(hear(restored, alice, START_NS + 4n)), []);
});
