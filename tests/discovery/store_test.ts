/** One contract, every adapter. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { withOwnEntry } from "../../lib/discovery/besides.ts";
import { kvStore } from "../../lib/discovery/kv.ts";
import { memoryStore } from "../../lib/discovery/memory.ts";
import type { DiscoveryStore, StoredEntry } from "../../lib/discovery/store.ts";
import { encodeEntry, type Entry } from "../../lib/dmsg/entries/entry.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { openKvServer } from "../../lib/sys/kv.ts";
import { startKvServer } from "../fakes/kv_connect.ts";
import { clientEntry, pairOf, serverEntry } from "./support.ts";

type Limits = { maxEntries?: number };
/** Runs a test with a fresh store, and frees it. */
type WithStore = (limits: Limits, run: (store: DiscoveryStore) => Promise<void>) => Promise<void>;

const inMemory: WithStore = (limits, run) => run(memoryStore(limits));

const inKv: WithStore = async (limits, run) => {
  const folder = await Deno.makeTempDir();
  const kv = await Deno.openKv(`${folder}/kv`);
  try {
    await run(kvStore(kv, limits));
  } finally {
    kv.close();
    await Deno.remove(folder, { recursive: true });
  }
};

const inServer: WithStore = async (limits, run) => {
  await using server = startKvServer();
  const kv = await openKvServer(server.url, systemClock());
  try {
    await run(kvStore(kv, limits));
  } finally {
    kv.close();
  }
};

const TEST_URL = Deno.env.get("DMSG_TEST_KV_URL");

const inRealServer: WithStore = async (limits, run) => {
  const prefix = ["test", crypto.randomUUID()];
  const kv = await openKvServer(TEST_URL!, systemClock());
  try {
    await run(kvStore(kv, { ...limits, prefix }));
  } finally {
    let all = kv.atomic();
    for await (const { key } of kv.list({ prefix })) all = all.delete(key);
    await all.commit();
    kv.close();
  }
};

const ADAPTERS: Record<string, WithStore> = {
  Memory: inMemory,
  Kv: inKv,
  "Kv Connect": inServer,
  "Real Kv Connect": inRealServer,
};

const keep = (entry: Entry, expiresAtMs?: number): StoredEntry => ({
  entry,
  text: encodeEntry(entry),
  expiresAtMs,
});
const pairs = [1, 2, 3].map(pairOf).sort((a, b) => a.pk < b.pk ? -1 : 1);
const [a, b, c] = pairs;

for (const [name, withStore] of Object.entries(ADAPTERS)) {
  const ignore = withStore === inRealServer && TEST_URL === undefined;
  const skipped = ignore ? " (skipped: DMSG_TEST_KV_URL is not set)" : "";
  const contract = (title: string, run: (store: DiscoveryStore) => Promise<void>, limits: Limits = {}) =>
    Deno.test({ name: `${name} store ${title}${skipped}`, ignore, fn: () => withStore(limits, run) });

  contract("gives back what it keeps, text and all", async (store) => {
    const kept = { ...keep(clientEntry(a, { sequence: 2n ** 64n - 1n })), expiresAtMs: 5000 };
    strictEqual(await store.get(a.pk, 0), undefined);
    strictEqual(await store.put(kept, undefined, 0), "stored");
    deepStrictEqual(await store.get(a.pk, 0), kept);
    strictEqual(await store.get(b.pk, 0), undefined);
  });

  contract("puts only over the sequence that the caller saw", async (store) => {
    const posts = [0n, 1n, 1n, 2n].map((sequence) => keep(clientEntry(a, { sequence })));
    strictEqual(await store.put(posts[0], 7n, 0), "conflict", "nothing is stored");
    strictEqual(await store.put(posts[0], undefined, 0), "stored");
    strictEqual(await store.put(posts[1], undefined, 0), "conflict");
    strictEqual(await store.put(posts[1], 0n, 0), "stored");
    strictEqual(await store.put(posts[2], 0n, 0), "conflict");
    strictEqual((await store.get(a.pk, 0))?.entry.sequence, 1n);
  });

  contract("lets one of several writers at once win", async (store) => {
    const puts = Array.from(
      { length: 8 },
      (_, i) => store.put(keep(clientEntry(a, { sequence: BigInt(i) })), undefined, 0),
    );
    strictEqual((await Promise.all(puts)).filter((result) => result === "stored").length, 1);
  });

  contract("hides what has expired and lets it be put afresh", async (store) => {
    await store.put(keep(serverEntry(a), 1000), undefined, 0);
    await store.put(keep(clientEntry(b), 1000), undefined, 0);
    strictEqual((await store.servers(999)).length, 1);
    strictEqual((await store.clients(999)).length, 1);
    strictEqual(await store.get(a.pk, 1000), undefined);
    deepStrictEqual(await store.servers(1000), []);
    deepStrictEqual(await store.clients(1000), []);
    strictEqual(await store.put(keep(serverEntry(a), 2000), undefined, 1000), "stored");
    strictEqual((await store.get(a.pk, 1999))?.expiresAtMs, 2000);
  });

  contract("lists clients and servers by key", async (store) => {
    const visor = clientEntry(c, { clientType: "visor" });
    const both = { ...serverEntry(b), client: { delegatedServers: null } };
    for (const entry of [visor, both, clientEntry(a)]) await store.put(keep(entry), undefined, 0);
    deepStrictEqual(await store.clients(0), [
      { pk: a.pk, clientType: undefined, servers: [pairOf(99).pk] },
      { pk: b.pk, clientType: undefined, servers: [] },
      { pk: c.pk, clientType: "visor", servers: [pairOf(99).pk] },
    ]);
    deepStrictEqual(await store.servers(0), [keep(both)]);
  });

  contract("lists a party by what it is now", async (store) => {
    await store.put(keep(clientEntry(a)), undefined, 0);
    await store.put(keep(serverEntry(a, { sequence: 1n })), 0n, 0);
    deepStrictEqual(await store.clients(0), []);
    strictEqual((await store.servers(0)).length, 1);
    await store.put(keep(clientEntry(a, { sequence: 2n })), 1n, 0);
    deepStrictEqual(await store.servers(0), []);
    strictEqual((await store.clients(0)).length, 1);
  });

  contract("forgets what is deleted, and minds nothing when it is not there", async (store) => {
    await store.put(keep(clientEntry(a), 1000), undefined, 0);
    await store.delete(a.pk);
    await store.delete(a.pk);
    strictEqual(await store.get(a.pk, 0), undefined);
    deepStrictEqual(await store.clients(0), []);
    strictEqual(await store.put(keep(clientEntry(a)), undefined, 0), "stored");
  });

  contract(
    "refuses a new key when it is full, not a known one; deleting and sweeping make room",
    async (store) => {
      await store.put(keep(clientEntry(a), 1000), undefined, 0);
      await store.put(keep(clientEntry(b)), undefined, 0);
      strictEqual(await store.put(keep(clientEntry(c)), undefined, 0), "full");
      strictEqual(await store.put(keep(clientEntry(b, { sequence: 1n })), 0n, 0), "stored");
      await store.sweep(999);
      strictEqual(await store.put(keep(clientEntry(c)), undefined, 999), "full");
      await store.sweep(1000);
      strictEqual(await store.put(keep(clientEntry(c)), undefined, 1000), "stored");
      await store.delete(b.pk);
      strictEqual(await store.put(keep(clientEntry(a)), undefined, 1000), "stored");
    },
    { maxEntries: 2 },
  );

  contract("sweeps by the last post only", async (store) => {
    await store.put(keep(serverEntry(a), 1000), undefined, 0);
    await store.put(keep(serverEntry(a, { sequence: 1n }), 2000), 0n, 500);
    await store.put(keep(serverEntry(b), 1000), undefined, 0);
    await store.put(keep(clientEntry(b, { sequence: 1n })), 0n, 500);
    await store.sweep(1500);
    strictEqual((await store.get(a.pk, 1500))?.entry.sequence, 1n);
    strictEqual((await store.get(b.pk, 9000))?.entry.sequence, 1n);
    await store.sweep(2000);
    strictEqual(await store.get(a.pk, 0), undefined);
  });
}

Deno.test("Memory store refuses text beyond its size and takes it after a deletion", async () => {
  const text = encodeEntry(clientEntry(a));
  const store = memoryStore({ maxChars: text.length + 10 });
  strictEqual(await store.put(keep(clientEntry(a)), undefined, 0), "stored");
  strictEqual(await store.put(keep(clientEntry(b)), undefined, 0), "full");
  strictEqual(await store.put(keep(clientEntry(a, { sequence: 1n })), 0n, 0), "stored");
  await store.delete(a.pk);
  strictEqual(await store.put(keep(clientEntry(b)), undefined, 0), "stored");
});

Deno.test("Kv store keeps entries over a restart", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const expected of [undefined, 0n]) {
      const kv = await Deno.openKv(`${folder}/kv`);
      const store = kvStore(kv);
      strictEqual((await store.get(a.pk, 0))?.entry.sequence, expected);
      if (expected === undefined) await store.put(keep(clientEntry(a)), undefined, 0);
      kv.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("An own entry is found by its key, and is on no list and in no store", async () => {
  const under = memoryStore();
  const store = withOwnEntry(under, a.pk);
  for (const pair of [a, b]) strictEqual(await store.put(keep(clientEntry(pair)), undefined, 0), "stored");
  strictEqual(await store.put(keep(clientEntry(a, { sequence: 1n })), undefined, 0), "conflict");
  strictEqual(await store.put(keep(clientEntry(a, { sequence: 1n })), 0n, 0), "stored");
  deepStrictEqual([(await store.get(a.pk, 0))?.entry.sequence, (await store.get(b.pk, 0))?.entry.sequence], [
    1n,
    0n,
  ]);
  deepStrictEqual((await store.clients(0)).map(({ pk }) => pk), [b.pk]);
  strictEqual(await under.get(a.pk, 0), undefined);
  await store.delete(a.pk);
  strictEqual(await store.get(a.pk, 0), undefined);
});
