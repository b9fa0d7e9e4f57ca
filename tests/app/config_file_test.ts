import { deepStrictEqual, throws } from "node:assert/strict";
import { parseConfig } from "../../lib/app/config_file.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import type { UserError } from "../../lib/wire/errors.ts";

const KEY = "02".padEnd(66, "a");

/** What the error says behind the path, and its hint up to the first member. */
function fault(text: string): string {
  let said = "";
  throws(() => parseConfig(utf8(text), "config.json"), ({ message, hint = "" }: UserError) => {
    said = `${message.replace(/^config.json: the member /, "")} | ${
      hint.replace(/^(It may have: \w+),.*$/, "$1 …")
    }`;
    return true;
  });
  return said;
}

Deno.test("A fault in config.json names the member, and what may stand in its place", () => {
  const correct = "Correct it, or take the member out.";
  for (
    const [text, said] of [
      ['{"x":1}', '"x" is not known | It may have: discovery …'],
      ['{"chat":{"x":1}}', '"chat.x" is not known | It may have: keys …'],
      ['{"files":{"x":1}}', '"files.x" is not known | It may have: accept …'],
      [
        `{"files":{"peers":{"${KEY}":{"x":1}}}}`,
        `"files.peers.${KEY}.x" is not known | It may have: accept …`,
      ],
      ['{"chat":[]}', `"chat" must be an object | ${correct}`],
      ['{"chat":5}', `"chat" must be an object | ${correct}`],
      ['{"chat":{"keys":[]}}', `"chat.keys" must be an object | ${correct}`],
      ['{"files":{"peers":[]}}', `"files.peers" must be an object | ${correct}`],
      ['{"chat":{"quiet":"25:00-07:00"}}', `"chat.quiet" must be like 22:00-07:00 | ${correct}`],
      ['{"chat":{"theme":"pink"}}', `"chat.theme" must be "auto", "dark" or "light" | ${correct}`],
    ]
  ) deepStrictEqual(fault(text), said);
});
