// `dmsg sync`, which stays for some seconds, beside Go programs on a stock network. `deno task interop` with DMSG_GO_BIN set.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { existsSync } from "node:fs";
import { generateKeyPair, type KeyPair } from "../../lib/crypto/keys.ts";
import { CARRIERS } from "../../lib/dmsg/carriers/mod.ts";
import { duplexOf } from "../../lib/dmsg/carriers/tcp.ts";
import { DmsgClient } from "../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { decodeInvite } from "../../lib/group/joining/invite.ts";
import { encodeLeaf, leafPath, makeLeaf } from "../../lib/group/talk/leaf.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { toHex } from "../../lib/wire/bytes.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { newStage, type Stage } from "../script/script.ts";
import { GoCxo } from "./go_cxo.ts";
import { freePort, GO_BIN, stockNetwork } from "./go_peers.ts";

/** A test that needs Go programs; without them it is listed as ignored. */
function interop(program: string, name: string, fn: () => Promise<void>): void {
  const isThere = GO_BIN !== undefined && existsSync(`${GO_BIN}/${program}`);
  if (!isThere) console.log(`SKIPPED: ${name}, because DMSG_GO_BIN has no ${program}`);
  Deno.test({ name, ignore: !isThere, fn });
}

interface Synced {
  readonly status: number;
  readonly said: readonly string[];
  readonly met: readonly string[];
  readonly away: readonly string[];
}

/** One run of it. */
async function sync(stage: Stage, discovery: string, ...args: string[]): Promise<Synced> {
  const words = ["sync", "--json", "--discovery", discovery, ...args].join(" ");
  const { stdout, stderr, status } = await stage.run(`dmsg ${words}`);
  const lines = stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  const last = lines.at(-1);
  strictEqual(last?.type, "met", `${status}: ${stdout}${stderr}`);
  const said = lines.filter(({ type }) => type === "msg").map(({ from, body }) =>
    `${from.slice(0, 8)}: ${body}`
  );
  return { status, said, met: last.met, away: last.away };
}

interop(
  "dmsg-echo",
  "What a Go program sends again and again arrives while sync is there, and is shown once",
  async () => {
    await using stage = await newStage();
    await using net = await stockNetwork();
    const pk = (await stage.run("dmsg id create")).stdout.match(/0[23][0-9a-f]{64}/)![0];
    let tries = 0;
    const sending = (async () => {
      for (;;) {
        tries++;
        const args = [net.discovery, pk, "3", "1"];
        const { success } = await new Deno.Command(`${GO_BIN}/dmsg-echo`, { args, stderr: "null" }).output();
        if (success) return;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    })();
    while (tries < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    const first = await sync(stage, net.discovery, "--wait", "15s");
    await sending;
    deepStrictEqual(
      [first.status, first.said.map((line) => line.slice(10))],
      [0, ["message 0", "message 1", "message 2"]],
    );
    const second = await sync(stage, net.discovery, "--wait", "2s");
    deepStrictEqual([second.status, second.said], [0, []]);
  },
);

/** Gives a Go node on a local port a place in the network: streams to the key's port go there. */
async function inNetwork(pair: KeyPair, discovery: string, port: number, local: number) {
  const clock = systemClock();
  const registered = Promise.withResolvers<void>();
  const client = new DmsgClient({
    pair,
    discovery: new DiscoveryClient({ urls: [discovery], fetch, clock }),
    carriers: CARRIERS,
    clock,
    random: systemRandom,
    onEvent: ({ kind }) => kind === "registered" && registered.resolve(),
  });
  const joined: Promise<unknown>[] = [];
  (async () => {
    for await (const stream of client.listen(port)) {
      const node = duplexOf(await Deno.connect({ hostname: "127.0.0.1", port: local }));
      joined.push(Promise.all([carry(stream, node), carry(node, stream)]));
    }
  })();
  client.publish();
  await registered.promise;
  return {
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await Promise.all(joined);
    },
  };
}

async function carry(from: Duplex, to: Duplex): Promise<void> {
  try {
    for (let bytes = await from.read(); bytes !== null; bytes = await from.read()) await to.write(bytes);
  } catch { /* one side has ended */ }
  to.close();
}

interop(
  "cxo-peer",
  "What a member with a Go CXO node has said is read by sync while both are there, and what comes next",
  async () => {
    await using stage = await newStage();
    await using net = await stockNetwork();
    const go = generateKeyPair(systemRandom);
    const local = freePort();
    await using theirs = new GoCxo(go, "-listen", `127.0.0.1:${local}`);
    let seq = 0;
    const tree: Record<string, string> = {};
    const says = async (text: string): Promise<void> => {
      const tsNs = systemClock().wallNs();
      const leaf = makeLeaf({ author: { secret: go.secret, pk: go.pk }, tsNs, text }, systemRandom);
      tree[leafPath(go.pk, tsNs, seq++)] = toHex(encodeLeaf(leaf));
      await theirs.publish(tree);
    };
    const done = async (line: string): Promise<string> => {
      const { status, stdout, stderr } = await stage.run(line);
      strictEqual(status, 0, stderr);
      return stdout;
    };
    await done("dmsg id create");
    const create = "dmsg group create ops --kind public --json";
    const { invite } = JSON.parse(await done(`${create} --discovery ${net.discovery}`));
    await done(`dmsg group add ops ${go.pk} --discovery ${net.discovery}`);
    const { port } = decodeInvite(invite);
    await says("before anybody came");
    const alone = await sync(stage, net.discovery, "--wait", "3s");
    deepStrictEqual([alone.status, alone.said, alone.away], [3, [], [go.pk]]);
    const who = go.pk.slice(0, 8);
    {
      await using _ = await inNetwork(go, net.discovery, port, local);
      const startMs = performance.now();
      const first = await sync(stage, net.discovery, "--wait", "30s");
      deepStrictEqual(first, { status: 0, said: [`${who}: before anybody came`], met: [go.pk], away: [] });
      ok(performance.now() - startMs < 20_000, "it leaves when all is read");
      await says("and then");
      const second = await sync(stage, net.discovery, "ops", "--wait", "30s");
      deepStrictEqual(second, { status: 0, said: [`${who}: and then`], met: [go.pk], away: [] });
    }
    deepStrictEqual((await sync(stage, net.discovery, "--wait", "3s")).said, [`${who}: and then`]);
  },
);
