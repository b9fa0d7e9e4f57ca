import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { commands } from "../../cli/commands/mod.ts";
import { needsOf } from "../../cli/permissions.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { RUN_ARGS, TOP } from "../../scripts/release.ts";
import { Running } from "../e2e/network.ts";
import { newStage } from "../script/script.ts";

const KINDS = ["net", "read", "write", "env", "sys", "run", "ffi", "import"] as const;

/** What is left after a list of needs: many lines of the table have the same, and each start takes its time. */
const leftOf = new Map<string, Promise<Record<string, string>>>();

/** Starts a program with the release's permissions, gives a line of the table back and tells what is left. */
async function leftAfter(args: readonly string[]): Promise<Record<string, string>> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...RUN_ARGS, "--cached-only", `${TOP}tests/release/left.ts`, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  strictEqual(fromUtf8(stderr), "");
  return JSON.parse(fromUtf8(stdout));
}

for (const [name, line] of Object.entries(commands)) {
  Deno.test(`Permissions of ${name} are those of its line: ${line.needs.join(", ") || "none"}`, async () => {
    const expected = KINDS.map((kind) => {
      const kept = (line.needs as readonly string[]).includes(kind);
      return [kind, kept ? (kind === "env" ? "HOME only" : "works") : "NotCapable"];
    });
    const needs = needsOf(line, [name]).toSorted().join();
    if (!leftOf.has(needs)) leftOf.set(needs, leftAfter([name]));
    deepStrictEqual(await leftOf.get(needs), Object.fromEntries(expected));
  });
}

Deno.test("Plain listen and sync can't run a program, with --exec they can", async () => {
  strictEqual((await leftAfter(["listen", "--json"])).run, "NotCapable");
  strictEqual((await leftAfter(["listen", "--", "--exec"])).run, "NotCapable");
  strictEqual((await leftAfter(["listen", "--exec", "true"])).run, "works");
  strictEqual((await leftAfter(["listen", "--exec=true"])).run, "works");
  strictEqual((await leftAfter(["sync", "alice"])).run, "NotCapable");
  strictEqual((await leftAfter(["sync", "alice", "--exec", "true"])).run, "works");
});

Deno.test("Only listen --exec, sync --exec, bots that are programs, and chat for who sits at its terminal, may ever run a program, and nothing may load code or call into libraries", () => {
  for (const [name, line] of Object.entries(commands)) {
    ok(!line.needs.includes("run"), name);
    if (name !== "listen" && name !== "sync" && name !== "bot") {
      deepStrictEqual(line.needsWith ?? {}, {}, name);
    }
    if (name !== "chat") deepStrictEqual(line.needsAtTerminal ?? [], [], name);
  }
  deepStrictEqual(needsOf(commands.listen, ["listen", "--exec=x"]).includes("run"), true);
  deepStrictEqual(commands.sync.needsWith, { "--exec": ["run"] });
  deepStrictEqual(commands.bot.needsWith, { run: ["run"], cron: ["run"], visor: ["run"] });
  deepStrictEqual(needsOf(commands.bot, ["bot", "echo"]).includes("run"), false);
  deepStrictEqual(needsOf(commands.bot, ["bot", "--", "run"]).includes("run"), false);
  deepStrictEqual(needsOf(commands.chat, ["chat"], false).includes("run"), false);
  deepStrictEqual(needsOf(commands.chat, ["chat"], true).includes("run"), true);
});

Deno.test({
  name: "Commands that talk have given --allow-run back when they open their first socket",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    // The hook stands where an intruder's code would: it tries at each socket that the command opens.
    const hooked = [
      Deno.execPath(),
      ...RUN_ARGS,
      "--cached-only",
      "--preload",
      `${TOP}tests/release/hook.ts`,
    ];
    await using stage = await newStage([...hooked, `${TOP}main.ts`]);
    const all: Running[] = [];
    const start = (...args: string[]): Running => {
      const process = new Running(stage.start(args));
      all.push(process);
      return process;
    };
    const free = [
      "--discovery-address",
      "127.0.0.1:0",
      "--server-address",
      "127.0.0.1:0",
      "--store",
      "memory",
    ];
    try {
      const serve = start("serve", "--json", ...free);
      await serve.prints("stdout", "\n");
      const listen = start("listen", "--json", "--local", "--identity", "b");
      const { addr } = JSON.parse(await listen.prints("stdout", "\n"));
      const send = await start("send", "--local", addr, "hello").ended();
      strictEqual(send.status, 0);
      for (const process of [serve, listen]) process.kill("SIGTERM");
      for (const { stderr } of [send, await serve.ended(), await listen.ended()]) {
        match(stderr, /hook: run is NotCapable/);
        ok(!stderr.includes("hook: run works"), stderr);
      }
    } finally {
      for (const process of all) process.kill("SIGKILL");
      for (const process of all) await process.ended();
    }
  },
});
