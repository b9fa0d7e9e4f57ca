/** Runners of the groups `relay`, `join_pow` and `join` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import {
  encodeCatalog,
  encodeDescribeRequest,
  encodeJoinRequest,
  encodeJoinResponse,
  encodeProfile,
  frameKind,
  readCatalog,
  readJoinRequest,
  readJoinResponse,
  readProfile,
} from "../../../lib/group/joining/admission.ts";
import {
  encodeRelayAck,
  encodeRelayRequest,
  readRelayAck,
  readRelayRequest,
} from "../../../lib/group/talk/relay.ts";
import { MAX_POW_BITS } from "../../../lib/group/joining/invite.ts";
import { isWorkDone, leadingZeroBits, workInput, WorkSearch } from "../../../lib/group/joining/work.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { parseGoTime } from "../../../lib/wire/go_time.ts";
import { byMember, each, hexEqual, isProse, nothingElse } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

/** A frame that is read, written again and framed. */
function frameCase<T>(
  name: string,
  { json, frame_hex, ...rest }: { json: string; frame_hex: string },
  read: (payload: Uint8Array) => T | undefined,
  encode: (value: T) => Uint8Array,
): VectorCase {
  return {
    name,
    run: () => {
      nothingElse(rest);
      const value = read(utf8(json));
      ok(value !== undefined, "is understood");
      strictEqual(fromUtf8(encode(value)), json);
      hexEqual(encodeChatFrame(encode(value)), frame_hex, "frame");
    },
  };
}

/** A relayed message and its answer. */
export const skychatRelay: GroupRunner = (group) => {
  const { request_json, request_frame_hex, ack_json, ack_frame_hex, ...rest } = group;
  nothingElse(rest);
  const request = { json: request_json, frame_hex: request_frame_hex };
  return [
    frameCase("request", request, readRelayRequest, encodeRelayRequest),
    frameCase("ack", { json: ack_json, frame_hex: ack_frame_hex }, readRelayAck, encodeRelayAck),
  ];
};

/** Hashes and their zero bits; the first nonce that does is looked for up to this many bits. */
const SEARCHED_BITS = 12;

/** The work of a stranger. */
export const skychatJoinPow: GroupRunner = (group) => {
  const input = () => [];
  return byMember(group, {
    label: (label) => [{
      name: label,
      run: () => ok(fromUtf8(workInput(group.group_id, group.pk, 0n, 0n)).startsWith(`${label}|`)),
    }],
    group_id: input,
    pk: input,
    cases: each(({ bits }) => `${bits} bits`, ({ bits, ts_unix, nonce, hash_hex, leading_zero_bits }) => {
      const [tsUnix, count] = [BigInt(ts_unix), BigInt(nonce)];
      const hash = sha256(workInput(group.group_id, group.pk, tsUnix, count));
      hexEqual(hash, hash_hex, "hash");
      strictEqual(leadingZeroBits(hash), leading_zero_bits);
      const work = { tsUnix, nonce: count, bits };
      ok(isWorkDone(work, group.group_id, group.pk, bits, tsUnix + 600n), "10 minutes old");
      if (bits === 0) return;
      ok(!isWorkDone(work, group.group_id, group.pk, bits, tsUnix + 601n), "too old");
      ok(!isWorkDone(work, group.group_id, group.pk, bits, tsUnix - 601n), "of the future");
      if (leading_zero_bits < MAX_POW_BITS) { // a larger demand would be cut to that
        ok(!isWorkDone(work, group.group_id, group.pk, leading_zero_bits + 1, tsUnix), "too little");
      }
      if (bits > SEARCHED_BITS) return;
      const found = new WorkSearch(group.group_id, group.pk, bits, tsUnix).step(2 ** (SEARCHED_BITS + 4));
      deepStrictEqual(found, work, "the first nonce");
    }),
  });
};

/** A frame of any kind that is spoken at the door of a group, or where groups are described. */
function caseOfKind(name: string, frame: { json: string; frame_hex: string }): VectorCase {
  const kind = frameKind(utf8(frame.json));
  switch (kind) {
    case "join_request":
      return frameCase(name, frame, readJoinRequest, encodeJoinRequest);
    case "catalog_request":
    case "profile_request": {
      const { ts } = JSON.parse(frame.json);
      return frameCase(name, frame, () => parseGoTime(ts), (tsNs) => encodeDescribeRequest(kind, tsNs));
    }
    case "catalog_response":
      return frameCase(name, frame, readCatalog, (catalog) => {
        // An empty list has two forms in Go, and both are read: what could not be looked up is a nil one.
        const written = fromUtf8(encodeCatalog(catalog));
        return utf8(
          /"entries":null/.test(frame.json) ? written.replace('"entries":[]', '"entries":null') : written,
        );
      });
    case "profile_response":
      return frameCase(name, frame, readProfile, encodeProfile);
    default:
      return frameCase(name, frame, readJoinResponse, encodeJoinResponse);
  }
}

/** Requests and answers, as frames. */
export const skychatJoin: GroupRunner = (group) => {
  const cases: VectorCase[] = [];
  for (const [name, entry] of Object.entries(group)) {
    if (isProse(name)) continue;
    const frame = entry as { json: string; frame_hex: string };
    cases.push(caseOfKind(name, frame));
  }
  return cases;
};
