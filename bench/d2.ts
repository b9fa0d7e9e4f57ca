/**
 * Groups made with `--keys d2`: removing somebody from a group of 256, wraps under secrets that are known beside a DH for
 * each member; opening a page of 50 messages, beside a private group of today; joining with 10,000 messages.
 *
 * @module
 */
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { bodyOf, copyIn, makeD2Leaf, openCopy } from "../lib/group/d2/content.ts";
import { makeEpoch, NO_RESEALING, rosterMark } from "../lib/group/d2/epoch_key.ts";
import { encodeLeaf, makeLeaf, openLeaf, proofOf, readLeaf } from "../lib/group/talk/leaf.ts";
import { encodeRotation, makeRotation } from "../lib/group/keys/rotation.ts";
import { curveSigner } from "../lib/group/talk/signer.ts";
import { pairEpoch } from "../lib/pair/keys.ts";
import { fromHex } from "../lib/wire/bytes.ts";
import { seededRandom } from "../tests/fakes/random.ts";
import { ratios, shown } from "./stats.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const ROUNDS = 9;
const [MEMBERS, PAGE, JOINING] = [255, 50, 10_000];

/** Runs it, and prints ratios. */
export function benchD2(): Promise<void> {
  const random = seededRandom("d2");
  const [issuer, ratchet] = [generateKeyPair(random), generateKeyPair(random)];
  const members = Array.from({ length: MEMBERS }, () => generateKeyPair(random).pk);
  const secrets = members.map((pk) => pairEpoch(ratchet, pk));
  const at = { groupId: GROUP, epoch: 2n, issuedAtNs: 1n };
  const wanted = { ...at, ratchet: ratchet.pk, sinceNs: NO_RESEALING };
  const groupKey = random.bytes(32);
  const [dh, wraps, cold, private_, d2, joined, joins]: number[][] = [[], [], [], [], [], [], []];
  const bytes = [0, 0];
  const remove = () =>
    makeEpoch({ ...wanted, roster: rosterMark(members) }, secrets, issuer, random, curveSigner);
  const { rotation: { id: epochId }, key: epochKey } = remove();
  const sealing = { groupId: GROUP, ratchet: ratchet.pk, epochId, epochKey, secrets: [], random };
  const texts = Array.from({ length: PAGE }, (_, i) => `message ${i} of a page, as long as most are`);
  const theirs = texts.map((text, i) =>
    encodeLeaf(makeD2Leaf(bodyOf(text, [], random), issuer, BigInt(i + 1), sealing, curveSigner))
  );
  const ours = texts.map((text, i) =>
    encodeLeaf(makeLeaf({ author: issuer, tsNs: BigInt(i + 1), text, key: groupKey }, random))
  );
  const keys = [{ id: fromHex(epochId), key: epochKey }];
  const open = (
    values: readonly Uint8Array[],
    opens: (leaf: NonNullable<ReturnType<typeof readLeaf>>) => unknown,
  ) => {
    for (const value of values) {
      const leaf = readLeaf(value)!;
      if (proofOf(leaf) !== "signed" || opens(leaf) === undefined) throw new Error("it does not open");
    }
  };
  const openPrivate = (values: readonly Uint8Array[]) => open(values, (leaf) => openLeaf(leaf, [groupKey]));
  const openD2 = (values: readonly Uint8Array[]) =>
    open(values, (leaf) => openCopy(leaf, copyIn(leaf, GROUP)!, keys));
  for (let round = 0; round < ROUNDS; round++) {
    dh.push(timed(() => {
      bytes[0] = encodeRotation(makeRotation({ ...at, groupKey, members }, issuer, random)).length;
    }));
    wraps.push(timed(() => bytes[1] = remove().rotation.value.length));
    cold.push(timed(() => {
      for (const pk of members) pairEpoch(ratchet, pk);
      remove();
    }));
    private_.push(timed(() => openPrivate(ours)));
    d2.push(timed(() => openD2(theirs)));
  }
  const all = (values: readonly Uint8Array[]) => Array.from({ length: JOINING }, (_, i) => values[i % PAGE]);
  joined.push(timed(() => openPrivate(all(ours))));
  joins.push(timed(() => openD2(all(theirs))));
  console.log(`d2: removing one of ${MEMBERS + 1}`);
  console.log(`  a DH for each   ${shown(dh, 1)} ms, ${bytes[0]} bytes`);
  console.log(`  secrets of two  ${shown(wraps, 1)} ms, ${bytes[1]} bytes`);
  console.log(
    `  none known yet  ${shown(cold, 1)} ms: they are made beforehand, some each minute, once a day`,
  );
  const less = (bytes[0] / bytes[1]).toFixed(1);
  console.log(`  ratio           ${shown(ratios(dh, wraps), 1)} of time, ${less} of bytes`);
  console.log(`d2: opening a page of ${PAGE}, signatures checked`);
  console.log(`  private group   ${shown(private_, 1)} ms`);
  console.log(`  d2              ${shown(d2, 1)} ms, ratio ${shown(ratios(d2, private_), 2)}`);
  console.log(`d2: joining with ${JOINING} messages, signatures checked`);
  console.log(`  private group   ${shown(joined)} ms`);
  console.log(`  d2              ${shown(joins)} ms, ratio ${shown(ratios(joins, joined), 2)}`);
  return Promise.resolve();
}

function timed(run: () => unknown): number {
  const startMs = performance.now();
  run();
  return performance.now() - startMs;
}
