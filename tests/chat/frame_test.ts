import { deepStrictEqual, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { CHAT_FRAME, encodeChatFrame, MAX_PAYLOAD_BYTES } from "../../lib/chat/frame.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { FrameReader } from "../../lib/wire/frame.ts";
import { piecesOf } from "../vectors/helpers.ts";

Deno.test("Frame has a big-endian length and 1 to 65536 bytes", () => {
  deepStrictEqual(encodeChatFrame(new Uint8Array([7])), new Uint8Array([0, 0, 0, 1, 7]));
  deepStrictEqual(
    encodeChatFrame(new Uint8Array(MAX_PAYLOAD_BYTES)).subarray(0, 5),
    new Uint8Array([0, 1, 0, 0, 0]),
  );
  throws(() => encodeChatFrame(new Uint8Array(0)), { name: "RangeError", message: "skychat: empty payload" });
  throws(() => encodeChatFrame(new Uint8Array(65_537)), {
    name: "RangeError",
    message: "skychat: payload 65537 > max 65536",
  });
});

Deno.test("Frame reader blames the peer for a bad length before it buffers anything", () => {
  const reader = new FrameReader(CHAT_FRAME);
  const isPeers = (error: unknown) => {
    ok(error instanceof ProtocolError && error.by === "peer" && error.ends === "stream");
    return true;
  };
  throws(() => reader.push(new Uint8Array([0xff, 0xff, 0xff, 0xff]), () => {}), isPeers);
  deepStrictEqual(reader.pendingBytes, 0);
});

Deno.test("Frames come out as they went in, in any chunking", () => {
  const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 });
  fc.assert(
    fc.property(payloads, fc.integer({ min: 1, max: 600 }), (sent, size) => {
      const reader = new FrameReader(CHAT_FRAME);
      const got: Uint8Array[] = [];
      for (const piece of piecesOf(concat(...sent.map(encodeChatFrame)), size)) {
        reader.push(piece.slice(), (payload) => void got.push(payload.slice()));
      }
      deepStrictEqual(got, sent);
    }),
    { seed: 3 },
  );
});
