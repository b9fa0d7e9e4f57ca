import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, Running } from "./network.ts";
import { hostOn, noise, received } from "./scp_stage.ts";

/** Blocks that have come and need not have been synced when a copy breaks: one that is, and two that wait for it. */
const UNSYNCED = 3 * 2 ** 20;

networkTest(
  "scp --to pushes to each at its own pace, and --retry-failed goes on with who was away",
  async (network) => {
    const { list, me, home, pk } = await hostOn(network);
    await list(me);
    await Deno.writeTextFile(`${home}/f`, "for all");
    const away = (await network.look("away", "id")).trim();
    const first = await network.run("me", ["scp", "--to", `${pk},${away}`, "f", ":in/"]);
    strictEqual(first.status, 11, first.err);
    match(first.err, new RegExp(`${pk.slice(0, 24)} +1 copied +0 failed`));
    match(first.err, new RegExp(`${away.slice(0, 24)} +0 copied +1 failed`));
    strictEqual(await Deno.readTextFile(`${home}/shared/in/f`), "for all");
    await Deno.mkdir(`${home}/second`);
    await Deno.writeTextFile(`${home}/list2`, me);
    const process = network.start("away", "scp-host", "second", "--scp-whitelist", "list2");
    await process.prints("stdout", "hosting");
    strictEqual((await network.run("me", ["scp", "--retry-failed"])).status, 0);
    strictEqual(await Deno.readTextFile(`${home}/second/in/f`), "for all");
    strictEqual((await network.run("me", ["scp", "--retry-failed"])).status, 2);
  },
);

/** A large file behind a small one, to one peer, ended in the middle of the large one. */
async function endedInTheMiddle(network: Parameters<typeof hostOn>[0], how: Deno.Signal, status: number) {
  const stage = await hostOn(network);
  const { list, me, home, pk } = stage;
  await list(me);
  await Deno.writeTextFile(`${home}/a`, "a");
  const bytes = noise(24 * 2 ** 20);
  await Deno.writeFile(`${home}/b`, bytes);
  const running = network.start("me", "scp", "--to", pk, "--limit", "4M", "a", "b", ":");
  await received(running, `${home}/shared`, 2 ** 20);
  running.kill(how);
  strictEqual((await running.ended()).status, status);
  return { ...stage, bytes };
}

networkTest("scp --to that is ended leaves to --retry-failed what nobody has yet", async (network) => {
  const { home, read, bytes } = await endedInTheMiddle(network, "SIGINT", 130);
  strictEqual(await read("a"), "a");
  await Deno.remove(`${home}/a`);
  const again = await network.run("me", ["scp", "--retry-failed"]);
  strictEqual(again.status, 0, again.err);
  deepStrictEqual(await Deno.readFile(`${home}/shared/b`), bytes);
});

networkTest(
  "scp --to that is killed leaves to --retry-failed all that it was to deliver",
  async (network) => {
    const { home, read, bytes } = await endedInTheMiddle(network, "SIGKILL", 137);
    const again = await network.run("me", ["scp", "--retry-failed"]);
    strictEqual(again.status, 0, again.err);
    strictEqual(await read("a"), "a");
    deepStrictEqual(await Deno.readFile(`${home}/shared/b`), bytes);
    strictEqual((await network.run("me", ["scp", "--retry-failed"])).status, 2, "nothing is left");
  },
);

networkTest(
  "A copy that is killed goes on where it was, both ways, and sends no more than what is missing",
  async (network) => {
    const { scp, list, home, me, pk } = await hostOn(network);
    await list(me);
    const size = 10 * 2 ** 20;
    const bytes = noise(size);
    await Deno.writeFile(`${home}/big`, bytes);
    const killedAt = async (args: string[], directory: string): Promise<void> => {
      // Slow enough that it is not over before this process looks.
      const running = network.start("me", "scp", "--limit", "2M", ...args);
      await received(running, directory, size * 0.6);
      running.kill("SIGKILL");
      const { status, stderr } = await running.ended();
      strictEqual(status, 137, `not killed: ${stderr}`);
    };
    const resumed = (out: string): number =>
      JSON.parse(out.split("\n").find((line) => line.includes('"type":"file"'))!).resumed;
    await killedAt(["big", `${pk}:big`], `${home}/shared`);
    ok(!await Deno.stat(`${home}/shared/big`).then(() => true, () => false));
    const pushed = await scp("big", "HOST:big", "--json", "-p");
    strictEqual(pushed.status, 0, pushed.out + pushed.err);
    ok(resumed(pushed.out) >= size * 0.6 - UNSYNCED, pushed.out);
    deepStrictEqual(await Deno.readFile(`${home}/shared/big`), bytes);
    strictEqual(
      Deno.statSync(`${home}/shared/big`).mtime!.getTime(),
      Deno.statSync(`${home}/big`).mtime!.getTime(),
    );
    await Deno.mkdir(`${home}/in`);
    await killedAt([`${pk}:big`, "in/"], `${home}/in`);
    const pulled = await scp("HOST:big", "in/", "--json");
    strictEqual(pulled.status, 0, pulled.out + pulled.err);
    ok(resumed(pulled.out) >= size * 0.6 - UNSYNCED, pulled.out);
    deepStrictEqual(await Deno.readFile(`${home}/in/big`), bytes);
    deepStrictEqual([...Deno.readDirSync(`${home}/in`)].map(({ name }) => name), ["big"]);
  },
);

networkTest(
  "A copy goes on inside the command when the server is killed in the middle and comes back",
  async (network) => {
    const { list, home, me, pk } = await hostOn(network);
    await list(me);
    const bytes = noise(8 * 2 ** 20);
    await Deno.writeFile(`${home}/big`, bytes);
    const running = network.start("me", "scp", "--limit", "2M", "--json", "big", `${pk}:big`);
    await running.prints("stdout", '"type":"progress"');
    await received(running, `${home}/shared`, 2 * 2 ** 20);
    network.serve.kill("SIGKILL");
    await network.serve.ended();
    const { discovery, servers } = network.ready;
    await using again = killed(
      new Running(network.stage.start([
        "serve",
        "--json",
        "--discovery-address",
        new URL(discovery).host,
        "--server-address",
        servers[0].address,
      ])),
    );
    await again.process.prints("stdout", "\n");
    const { status, stdout, stderr } = await running.ended();
    const out = new TextDecoder().decode(stdout);
    strictEqual(status, 0, out + stderr);
    match(out, /"resumed":\d{7}/);
    deepStrictEqual(await Deno.readFile(`${home}/shared/big`), bytes);
  },
);

const killed = (process: Running): AsyncDisposable & { process: Running } => ({
  process,
  async [Symbol.asyncDispose]() {
    process.kill("SIGKILL");
    await process.ended();
  },
});
