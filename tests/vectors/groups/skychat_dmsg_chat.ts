/** Runner of the group `dmsg_chat` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeDmsgChat, readDmsgChat } from "../../../lib/chat/dmsg_chat.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { byMember, each, hexEqual } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Payloads of port 9001: written, read, and compared with the stream's key. */
export const skychatDmsgChat: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ json }) => json, ({ json, frame_hex }) => {
      const message = JSON.parse(json);
      const payload = encodeDmsgChat(message);
      strictEqual(fromUtf8(payload), json);
      hexEqual(encodeChatFrame(payload), frame_hex, "frame");
      deepStrictEqual(readDmsgChat(payload, message.sender), { ...message, senderIsPeer: true });
    }),
    reader: each(({ payload }) => payload, checkReader),
  });

interface ReaderCase {
  readonly payload: string;
  readonly stream_pk?: string;
  readonly result: string;
}

function checkReader({ payload, stream_pk = "", result }: ReaderCase): void {
  const read = readDmsgChat(utf8(payload), stream_pk);
  if (result.startsWith("dropped")) return strictEqual(read, undefined);
  ok(result.startsWith("shown"), `result "${result}" is not known`);
  ok(read, "must be shown");
  strictEqual(read.message, messageIn(JSON.parse(payload)));
  if (stream_pk !== "") {
    strictEqual(read.senderIsPeer, !TELLS_APART.test(result), "sender is the stream's key");
  }
}

/** How a result says that the claim is not the stream's key. */
const TELLS_APART = /differ|mismatch|not the|another|warn/i;

/** The text that Go finds: the case of a name does not matter, and the last member wins. */
function messageIn(object: Record<string, unknown> | null): unknown {
  const texts = Object.entries(object ?? {}).filter(([name]) => name.toLowerCase() === "message");
  return texts.at(-1)?.[1] ?? "";
}
