/** Bodies as `history`, `listen`, `search`, `pair poll` and `outbox` show them. */
import { strictEqual } from "node:assert/strict";
import { bodyText } from "../../cli/body_text.ts";
import { historyWords } from "../../cli/history_words.ts";
import { pairMessage } from "../../cli/pair_words.ts";
import { encodeBody } from "../../lib/chat/body.ts";
import { encodeOverlay, LIST } from "../../lib/overlay/frame.ts";

const REPLY = encodeBody({
  kind: "reply",
  toSender: `02${"ab".repeat(32)}`,
  toTs: "2026-11-29T11:15:10.037764Z",
  toPreview: "/words a b c",
  text: "You used 3 words.",
});

Deno.test("A body of another program's reads as what somebody said, not as its JSON", () => {
  const cases: [string, string][] = [
    [REPLY, "You used 3 words."],
    [encodeBody({ kind: "forward", from: "news", text: "read this" }), "[forwarded from news] read this"],
    [encodeBody({ kind: "forward", text: "read this" }), "[forwarded] read this"],
    [encodeBody({ kind: "file", id: "1", name: "a.txt", size: 4n }), "[file] a.txt (4 B)"],
    [encodeBody({ kind: "file", id: "1", name: "a.txt", size: -1n }), "[file] a.txt (size unknown)"],
    ['{"skychat_reply":{"text":""}}', ""],
    ['{"skychat_reply":{"to_preview":"hi"}}', '{"skychat_reply":{"to_preview":"hi"}}'],
    ["what skychat_reply is for", "what skychat_reply is for"],
    [
      encodeOverlay({ overlay: LIST, data: "{}", fallback: "[list] made Shopping", extra: {} }),
      "[list] made Shopping",
    ],
  ];
  for (const [body, expected] of cases) strictEqual(bodyText(body), expected);
});

Deno.test("Every line of a message reads so, and nothing in it reaches the terminal as it came", () => {
  const wild = encodeBody({ kind: "reply", text: "red\x1b[31m" });
  const said = { ts: "2026-11-29T11:15:10Z", peer: "02aa", peer_alias: "bob" };
  strictEqual(pairMessage({ ...said, text: wild }), "2026-11-29T11:15:10Z [bob] red\\x1b[31m");
  const kept = { from: "02aa", outgoing: false, position: 7, state: "received", net: "dmsg" } as const;
  strictEqual(historyWords({ ...said, ...kept, ts: "T", text: wild }), "T [in @ bob] red\\x1b[31m");
});
