import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { proposalsFrom, type Sources } from "../../cli/completion/completion.ts";
import { COMPLETION_SCRIPTS } from "../../cli/completion/scripts.ts";
import { commands } from "../../cli/commands/mod.ts";
import { TITLES_FILE, titlesFile } from "../../lib/app/overlays/titles_file.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { memoryFiles } from "../fakes/files.ts";
import { newStage } from "../script/script.ts";

const A = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const B = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const ALIASES = JSON.stringify({ alice: A, bob: B, "$(rm x)": A, "with space": A });
const sources: Sources = {
  env: (name) => name === "HOME" ? "/h" : undefined,
  os: "unix",
  files: memoryFiles({ "/h/.config/skywire/skychat-aliases.json": ALIASES }),
  list: (directory) =>
    ({ "/h/.local/share/dmsg/identities": ["home", "work"], "/d/identities": ["other"] })[directory] ?? [],
};

/** The values proposed at the end of a line. */
const proposed = async (line: string, from = sources): Promise<string[]> =>
  (await proposalsFrom(from, line.split(" "))).map((text) => text.split("\t")[0]);

Deno.test("Completion proposes commands, also after help", async () => {
  deepStrictEqual((await proposed("")).sort(), [...Object.keys(commands), "help"].sort());
  deepStrictEqual(await proposed("se"), ["send", "search", "send-file", "serve"]);
  const topics = ["chat-plain", "exit-status"];
  deepStrictEqual((await proposed("help ")).sort(), [...Object.keys(commands), ...topics].sort());
  deepStrictEqual(await proposed("help chat"), ["chat", "chat-plain"]);
  deepStrictEqual(await proposed("help id s"), ["show"]);
  deepStrictEqual(await proposed("nothing "), []);
});

Deno.test("Completion proposes the commands of a group, and flags of the one that runs without a name", async () => {
  deepStrictEqual(await proposed("id "), ["show", "ls", "create", "import", "export"]);
  deepStrictEqual(await proposed("id --q"), ["--qr"]);
  deepStrictEqual(await proposed("id create --id"), ["--identity"]);
});

Deno.test("Completion proposes flags with their meaning, not those that are hidden or given already", async () => {
  deepStrictEqual(await proposalsFrom(sources, ["listen", "--fr"]), [
    "--from\tShow messages of this peer only",
  ]);
  deepStrictEqual(await proposed("nc --js"), []);
  deepStrictEqual(await proposed("send --local --loc"), []);
  ok((await proposed("send -")).includes("--wait"));
});

Deno.test("Completion proposes aliases and keys where a peer is named", async () => {
  const lines = [
    ...["send ", "send --to ", "listen --from ", "chat ", "ping ", "nc ", "check ", "hold remove alice "],
    ...["pair add ", "pair accept --from ", "pair send ", "pair hold bob ", "hold add ", "group hold ops "],
    ...["send-file ", "send-file --quiet "],
  ];
  for (const line of lines) deepStrictEqual(await proposed(line), ["alice", "bob", A, B], line);
  deepStrictEqual(await proposalsFrom(sources, ["send", "b"]), [`bob\t${B}`]);
  deepStrictEqual(await proposed("send 02c"), [B]);
  deepStrictEqual(await proposed("send --to=a"), ["--to=alice"]);
  deepStrictEqual(await proposed("send alice,b"), ["alice,bob"]);
});

Deno.test("Completion proposes groups by what a shell takes, where one or a conversation is named", async () => {
  const [ops, crew, other] = ["a", "b", "c"].map((c) => `6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f5${c}`);
  const path = "/h/.local/share/dmsg/store/groups";
  const files = memoryFiles({
    "/h/.config/skywire/skychat-aliases.json": ALIASES,
    [path]: `${ops}\tops\n${crew}\tthe crew\n${other}\t$(rm x)\nno group\n`,
    "/h/.local/share/dmsg/identities/work/store/groups": `${crew}\tcrew\n`,
  });
  const from = { ...sources, files };
  deepStrictEqual(await proposalsFrom(from, ["group", "send", ""]), [
    `${crew}\tthe crew`,
    `${other}\t$(rm x)`,
    `ops\t${ops}`,
  ]);
  deepStrictEqual(await proposed("group info o", from), ["ops"]);
  for (const command of ["history", "chat", "chat --to", "send-file", "sync alice"]) {
    deepStrictEqual(await proposed(`${command} o`, from), ["ops"], command);
  }
  deepStrictEqual(await proposed("invite send alice m", from), ["me"]);
  deepStrictEqual(await proposed("invite send alice o", from), ["ops"]);
  // Behind the peer or the group come files, which the shell itself proposes.
  for (const line of ["send-file ops ", "send-file alice o", `send-file ${A} `, "send-file --to bob "]) {
    deepStrictEqual(await proposed(line, from), [], line);
  }
  deepStrictEqual(await proposed("group send --identity work c", from), ["crew"]);
});

Deno.test("Completion proposes lists, items, posts, polls and widgets of the conversation that is named", async () => {
  const files = memoryFiles({
    "/h/.config/skywire/skychat-aliases.json": ALIASES,
    "/h/.local/share/dmsg/identity.key": `${"01".repeat(32)}\n`,
  });
  const [shopping, chores] = ["aaaaaaaa11111111", "bbbbbbbb11111111"];
  await titlesFile({
    files,
    path: `/h/.local/share/dmsg/${TITLES_FILE}`,
    secret: new Uint8Array(32).fill(1),
    random: systemRandom,
  }).write(
    new Map([[A, [
      { kind: "list", id: shopping, text: "Shopping" },
      { kind: "item", id: "cccccccc11111111", text: "milk", list: shopping },
      { kind: "item", id: "cccccccc22222222", text: "brown bread", list: shopping },
      { kind: "item", id: "dddddddd11111111", text: "12", list: shopping },
      { kind: "list", id: chores, text: "Chores" },
      { kind: "item", id: "eeeeeeee11111111", text: "sweep", list: chores },
      { kind: "post", id: "ffffffff11111111", text: "Bike" },
      { kind: "poll", id: "0000000011111111", text: "When?" },
      { kind: "widget", id: "load", text: "load" },
    ]]]),
  );
  const from = { ...sources, files };
  deepStrictEqual(await proposalsFrom(from, ["list", "show", "alice", ""]), [
    `Shopping\t${shopping}`,
    `Chores\t${chores}`,
  ]);
  deepStrictEqual(await proposalsFrom(from, ["list", "check", "alice", "Shopping", ""]), [
    "milk\tcccccccc11111111",
    "cccccccc22222222\tbrown bread",
    "dddddddd\t12",
  ]);
  deepStrictEqual(await proposed(`list check --wait 5s ${A} bbbbbbbb s`, from), ["sweep"]);
  deepStrictEqual(await proposalsFrom(from, ["board", "reply", "alice", ""]), ["ffffffff\tBike"]);
  deepStrictEqual(await proposalsFrom(from, ["poll", "vote", "alice", ""]), ["00000000\tWhen?"]);
  deepStrictEqual(await proposed("widget alice ", from), ["load"]);
  deepStrictEqual(await proposed("list show bob ", from), []);
  deepStrictEqual(await proposed("list show alice "), []);
});

Deno.test("A conversation that is called as a command or an identity of the line is meant by arguments alone", async () => {
  const [board, list] = ["a", "b"].map((c) => `6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f5${c}`);
  const places = ["/h/.local/share/dmsg", "/h/.local/share/dmsg/identities/bob"];
  const files = memoryFiles({
    "/h/.config/skywire/skychat-aliases.json": ALIASES,
    ...Object.fromEntries(places.flatMap((place) => [
      [`${place}/identity.key`, `${"01".repeat(32)}\n`],
      [`${place}/store/groups`, `${board}\tboard\n${list}\tlist\n`],
    ])),
  });
  const things = new Map([A, B, board, list].map((conversation, at) => [
    conversation,
    [
      { kind: "list", id: `${at}aaaaaaa11111111`, text: `List${at}` },
      { kind: "post", id: `${at}bbbbbbb11111111`, text: "Bike" },
    ] as const,
  ]));
  for (const place of places) {
    const path = `${place}/${TITLES_FILE}`;
    await titlesFile({ files, path, secret: new Uint8Array(32).fill(1), random: systemRandom }).write(things);
  }
  const from = { ...sources, files };
  deepStrictEqual(await proposed("board show alice ", from), ["0bbbbbbb"]);
  deepStrictEqual(await proposed("board show board ", from), ["2bbbbbbb"]);
  deepStrictEqual(await proposed("list show bob ", from), ["List1"]);
  deepStrictEqual(await proposed("list show list ", from), ["List3"]);
  for (const flags of ["--identity bob", "--json --identity bob --", "--id bob --to alice,bob -w 5s"]) {
    deepStrictEqual(await proposed(`list add ${flags} alice `, from), ["List0"], flags);
  }
  deepStrictEqual(await proposed("send-file --identity bob al", from), ["alice"]);
  deepStrictEqual(await proposed("send-file --identity bob alice al", from), []);
});

Deno.test("Completion proposes identities of the data directory that the line names", async () => {
  deepStrictEqual(await proposed("send --identity "), ["home", "work"]);
  deepStrictEqual(await proposed("send --identity w"), ["work"]);
  deepStrictEqual(await proposed("id --identity=w"), ["--identity=work"]);
  deepStrictEqual(await proposed("send --data-dir /d --identity "), ["other"]);
});

Deno.test("Completion proposes the choices of a flag and of an argument", async () => {
  deepStrictEqual(await proposed("group peer-backfill ops o"), ["on", "off"]);
  deepStrictEqual(await proposed("serve --store "), ["file", "memory"]);
  deepStrictEqual((await proposed("completion ")).sort(), ["bash", "fish", "zsh"]);
});

/** Whether a shell can be started. */
function has(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["-c", "exit 0"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** A test that starts a shell; skipped by name where there is none. */
function shellTest(shell: string, name: string, fn: () => Promise<void>): void {
  const ignore = !has(shell);
  Deno.test({ name: ignore ? `${name} (skipped: there is no ${shell})` : name, ignore, fn });
}

/** What a shell prints of a script, with aliases and an identity at home. */
async function printed(shell: string, script: string): Promise<string[]> {
  await using stage = await newStage();
  const folder = `${stage.home}/.config/skywire`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/skychat-aliases.json`, ALIASES);
  await Deno.mkdir(`${stage.home}/.local/share/dmsg/identities/work`, { recursive: true });
  await Deno.writeTextFile(`${stage.home}/try`, script);
  const { stdout, stderr } = await stage.run(`${shell} try`);
  strictEqual(stderr, "");
  return stdout.trimEnd().split("\n");
}

shellTest("bash", "Completion in bash completes words as they are typed", async () => {
  // What bash hands over: it cuts words at `=`.
  const cases: [words: string, expected: string][] = [
    ["dmsg se", "send search send-file serve"],
    ["dmsg send al", "alice"],
    ["dmsg send --identity = w", "work"],
    ["dmsg id --identity =", "work"],
    ["dmsg completion z", "zsh"],
  ];
  const lines = cases.map(([words]) =>
    `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _dmsg dmsg; echo "\${COMPREPLY[*]}"`
  );
  const script = `eval "$(dmsg completion bash)"; complete -p dmsg; ${lines.join("; ")}`;
  deepStrictEqual(await printed("bash", script), [
    "complete -o default -F _dmsg dmsg",
    ...cases.map(([, expected]) => expected),
  ]);
});

shellTest("bash", "Completion in bash completes behind an alias", async () => {
  const script = [
    "shopt -s expand_aliases",
    `alias d="command dmsg"`,
    'eval "$(dmsg completion bash)"; complete -o default -F _dmsg d',
    `COMP_WORDS=(d send "it's; echo no" al); COMP_CWORD=3; _dmsg d; echo "\${COMPREPLY[*]}"`,
    `COMP_WORDS=(d send al); COMP_CWORD=2; _dmsg d; echo "\${COMPREPLY[*]}"`,
  ];
  deepStrictEqual(await printed("bash", script.join("\n")), ["", "alice"]);
});

shellTest("zsh", "Completion in zsh completes behind an alias that is not replaced before", async () => {
  const script = [
    "compdef() { }; _files() { print files }; _describe() { print -rl -- ${(P)2} }",
    'eval "$(dmsg completion zsh)"',
    `alias d="command dmsg"`,
    "words=(d send al) CURRENT=3; _dmsg",
  ];
  deepStrictEqual(await printed("zsh -f", script.join("\n")), [`alice:${A}`]);
});

shellTest("zsh", "Completion in zsh completes words as they are typed", async () => {
  // Value and meaning as zsh's own function is given them; a colon in a value has a backslash.
  const cases: [words: string, expected: string[]][] = [
    ["dmsg se", [
      "send:Send a message to a peer and wait for its ack",
      "search:Find messages by their text",
      "send-file:Send files to a peer who accepts them",
      "serve:Run a private network on this machine",
    ]],
    ["dmsg send al", [`alice:${A}`]],
    ["dmsg send --identity w", ["work:identity"]],
    ["dmsg send --identity=w", ["--identity=work:identity"]],
    ["dmsg import /e", ["files"]],
  ];
  const script = [
    'compdef() { print "$@" }; _files() { print files }; _describe() { print -rl -- ${(P)2} }',
    'eval "$(dmsg completion zsh)"',
    ...cases.map(([words]) => `words=(${words}) CURRENT=\${#words}; _dmsg`),
  ];
  const expected = ["_dmsg dmsg", ...cases.flatMap(([, lines]) => lines)];
  deepStrictEqual(await printed("zsh -f", script.join("\n")), expected);
});

shellTest("fish", "Completion in fish completes words as they are typed", async () => {
  const cases: [words: string, expected: string[]][] = [
    ["dmsg se", [
      "search\tFind messages by their text",
      "send\tSend a message to a peer and wait for its ack",
      "send-file\tSend files to a peer who accepts them",
      "serve\tRun a private network on this machine",
    ]],
    ["dmsg send al", [`alice\t${A}`]],
    ["dmsg send --identity w", ["work\tidentity"]],
    ["dmsg send --identity=w", ["--identity=work\tidentity"]],
    ["dmsg import tr", ["try"]],
  ];
  const script = ["dmsg completion fish | source", ...cases.map(([words]) => `complete -C '${words}'`)];
  deepStrictEqual(
    await printed("fish --no-config", script.join("\n")),
    cases.flatMap(([, lines]) => lines),
  );
});

for (const [shell, check] of [["bash", "-n"], ["zsh", "-n"], ["fish", "--no-execute"]] as const) {
  shellTest(shell, `Completion script of ${shell} is one that ${shell} reads`, async () => {
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, COMPLETION_SCRIPTS[shell]);
    const { success, stderr } = await new Deno.Command(shell, { args: [check, path] }).output();
    ok(success, new TextDecoder().decode(stderr));
    await Deno.remove(path);
  });
}
