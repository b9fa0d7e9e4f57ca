/** Links in texts. */
import { strictEqual } from "node:assert/strict";
import { entryOf } from "../../lib/overlay/entry.ts";
import { INVITE } from "../../lib/overlay/frame.ts";
import { inviteIn, inviteText } from "../../lib/overlay/invite.ts";

const KEY = `02${"ab".repeat(32)}`;
const UUID = "6f1c2b3a-0000-4000-8000-000000000001";

Deno.test("Links are found alone, behind a line, and inside a sentence", () => {
  for (
    const [text, link] of [
      ["skychat:invite:eyJ9", "skychat:invite:eyJ9"],
      [inviteText("group x", "skychat:invite:eyJ9"), "skychat:invite:eyJ9"],
      [`come: SkyChat://${KEY}/${UUID}, soon`, `SkyChat://${KEY}/${UUID}`],
      [inviteText("group x", "dmsg:invite:AQ-_"), "dmsg:invite:AQ-_"],
      [`skychat://${KEY}\n`, `skychat://${KEY}`],
      ["SKYCHAT:INVITE:eyJ9", undefined], // case counts there
      [`xskychat://${KEY}`, undefined],
      [`skychat://${KEY}ab`, undefined],
      ["the skychat: prefix", undefined],
      [`${"x ".repeat(40_000)}skychat:invite:eyJ9`, undefined],
    ] as const
  ) strictEqual(inviteIn(text), link, text.slice(0, 80));
});

Deno.test("An invite that nobody signed has a key all the same, and saying it again is the same", () => {
  const kept = { position: 1, author: KEY, own: false, body: "skychat:invite:eyJ9", atMs: 5, signature: "" };
  const [first, again] = [entryOf("group", kept)!, entryOf("group", { ...kept, position: 2, atMs: 9 })!];
  strictEqual(first.overlay, INVITE);
  strictEqual(first.key, again.key);
  strictEqual(entryOf("person", kept)!.key, first.key.slice(0, 16));
});
