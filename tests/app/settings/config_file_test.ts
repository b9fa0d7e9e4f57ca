import { deepStrictEqual, fail, throws } from "node:assert/strict";
import { parseConfig } from "../../../lib/app/config_file.ts";
import { IDENTITY_NAMES } from "../../../lib/app/setting_values.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import type { UserError } from "../../../lib/wire/errors.ts";

const KEY = "02".padEnd(66, "a");

/** What the error says behind the path, and its hint up to the first member. */
function fault(text: string): string {
  let said = "";
  throws(() => parseConfig(utf8(text), "config.json", "unix"), ({ message, hint = "" }: UserError) => {
    said = `${message.replace(/^config.json: the member /, "")} | ${
      hint.replace(/^(It may have: \w+),.*$/, "$1 …")
    }`;
    return true;
  });
  return said;
}

Deno.test("Each member of config.json with a wrong value is named with its file, by a sentence", () => {
  const flags = [
    "receipts",
    "acceptFirst",
    "chat.vim",
    "chat.mouse",
    "chat.plain",
    "chat.bell",
    "chat.desktop",
  ];
  const counts = ["outboxMiB", "outboxDays", "execJobs", "execTimeoutSec", "files.maxMiB", "files.quotaMiB"];
  const words = [
    "durability",
    "pq",
    "chat.theme",
    "chat.quiet",
    "chat.without",
    "chat.mentions",
    "files.accept",
  ];
  const places = ["discovery", "store", "identity", "files.directory"];
  const objects = ["chat", "files", "chat.keys", "files.peers"];
  const never = [null, {}, [5], "y".repeat(3000)];
  const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  for (
    const [names, values] of [
      [flags, [...never, "yes", 1]],
      [counts, [...never, "5", 0, -1, 1.5, 2 ** 40, true]],
      [words, [...never, "x", "", 5, true]],
      [places, [...never, "../x", "", "a\nb", 5, true]],
      [["chat.exec"], [...never, 5, true]],
      [objects, [...never.filter((value) => !isObject(value)), 5, true, ""]],
    ] as const
  ) {
    for (const name of names) {
      for (const value of values) {
        const [outer, inner] = name.split(".");
        const text = JSON.stringify({ [outer]: inner === undefined ? value : { [inner]: value } });
        throws(() => parseConfig(utf8(text), "/h/config.json", "unix"), ({ message, hint }: UserError) => {
          const told = new RegExp(
            `^/h/config\\.json: the member "${name.replace(".", "\\.")}(\\.0)?" (must|may|is|has) .{1,120}$`,
          );
          return told.test(message) && hint !== undefined || fail(`${text.slice(0, 80)}: ${message}`);
        });
      }
    }
  }
});

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
      ['{"identity":"../x"}', `"identity" must be a name of ${IDENTITY_NAMES} | ${correct}`],
      ['{"execJobs":65}', `"execJobs" must be a whole number from 1 to 64 | ${correct}`],
      [
        '{"store":"http://me:hunter2@x"}',
        `"store" must be the URL of a KV Connect server, for example http://127.0.0.1:4512 | ${correct}`,
      ],
      ['{"discovery":[]}', `"discovery" must have a URL | ${correct}`],
      ['{"files":{"directory":"in"}}', '"files.directory" is not absolute | Give the whole path.'],
      [
        '{"chat":{"mentions":["ann","on call "]}}',
        `"chat.mentions.1" must be a text, not an empty one, without blanks around it | ${correct}`,
      ],
      [
        '{"chat":{"mentions":[5]}}',
        `"chat.mentions.0" must be a text, not an empty one, without blanks around it | ${correct}`,
      ],
      ['{"chat":{"mentions":"ann"}}', `"chat.mentions" must be a list of texts | ${correct}`],
      ['{"chat":{"theme":"pink"}}', `"chat.theme" must be "auto", "dark" or "light" | ${correct}`],
    ]
  ) deepStrictEqual(fault(text), said);
});

Deno.test("A config.json that an editor began with a byte order mark is read, and with one alone is empty", () => {
  deepStrictEqual(parseConfig(utf8('\uFEFF{"receipts":true}'), "config.json", "unix"), { receipts: true });
  deepStrictEqual(
    fault("\uFEFF"),
    "config.json is not JSON: there is nothing in it | Correct the file, or remove it.",
  );
  deepStrictEqual(
    fault("{\uFEFF}"),
    "config.json is not JSON: see line 1, column 2 | Correct the file, or remove it.",
  );
});
