/** Whether README.md says what the program does. */
import { deepStrictEqual, match, ok, throws } from "node:assert/strict";
import { parseConfig } from "../../lib/app/config_file.ts";
import { commands } from "../../cli/commands/mod.ts";
import { excessBytes } from "../../lib/chat/outgoing.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import type { UserError } from "../../lib/wire/errors.ts";

const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

Deno.test("README has every member of config.json", () => {
  const rows = [...README.matchAll(/^\| `(\w+)` +\| .*\|$/gm)].map(([, name]) => name);
  throws(() => parseConfig(utf8('{"?":1}'), "config.json", "unix"), (error: UserError) => {
    const members = /^It may have: (.*)\.$/.exec(error.hint ?? "")![1].split(", ");
    deepStrictEqual(members.filter((name) => !rows.includes(name)), []);
    return true;
  });
});

Deno.test("README has every command in its table of all commands", () => {
  const table = /^## All commands\n([^]*?)^## /m.exec(README)![1];
  const said = new Set([...table.matchAll(/`([\w-]+)/g)].map(([, word]) => word));
  deepStrictEqual(Object.keys(commands).filter((name) => name !== "help" && !said.has(name)), []);
});

Deno.test("README has the length of the largest message", () => {
  const [, acked, plain] = /largest message is ([\d,]+) bytes of UTF-8 \(([\d,]+) without an ack/.exec(
    README,
  )!
    .map((text) => Number(text.replace(",", "")));
  const message = (length: number, ack: boolean) => ({
    text: "x".repeat(length),
    ack,
    ...ack && { id: "0".repeat(16) },
  });
  for (const [length, ack] of [[acked, true], [plain, false]] as const) {
    deepStrictEqual([excessBytes(message(length, ack)), excessBytes(message(length + 1, ack))], [0, 1]);
  }
});

Deno.test("README names files that are there", async () => {
  for (const [, path] of README.matchAll(/\$PWD\/(\S+?)"/g)) ok((await Deno.stat(path)).isFile, path);
  match(README, /skywire\/skychat-aliases\.json/);
});

Deno.test("ARCHITECTURE names files that are there", async () => {
  const top = new URL("../../", import.meta.url);
  const text = await Deno.readTextFile(new URL("ARCHITECTURE.md", top));
  const rooms = [...text.matchAll(/^\| `([^`]+)` +\| (.*?) +\|/gm)].flatMap(([, room, files]) =>
    [...files.matchAll(/`([^`]+)`/g)].map(([, file]) => `${room.replace(/\/$/, "")}/${file}`)
  );
  ok(rooms.length > 30);
  const paths = [...text.matchAll(/`((?:cli|lib|tests|tui)\/[\w/]+\.ts)`/g)].map(([, path]) => path);
  for (const path of [...rooms, ...paths]) {
    ok(await Deno.stat(new URL(path, top)).catch(() => undefined), path);
  }
});
