/** Two sides of a pair, their feeds as maps, their disks as what each call gave to be kept. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { NULL_PK } from "../../lib/crypto/members.ts";
import type { FeedLeaf } from "../../lib/cxo/feed/change.ts";
import { PairEngine } from "../../lib/pair/engine.ts";
import { Epochs } from "../../lib/pair/epochs.ts";
import { staticPairKey } from "../../lib/pair/keys.ts";
import { openMessage } from "../../lib/pair/opening.ts";
import { encodeRatchet, makeRatchet, readRatchet } from "../../lib/pair/ratchet.ts";
import { newPair } from "../../lib/pair/record.ts";
import { seededRandom } from "../fakes/random.ts";
import { ALICE, BOB, DAY_NS, secretsIn, Side, START_NS } from "./side.ts";

const generationOf = (side: Side): bigint => side.engine.record.ratchet.generation;

/** Both have said something, so that each knows the other's announcement. */
function pair(): { alice: Side; bob: Side } {
  const [alice, bob] = [new Side(ALICE, BOB), new Side(BOB, ALICE)];
  alice.say("hello", START_NS);
  bob.hear(alice.leaves, START_NS);
  bob.say("hello yourself", START_NS + 1n);
  alice.hear(bob.leaves, START_NS + 2n);
  return { alice, bob };
}

Deno.test("What is said to somebody away for a month is found once and in order, over three epochs and kills", () => {
  const { alice, bob } = pair();
  const first = generationOf(alice);
  for (let i = 0; i < 1000; i++) {
    // Three days of the month; killed before a commit at one place, behind it at another.
    const nowNs = START_NS + DAY_NS * BigInt(10 * Math.floor(i / 334) + 1) + BigInt(i);
    if (i === 400) {
      alice.lives = 0;
      ok(!alice.say("m400", nowNs));
      alice.open();
    }
    ok(alice.say(`m${i}`, nowNs));
    if (i % 250 === 249) alice.open();
  }
  ok(generationOf(alice) - first >= 2n, "three generations");
  const backNs = START_NS + 31n * DAY_NS;
  for (const lives of [1, 2, 7, 16, 20]) {
    bob.lives = lives;
    ok(!bob.hear(alice.leaves, backNs), `killed after ${lives}`);
    bob.open();
  }
  ok(bob.hear(alice.leaves, backNs));
  deepStrictEqual(bob.texts, ["hello", ...Array.from({ length: 1000 }, (_, i) => `m${i}`)]);
  alice.lives = 0;
  ok(!alice.hear(bob.leaves, backNs));
  alice.open();
  ok(alice.hear(bob.leaves, backNs));
  strictEqual(alice.read.length, 1001);
  strictEqual(alice.engine.waiting, 0, "what was read waits no more");
  // Only messages named the older announcements; the peer has not heard of the newest one yet.
  const announced = [...alice.leaves.keys()].filter((path) => path.startsWith("ratchet/"));
  deepStrictEqual(announced, [1n, 0n].map((age) => `ratchet/${generationOf(alice) - age}`));
  ok(bob.hear(alice.leaves, backNs) && bob.texts.length === 1001);
});

Deno.test("A later disk opens nothing of an earlier epoch", () => {
  const { alice, bob } = pair();
  const seen: FeedLeaf[] = [];
  let nowNs = START_NS;
  for (let day = 1n; day <= 4n; day++) {
    nowNs = START_NS + day * DAY_NS;
    alice.say(`a${day}`, nowNs);
    bob.say(`b${day}`, nowNs + 1n);
    if (day === 1n) seen.push(...[alice, bob].flatMap(({ leaves }) => all(leaves)));
    bob.hear(alice.leaves, nowNs + 2n);
    alice.hear(bob.leaves, nowNs + 3n);
    bob.hear(alice.leaves, nowNs + 4n);
    alice.hear(bob.leaves, nowNs + 5n);
  }
  deepStrictEqual(bob.texts, ["hello", "a1", "a2", "a3", "a4"]);
  deepStrictEqual(alice.texts, ["hello yourself", "b1", "b2", "b3", "b4"]);
  // Of the first day everything that anybody saw, and each disk of the fourth with the identity's key.
  const announced = seen.filter(({ path }) => path.startsWith("ratchet/")).map(({ value }) =>
    readRatchet(value)!
  );
  const sealed = seen.filter(({ value }) => new TextDecoder().decode(value.subarray(0, 4)) === "SKP1");
  strictEqual(sealed.length, 2);
  for (const side of [alice, bob]) {
    const secrets = secretsIn(side.secrets);
    ok(secrets.size > 0 && secrets.size <= 2, `${secrets.size} secrets`);
    const epochs = new Epochs(secrets);
    for (const one of announced) epochs.announced(one);
    const staticKey = staticPairKey(side.own.secret, side.peer.public);
    for (const leaf of sealed) strictEqual(openMessage(leaf, staticKey, epochs).kind, "unknown epoch");
  }
});

Deno.test("Who only reads moves on as well, so that what it has read stays closed", () => {
  const { alice, bob } = pair();
  const before = secretsIn(bob.secrets);
  for (let day = 1n; day <= 3n; day++) {
    const nowNs = START_NS + day * DAY_NS;
    alice.say(`a${day}`, nowNs);
    bob.hear(alice.leaves, nowNs + 1n);
    alice.hear(bob.leaves, nowNs + 2n);
    bob.hear(alice.leaves, nowNs + 3n);
  }
  ok([...secretsIn(bob.secrets).keys()].every((generation) => !before.has(generation)));
});

Deno.test("A message that is taken back before it is read is never read, one that was read goes", () => {
  const { alice, bob } = pair();
  alice.say("kept", START_NS + 10n);
  alice.say("never", START_NS + 11n);
  const [id] = [...alice.leaves.keys()].filter((path) => path.startsWith("msgs/")).slice(-1);
  alice.put({ kind: "unsay", id: id.slice(5).replace("/", "-") }, START_NS + 12n);
  bob.hear(alice.leaves, START_NS + 13n);
  deepStrictEqual(bob.texts, ["hello", "kept"]);
  deepStrictEqual([...alice.unsaid], [id.slice(5).replace("/", "-")], "and goes here");
});

Deno.test("Nothing is said beyond what the pair allows", () => {
  const { alice } = pair();
  const refusal = (text: string) =>
    alice.engine.handle({ kind: "say", text }, START_NS).flatMap((out) =>
      out.kind === "refused" ? [out.reason] : []
    );
  deepStrictEqual(refusal(""), ["empty"]);
  deepStrictEqual(refusal("x".repeat(40_000)), ["too long"]);
  const waiting = newPair(BOB.pk, 1, "pending");
  const engine = new PairEngine({
    own: ALICE,
    record: waiting,
    leaves: new Map(),
    secrets: new Map(),
    random: seededRandom("pending"),
  });
  deepStrictEqual(engine.handle({ kind: "say", text: "x" }, START_NS), [{
    kind: "refused",
    reason: "not active",
  }]);
});

const all = (leaves: ReadonlyMap<string, Uint8Array>): FeedLeaf[] =>
  [...leaves].map(([path, value]) => ({ path, value }));

Deno.test("A peer that begins its keys anew is told of once, and reads what is said from then on", () => {
  const { alice, bob } = pair();
  bob.say("under an epoch", START_NS + DAY_NS * 2n);
  alice.hear(bob.leaves, START_NS + DAY_NS * 2n);
  strictEqual(alice.rekeyed, 0);
  alice.say("waits for him", START_NS + DAY_NS * 2n + 1n);
  const waits = [...alice.said.keys()].at(-1)!;
  const fresh = new Side(BOB, ALICE); // bob has lost his disk, and is paired again
  fresh.open(); // with other random bytes than he had
  fresh.hear(alice.leaves, START_NS + DAY_NS * 3n);
  fresh.say("it is me", START_NS + DAY_NS * 3n + 1n);
  alice.hear(fresh.leaves, START_NS + DAY_NS * 3n + 2n);
  strictEqual(alice.rekeyed, 1);
  alice.open();
  alice.hear(fresh.leaves, START_NS + DAY_NS * 3n + 3n);
  strictEqual(alice.rekeyed, 1);
  // Somebody shows the old announcements among the new ones: they count no more.
  alice.hear(new Map([...bob.leaves, ...fresh.leaves]), START_NS + DAY_NS * 3n + 4n);
  strictEqual(alice.rekeyed, 1);
  alice.say("good to hear", START_NS + DAY_NS * 3n + 5n);
  fresh.hear(alice.leaves, START_NS + DAY_NS * 3n + 6n);
  strictEqual(fresh.texts.at(-1), "good to hear");
  strictEqual(fresh.texts.includes("waits for him"), false);
  deepStrictEqual([alice.lost, fresh.lost], [[waits], []]);
  strictEqual(fresh.rekeyed, 0);
});

Deno.test("What is no word of the peer's in its feed is dropped by name, and nothing else is", () => {
  const { alice, bob } = pair();
  bob.say("under an epoch", START_NS + 10n);
  const leaves = new Map(bob.leaves);
  const announced = [...leaves].find(([path]) => path.startsWith("ratchet/"))!;
  const mine = [...alice.leaves].find(([path]) => path.startsWith("ratchet/"))![1];
  const at = (ns: bigint) => `msgs/${START_NS + ns}/9`;
  const sealed = [...leaves].findLast(([path]) => path.startsWith("msgs/"))![1];
  const reasons = (path: string, value: Uint8Array): string[] =>
    alice.engine.handle({ kind: "leaves", leaves: [{ path, value }], isLast: true }, START_NS + 20n)
      .flatMap((out) => out.kind === "dropped" ? [out.reason] : out.kind === "message" ? ["message"] : []);
  deepStrictEqual(reasons("ratchet/9", mine), ["an announcement that is not the peer's"]); // signed by us
  deepStrictEqual(reasons("ratchet/9", new Uint8Array(9)), ["an announcement that is not the peer's"]);
  deepStrictEqual(reasons(at(11n), sealed), ["a message that no key opens"]); // of another place
  deepStrictEqual(reasons(at(12n), new Uint8Array(99)), ["a message that no key opens"]);
  for (const text of ["SKP1", "SKP1{}"]) {
    deepStrictEqual(reasons(at(13n), new TextEncoder().encode(text)), ["a message that no key opens"]);
  }
  deepStrictEqual(reasons("something/else", sealed), []);
  deepStrictEqual(reasons(...announced), []);
});

Deno.test("A peer that announces no key is answered under the keys that it announced before", () => {
  const { alice, bob } = pair();
  const nothing = encodeRatchet(makeRatchet(BOB, NULL_PK, 2n, START_NS + 5n));
  const outs = alice.engine.handle(
    { kind: "leaves", leaves: [{ path: "ratchet/2", value: nothing }], isLast: true },
    START_NS + 6n,
  );
  ok(outs.some((out) => out.kind === "dropped" && out.reason === "an announcement that is not the peer's"));
  alice.say("still here", START_NS + 7n);
  bob.hear(alice.leaves, START_NS + 8n);
  strictEqual(bob.texts.at(-1), "still here");
});

Deno.test("Of what is sealed for an epoch that is not known 256 messages wait, and more are dropped by name", () => {
  const { alice } = pair();
  const sealed = (ns: bigint) => ({
    path: `msgs/${START_NS + ns}/${ns}`,
    value: new TextEncoder().encode(`SKP1{"e":"0102030405060708","b":"${btoa("x".repeat(64))}"}`),
  });
  const leaves = Array.from({ length: 300 }, (_, i) => sealed(BigInt(100 + i)));
  const outs = alice.engine.handle({ kind: "leaves", leaves, isLast: true }, START_NS + 1000n);
  strictEqual(outs.filter(({ kind }) => kind === "dropped").length, 300 - 256);
});

Deno.test("10,000 messages wait for a peer, and the next one is refused", () => {
  const leaves = new Map(
    Array.from({ length: 10_000 }, (_, i) => [`msgs/${i + 1}/${i + 1}`, new Uint8Array(40)]),
  );
  const engine = new PairEngine({
    own: ALICE,
    record: newPair(BOB.pk, 1, "active"),
    leaves,
    secrets: new Map(),
    random: seededRandom("full"),
  });
  deepStrictEqual(engine.handle({ kind: "say", text: "x" }, START_NS), [{ kind: "refused", reason: "full" }]);
});
