/** Threads: what is signed, what is missing, who restarted, and who said two things in one place. */
import fc from "fast-check";
import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { encodeLeaf, leafDigest, makeLeaf, readLeaf } from "../../../lib/group/talk/leaf.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { AuthorLedger } from "../../../lib/group/threads/author_ledger.ts";
import { encodeFork, makeFork, readFork } from "../../../lib/group/threads/fork.ts";
import { Inquiry } from "../../../lib/group/threads/inquiry.ts";
import { encodeLedger, readLedger } from "../../../lib/group/threads/ledger_state.ts";
import {
  encodeLeavesRequest,
  encodeLeavesResponse,
  MAX_ANSWERED,
  readLeavesRequest,
  readLeavesResponse,
} from "../../../lib/group/threads/leaf_request.ts";
import { Ranges, readRanges, writeRanges } from "../../../lib/group/threads/ranges.ts";
import {
  bareThread,
  encodeHeads,
  makeThread,
  NOWHERE,
  type Place,
  provenThread,
  readHeads,
  restOf,
  threadHash,
} from "../../../lib/group/threads/thread.ts";
import { fromHex, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { seeded, textsOf, World } from "../sim/world.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const ALICE = keyPairOf(sha256(utf8("alice")));
const BOB = keyPairOf(sha256(utf8("bob")));
const INC = "0011223344556677";
const NEXT = "8899aabbccddeeff";
const NOW = 1_778_580_000_123_456_789n;

/** A leaf of alice's, as the vectors have it. */
function leafOf(place: Place, text = "hi", more: Partial<ReturnType<typeof bareThread>> = {}) {
  const leaf = makeLeaf({ author: ALICE, tsNs: NOW, text }, seeded(1));
  const threaded = { author: ALICE.pk, counter: 7n, digest: leafDigest(leaf) };
  const body = { ...bareThread(GROUP, place), ...more };
  return { leaf, threaded, body, ...makeThread(body, threaded, ALICE.secret, curveSigner) };
}

Deno.test("Thread's hash is that of the README's vectors, in its layout", () => {
  const readme = Deno.readTextFileSync(new URL("../../../lib/group/README.md", import.meta.url)).replace(
    /\s+/g,
    "",
  );
  const { author, leafDigest: digest, first, full: last } = VECTORS;
  for (const value of [author, digest, ...Object.values(first), ...Object.values(last)]) {
    ok(readme.includes(value), value);
  }
  const plain = leafOf({ inc: INC, seq: 1n });
  strictEqual(ALICE.pk, VECTORS.author);
  strictEqual(toHex(plain.threaded.digest), VECTORS.leafDigest);
  strictEqual(toHex(restOf(plain.body, plain.threaded)), VECTORS.first.rest);
  strictEqual(toHex(plain.hash), VECTORS.first.hash);
  const full = leafOf({ inc: NEXT, seq: 3n }, "hi", {
    after: { inc: INC, seq: 2n },
    prev: plain.hash,
    floor: { inc: INC, seq: 1n },
    removes: { inc: INC, seq: 2n },
    heads: encodeHeads([{ author: BOB.pk, inc: INC, seq: 9n, hash: plain.hash }]),
  });
  strictEqual(toHex(full.body.heads), VECTORS.full.heads);
  strictEqual(toHex(restOf(full.body, full.threaded)), VECTORS.full.rest);
  strictEqual(toHex(full.hash), VECTORS.full.hash);
  ok(curveSigner.verify(ALICE.pk, fromHex(VECTORS.full.signature), full.hash));
});

const VECTORS = {
  author: "039997a497d964fc1a62885b05a51166a65a90df00492c8d7cf61d6accf54803be",
  leafDigest: "c8fb97d3d1d3023ec062b51201d3cdada584b2aa74e11bc0eb7539853ce26271",
  first: {
    rest: "381c5c6e780ff40ce59d9f97d9f729ae7e183bbe608a6118f860be5dc5340abf",
    hash: "bdd399fb73d3537f4a01831e3b5d88c7d52e55c4b5618478895955db4f8604b8",
  },
  full: {
    heads:
      "024edfcf9dfe6c0b5c83d1ab3f78d1b39a46ebac6798e08e19761f5ed89ec83c1000112233445566770000000000000009bdd399fb73d3537f4a01831e3b5d88c7d52e55c4b5618478895955db4f8604b8",
    rest: "c7453f00b040bb266109e520d882e4f612e3b2cfcd1fbe4c3890419d6bddc64d",
    hash: "cad48396e5ab79c23f3e9f27cc2108c0112af3d93f29fb1f90ad04022e588751",
    signature:
      "6a419d8b794eecdf679d83969caeaa7601a11615a40df67525c7c2397f6976b07f3398d699f248bbac3a91c40e576e03829b9be5c4ed69986752e00b780d5bf101",
  },
};

Deno.test("Thread is read as it was written, and every part of it is signed", () => {
  const { leaf, threaded, thread } = leafOf({ inc: NEXT, seq: 3n }, "hi", {
    after: { inc: INC, seq: 2n },
    prev: sha256(utf8("before")),
    floor: { inc: INC, seq: 1n },
    removes: { inc: INC, seq: 2n },
    heads: encodeHeads([{ author: BOB.pk, inc: INC, seq: 9n, hash: sha256(utf8("head")) }]),
  });
  const read = readLeaf(encodeLeaf({ ...leaf, thread }))!;
  deepStrictEqual(read.thread, thread);
  ok(provenThread(thread, threaded, GROUP, curveSigner));
  const place = { inc: INC, seq: 8n };
  for (
    const change of [
      { inc: INC },
      { seq: 4n },
      { after: place },
      { prev: sha256(utf8("other")) },
      { floor: place },
      { removes: place },
      { heads: encodeHeads([{ author: BOB.pk, ...place, hash: sha256(utf8("head")) }]) },
      { groupId: GROUP.replace("6", "7") },
    ]
  ) strictEqual(provenThread({ ...thread, ...change }, threaded, GROUP, curveSigner), undefined);
  for (const change of [{ author: BOB.pk }, { counter: 8n }, { digest: sha256(utf8("text")) }]) {
    strictEqual(provenThread(thread, { ...threaded, ...change }, GROUP, curveSigner), undefined);
  }
  strictEqual(
    provenThread({ ...thread, heads: new Uint8Array(80) }, threaded, GROUP, curveSigner),
    undefined,
  );
  const spoilt = new TextDecoder().decode(encodeLeaf({ ...leaf, thread })).replace(`"seq":3`, `"seq":"3"`);
  deepStrictEqual(readLeaf(utf8(spoilt)), leaf, "what is malformed is one of a Go program");
});

Deno.test("Ledger says exactly what is missing, in whatever order leaves come", () => {
  const said = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(said, said, (seqs, claimed) => {
    const ledger = new AuthorLedger(ALICE.pk);
    for (const seq of seqs) ledger.note(...noteOf({ inc: INC, seq: BigInt(seq) }));
    for (const seq of claimed) ledger.claim(BOB.pk, { inc: INC, seq: BigInt(seq) });
    const missing = ledger.missing().flatMap(({ from, to, saidBy }) =>
      Array.from({ length: Number(to - from) + 1 }, (_, i) => [Number(from) + i, saidBy === ALICE.pk])
    );
    const last = Math.max(...seqs);
    const expected = [];
    for (let seq = 1; seq <= last; seq++) if (!seqs.includes(seq)) expected.push([seq, true]);
    for (let seq = last + 1; seq <= Math.max(...claimed); seq++) expected.push([seq, false]);
    deepStrictEqual(missing, expected);
  }));
});

function noteOf(place: Place, more: Partial<ReturnType<typeof bareThread>> = {}, tsNs = NOW) {
  const thread = { ...bareThread(GROUP, place), ...more, signature: new Uint8Array(65) };
  return [thread, sha256(utf8(`${place.inc}${place.seq}`)), tsNs] as const;
}

Deno.test("Ledger misses nothing that has retired or was taken back, and what a run goes on behind", () => {
  const ledger = new AuthorLedger(ALICE.pk);
  ledger.note(...noteOf({ inc: NEXT, seq: 2n }, { after: { inc: INC, seq: 4n } }));
  const gaps = () => ledger.missing().map(({ inc, from, to }) => [inc, from, to]);
  deepStrictEqual(gaps(), [[INC, 1n, 4n], [NEXT, 1n, 1n]]);
  ledger.note(...noteOf({ inc: NEXT, seq: 3n }, { floor: { inc: INC, seq: 3n } }));
  deepStrictEqual(gaps(), [[INC, 3n, 4n], [NEXT, 1n, 1n]]);
  ledger.note(...noteOf({ inc: NEXT, seq: 4n }, { removes: { inc: INC, seq: 4n } }));
  deepStrictEqual(gaps(), [[INC, 3n, 3n], [NEXT, 1n, 1n]]);
  ledger.note(...noteOf({ inc: NEXT, seq: 5n }, {
    after: { inc: INC, seq: 4n },
    floor: { inc: NEXT, seq: 2n },
  }));
  deepStrictEqual(gaps(), []);
  ok(ledger.isRemoved({ inc: INC, seq: 4n }));
});

Deno.test("What has retired before it came is asked for, newest first, as far back as to when we came in", () => {
  const runs = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 4 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(runs, share, share, fc.infiniteStream(fc.boolean()), (lengths, floorAt, sinceAt, isHere) => {
      const incs = lengths.map((_, i) => `${i + 1}`.repeat(16));
      const places = lengths.flatMap((last, i) =>
        Array.from({ length: last }, (_, n) => ({ inc: incs[i], seq: BigInt(n + 1) }))
      );
      const newest = places.length - 1;
      const [floor, since] = [Math.floor(floorAt * newest), Math.floor(sinceAt * newest)];
      const ledger = new AuthorLedger(ALICE.pk);
      const note = (i: number) => {
        const { inc } = places[i];
        const before = places.findLast((place, n) => n < i && place.inc !== inc) ?? NOWHERE;
        const more = { after: before, ...(i === newest ? { floor: places[floor] } : {}) };
        ledger.note(...noteOf(places[i], more, BigInt(i)), BigInt(since));
      };
      for (const i of places.keys()) {
        if (i === newest || i >= floor || i >= since && isHere.next().value) note(i);
      }
      const indexOf = (inc: string, seq: bigint) =>
        places.findIndex((at) => at.inc === inc && at.seq === seq);
      let asked = 0;
      let early = 0;
      for (let [want] = ledger.retired(); want !== undefined; [want] = ledger.retired()) {
        ok(want.to - want.from < 64n && ++asked <= newest + 1);
        for (let seq = want.from; seq <= want.to; seq++) {
          const i = indexOf(want.inc, seq);
          ok(!ledger.has(places[i]) && i < floor, "only what has retired and is not here");
          if (i < since) early++;
          note(i);
        }
      }
      for (let i = since; i < floor; i++) ok(ledger.has(places[i]), "all that was said while we were in");
      ok(early <= 64, "and of the rest no more than came along");
      const kept = readLedger(encodeLedger(ledger.state))!;
      deepStrictEqual(new AuthorLedger(ALICE.pk, kept).retired(), []);
      deepStrictEqual(kept.early, ledger.state.early);
    }),
  );
});

Deno.test("What has retired and was taken back is not asked for, nor more than some of what a liar retires", () => {
  const ledger = new AuthorLedger(ALICE.pk);
  ledger.note(
    ...noteOf({ inc: INC, seq: 10n }, { floor: { inc: INC, seq: 8n }, removes: { inc: INC, seq: 6n } }),
  );
  const ranges = () => ledger.retired().map(({ from, to }) => [from, to]);
  deepStrictEqual(ranges(), [[7n, 7n]]);
  ledger.note(...noteOf({ inc: INC, seq: 2n }));
  deepStrictEqual(ranges(), [[7n, 7n], [3n, 5n], [1n, 1n]]);
  ledger.note(...noteOf({ inc: INC, seq: 11n }, { floor: { inc: INC, seq: 2n ** 63n } }));
  strictEqual(ranges().length, 32);
});

Deno.test("Restart is seen when something is lost, and only then", () => {
  const runs: [string, Place, bigint][] = [[INC, NOWHERE, 5n], [NEXT, { inc: INC, seq: 5n }, 2n]];
  const ledgerOf = (...more: [string, Place, bigint][]) => {
    const ledger = new AuthorLedger(ALICE.pk);
    for (const [inc, after, last] of [...more, ...runs]) {
      for (let seq = 1n; seq <= last; seq++) ledger.note(...noteOf({ inc, seq }, { after }));
    }
    return ledger;
  };
  strictEqual(ledgerOf().restarts(), 0, "a run that goes on behind the last leaf");
  strictEqual(ledgerOf(["1".repeat(16), NOWHERE, 1n]).restarts(), 1, "an empty disk");
  strictEqual(ledgerOf(["1".repeat(16), { inc: INC, seq: 3n }, 1n]).restarts(), 1, "a disk of long ago");
  strictEqual(ledgerOf(["1".repeat(16), { inc: INC, seq: 5n }, 1n]).restarts(), 1, "the same disk twice");
});

Deno.test("Fork is proven by two claims about one place, and by nothing else", () => {
  const [yes, no] = [leafOf({ inc: INC, seq: 2n }, "yes"), leafOf({ inc: INC, seq: 2n }, "no")];
  const claimOf = ({ body, threaded, thread }: typeof yes) => ({
    rest: restOf(body, threaded),
    signature: thread.signature,
  });
  const fork = makeFork(GROUP, ALICE.pk, { inc: INC, seq: 2n }, [claimOf(yes), claimOf(no)]);
  deepStrictEqual(makeFork(GROUP, ALICE.pk, { inc: INC, seq: 2n }, [claimOf(no), claimOf(yes)]), fork);
  deepStrictEqual(readFork(encodeFork(fork), GROUP, curveSigner), fork);
  for (
    const change of [
      { author: BOB.pk },
      { seq: 3n },
      { seq: 0n },
      { inc: NEXT },
      { other: fork.one },
      { one: { ...fork.one, signature: fork.other.signature } },
      { groupId: GROUP.replace("6", "7") },
    ]
  ) strictEqual(readFork(encodeFork({ ...fork, ...change }), GROUP, curveSigner), undefined);
  notDeepStrictEqual(yes.hash, no.hash);
  strictEqual(threadHash("no uuid", ALICE.pk, { inc: INC, seq: 2n }, fork.one.rest), undefined);
});

Deno.test("Ranges hold what was added, and name the gaps between", () => {
  fc.assert(fc.property(fc.array(fc.bigInt({ min: 1n, max: 40n })), (numbers) => {
    const ranges = new Ranges();
    for (const n of numbers) ranges.add(n);
    const all = Array.from({ length: 40 }, (_, i) => BigInt(i + 1));
    deepStrictEqual(all.filter((n) => ranges.has(n)), all.filter((n) => numbers.includes(n)));
    const gaps = ranges.gaps(1n, 40n);
    deepStrictEqual(
      all.filter((n) => gaps.some(([from, to]) => from <= n && n <= to)),
      all.filter((n) => !numbers.includes(n)),
    );
    const within = ranges.within(10n, 30n);
    deepStrictEqual(
      all.filter((n) => within.some(([from, to]) => from <= n && n <= to)),
      all.filter((n) => numbers.includes(n) && n >= 10n && n <= 30n),
    );
    deepStrictEqual(readRanges(writeRanges(ranges.list)), [...ranges.list]);
  }));
  for (const text of ["1", "2-1", "1-2,2-3", "0-0", "a-b", "1-2,"]) strictEqual(readRanges(text), undefined);
});

Deno.test("Requests for leaves and their answers have their bounds", () => {
  const want = { author: ALICE.pk, inc: INC, from: 1n, to: 9n };
  const request = { groupId: GROUP, wants: [want], takesPieces: true };
  deepStrictEqual(readLeavesRequest(encodeLeavesRequest(GROUP, [want])), request);
  for (const change of [{ inc: "00" }, { from: 0n }, { to: 0n }]) {
    strictEqual(readLeavesRequest(encodeLeavesRequest(GROUP, [{ ...want, ...change }])), undefined);
  }
  const leaf = { path: "msgs/x/1/1", value: utf8("{}") };
  deepStrictEqual(readLeavesResponse(encodeLeavesResponse(GROUP, [leaf])), {
    groupId: GROUP,
    leaves: [leaf],
    piece: { at: 0n, of: 0n },
  });
  const many = Array.from({ length: MAX_ANSWERED + 1 }, () => leaf);
  strictEqual(readLeavesResponse(encodeLeavesResponse(GROUP, many)), undefined);
});

Deno.test("Heads are read as they were written; those of nowhere are passed over", () => {
  const head = { author: BOB.pk, inc: INC, seq: 9n, hash: sha256(utf8("head")) };
  deepStrictEqual(readHeads(encodeHeads([head, { ...head, seq: 0n }, { ...head, inc: NOWHERE.inc }])), [
    head,
  ]);
});

Deno.test("What stays missing is asked for less and less often, what is new at once", () => {
  const inquiry = new Inquiry();
  const missing = [{ author: ALICE.pk, inc: INC, from: 1n, to: 2n, saidBy: ALICE.pk }];
  const asked = Array.from({ length: 40 }, (_, i) => inquiry.due(missing).length > 0 ? i : -1)
    .filter((tick) => tick >= 0);
  deepStrictEqual(asked, [0, 1, 3, 7, 15, 31]);
  strictEqual(inquiry.due([{ ...missing[0], to: 3n }]).length, 1);
  deepStrictEqual(inquiry.due([]), []);
});

Deno.test("Who hands us what we said, under the last number that a path can have, does not keep us from speaking", () => {
  const world = new World("public", seeded(31));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.post(bob, "before");
  world.settle();
  const [path, value] = [...alice.feed].find(([path]) => path.startsWith(`msgs/${bob.pair.pk}/`))!;
  const { thread: _, ...stripped } = readLeaf(value)!;
  const forged = { path: path.replace(/\d+$/, "9".repeat(20)), value: encodeLeaf(stripped) };
  for (const { feed } of [alice, carol]) feed.delete(path); // as when more has been said since
  ok(world.lose(bob, alice));
  world.settle();
  world.do(bob, { kind: "leaves", feed: carol.pair.pk, leaves: [forged] });
  deepStrictEqual(textsOf(bob), ["before"]);
  for (let i = 0; i < 2; i++) {
    world.post(bob, `after ${i}`);
    world.settle();
    world.restart(bob);
  }
  for (const member of [alice, bob, carol]) {
    deepStrictEqual(textsOf(member).toSorted(), ["after 0", "after 1", "before"]);
  }
});
