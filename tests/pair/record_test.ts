/** What is kept of a pair: how it stands, what was read, and which secrets. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { NULL_PK } from "../../lib/crypto/members.ts";
import type { FeedLeaf } from "../../lib/cxo/feed/change.ts";
import { PairEngine } from "../../lib/pair/engine.ts";
import { staticPairKey } from "../../lib/pair/keys.ts";
import type { PairOut } from "../../lib/pair/pair_types.ts";
import { encodePairRecord, newPair, type PairStatus, readPairRecord } from "../../lib/pair/record.ts";
import { sealSeen, SEEN_PATH } from "../../lib/pair/seen.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { seededRandom } from "../fakes/random.ts";
import { ALICE, BOB, DAY_NS, secretsIn, Side, START_NS } from "./side.ts";

const all = (leaves: ReadonlyMap<string, Uint8Array>): FeedLeaf[] =>
  [...leaves].map(([path, value]) => ({ path, value }));
const under = (leaves: ReadonlyMap<string, Uint8Array>, folder: string): FeedLeaf[] =>
  all(leaves).filter(({ path }) => path.startsWith(folder));
const said = (outs: readonly PairOut[]): string[] =>
  outs.flatMap((out) => out.kind === "message" ? [out.message.text] : []);

function engineOf(status: PairStatus): PairEngine {
  const random = seededRandom(status);
  return new PairEngine({
    own: ALICE,
    record: newPair(BOB.pk, 1, status),
    leaves: new Map(),
    secrets: new Map(),
    random,
  });
}

/** Both have said something, so that each knows the other's announcement. */
function pair(): { alice: Side; bob: Side } {
  const [alice, bob] = [new Side(ALICE, BOB), new Side(BOB, ALICE)];
  alice.say("hello", START_NS);
  bob.hear(alice.leaves, START_NS);
  bob.say("hello yourself", START_NS + 1n);
  alice.hear(bob.leaves, START_NS + 2n);
  return { alice, bob };
}

Deno.test("What was handed over, agreed and named stands in the record", () => {
  const engine = engineOf("pending");
  engine.handle({ kind: "invited" }, START_NS);
  strictEqual(engine.record.isInviteSent, true);
  engine.handle({ kind: "agreed" }, START_NS + 1n);
  deepStrictEqual([engine.record.status, engine.record.establishedAtNs], ["active", START_NS + 1n]);
  strictEqual(engine.record.holder, NULL_PK);
  const outs = engine.handle({ kind: "holder", holder: BOB.pk }, START_NS + 2n);
  deepStrictEqual([engine.record.holder, engine.record.holderNamedNs], [BOB.pk, START_NS + 2n]);
  deepStrictEqual(outs, [{ kind: "record", record: engine.record }]);
});

Deno.test("Who publishes a feed for us has agreed; of a pair that has ended nothing is read", () => {
  const bob = new Side(BOB, ALICE);
  bob.say("here I am", START_NS);
  const input = { kind: "leaves", leaves: all(bob.leaves), isLast: true } as const;
  const asked = engineOf("pending");
  deepStrictEqual(said(asked.handle(input, START_NS + 5n)), ["here I am"]);
  deepStrictEqual([asked.record.status, asked.record.establishedAtNs], ["active", START_NS + 5n]);
  deepStrictEqual(engineOf("revoked").handle(input, START_NS), []);
});

Deno.test("What is read again, all or one message of it, changes nothing that is kept", () => {
  const { alice, bob } = pair();
  for (let day = 1n; day < 4n; day++) bob.say(`day ${day}`, START_NS + day * DAY_NS);
  alice.hear(bob.leaves, START_NS + 4n * DAY_NS);
  const { record } = alice.engine;
  for (const leaves of [all(bob.leaves), under(bob.leaves, "msgs/").slice(0, 1)]) {
    const outs = alice.engine.handle({ kind: "leaves", leaves, isLast: true }, START_NS + 4n * DAY_NS);
    deepStrictEqual(outs.filter(({ kind }) => kind !== "message"), []);
    strictEqual(alice.engine.record, record);
  }
});

Deno.test("A conversation is of the time when we heard it, where the peer's clock is ahead", () => {
  const { alice, bob } = pair();
  bob.say("from tomorrow", START_NS + DAY_NS);
  alice.hear(bob.leaves, START_NS + 9n);
  deepStrictEqual(
    [alice.engine.record.takenToNs, alice.engine.record.lastMessageAtNs],
    [START_NS + DAY_NS, START_NS + 9n],
  );
});

Deno.test("A message that comes before its announcement is read once that is there, and then no more", () => {
  const { alice, bob } = pair();
  bob.hear(alice.leaves, START_NS + 3n); // she is none that has its newest key alone
  bob.say("of the first key", START_NS + 4n);
  bob.say("the next", START_NS + 2n * DAY_NS);
  const read = (leaves: readonly FeedLeaf[]): string[] =>
    said(alice.engine.handle({ kind: "leaves", leaves, isLast: true }, START_NS + 3n * DAY_NS));
  deepStrictEqual(read(under(bob.leaves, "msgs/").slice(-1)), []);
  deepStrictEqual(read(under(bob.leaves, "ratchet/")), ["the next"]);
  deepStrictEqual(read([]), []);
});

Deno.test("What is more than 25 days older than the newest message that was taken is one that we had", () => {
  const { alice, bob } = pair();
  for (const day of [4n, 5n, 30n]) bob.say(`day ${day}`, START_NS + day * DAY_NS);
  const newest = under(bob.leaves, "msgs/").at(-1)!;
  const read = (leaves: readonly FeedLeaf[]): string[] =>
    said(alice.engine.handle({ kind: "leaves", leaves, isLast: true }, START_NS + 31n * DAY_NS));
  deepStrictEqual(read([...under(bob.leaves, "ratchet/"), newest]), ["day 30"]);
  deepStrictEqual(read(all(bob.leaves)), ["day 5", "day 30"]);
});

Deno.test("Of a Root in pieces it is said once at the last that it is read", () => {
  const { alice, bob } = pair();
  bob.say("one", START_NS + 10n);
  bob.say("two", START_NS + 11n);
  const pieces = under(bob.leaves, "msgs/").slice(-2);
  const puts = pieces.map((leaf, i) =>
    alice.engine.handle({ kind: "leaves", leaves: [leaf], isLast: i === 1 }, START_NS + 12n)
      .filter((out) => out.kind === "put").map(({ path }) => path)
  );
  deepStrictEqual(puts, [[], [SEEN_PATH]]);
});

Deno.test("A secret goes with the first message for a newer one; one that a kill has left, with the next tick", () => {
  const { alice, bob } = pair();
  alice.say("within a day", START_NS + 10n);
  alice.say("of the second key", START_NS + 2n * DAY_NS);
  bob.hear(alice.leaves, START_NS + 2n * DAY_NS);
  bob.say("for it", START_NS + 2n * DAY_NS + 1n);
  deepStrictEqual([...alice.engine.secrets.keys()], [1n, 2n]);
  alice.lives = 1; // it is kept what was read, and not that a secret goes
  const leaves = under(bob.leaves, "msgs/").slice(-1);
  const announced = under(bob.leaves, "ratchet/");
  ok(
    !alice.put({ kind: "leaves", leaves: [...announced, ...leaves], isLast: false }, START_NS + 2n * DAY_NS),
  );
  deepStrictEqual([...alice.engine.secrets.keys()], [2n]);
  alice.open();
  deepStrictEqual([...alice.engine.secrets.keys()], [1n, 2n]);
  ok(alice.put({ kind: "tick" }, START_NS + 2n * DAY_NS + 2n));
  deepStrictEqual([...secretsIn(alice.secrets).keys()], [2n]);
});

Deno.test("What a peer says to have read is heeded as far as it can be so", () => {
  const { alice } = pair();
  const later = START_NS + 2n * DAY_NS;
  alice.say("one", START_NS + 10n);
  alice.say("two", later); // of a second key
  const key = staticPairKey(BOB.secret, ALICE.public);
  const read = (generation: bigint, toNs: bigint): string[] => {
    const value = sealSeen(key, { generation, toNs }, seededRandom(`${generation} ${toNs}`));
    const input = { kind: "leaves", leaves: [{ path: SEEN_PATH, value }], isLast: false } as const;
    return alice.engine.handle(input, later).map((out) =>
      out.kind === "drop" || out.kind === "read" ? `${out.kind} ${out.path}` : out.kind
    );
  };
  const [one, two] = under(alice.leaves, "msgs/").map(({ path }) => path);
  deepStrictEqual(read(2n, later + 1n), [], "a message that we have not said");
  deepStrictEqual(read(3n, later), [], "a key that we have not announced");
  deepStrictEqual(read(1n, START_NS + 10n), [`drop ${one}`, `read ${one}`, "record"]);
  deepStrictEqual(read(1n, START_NS), [], "less than before");
  strictEqual(alice.engine.record.readByPeerToNs, START_NS + 10n);
  deepStrictEqual(read(1n, later), [`drop ${two}`, `read ${two}`, "drop ratchet/1", "record"]);
  deepStrictEqual([...alice.engine.secrets.keys()], [1n, 2n], "it may still write for the first");
  deepStrictEqual(read(2n, later), ["secrets", "record"]);
  deepStrictEqual([...alice.engine.secrets.keys()], [2n]);
});

Deno.test("A key serves 512 messages, of both sides", () => {
  const { alice, bob } = pair();
  const state = (): unknown[] => {
    const { generation, uses } = alice.engine.record.ratchet;
    return [generation, uses];
  };
  bob.hear(alice.leaves, START_NS + 3n);
  for (const ns of [4n, 5n]) bob.say("x", START_NS + ns);
  alice.hear(bob.leaves, START_NS + 6n);
  for (let i = 2; i < 512; i++) alice.say("x", START_NS + 10n);
  deepStrictEqual(state(), [1n, 512n]);
  const { issuedAtNs } = alice.engine.record.ratchet;
  alice.say("x", START_NS - DAY_NS);
  deepStrictEqual(state(), [2n, 1n]);
  strictEqual(alice.engine.record.ratchet.issuedAtNs, issuedAtNs + 1n, "later, whatever the clock says");
});

Deno.test("A key serves 24 hours, once there is something in it", () => {
  const { alice } = pair();
  const { issuedAtNs } = alice.engine.record.ratchet;
  const at = (nowNs: bigint): bigint => {
    alice.put({ kind: "tick" }, nowNs);
    return alice.engine.record.ratchet.generation;
  };
  strictEqual(at(issuedAtNs + 5n * DAY_NS), 1n);
  alice.say("x", issuedAtNs + 9n);
  deepStrictEqual([at(issuedAtNs + DAY_NS - 1n), at(issuedAtNs + DAY_NS)], [1n, 2n]);
  strictEqual(alice.engine.record.ratchet.issuedAtNs, issuedAtNs + DAY_NS);
});

Deno.test("A peer that counts anew is not taken back to a lost key by its old announcements, whatever their number", () => {
  const { alice, bob } = pair();
  for (let day = 1n; day < 7n; day += 2n) {
    bob.say("under an epoch", START_NS + day * DAY_NS);
    alice.hear(bob.leaves, START_NS + day * DAY_NS);
  }
  const fresh = new Side(BOB, ALICE);
  fresh.open(); // with other random bytes than he had
  fresh.say("it is me", START_NS + 8n * DAY_NS);
  alice.hear(fresh.leaves, START_NS + 8n * DAY_NS + 1n);
  const { peer } = alice.engine.record.ratchet;
  alice.put(
    { kind: "leaves", leaves: under(bob.leaves, "ratchet/"), isLast: true },
    START_NS + 8n * DAY_NS + 2n,
  );
  strictEqual(under(bob.leaves, "ratchet/").length > 1, true);
  deepStrictEqual(alice.engine.record.ratchet.peer, peer);
});

Deno.test("A pair is read as it was kept, and one that stands otherwise is none", () => {
  const record = { ...newPair(BOB.pk, 12_345, "active", START_NS), seq: 7n, holderNamedNs: 3n };
  const kept = encodePairRecord(record);
  deepStrictEqual(readPairRecord(kept), record);
  strictEqual(readPairRecord(utf8(fromUtf8(kept).replace('"active"', '"other"'))), undefined);
  strictEqual(readPairRecord(kept.subarray(1)), undefined);
});
