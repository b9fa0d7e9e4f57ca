// A stock discovery that is asked over dmsg. `deno task interop` with DMSG_GO_BIN set.
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { startNetwork } from "../e2e/network.ts";
import { haveIdentity } from "../script/have_identity.ts";
import { newStage } from "../script/script.ts";
import { GO_BIN, stockCurl, stockNetwork } from "./go_peers.ts";

Deno.test({
  name: "A stock client is answered by the discovery of serve over dmsg",
  ignore: !GO_BIN,
  fn: async () => {
    await using network = await startNetwork();
    const { discovery, discovery_over_dmsg: discoveryOverDmsg } = network.ready;
    const base = `${/^dmsg:\/\/[0-9a-f]{66}:80/.exec(discoveryOverDmsg)}`;
    const health = await stockCurl(discovery, `${base}/health`);
    deepStrictEqual([health.code, JSON.parse(fromUtf8(health.body)).dmsg_address], [0, base.slice(7)]);
    const servers = await stockCurl(discovery, `${base}/dmsg-discovery/available_servers`);
    deepStrictEqual([servers.code, JSON.parse(fromUtf8(servers.body))[0].static], [
      0,
      network.ready.servers[0].pk,
    ]);
  },
});

const TIMED_MS = 60_000;

Deno.test({
  name:
    "A listen is found, written to and taken out again by a stock discovery that is asked over dmsg alone",
  ignore: !GO_BIN,
  fn: async () => {
    await using stage = await newStage();
    await using net = await stockNetwork();
    const discovery = await net.alsoOverDmsg();
    haveIdentity(stage.home, "bob");
    const servers = await stage.run(`dmsg disc servers --discovery ${discovery}`);
    match(servers.stdout, new RegExp(`^${net.serverPk}  `));
    const child = stage.start(["listen", "--json", "--discovery", discovery]);
    const drain = (stream: ReadableStream<Uint8Array>) => stream.pipeTo(new WritableStream()).catch(() => {});
    const drained = [drain(child.stdout), drain(child.stderr)];
    const pk = (await stage.run("dmsg id")).stdout.trim();
    const send = `dmsg send --discovery ${discovery} --identity bob ${pk} hello`;
    const untilMs = performance.now() + TIMED_MS;
    while ((await stage.run(send)).status !== 0) ok(performance.now() < untilMs, "not acked");
    const known = await Deno.readTextFile(`${stage.home}/.local/share/dmsg/servers.json`);
    match(known, new RegExp(`"${net.serverPk}@127\\.0\\.0\\.1:`));
    // It is one and the same store, whichever way it is asked.
    const entry = () => fetch(`${net.discovery}/dmsg-discovery/entry/${pk}`);
    match(await (await entry()).text(), new RegExp(net.serverPk));
    child.kill("SIGTERM");
    await child.stdin.close().catch(() => {});
    await child.status;
    await Promise.all(drained);
    const gone = await entry();
    await gone.body?.cancel();
    strictEqual(gone.status, 404);
  },
});
