/** Runners of the groups `wait_clamp`, `file_request` and `time` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeControl } from "../../../lib/chat/control.ts";
import { classify } from "../../../lib/chat/envelope.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { clampWait } from "../../../lib/chat/outgoing.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { formatGoTime, GO_ZERO_TIME_NS, parseGoTime } from "../../../lib/wire/go_time.ts";
import { byMember, each, hexEqual, nothingElse } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** How long a sender waits. */
export const skychatWaitClamp: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ in_ms }) => `${in_ms} ms`, ({ in_ms, out_ms }) => strictEqual(clampWait(in_ms), out_ms)),
  });

/** One control frame, read and written again. */
export const skychatFileRequest: GroupRunner = (group) => {
  const { json, frame_hex, ...rest } = group;
  nothingElse(rest);
  const run = () => {
    const incoming = classify(utf8(json));
    ok(incoming.kind === "control" && incoming.frame.type === "file-request", "is a control frame");
    const { file_id, file_name } = JSON.parse(json);
    deepStrictEqual([incoming.frame.fileId, incoming.frame.fileName], [file_id, file_name]);
    const payload = encodeControl(incoming.frame);
    strictEqual(fromUtf8(payload), json);
    hexEqual(encodeChatFrame(payload), frame_hex, "frame");
  };
  return [{ name: json, run }];
};

/** Times to and from RFC 3339. */
export const skychatTime: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ json }) => json, ({ unix_nano, json }) => {
      strictEqual(formatGoTime(BigInt(unix_nano)), json);
      strictEqual(parseGoTime(json), BigInt(unix_nano));
    }),
    zero: (zero) => [{
      name: "zero time",
      run: () => {
        strictEqual(formatGoTime(GO_ZERO_TIME_NS), zero);
        strictEqual(parseGoTime(zero), GO_ZERO_TIME_NS);
      },
    }],
  });
