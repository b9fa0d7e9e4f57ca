import { match, strictEqual } from "node:assert/strict";
import { networkTest } from "./network.ts";
import { serving } from "./services.ts";

networkTest(
  "nc, forward, http get and what listen says of copies call a peer by its name, however it was given",
  async (network) => {
    const { home } = network.stage;
    await Deno.mkdir(`${home}/www`);
    await Deno.writeTextFile(`${home}/www/f`, "text");
    const called = async (name: string, pk: string): Promise<void> =>
      strictEqual((await network.stage.run(`dmsg alias add ${name} ${pk}`)).status, 0);
    const { process: listener, address } = await network.listener("a", "5000", "-k", "-v");
    await listener.end();
    const [pk] = address.split(":");
    await called("anna", pk);
    const bert = (await network.look("b", "id")).trim();
    await called("bert", bert);
    for (const peer of ["anna:5000", address]) {
      const dialler = network.start("b", "nc", "-N", "-v", peer);
      await dialler.end();
      match((await dialler.ended()).stderr, /^Connected to anna:5000$/m);
    }
    await listener.prints("stderr", "Connection from bert:");
    const forward = network.start("b", "forward", "0", "anna:5000");
    match(await forward.prints("stdout", "stop\n"), /^Forwarding 127\.0\.0\.1:\d+ to anna:5000\n/);
    const open = network.start("b", "forward", "0.0.0.0:0", "anna:5000", "--json");
    const line = JSON.parse(await open.prints("stdout", "\n"));
    strictEqual(line.remote, address);
    strictEqual(line.remote_alias, "anna:5000");
    match(
      await open.prints("stderr", "key\n"),
      /^warning: whoever reaches 0\.0\.0\.0:\d+ uses anna:5000 with our key$/m,
    );

    const { address: site } = await serving(network, "www", "--anyone");
    await called("site", site.split(":")[0]);
    const got = await network.run("b", ["http", "get", "site/f", "-v"]);
    strictEqual(got.out, "text");
    match(got.err, /^site:80 answered 200 OK$/m);

    await Deno.mkdir(`${home}/shared`);
    await Deno.writeTextFile(`${home}/list`, bert);
    const copies = ["listen", "--scp-root", "shared", "--scp-whitelist", "list"];
    const text = await network.resident("c", ...copies);
    strictEqual((await network.run("b", ["scp", "www/f", `${text.pk}:`])).status, 0);
    await text.process.prints("stderr", "(copied-in bert f 4 bytes)\n");
    const json = await network.resident("d", ...copies, "--json");
    strictEqual((await network.run("b", ["scp", "www/f", `${json.pk}:`])).status, 0);
    const copied = (await json.process.prints("stdout", '"copied-in"')).trim().split("\n").at(-1)!;
    strictEqual(JSON.parse(copied).peer, bert);
    strictEqual(JSON.parse(copied).peer_alias, "bert");
  },
);
