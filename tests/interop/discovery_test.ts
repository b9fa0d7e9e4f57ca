// A stock discovery that is asked over dmsg. `deno task interop` with DMSG_GO_BIN set.
import { match, ok, strictEqual } from "node:assert/strict";
import { haveIdentity } from "../script/have_identity.ts";
import { newStage } from "../script/script.ts";
import { GO_BIN, stockNetwork } from "./go_peers.ts";

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
