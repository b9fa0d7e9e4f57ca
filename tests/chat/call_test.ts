/**
 * Signals of voice calls, as `pkg/skychat/call/signal.go` of skywire (autumn 2026) writes and reads them: read there, not
 * recorded. A key is written as its 66 letters, a kind as its number; members that are empty are left out.
 */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { declineCall, readCallSignal } from "../../lib/chat/call.ts";
import { encodeChatFrame } from "../../lib/chat/frame.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { pairOf } from "../discovery/support.ts";

const [CALLER, OWN] = [pairOf(1).pk, pairOf(2).pk];

Deno.test("An offer of a call is read, whatever codec it names and whatever else is in it", () => {
  for (
    const [said, signal] of [
      [
        `{"type":1,"call_id":"9f0a","from_pk":"${CALLER}","codec":"opus","media_port":62}`,
        { callId: "9f0a", isInvite: true },
      ],
      [`{"type":1,"call_id":"9f0a","from_pk":"${CALLER}","later":[1]}`, { callId: "9f0a", isInvite: true }],
      ['{"Type":1,"CALL_ID":"x"}', { callId: "x", isInvite: true }],
      [`{"type":4,"call_id":"9f0a","from_pk":"${CALLER}","reason":"caller hung up"}`, {
        callId: "9f0a",
        isInvite: false,
      }],
      ["{}", { callId: "", isInvite: false }],
      ['{"type":"1","call_id":"x"}', undefined],
      ["hello", undefined],
    ] as const
  ) deepStrictEqual(readCallSignal(utf8(said)), signal, said);
});

Deno.test("A call is declined byte for byte as by a Go program", () => {
  const payload = declineCall('9f"<0a', OWN, "no calls");
  strictEqual(
    fromUtf8(payload),
    `{"type":3,"call_id":"9f\\"\\u003c0a","from_pk":"${OWN}","reason":"no calls"}`,
  );
  deepStrictEqual([...encodeChatFrame(payload).subarray(0, 4)], [0, 0, 0, payload.length]);
});
