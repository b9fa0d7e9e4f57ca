/**
 * Decoders of threads, forks and requests for leaves.
 *
 * @module
 */
import { CHAT_FRAME, encodeChatFrame } from "../../../lib/chat/frame.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { encodeLeaf, leafBody, leafPath, unsignedLeaf } from "../../../lib/group/talk/leaf.ts";
import type { Signer } from "../../../lib/group/talk/signer.ts";
import { AuthorLedger } from "../../../lib/group/threads/author_ledger.ts";
import { BundleError, bundleLines, readBundle } from "../../../lib/group/threads/bundle.ts";
import { encodeFork, makeFork, readFork } from "../../../lib/group/threads/fork.ts";
import { answerFrames, LeafAnswer, PIECE_BYTES } from "../../../lib/group/threads/leaf_answer.ts";
import {
  encodeLeavesRequest,
  encodeLeavesResponse,
  readLeavesRequest,
  readLeavesResponse,
} from "../../../lib/group/threads/leaf_request.ts";
import { encodeLedger, readLedger } from "../../../lib/group/threads/ledger_state.ts";
import { inOrder } from "../../../lib/group/threads/order.ts";
import { readRanges, writeRanges } from "../../../lib/group/threads/ranges.ts";
import { bareThread, encodeHeads, readHeads } from "../../../lib/group/threads/thread.ts";
import { concat, equal, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import { FrameReader } from "../../../lib/wire/frame.ts";
import type { Target } from "../fuzz.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const PK = `02${"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"}`;
const PLACE = { inc: "0011223344556677", seq: 2n };
const HASH = new Uint8Array(32).fill(7);
/** Takes every signature, so that what lies behind it is reached. */
const gullible: Signer = { sign: () => new Uint8Array(65), verify: () => true };

const same = (again: string | undefined, text: string): void => {
  if (again !== text) throw new Error("written and read again it differs");
};

/** What lies behind each head. */
export const heads = (): Target => ({
  name: "group: heads of a thread",
  seeds: [encodeHeads([{ author: PK, ...PLACE, hash: HASH }])],
  run: (input) => {
    const read = readHeads(input);
    const again = encodeHeads(read);
    if (!equal(encodeHeads(readHeads(again)), again)) throw new Error("written and read again it differs");
  },
});

/** Proofs. */
export const forks = (): Target => ({
  name: "group: proof of a fork",
  seeds: [encodeFork(makeFork(GROUP, PK, PLACE, [
    { rest: HASH, signature: new Uint8Array(65) },
    { rest: new Uint8Array(32), signature: new Uint8Array(65) },
  ]))],
  run: (input) => {
    const fork = readFork(input, GROUP, gullible);
    if (fork === undefined) return;
    const text = encodeFork(fork);
    const again = readFork(text, GROUP, gullible);
    same(again && fromUtf8(encodeFork(again)), fromUtf8(text));
  },
});

/** Ledgers as they are kept. */
export const ledgers = (): Target => {
  const ledger = new AuthorLedger(PK);
  const thread = { ...bareThread(GROUP, PLACE), signature: new Uint8Array(65) };
  ledger.note({ ...thread, floor: PLACE, removes: { ...PLACE, seq: 9n } }, HASH, 5n);
  ledger.claim(PK, { ...PLACE, seq: 12n });
  return {
    name: "group: ledger of an author",
    seeds: [encodeLedger(ledger.state)],
    run: (input) => {
      const state = readLedger(input);
      if (state === undefined) return;
      const text = encodeLedger(state);
      const again = readLedger(text);
      same(again && fromUtf8(encodeLedger(again)), fromUtf8(text));
      const known = new AuthorLedger(PK, state);
      known.missing();
      known.restarts();
    },
  };
};

/** Ranges as text. */
export const ranges = (): Target => ({
  name: "group: ranges of a ledger",
  seeds: [utf8("1-5,8-8,10-20")],
  run: (input) => {
    const read = readRanges(fromUtf8(input));
    if (read !== undefined) same(writeRanges(readRanges(writeRanges(read))!), writeRanges(read));
  },
});

/** Requests for leaves. */
export const leafRequests = (): Target => ({
  name: "group: request for leaves",
  seeds: [encodeLeavesRequest(GROUP, [{ author: PK, inc: PLACE.inc, from: 1n, to: 9n }])],
  run: (input) => {
    const request = readLeavesRequest(input);
    if (request === undefined) return;
    const again = readLeavesRequest(encodeLeavesRequest(request.groupId, request.wants));
    same(JSON.stringify(again?.wants.map(String)), JSON.stringify(request.wants.map(String)));
  },
});

/** Answers with leaves. */
export const leafAnswers = (): Target => ({
  name: "group: answer with leaves",
  seeds: [encodeLeavesResponse(GROUP, [{ path: `msgs/${PK}/5/1`, value: utf8("{}") }])],
  run: (input) => {
    const response = readLeavesResponse(input);
    if (response === undefined) return;
    const again = readLeavesResponse(encodeLeavesResponse(response.groupId, response.leaves));
    if (again?.leaves.length !== response.leaves.length) {
      throw new Error("written and read again it differs");
    }
  },
});

/** Answers in pieces: frames with their lengths before them, changed together. */
export const leafPieces = (): Target => ({
  name: "group: answer in pieces",
  seeds: [100, 3 * PIECE_BYTES / 2].map((size) => {
    const leaf = { path: `msgs/${PK}/5/1`, value: new Uint8Array(size).fill(65) };
    return concat(...[...answerFrames(GROUP, [leaf])].map(encodeChatFrame));
  }),
  throws: [ProtocolError],
  run: (input) => {
    const [frames, answer] = [new FrameReader(CHAT_FRAME), new LeafAnswer(GROUP)];
    let leaves: readonly FeedLeaf[] | undefined;
    frames.push(input, (payload) => (leaves = answer.take(payload.slice())) === undefined);
    if (leaves === undefined || leaves.length === 0) return;
    const again = new LeafAnswer(GROUP);
    const [last] = [...answerFrames(GROUP, leaves)].map((payload) => again.take(payload)).reverse();
    if (last?.length !== leaves.length || !last.every(({ value }, i) => equal(value, leaves![i].value))) {
      throw new Error("written and read again it differs");
    }
  },
});

/** Bundles that were carried by hand. */
export const bundles = (): Target => ({
  name: "group: bundle",
  seeds: [utf8(`${bundleLines(GROUP, [{ path: `msgs/${PK}/5/1`, value: utf8("{}") }]).join("\n")}\n`)],
  throws: [BundleError],
  run: (input) => {
    const text = fromUtf8(input);
    const { groupId, leaves } = readBundle(text);
    same(`${bundleLines(groupId, leaves).join("\n")}\n`.toLowerCase(), text.toLowerCase());
  },
});

/** A leaf of `PK` that names the one that it stands beside. */
function naming(seq: bigint): Uint8Array {
  const heads = encodeHeads([{ author: PK, inc: PLACE.inc, seq: 3n - seq, hash: HASH }]);
  const thread = { ...bareThread(GROUP, { ...PLACE, seq }), heads, signature: new Uint8Array(65) };
  const leaf = unsignedLeaf(
    leafBody({ sender: PK, tsNs: 5n, text: "hi" }, { bytes: (n) => new Uint8Array(n), fraction: () => 0 }),
  );
  return encodeLeaf({ ...leaf, thread });
}

/** Longer leaves are put in order once: what is measured is one look at them. */
const TWICE_BYTES = 16 * 1024;

/** The order of leaves of which nothing was checked yet. */
export const order = (): Target => {
  const beside = { path: leafPath(PK, 5n, 2n), value: naming(2n) };
  return {
    name: "group: order of leaves",
    seeds: [naming(1n)],
    run: (input) => {
      const leaves = [{ path: leafPath(PK, 5n, 1n), value: input }, beside];
      const ordered = inOrder(leaves);
      if (ordered.length !== 2) throw new Error("a leaf is gone");
      if (input.length <= TWICE_BYTES && inOrder(leaves.toReversed())[0] !== ordered[0]) {
        throw new Error("the order does not follow from the set");
      }
    },
  };
};
