/** What a pair's bytes promise beyond the vectors. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { NULL_PK } from "../../lib/crypto/members.ts";
import { pairEpoch, pairPort, staticPairKey } from "../../lib/pair/keys.ts";
import {
  encodePairText,
  openPairText,
  parsePairPath,
  readPairText,
  readSealed,
  sealInEpoch,
  sealStatic,
} from "../../lib/pair/message.ts";
import { readingOrder } from "../../lib/pair/opening.ts";
import { announcementsOf, encodeRatchet, isGenuineRatchet, makeRatchet } from "../../lib/pair/ratchet.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { GO_ZERO_TIME_NS } from "../../lib/wire/go_time.ts";

const [ALICE, BOB, CAROL] = [1, 2, 3].map((n) => keyPairOf(new Uint8Array(32).fill(n)));

Deno.test("Both sides of a pair come to the same port, key and epoch", () => {
  strictEqual(pairPort(ALICE.pk, BOB.pk), pairPort(BOB.pk, ALICE.pk));
  deepStrictEqual(staticPairKey(ALICE.secret, BOB.public), staticPairKey(BOB.secret, ALICE.public));
  deepStrictEqual(pairEpoch(ALICE, BOB.pk), pairEpoch(BOB, ALICE.pk));
});

Deno.test("Text is read as it was written, under the static key and in an epoch, and by nobody else", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.boolean(), (text, inEpoch) => {
      const message = { text: text.toWellFormed(), tsNs: 5n, type: "", id: "", seq: 7n };
      const epoch = pairEpoch(ALICE, BOB.pk);
      const plain = encodePairText(message);
      const value = inEpoch
        ? sealInEpoch(epoch, plain, systemRandom)
        : sealStatic(epoch.key, plain, systemRandom);
      const sealed = readSealed(value)!;
      strictEqual(sealed.kind, inEpoch ? "epoch" : "static");
      deepStrictEqual(readPairText(openPairText(epoch.key, sealed)!), message);
      strictEqual(openPairText(pairEpoch(ALICE, CAROL.pk).key, sealed), undefined);
    }),
    { numRuns: 30 },
  );
});

Deno.test("A value that claims an epoch and is broken is none", () => {
  for (const text of ["SKP1", "SKP1{}", 'SKP1{"e":"zz","b":""}', 'SKP1{"e":"0011223344556677","b":"?"}']) {
    strictEqual(readSealed(utf8(text)), undefined, text);
  }
  for (const path of ["msgs/1", "msgs/a/1", "ratchet/1", "msgs/1/2/3"]) {
    strictEqual(parsePairPath(path), undefined);
  }
});

Deno.test("Ratchet key is its issuer's, in its generation", () => {
  const ratchet = makeRatchet(ALICE, CAROL.pk, 2n, 5n);
  ok(isGenuineRatchet(ratchet, ALICE.pk));
  ok(!isGenuineRatchet(ratchet, BOB.pk));
  ok(!isGenuineRatchet({ ...ratchet, generation: 3n }, ALICE.pk));
  ok(!isGenuineRatchet({ ...ratchet, ratchet: BOB.pk }, ALICE.pk));
});

Deno.test("Announcements are taken in the order in which they were made, and those of others are counted", () => {
  const made = ([generation, issuedAtNs, issuer = ALICE]: readonly [bigint, bigint, typeof ALICE?]) => ({
    path: `ratchet/${generation}`,
    value: encodeRatchet(makeRatchet(issuer, CAROL.pk, generation, issuedAtNs)),
  });
  const leaves = ([[1n, 9n], [10n, 3n], [2n, 1n], [3n, 2n, BOB]] as const).map(made);
  const { genuine, others } = announcementsOf([...leaves, { ...leaves[0], path: "other/1" }], ALICE.pk);
  deepStrictEqual([genuine.map(({ generation }) => generation), others], [[2n, 10n, 1n], 1]);
});

Deno.test("Ratchet key without a number, a key or a time is none, whoever signed it", () => {
  ok(!isGenuineRatchet(makeRatchet(ALICE, CAROL.pk, 0n, 5n), ALICE.pk));
  ok(!isGenuineRatchet(makeRatchet(ALICE, NULL_PK, 2n, 5n), ALICE.pk));
  ok(!isGenuineRatchet(makeRatchet(ALICE, CAROL.pk, 2n, GO_ZERO_TIME_NS), ALICE.pk));
});

Deno.test("A counter has 64 bits without sign", () => {
  const text = (seq: string) => utf8(`{"text":"a","ts":"2026-05-12T10:00:00Z","seq":${seq}}`);
  strictEqual(readPairText(text("18446744073709551615"))?.seq, 2n ** 64n - 1n);
  for (const seq of ["-1", "18446744073709551616", "1.0"]) strictEqual(readPairText(text(seq)), undefined);
});

Deno.test("A feed is read announcements first, then messages as they were written, and last how far the peer has read", () => {
  const paths = ["ratchet/2", "msgs/9/10", "msgs/10/2", "msgs/10/11", "seen/current"];
  const leaves = paths.map((path) => ({ path, value: new Uint8Array(0) }));
  fc.assert(
    fc.property(fc.shuffledSubarray(leaves, { minLength: leaves.length }), (shuffled) => {
      deepStrictEqual(readingOrder(shuffled).map(({ path }) => path), paths);
    }),
  );
});
