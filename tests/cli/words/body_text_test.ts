/** Bodies as `history`, `listen`, `search`, `pair poll` and `outbox` show them. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { groupLineOf } from "../../../cli/names/groups.ts";
import { PeerNames } from "../../../cli/names/peers.ts";
import { bodyText } from "../../../cli/words/body_text.ts";
import { groupMessage } from "../../../cli/words/group_messages.ts";
import { historyWords } from "../../../cli/words/history.ts";
import { historyMessage, listenMessage, readIn } from "../../../cli/words/message_lines.ts";
import { pairMessage } from "../../../cli/words/pairs.ts";
import { wording } from "../../../cli/words/wording.ts";
import type { MessageView } from "../../../lib/app/messages/messages.ts";
import { encodeBody } from "../../../lib/chat/body.ts";
import { formatAliases } from "../../../lib/identity/aliases.ts";
import { encodeOverlay, LIST } from "../../../lib/overlay/frame.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryFiles } from "../../fakes/files.ts";

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

Deno.test("Whose an item is from now on has its name in every line of a message, and a member in JSON", async () => {
  const [bob, other] = [`02${"b0".repeat(32)}`, `02${"b1".repeat(32)}`];
  const names = new PeerNames({
    files: memoryFiles({ "/h/.config/skywire/skychat-aliases.json": formatAliases(new Map([["bob", bob]])) }),
    os: "unix",
    env: (name) => name === "HOME" ? "/h" : undefined,
    clock: new FakeClock(0, 0n),
  });
  await names.load();
  const given = (w: string): string =>
    encodeOverlay({
      overlay: LIST,
      data: JSON.stringify({ a: "assign", w }),
      fallback: `[list] gave eggs in Shopping to ${w.slice(0, 8)}…`,
      extra: {},
    });
  const message = (text: string, via: MessageView["via"] = "dmsg"): MessageView => ({
    peer: via === "group" ? "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50" : other,
    sender: via === "group" ? other : undefined,
    position: 1,
    outgoing: false,
    text,
    ts: "2026-11-29T11:15:10Z",
    state: "received",
    via,
  });
  const lines = (text: string): string[] => {
    const [direct, grouped] = [message(text), message(text, "group")];
    const of = (one: MessageView) => historyMessage(one, bob, names);
    const heard = (one: MessageView) => listenMessage(one, bob, names, 1);
    return [
      wording.historyMessage(of(direct)),
      wording.historyMessageWithIds(of(grouped)),
      wording.message(heard(direct)),
      wording.message(heard(grouped)),
      wording.chatIn(heard(direct)),
      wording.chatPast(of(direct)),
      wording.waiting({ ...of(direct), due: "2026-11-29T11:15:10Z", attempts: 1 }),
      groupMessage(groupLineOf(grouped, names)),
      pairMessage({ ts: "T", peer: other, text, ...readIn(text, names) }),
    ];
  };
  for (const line of lines(given(bob))) match(line, /gave eggs in Shopping to bob(?:$| )/);
  for (const line of lines(given(other))) match(line, /gave eggs in Shopping to 02b1(?:b1b1)?…/);
  deepStrictEqual(groupLineOf(message("x", "group"), names, [bob, other]).audience, ["bob", other]);
  deepStrictEqual(groupLineOf(message("x", "group"), names, [bob, other], other).audience, ["bob", "you"]);
  deepStrictEqual(groupLineOf(message("x", "group"), names, [bob, other], other).audience_pks, [bob, other]);
  const shown = "[list] gave eggs in Shopping to bob";
  deepStrictEqual(readIn(given(bob), names), { assignee_alias: "bob", shown });
  for (const text of ["hello", "{"]) deepStrictEqual(readIn(text, names), {});
  deepStrictEqual(readIn(REPLY, names), { shown: bodyText(REPLY) });
  deepStrictEqual(
    [listenMessage(message(REPLY), bob, names, 1), historyMessage(message(REPLY), bob, names)]
      .map(({ shown }) => shown),
    [bodyText(REPLY), bodyText(REPLY)],
  );
});
