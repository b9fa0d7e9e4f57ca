/** Garbage at the end of any file that we keep: what is whole is used, the rest is set aside, the command goes on. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, NOBODY, type TestNetwork } from "./network.ts";

const GARBAGE = "garbage";
const BLOCKED = `03${NOBODY.slice(2)}`;

/** Appends to every file below a directory, save what is set aside already and what belongs to running programs. */
async function damage(directory: string): Promise<string[]> {
  const damaged: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) damaged.push(...await damage(path));
    else if (entry.isFile && !/\.damaged-\d+$/.test(path)) {
      await Deno.writeTextFile(path, GARBAGE, { append: true });
      damaged.push(path.slice(directory.length + 1));
    }
  }
  return damaged;
}

async function look(network: TestNetwork, line: string) {
  const { status, stdout: out, stderr: err } = await network.stage.run(line);
  return { status, out, err };
}

const texts = (history: string): string[] => history.trim().split("\n").map((line) => JSON.parse(line).text);

networkTest(
  "Garbage at the end of every file that we keep stops no command",
  async (network: TestNetwork) => {
    const { home } = network.stage;
    const data = `${home}/.local/share/dmsg`;
    const own = `${data}/identities/a`;
    const { process: peer, pk } = await network.resident("peer", "listen");
    const run = async (...args: string[]) => {
      const line = `dmsg ${args.join(" ")} --identity a`;
      const isSend = args[0] === "send";
      const { status, out, err } = isSend ? await network.run("a", args) : await look(network, line);
      strictEqual(status, 0, `${args}: ${status} ${err}`);
      return { out, err };
    };
    await network.stage.run(`dmsg alias add friend ${pk}`);
    await network.stage.run("dmsg id --identity a");
    strictEqual((await look(network, `dmsg block ${BLOCKED} --identity a`)).status, 0);
    // The mark of --exec, as it is after a message.
    const { process: exec } = await network.resident("a", "listen", "--exec", "cat");
    exec.kill("SIGTERM");
    await exec.ended();
    const sent = ["one"];
    await run("send", pk, "one");
    const id = (await network.stage.run("dmsg id --identity a")).stdout;
    for (
      const args of [["send", "friend", "two"], ["history", "--json"], ["send", "friend", "three"], [
        "status",
      ]]
    ) {
      const damaged = await damage(own);
      ok(damaged.some((path) => path.endsWith("identity.key")), `${damaged}`);
      await damage(`${home}/.config`);
      const { out, err } = await run(...args);
      match(err, /warning: 7 bytes of \S+ can't be read; they are in \S+\.damaged-1 now\n/);
      if (args[0] === "send") sent.push(args[2]);
      if (args[0] === "history") deepStrictEqual(texts(out), sent);
    }
    await damage(own);
    const { process: daemon } = await network.resident("a", "listen", "--exec", "cat > /dev/null");
    await damage(`${own}/run`); // also while it runs
    await run("send", pk, "four");
    daemon.kill("SIGTERM");
    await daemon.ended();
    deepStrictEqual(texts((await run("history", "--json")).out), [...sent, "four"]);
    strictEqual((await network.stage.run("dmsg id --identity a")).stdout, id);
    strictEqual((await network.run("a", ["send", BLOCKED, "no"])).status, 4, "the block holds");
    await Deno.writeTextFile(`${own}/store/blocked`, "no list at all");
    strictEqual(
      (await network.run("a", ["send", BLOCKED, "no"])).status,
      4,
      "and is made anew from the store",
    );
    const aside = [...Deno.readDirSync(`${own}/store`)].filter(({ name }) => name.includes(".damaged-"));
    ok(aside.length > 0);
    for (const { name } of aside) ok((await Deno.stat(`${own}/store/${name}`)).size >= 7);
    ok(peer);
    // What breaks off, and what has nothing in it.
    const aliases = `${home}/.config/skywire/skychat-aliases.json`;
    await Deno.writeTextFile(aliases, `{\n  "friend": "${pk}",\n  "fo`);
    match((await run("send", "friend", "five")).err, /skychat-aliases\.json\.damaged-\d+ now\n/);
    await Deno.truncate(aliases);
    await run("history");
    await Deno.truncate(`${own}/exec.cursor`);
    const { process: again } = await network.resident("a", "listen", "--exec", "cat > /dev/null");
    await again.prints("stderr", "exec.cursor does not say any more which messages are done");
    again.kill("SIGTERM");
    await again.ended();
    const config = `${home}/.config/dmsg/config.json`;
    await Deno.mkdir(`${home}/.config/dmsg`, { recursive: true });
    await Deno.writeTextFile(config, '{\n  "receipts": true\n}\ngarbage');
    const { status, err } = await look(network, "dmsg status --identity a");
    strictEqual(status, 2);
    match(err, /^dmsg: \S+config\.json is not JSON: see line 4, column 1\nhint: /);
    ok((await Deno.readTextFile(config)).endsWith(GARBAGE), "a file of the user's stays as it is");
  },
);

networkTest("A store of 0 bytes is told, and cursors of the old one as well", async (network) => {
  const own = `${network.stage.home}/.local/share/dmsg/identities/a`;
  const { process: listen, pk } = await network.resident("a", "listen", "--json");
  strictEqual((await network.run("b", ["send", pk, "old"])).status, 0);
  const line = (await listen.prints("stdout", '"old"')).trim().split("\n").at(-1)!;
  listen.kill("SIGTERM");
  await listen.ended();
  for (const name of ["messages.kv", "sent.log", "sent-2.log"]) {
    await Deno.truncate(`${own}/store/${name}`).catch(() => {});
  }
  const { err } = await look(network, "dmsg status --identity a");
  match(err, /^warning: \S+messages\.kv has 0 bytes: the messages that were in it are gone/);
  const { process: again } = await network.resident(
    "a",
    "listen",
    "--json",
    "--since",
    `${JSON.parse(line).cursor}`,
  );
  strictEqual((await network.run("b", ["send", pk, "new"])).status, 0);
  const lines = (await again.prints("stdout", '"new"')).trim().split("\n").map((text) => JSON.parse(text));
  const lost = lines.find(({ type }) => type === "lost");
  deepStrictEqual([lost?.foreign, lost?.cursor], [true, 0]);
});
