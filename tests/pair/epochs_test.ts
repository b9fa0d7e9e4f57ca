/** Which of a peer's announcements are kept when there are very many. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { Epochs } from "../../lib/pair/epochs.ts";
import { pairEpochId } from "../../lib/pair/keys.ts";
import { newPair } from "../../lib/pair/record.ts";
import { ALICE, BOB, START_NS } from "./side.ts";

/** As many keys as are kept. But for the second one they are no points: only their names are computed. */
const OTHERS = Array.from({ length: 256 }, (_, i) => `02${(i + 1).toString(16).padStart(64, "0")}`);
const CAROL = keyPairOf(new Uint8Array(32).fill(3));
OTHERS[1] = CAROL.pk;
const opens = (epochs: Epochs, generation: bigint, ratchet: string): boolean => {
  const { ratchet: state } = newPair(BOB.pk, 1, "active");
  const peer = { generation, ratchet, issuedAtNs: START_NS };
  return epochs.toSeal({ ...state, generation: 1n, peer }, false) !== undefined;
};

/** Its pair could be sent nothing more until the next start: an error of ours. */
Deno.test("A peer that announces its key twice, and 256 older ones, is answered under that key", () => {
  const epochs = new Epochs(new Map([[1n, ALICE.secret]]));
  for (const issuedAtNs of [START_NS, START_NS + 1n]) epochs.announced({ ratchet: BOB.pk, issuedAtNs });
  for (const ratchet of OTHERS) epochs.announced({ ratchet, issuedAtNs: START_NS - 1n });
  ok(opens(epochs, 1000n, BOB.pk));
  strictEqual(epochs.named(pairEpochId(ALICE.pk, BOB.pk))?.own, 1n);
});

/** It counts from 1 again; the lowest number is not the oldest key. */
Deno.test("Of more than 256 keys of a peer those that it announced first go, also when it has begun anew", () => {
  const epochs = new Epochs(new Map([[1n, ALICE.secret]]));
  OTHERS.forEach((ratchet, i) => epochs.announced({ ratchet, issuedAtNs: START_NS + BigInt(i) }));
  epochs.announced({ ratchet: BOB.pk, issuedAtNs: START_NS + 1000n });
  ok(opens(epochs, 1n, BOB.pk));
  const isKnown = OTHERS.slice(0, 2).map((pk) => epochs.named(pairEpochId(ALICE.pk, pk)) !== undefined);
  deepStrictEqual(isKnown, [false, true]);
  epochs.add(2n, CAROL);
  strictEqual(epochs.named(pairEpochId(CAROL.pk, OTHERS[0])), undefined, "for a later key of ours as well");
});

Deno.test("A key that is no longer here is not sealed for", () => {
  const epochs = new Epochs(new Map([[1n, ALICE.secret]]));
  ok(!opens(epochs, 1n, BOB.pk));
  epochs.announced({ ratchet: BOB.pk, issuedAtNs: START_NS });
  ok(opens(epochs, 1n, BOB.pk));
  epochs.add(2n, CAROL);
  ok(epochs.named(pairEpochId(CAROL.pk, BOB.pk)), "a later key of ours has its epochs as well");
  strictEqual(epochs.erase(1n), false);
  strictEqual(epochs.erase(2n), true);
  ok(!opens(epochs, 1n, BOB.pk));
  strictEqual(epochs.named(pairEpochId(ALICE.pk, BOB.pk)), undefined);
  deepStrictEqual([...epochs.secrets.keys()], [2n]);
});

Deno.test("Of more than 256 secrets of ours the one that the peer has and the newest stay", () => {
  const epochs = new Epochs(new Map());
  for (let generation = 1n; generation <= 260n; generation++) epochs.add(generation, CAROL);
  strictEqual(epochs.erase(2n), true);
  const kept = [...epochs.secrets.keys()];
  deepStrictEqual([kept.length, kept[0], kept[1], kept.at(-1)], [256, 2n, 6n, 260n]);
});
