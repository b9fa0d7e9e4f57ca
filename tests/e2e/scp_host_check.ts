import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest } from "./network.ts";
import { hostOn, noise, partsIn, received } from "./scp_stage.ts";

networkTest(
  "A host keeps to rights, serves no secrets, and refuses to share what holds them",
  async (network) => {
    const { scp, list, home, me, process } = await hostOn(network);
    await Deno.mkdir(`${home}/shared/in`);
    await Deno.writeTextFile(`${home}/shared/in/f`, "text");
    await Deno.writeTextFile(`${home}/shared/other`, "text");
    await list(`${me} ro in`);
    strictEqual((await scp("HOST:f", "got")).status, 0);
    strictEqual((await scp("HOST:other", "no")).status, 8);
    const readOnly = await scp("got", "HOST:f");
    deepStrictEqual([readOnly.status, /remote: open: permission denied/.test(readOnly.err)], [8, true]);
    await list(me);
    await Deno.symlink(home, `${home}/shared/out`);
    await Deno.link(`${home}/list`, `${home}/shared/hard`);
    for (const name of ["out/list", "hard"]) {
      const secret = await scp(`HOST:${name}`, "no");
      deepStrictEqual([secret.status, secret.err.includes(home)], [8, false], secret.err);
      strictEqual((await scp("got", `HOST:${name}`)).status, 8);
    }
    strictEqual(await Deno.readTextFile(`${home}/list`), me);
    await list("not a key\n");
    strictEqual((await scp("HOST:other", "no")).status, 4);
    match(await process.prints("stdout", "copy-list"), /the entry .*not.* in line 1 is not a public key/);
    for (const root of ["/", ".", ".local"]) {
      const said = await network.run("other", ["scp-host", root]);
      deepStrictEqual([said.status, /can't be shared/.test(said.err)], [2, true], said.err);
    }
  },
);

networkTest(
  "daemon hosts scp-root beside the key for our own key, listen hosts when it is told to",
  async (network) => {
    const { home } = network.stage;
    await Deno.writeTextFile(`${home}/f`, "mine");
    const daemon = await network.resident("d", "daemon", "--json");
    strictEqual((await network.run("d", ["scp", "f", `${daemon.pk}:`])).status, 0);
    const [root] = [...Deno.readDirSync(`${home}/.local/share/dmsg/identities/d/scp-root`)];
    strictEqual(root.name, "f");
    strictEqual((await network.run("e", ["scp", "f", `${daemon.pk}:`])).status, 4);
    await Deno.mkdir(`${home}/s`);
    const second = await network.run("d", ["scp-host", "s"]);
    deepStrictEqual([second.status, /already\nhint: `dmsg daemon` does, into scp-root/.test(second.err)], [
      7,
      true,
    ], second.err);
    const me = (await network.look("e", "id")).trim();
    await Deno.writeTextFile(`${home}/visor.json`, JSON.stringify({ pty: { whitelist: [me] }, dmsgscp: {} }));
    const listen = await network.resident(
      "l",
      "listen",
      "--json",
      "--scp-root",
      "s",
      "--scp-whitelist",
      "visor.json",
    );
    strictEqual((await network.run("e", ["scp", "f", `${listen.pk}:`])).status, 0);
    match(await listen.process.prints("stdout", '"copied-in"'), /"type":"copy"/);
  },
);

networkTest(
  "A key that is taken from the list is cut off within 2 s while its file moves",
  async (network) => {
    const { list, home, me, pk } = await hostOn(network);
    await list(me);
    await Deno.writeFile(`${home}/big`, noise(2_000_000));
    const running = network.start("me", "scp", "--limit", "100K", "--retries", "0", "big", `${pk}:big`);
    await received(running, `${home}/shared`, 1);
    await list("");
    const began = performance.now();
    const { status } = await running.ended();
    ok([4, 9].includes(status), String(status));
    // Two seconds, and what a busy machine takes to tell it; the whole file would take 20.
    ok(performance.now() - began < 10_000);
    // Less than one block had come: nothing that would be worth going on with. The host takes it away behind the end.
    for (const late = Date.now() + 60_000; partsIn(`${home}/shared`).length > 0;) {
      ok(Date.now() < late, "the part stays");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    deepStrictEqual([...Deno.readDirSync(`${home}/shared`)].map(({ name }) => name), []);
  },
);

networkTest("A daemon beside a host of its identity hosts once that one has ended", async (network) => {
  const { home } = network.stage;
  await Deno.writeTextFile(`${home}/f`, "mine");
  await Deno.mkdir(`${home}/s`);
  const listen = await network.resident("d", "listen", "--json", "--scp-root", "s");
  const daemon = network.start("d", "daemon", "--json");
  await daemon.prints("stdout", "not hosting");
  listen.process.kill("SIGTERM");
  await listen.process.ended();
  await daemon.prints("stdout", '"hosting: ');
  strictEqual((await network.run("d", ["scp", "f", `${listen.pk}:`])).status, 0);
  strictEqual(await Deno.readTextFile(`${home}/.local/share/dmsg/identities/d/scp-root/f`), "mine");
});

networkTest("A host tells once that its network is gone", async (network) => {
  const { process } = await hostOn(network);
  network.serve.kill("SIGKILL");
  await process.prints("stderr", "The next try is in ");
  await new Promise((resolve) => setTimeout(resolve, 4000)); // two more tries have failed
  process.kill("SIGTERM");
  const { status, stderr } = await process.ended();
  deepStrictEqual([status, stderr.match(/warning: /g)?.length], [143, 1], stderr);
});
