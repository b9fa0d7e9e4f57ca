// Our CXO node and a Go node of 2019, live, both ways. `deno task interop` with `cxo-peer` in DMSG_GO_BIN.
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { existsSync } from "node:fs";
import { generateKeyPair } from "../../lib/crypto/keys.ts";
import { REGISTRY_REF } from "../../lib/cxo/objects/registry.ts";
import { topOf } from "../../lib/cxo/objects/root.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { toHex, utf8 } from "../../lib/wire/bytes.ts";
import { GoCxo, OurCxo, type Tree } from "./go_cxo.ts";
import { freePort, GO_BIN } from "./go_peers.ts";

const HAS_PEER = GO_BIN !== undefined && existsSync(`${GO_BIN}/cxo-peer`);
if (!HAS_PEER) console.log("SKIPPED: a live Go CXO node, because DMSG_GO_BIN has no cxo-peer");

/** A test that needs the Go node; without it it is listed as ignored. */
function interop(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !HAS_PEER, fn });
}

const pair = () => generateKeyPair(systemRandom);

/** Leaves in three levels. */
const leaves = (count: number): Tree =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [
    `msgs/${i % 3}/${String(i).padStart(5, "0")}`,
    toHex(utf8(`message ${i}`)),
  ]));

interop(
  "A Go CXO node publishes and we follow: its leaves, its tree, and then only what is new",
  async () => {
    const [go, us] = [pair(), pair()];
    const port = freePort();
    await using theirs = new GoCxo(go, "-listen", `127.0.0.1:${port}`);
    strictEqual((await theirs.event("registry")).registry, toHex(REGISTRY_REF));
    const before = leaves(2000);
    const first = await theirs.publish(before);
    await using ours = new OurCxo(us, port);
    ours.put({ kind: "follow", feed: go.pk, peers: [go.pk] });
    const filled = await ours.event("filled");
    deepStrictEqual(
      Object.fromEntries(filled.changes.map(({ path, value }) => [path, toHex(value!)])),
      Object.fromEntries(Object.entries(before).sort(([a], [b]) => (a < b ? -1 : 1))),
    );
    strictEqual(toHex(topOf(filled.root.root)!), first.top);
    const after = { ...before, "msgs/9/new": "6e6577" };
    await theirs.publish(after);
    const next = await ours.event("filled");
    deepStrictEqual(next.changes.map(({ kind, path }) => [kind, path]), [["inserted", "msgs/9/new"]]);
    strictEqual(toHex(next.root.root.prev), first.root);
  },
);

interop("We publish and a Go CXO node follows: our leaves, our tree, what comes and what goes", async () => {
  const [go, us] = [pair(), pair()];
  await using ours = new OurCxo(us);
  const before = leaves(500);
  ours.own(before);
  const { root } = await ours.event("published");
  await using theirs = new GoCxo(go, "-connect", ours.address, "-feed", us.pk);
  const first = await theirs.filled(before);
  strictEqual(first.top, toHex(topOf(root.root)!));
  ours.put({ kind: "put", path: "msgs/9/new", value: utf8("new") });
  ours.put({ kind: "prune", path: "msgs/0/00000" });
  const { "msgs/0/00000": _, ...kept } = before;
  const next = await theirs.filled({ ...kept, "msgs/9/new": "6e6577" });
  strictEqual(next.filled > first.filled, true);
});

interop("A Go CXO node that may not read our feed is refused, and gets nothing of it", async () => {
  const [go, us] = [pair(), pair()];
  await using ours = new OurCxo(us);
  ours.own(leaves(3));
  ours.put({ kind: "allow", feed: us.pk, peers: [] });
  await using theirs = new GoCxo(go, "-connect", ours.address, "-feed", us.pk);
  match((await theirs.event("refused")).refused, /subscribe rejected/);
  ours.put({ kind: "allow", feed: us.pk, peers: [go.pk] });
  await theirs.connect(ours.address);
  await theirs.filled(leaves(3));
});

interop("We lost everything, and a Go CXO node shows us our feed: what was said stays said", async () => {
  const [go, us] = [pair(), pair()];
  const said = leaves(40);
  await using theirs = new GoCxo(go, "-feed", us.pk);
  {
    await using ours = new OurCxo(us);
    ours.own(said);
    await theirs.connect(ours.address);
    await theirs.filled(said);
    ours.put({ kind: "put", path: "msgs/9/last", value: utf8("last") });
    await theirs.filled({ ...said, "msgs/9/last": "6c617374" });
  }
  await using ours = new OurCxo(us);
  ours.own({});
  await theirs.connect(ours.address);
  const { root } = await ours.event("echoed");
  const restored = await ours.event("restored");
  strictEqual(restored.changes.length, 41);
  ours.put({ kind: "put", path: "msgs/9/on", value: utf8("on") });
  const next = await theirs.filled({ ...said, "msgs/9/last": "6c617374", "msgs/9/on": "6f6e" });
  strictEqual(BigInt(next.filled) > root.root.seq, true);
});
