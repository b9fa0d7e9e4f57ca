import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { KV_TOKEN, startKvServer } from "../fakes/kv_connect.ts";
import { newStage } from "../script/script.ts";
import { Running } from "./network.ts";

Deno.test({
  name: "A discovery and two daemons keep everything on one KV Connect server, and their logs hold no token",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = startKvServer();
    const variables = { DMSG_STORE: server.url, DENO_KV_ACCESS_TOKEN: KV_TOKEN };
    await using stage = await newStage(undefined, variables);
    const all: Running[] = [];
    const start = (...args: string[]): Running => {
      const process = new Running(stage.start(args));
      all.push(process);
      return process;
    };
    const free = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
    try {
      const serve = start("serve", "--json", "--store", server.url, ...free);
      const { discovery } = JSON.parse(await serve.prints("stdout", "\n"));
      const pks: string[] = [];
      for (const identity of ["a", "b"]) {
        const daemon = start("daemon", "--local", "--identity", identity);
        pks.push(/reachable pk=(\w+)/.exec(await daemon.prints("stdout", "reachable pk="))![1]);
      }
      const sent = await stage.run(`dmsg send --local --identity b ${pks[0]} 'kept elsewhere'`);
      deepStrictEqual([sent.status, sent.stderr], [0, ""]);
      // Another discovery on the same server knows the same entries.
      const second = start("serve", "--json", "--store", server.url, ...free, "--data-dir", "second");
      const other = JSON.parse(await second.prints("stdout", "\n")).discovery;
      ok(other !== discovery);
      strictEqual((await stage.run(`dmsg disc entry --discovery ${other} ${pks[0]}`)).status, 0);
      const values = (): string => [...server.rows.values()].map(({ value }) => fromUtf8(value)).join("\n");
      ok(values().includes(pks[0]), "the entry of the discovery"); // a daemon takes its own back at its end
      for (const process of all) process.kill("SIGTERM");
      for (const process of all) {
        const { status, stdout, stderr } = await process.ended();
        strictEqual(status, 143);
        ok(!`${fromUtf8(stdout)}${stderr}`.includes(KV_TOKEN));
      }
      for (const [identity, way] of [["a", "in"], ["b", "out"]]) {
        const { stdout } = await stage.run(`dmsg history --identity ${identity}`);
        match(stdout, new RegExp(`^\\S+ \\S+ \\[${way} @ 0[23]\\w+\\] kept elsewhere\\n$`));
      }
      strictEqual((await stage.run("find . -name '*.kv'")).stdout, "");
      ok(!values().includes("kept elsewhere"));
      const refused = await stage.run("DENO_KV_ACCESS_TOKEN=other dmsg history --identity a");
      deepStrictEqual([refused.status, /token is missing or refused/.test(refused.stderr)], [5, true]);
      for (const token of ["DENO_KV_ACCESS_TOKEN=other", "env -u DENO_KV_ACCESS_TOKEN"]) {
        const serve = await stage.run(`${token} dmsg serve --store ${server.url} ${free.join(" ")}`);
        deepStrictEqual([serve.status, serve.stderr], [
          5,
          `dmsg: Cannot open the entries in ${server.url}: the access token is missing or refused\n` +
          "hint: Set DENO_KV_ACCESS_TOKEN to the server's token.\n",
        ]);
      }
    } finally {
      for (const process of all) process.kill("SIGKILL");
      for (const process of all) await process.ended();
    }
  },
});
