/**
 * Commands of bots in the box, in the palette and in lines. `deno run -A tests/tui/commands_test.ts write` writes the
 * golden text anew.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type AliasHost, readAliases } from "../../lib/identity/aliases.ts";
import { encodeOverlay } from "../../lib/overlay/frame.ts";
import { rename } from "../../tui/effects/rename.ts";
import { askedBy } from "../../tui/lines/asked.ts";
import { LINE_COLUMNS, Linear } from "../../tui/lines/linear.ts";
import type { KnownCommand } from "../../tui/state/effect.ts";
import { openThread } from "../../tui/state/model.ts";
import type { Effect } from "../../tui/state/types.ts";
import { memoryFiles } from "../fakes/files.ts";
import { ALICE, BOB, CAROL, Stage } from "./stage.ts";

const KNOWN: readonly KnownCommand[] = [
  { bot: ALICE, name: "uptime", help: "How long it runs" },
  { bot: ALICE, name: "update", help: "" },
  { bot: BOB, name: "uptime", help: "The same of another" },
  { bot: BOB, name: "restart", help: "Starts it again" },
];

/** A conversation in which two bots announce commands. */
class Heard extends Stage {
  known = KNOWN;

  override answer(effect: Effect): void {
    if (effect.kind !== "bot-commands") return super.answer(effect);
    const { id, then } = effect;
    this.tell({ kind: "bot-commands", id, commands: this.known, ...(then && { then }) });
  }
}

function opened(columns = 80, rows = 16): Heard {
  const stage = new Heard(columns, rows);
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("\r");
  return stage;
}

const draftOf = ({ model }: Stage): string => openThread(model)!.thread.draft.text;
const sentBy = ({ done }: Stage): string[] =>
  done.flatMap((effect) => effect.kind === "send" ? [effect.text] : []);

Deno.test("Tab completes a command of a bot at the beginning of the box, with what it does", () => {
  const stage = opened();
  stage.type("//re\t");
  strictEqual(draftOf(stage), "/restart ");
  ok(stage.screen.at(-1)!.includes("/restart: Starts it again, from bob"), stage.screen.at(-1));
  stage.type("now\r");
  deepStrictEqual(sentBy(stage), ["/restart now"]);
  stage.type("//u\t");
  strictEqual(draftOf(stage), "/up", "as far as it goes");
  ok(stage.screen.at(-1)!.includes("/uptime: How long it runs, from alice"), stage.screen.at(-1));
  stage.type("x\t");
  strictEqual(draftOf(stage), "/upx");
  stage.type("\x15see /re\t");
  strictEqual(draftOf(stage), "see /re", "only at the beginning");
  strictEqual(stage.done.filter(({ kind }) => kind === "bot-commands").length, 1, "asked once");
});

Deno.test("In the palette they stand behind ours, are completed, and are written into the box", () => {
  const stage = opened();
  stage.type("/upt");
  ok(stage.screen.some((row) => row.includes("/uptime") && row.includes("How long it runs, from alice")));
  stage.type("\t");
  stage.type("now\r");
  strictEqual(draftOf(stage), "/uptime now");
  deepStrictEqual(sentBy(stage), []);
  stage.type("\r");
  deepStrictEqual(sentBy(stage), ["/uptime now"]);
  stage.known = [{ bot: ALICE, name: "help", help: "Of the bot" }];
  stage.receive(ALICE, {
    text: encodeOverlay({
      overlay: 1001,
      data: '{"c":[["help","Of the bot"]]}',
      fallback: "[bot]",
      extra: { s: 5 },
    }),
  });
  stage.type("/help");
  strictEqual(stage.screen.filter((row) => row.includes("help")).length >= 2, true, "ours and the bot's");
  stage.type("\r");
  ok(stage.screen.some((row) => row.includes("Help")), "ours is first");
});

/** What the linear mode says to lines that are typed. */
function aloud(...lines: readonly string[]): string[] {
  const stage = new Heard(LINE_COLUMNS, 20, { focused: true });
  const linear = new Linear();
  const said: string[] = [];
  stage.onStep = (before, msg, after) => void said.push(...linear.lines(before, msg, after));
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE, bob: BOB });
  for (const line of ["/open alice", ...lines]) {
    said.push(`> ${line}`);
    stage.tell(askedBy(stage.model, line) as never);
  }
  return said.slice(said.indexOf(`> ${lines[0]}`));
}

Deno.test("In lines a bot's command is sent, a beginning is told what it may become, and help has all", () => {
  const said = aloud("/uptime now", "/u", "/nothing", "/help");
  deepStrictEqual(said.slice(1, said.indexOf("> /help")), [
    "> /u",
    "Which one: /uptime: How long it runs, from alice; /update: from alice",
    "> /nothing",
    "There is no command nothing",
  ]);
  ok(said.includes("/restart: Starts it again, from bob"));
  strictEqual(said.filter((line) => line.startsWith("/uptime")).length, 1);
});

function golden(): string {
  const parts = [[80, 16], [40, 12]].flatMap(([columns, rows]) => {
    const stage = opened(columns, rows);
    stage.type("/up");
    const palette = stage.screen;
    stage.type("\x1b");
    stage.type("//res\t");
    return [
      `== the palette at ${columns}×${rows}\n${palette.join("\n")}`,
      `== completed at ${columns}×${rows}\n${stage.screen.join("\n")}`,
    ];
  });
  return [...parts, `== in lines\n${aloud("/u", "/restart now").join("\n")}`].join("\n\n") + "\n";
}

const FILE = new URL("golden/commands.txt", import.meta.url);
if (Deno.args[0] === "write") await Deno.writeTextFile(FILE, golden());

Deno.test("Commands of bots look as they were looked at", async () => {
  strictEqual(golden(), await Deno.readTextFile(FILE));
});

Deno.test("What is typed in the palette and is no command is told, stays to be mended, and is sent to nobody", () => {
  const stage = opened();
  stage.type("/serach\r");
  strictEqual(stage.screen.at(-1)!.trimEnd(), "There is no command serach. Did you mean search?");
  strictEqual(stage.screen[2].trimEnd(), "/ serach");
  for (const keys of ["\x1b", "/etc/hosts\r"]) stage.type(keys);
  strictEqual(stage.screen.at(-1)!.trimEnd(), "There is no command etc/hosts. // begins a text with a slash");
  for (const keys of ["\x1b", "//etc/hosts"]) stage.type(keys);
  strictEqual(draftOf(stage), "/etc/hosts");
  stage.type("\x15/serach\r");
  stage.type("\x7f\x7f\x7f\x7farch\r");
  ok(stage.screen.some((row) => row.startsWith("Search")), stage.screen.join("\n"));
  deepStrictEqual(sentBy(stage), []);
});

Deno.test("Of a command that only its description finds the name is written, and the next Enter runs it", () => {
  const stage = opened();
  stage.type("/who");
  const [row] = stage.screen.filter((line) => line.trimStart().startsWith("▸"));
  const name = /▸ (\S+)/.exec(row)![1];
  ok(!name.includes("who"), row);
  stage.done.length = 0;
  stage.type("\r");
  strictEqual(stage.screen.at(-1)!.trimEnd(), `Enter runs /${name}`);
  strictEqual(stage.screen[2].trimEnd(), `/ ${name}`);
  deepStrictEqual(stage.done, []);
  stage.type("\r");
  ok(stage.model.overlays.at(-1)?.name !== "palette", "it was run");
});

Deno.test("A command that can't do what follows it says so, and changes nothing", () => {
  const stage = opened();
  const said = (name: string, argument: string): string => {
    stage.tell({ kind: "command", name, argument });
    return stage.screen.at(-1)!;
  };
  strictEqual(said("bell", "on"), "The bell rings");
  strictEqual(said("bell", "maybe"), "The bell is on or off");
  strictEqual(stage.model.preferences.bell, true);
  strictEqual(said("level", "some"), "Notices are all, mentions or none");
  for (const day of ["2026-02-30", "2026-13-01", "", "-3"]) {
    strictEqual(said("date", day), "A day is 2026-11-27, today, yesterday, or a number of days ago", day);
  }
});

Deno.test("A name that another key had is told to be taken from it", async () => {
  const host: AliasHost = {
    files: memoryFiles(),
    os: "unix",
    env: (name) => name === "HOME" ? "/h" : undefined,
  };
  const all = async (): Promise<unknown> => Object.fromEntries(await readAliases(host));
  strictEqual(await rename(host, ALICE, "ann"), "The name is ann");
  strictEqual(await rename(host, BOB, "bob"), "The name is bob");
  strictEqual(await rename(host, BOB, "bob"), "The name is bob");
  strictEqual(
    await rename(host, ALICE, "bob"),
    `The name is bob; it was ${BOB.slice(0, 8)}…'s, who has none by it now`,
  );
  deepStrictEqual(await all(), { bob: ALICE });
  for (const name of ["\u00e9va", "e\u0301va", "\u00e9va"]) {
    strictEqual(await rename(host, ALICE, name), `The name is ${name}`);
    deepStrictEqual([...await readAliases(host)], [[name, ALICE]], "one name, as it was given last");
  }
  strictEqual(await rename(host, ALICE, undefined), "The name is gone");
  deepStrictEqual(await all(), {});
});

Deno.test("A number names a place in the list to look there, and nobody whom something is done with", () => {
  const stage = new Stage();
  for (const peer of [ALICE, BOB, CAROL]) stage.keep(peer, { text: "hello" });
  stage.begin({ alice: ALICE, bob: BOB });
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  const parts = { mode: "private", kind: "private", role: "owner", status: "active", admin: true } as const;
  stage.tell({ kind: "groups", groups: [{ id: group, name: "ops", members: 1, ...parts }] });
  stage.tell({ kind: "command", name: "open", argument: "ops" });
  for (const [name, argument] of [["add", "3"], ["unban", "1"], ["new", "2"], ["add", "bo"]]) {
    stage.done.length = 0;
    stage.tell({ kind: "command", name, argument });
    deepStrictEqual(stage.done, [], name);
    strictEqual(stage.model.notice?.style, "error");
  }
  stage.tell({ kind: "command", name: "open", argument: "1" });
  ok(stage.model.open?.startsWith("person:"), stage.model.open);
});

Deno.test("A beginning of a key that looks like a number is one, and in the box for a new conversation the row holds", () => {
  const stage = new Stage();
  const [key, other] = [`02${"27".repeat(32)}`, `03${"27".repeat(32)}`];
  for (const peer of [ALICE, BOB, CAROL, key]) stage.keep(peer, { text: "hello" });
  stage.begin({ alice: ALICE, anna: other, bob: BOB });
  stage.tell({ kind: "command", name: "open", argument: "0227" });
  strictEqual(stage.model.open, `person:${key}`);
  const opens = (typed: string): string | undefined => {
    stage.tell({ kind: "command", name: "list", argument: "" });
    stage.type(`n${typed}\r`);
    return stage.model.open;
  };
  strictEqual(opens("03"), `person:${other}`, "the row that is marked, not the third of the list");
  strictEqual(opens("a\x1b[B"), `person:${other}`, "the row that was gone to");
  strictEqual(opens("alice"), `person:${ALICE}`);
});

Deno.test("What follows a command that takes nothing is told, and nobody else is meant by it", () => {
  const stage = opened(100);
  stage.tell({ kind: "command", name: "open", argument: "bob" });
  stage.done.length = 0;
  for (const name of ["block", "unpair", "pair", "accept", "unalias", "key", "forget"]) {
    stage.tell({ kind: "command", name, argument: "alice" });
    strictEqual(stage.model.notice?.text, `/${name} takes nothing behind it: it is about bob here`);
    strictEqual(stage.model.overlays.length, 0, name);
  }
  stage.tell({ kind: "command", name: "quit", argument: "please" });
  strictEqual(stage.model.notice?.text, "/quit takes nothing behind it");
  deepStrictEqual(stage.done.filter(({ kind }) => kind !== "status"), []);
  stage.type("/lists Shopping\r");
  strictEqual(stage.screen.at(-1), "/lists takes nothing behind it: it is about bob here");
  strictEqual(stage.screen[2].split("│")[1].trim(), "/ lists Shopping", "it stays to be mended");
  stage.type("\x17\r");
  strictEqual(stage.model.overlays.at(-1)?.name, "lists");
});

Deno.test("On another row of the list a command is not about the conversation that is open still", () => {
  const stage = opened(100);
  stage.keep(BOB, { text: "hi" });
  stage.tell({ kind: "command", name: "refresh", argument: "" });
  stage.tell({ kind: "command", name: "list", argument: "" });
  stage.type("\x1b[A\x1b[B");
  const other = stage.model.picker.selected === `person:${ALICE}` ? "\x1b[A" : "";
  stage.type(other);
  strictEqual(stage.model.picker.selected, `person:${BOB}`);
  stage.done.length = 0;
  for (
    const [name, argument] of [["send", "hi"], ["send-file", "/etc/hosts"], ["board", ""], ["pace", "30s"]]
  ) {
    stage.tell({ kind: "command", name, argument });
    strictEqual(stage.model.notice?.text, "Open a conversation first", name);
  }
  deepStrictEqual(stage.done, []);
  stage.tell({ kind: "command", name: "list", argument: "" });
  stage.tell({ kind: "command", name: "board", argument: "" });
  strictEqual(stage.model.overlays.at(-1)?.name, "board", "on its own row it is");
});

Deno.test("Tab in the palette keeps what follows the name, and there is all that may follow it", () => {
  const stage = opened();
  stage.type("/send-inv me 1\t");
  strictEqual(stage.screen[2].trimEnd(), "/ send-inv me 1", "with words behind it the name is to be whole");
  stage.type("\x15send-invite me 1\t");
  strictEqual(stage.screen[2].trimEnd(), "/ send-invite me 1");
  ok(stage.screen[3].startsWith("▸ send-invite GROUP|me [USES [TIME]] Write an invite"), stage.screen[3]);
});
