/** Leaves that are asked for, as frames: longer ones than a frame come in pieces, and no answer is without an end. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CHAT_FRAME, encodeChatFrame, MAX_PAYLOAD_BYTES } from "../../../lib/chat/frame.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { MAX_LEAF_BYTES } from "../../../lib/group/talk/leaf.ts";
import { answerFrames, LeafAnswer, PIECE_BYTES } from "../../../lib/group/threads/leaf_answer.ts";
import {
  encodeLeavesRequest,
  encodeLeavesResponse,
  type Piece,
  readLeavesRequest,
} from "../../../lib/group/threads/leaf_request.ts";
import { concat, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { FrameReader } from "../../../lib/wire/frame.ts";
import { seededRandom } from "../../fakes/random.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const AUTHOR = `02${"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"}`;
const leafOf = (size: number, path = `msgs/${AUTHOR}/5/1`): FeedLeaf => ({
  path,
  value: seededRandom(`leaf ${size}`).bytes(size),
});
const framesOf = (...leaves: FeedLeaf[]): Uint8Array[] => [...answerFrames(GROUP, leaves)];

/** What a reader gives for payloads, and how many of them it took. */
function read(payloads: Iterable<Uint8Array>): [leaves: readonly FeedLeaf[] | undefined, taken: number] {
  const answer = new LeafAnswer(GROUP);
  let taken = 0;
  for (const payload of payloads) {
    taken++;
    const leaves = answer.take(payload);
    if (leaves !== undefined) return [leaves, taken];
  }
  return [undefined, taken];
}

Deno.test("Leaf of any length is put together again, whatever chunks its frames come in", () => {
  for (const size of [1, PIECE_BYTES, PIECE_BYTES + 1, 65_536, 2 * PIECE_BYTES, 90_001, MAX_LEAF_BYTES]) {
    const leaf = leafOf(size);
    const payloads = framesOf(leaf);
    ok(payloads.every(({ length }) => length <= MAX_PAYLOAD_BYTES), `${size}: a frame is too long`);
    const stream = concat(...payloads.map(encodeChatFrame));
    for (const chunk of [1_000, 4_096, 65_537, stream.length]) {
      const [frames, answer] = [new FrameReader(CHAT_FRAME), new LeafAnswer(GROUP)];
      let leaves: readonly FeedLeaf[] | undefined;
      for (let at = 0; at < stream.length; at += chunk) {
        ok(leaves === undefined, "there is something behind the end");
        frames.push(stream.subarray(at, at + chunk), (payload) => {
          leaves = answer.take(payload.slice());
        });
      }
      deepStrictEqual(leaves, [leaf]);
    }
  }
});

Deno.test("An answer of whole leaves is one frame, as older programs write and read it", () => {
  const leaves = [leafOf(10), leafOf(20, `msgs/${AUTHOR}/6/2`)];
  const [payload, ...more] = framesOf(...leaves);
  deepStrictEqual([more.length, fromUtf8(payload).includes("piece")], [0, false]);
  deepStrictEqual(read([payload]), [leaves, 1]);
  deepStrictEqual(read(framesOf()), [[], 1]);
});

Deno.test("A request says that pieces are taken, and one that says nothing gets none", () => {
  const want = { author: AUTHOR, inc: "0011223344556677", from: 1n, to: 2n };
  const older = encodeLeavesRequest(GROUP, [want], false);
  strictEqual(fromUtf8(older).includes("pieces"), false);
  strictEqual(readLeavesRequest(older)!.takesPieces, false);
  const payload = encodeLeavesRequest(GROUP, [want]);
  ok(fromUtf8(payload).endsWith(`"pieces":true}`));
  deepStrictEqual(readLeavesRequest(payload), { groupId: GROUP, wants: [want], takesPieces: true });
});

const piece = (at: number, of: number, change: { size?: number; path?: string } = {}): Uint8Array => {
  const { size = Math.min(PIECE_BYTES, of - at), path = `msgs/${AUTHOR}/5/1` } = change;
  const said: Piece = { at: BigInt(at), of: BigInt(of) };
  return encodeLeavesResponse(GROUP, [{ path, value: new Uint8Array(size) }], said);
};
const first = piece(0, 90_000);
const two = encodeLeavesResponse(GROUP, [leafOf(5), leafOf(6)], { at: 0n, of: 11n });

/** Frames of a liar, and how many of them are read before it is given up. */
const lies: Record<string, [payloads: Uint8Array[], taken: number]> = {
  "a piece twice": [[first, first], 2],
  "pieces in another order": [[piece(PIECE_BYTES, 90_000), first], 1],
  "a piece that is left out": [[first, piece(2 * PIECE_BYTES, 90_000)], 2],
  "a piece that overlaps": [[first, piece(PIECE_BYTES - 1, 90_000)], 2],
  "another length in between": [[first, piece(PIECE_BYTES, 90_001)], 2],
  "another leaf in between": [[first, piece(PIECE_BYTES, 90_000, { path: `msgs/${AUTHOR}/5/2` })], 2],
  "whole leaves in between": [[first, ...framesOf(leafOf(10))], 2],
  "an empty piece": [[piece(0, 90_000, { size: 0 })], 1],
  "a piece that is short": [[piece(0, 90_000, { size: 1 })], 1],
  "a piece that is longer than what is left": [[piece(0, 5, { size: 6 })], 1],
  "a last piece that is longer": [[first, piece(PIECE_BYTES, PIECE_BYTES + 5, { size: 6 })], 2],
  "a leaf that is too long": [[piece(0, MAX_LEAF_BYTES + 1)], 1],
  "a length of 2^64 - 1": [[
    encodeLeavesResponse(GROUP, [leafOf(PIECE_BYTES)], { at: 0n, of: 2n ** 64n - 1n }),
  ], 1],
  "an offset of 2^64 - 1": [[
    first,
    encodeLeavesResponse(GROUP, [leafOf(1)], { at: 2n ** 64n - 1n, of: 90_000n }),
  ], 2],
  "two leaves in a piece": [[two], 1],
  "no leaf in a piece": [[encodeLeavesResponse(GROUP, [], { at: 0n, of: 5n })], 1],
  "an answer of another group": [[encodeLeavesResponse(GROUP.replace("6", "7"), [leafOf(5)])], 1],
  "what is no JSON": [[first, utf8("hello")], 2],
  "members of another type": [[
    utf8(`{"kind":"leaves_response","group_id":"${GROUP}","leaves":[],"piece":7}`),
  ], 1],
};

for (const [what, [payloads, taken]] of Object.entries(lies)) {
  Deno.test(`Answer gives nothing of ${what}, and reads no further`, () => {
    deepStrictEqual(read([...payloads, first, first]), [[], taken]);
  });
}

Deno.test("An answer that goes on and on ends with the length that it has named, and keeps no more", () => {
  function* endless(): Generator<Uint8Array> {
    for (let at = 0;; at += PIECE_BYTES) yield piece(at, MAX_LEAF_BYTES, { size: PIECE_BYTES });
  }
  deepStrictEqual(read(endless()), [[], Math.ceil(MAX_LEAF_BYTES / PIECE_BYTES)]);
});
