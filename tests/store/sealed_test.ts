/** What lies on disk tells nobody who talked about what, and opens for nobody else. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { migrate, type Step, STEPS } from "../../lib/store/migrate.ts";
import { openStore } from "../../lib/store/open.ts";
import { openKvPlace } from "../../lib/store/place/kv.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../lib/store/place/memory.ts";
import type { Key } from "../../lib/store/place/place.ts";
import { deriveSealKey, openSeal, SEAL_INFO } from "../../lib/store/place/sealed.ts";
import { Vault } from "../../lib/store/place/vault.ts";
import { FORMAT_KEY, HEAD_KEY, Names, pathOf } from "../../lib/store/rows/keys.ts";
import { fromHex, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, SECRET, text } from "./support.ts";

const clock = new FakeClock();
const random = seededRandom(3);
const openOn = (rows: MemoryRows, secret = SECRET) =>
  openStore({ place: memoryPlace(rows), secret, clock, random });
const key: Key = ["m", new Uint8Array(16), new Uint8Array(8)];
const isLocal = (sign: RegExp) => (error: unknown) => {
  ok(error instanceof UserError, String(error));
  strictEqual(error.kind, "local");
  ok(sign.test(error.message), error.message);
  ok(error.hint.length > 10);
  return true;
};

Deno.test("Seal opens a value under its own key only, and not when a byte differs", async () => {
  const seal = await openSeal(deriveSealKey(SECRET, SEAL_INFO), random);
  const sealed = await seal.seal(key, utf8("hello"));
  strictEqual(fromUtf8((await seal.open(key, sealed))!), "hello");
  strictEqual(sealed.length, 5 + 28);
  for (let i = 0; i < sealed.length; i++) {
    const altered = sealed.slice();
    altered[i] ^= 1;
    strictEqual(await seal.open(key, altered), undefined);
  }
  strictEqual(await seal.open(["p", ...key.slice(1) as Uint8Array[]], sealed), undefined);
  strictEqual(await seal.open(key, sealed.subarray(0, 27)), undefined);
  const other = await openSeal(deriveSealKey(SECRET, "something else"), random);
  strictEqual(await other.open(key, sealed), undefined);
});

Deno.test("Keys hide peers and ids, and no two of them have the same path", () => {
  const names = new Names(new Uint8Array(32).fill(1));
  const others = new Names(new Uint8Array(32).fill(2));
  const keys: Key[] = [FORMAT_KEY, HEAD_KEY];
  for (const each of [names, others]) {
    for (const peer of [ANN, BEN]) {
      keys.push(each.conversation(peer), each.facts(peer));
      for (const kind of ["m", "p", "o"] as const) {
        keys.push(each.at(kind, peer, 1), each.at(kind, peer, 256));
      }
      for (const direction of ["in", "out"] as const) {
        keys.push(
          each.id(1, peer, direction, "x"),
          each.id(2, peer, direction, "x"),
          each.id(1, peer, direction, ""),
        );
        keys.push(each.id(1, peer, direction, "x".repeat(65_536)));
      }
    }
  }
  const paths = keys.map((key) => fromUtf8(pathOf(key)));
  strictEqual(new Set(paths).size, keys.length);
  ok(keys.every((key) => pathOf(key).length < 200));
});

Deno.test("Kv store's files hold no text, no id, no peer, and nobody else can read them", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o755);
  try {
    const place = await openKvPlace(`${folder}/sub/store.kv`);
    const store = await openStore({ place, secret: SECRET, clock, random });
    const secrets = [
      "Wednesday at noon",
      "id-0123456789",
      "nickname-of-ann",
      "up-and-running",
      "no-route-to-host",
    ];
    const [body, id, nick, event, reason] = secrets;
    for (let i = 0; i < 3; i++) {
      await store.commit(Array.from({ length: 120 }, (_, k) => text(ANN, `${body} ${i} ${k}`)));
    }
    await store.commit([
      text(ANN, body.repeat(5000), { id, replyTo: id, direction: "out", queue: { dueNs: 0n } }),
      { kind: "state", peer: ANN, position: 361, state: "failed", reason },
      { kind: "peer", peer: ANN, facts: { nick } },
      { kind: "network", name: event, detail: { text: body } },
    ]);
    const needles = [...secrets, ANN, "received"].map(utf8);
    needles.push(fromHex(ANN), SECRET);
    if (Deno.build.os !== "windows") strictEqual((await Deno.stat(`${folder}/sub`)).mode! & 0o777, 0o700);
    let files = 0;
    for (let again = 0; again < 2; again++) {
      for await (const { name } of Deno.readDir(`${folder}/sub`)) {
        const path = `${folder}/sub/${name}`;
        if (Deno.build.os !== "windows") {
          strictEqual((await Deno.stat(path)).mode! & 0o077, 0, `${name} is private`);
        }
        const bytes = latin1(await Deno.readFile(path));
        for (const needle of needles) {
          ok(!bytes.includes(latin1(needle)), `${name} holds ${fromUtf8(needle)}`);
        }
        files++;
      }
      if (again === 0) await store.close();
    }
    ok(files >= 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const latin1 = (bytes: Uint8Array): string => new TextDecoder("latin1").decode(bytes);

Deno.test("Store tells another identity's messages from damaged ones", async () => {
  const rows = emptyRows();
  const store = await openOn(rows);
  await store.commit([text(ANN, "x"), text(BEN, "y".repeat(100_000))]);
  await rejects(openOn(rows, new Uint8Array(32).fill(8)), isLocal(/memory: they belong to another identity/));
  for (const [name, kept] of rows.rows) {
    if (!/^[mb]/.test(name)) continue;
    kept.row.value[20] ^= 1;
    const peer = name.startsWith("m") && kept.row.value.length < 1000 ? undefined : BEN;
    const results = await Promise.allSettled([store.messages.newest(ANN, 9), store.messages.newest(BEN, 9)]);
    const failed = results.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    strictEqual(failed.length, 1, `${peer}`);
    isLocal(/a value in it is damaged/)(failed[0].reason);
    kept.row.value[20] ^= 1;
  }
  for (const name of [...rows.rows.keys()].filter((name) => name.startsWith("b"))) rows.rows.delete(name);
  await rejects(store.messages.newest(BEN, 1), isLocal(/a value in it is damaged/));
  ok((await store.commit([{ kind: "forget", peer: BEN }])).ok, "what is damaged can be forgotten");
  await store.sweep();
});

Deno.test("Store takes numbered steps, each once, and refuses a newer layout", async () => {
  const rows = emptyRows();
  const place = memoryPlace(rows);
  const seal = await openSeal(deriveSealKey(SECRET, SEAL_INFO), random);
  const vault = new Vault(place, seal, random);
  const taken: number[] = [];
  const step = (n: number): Step => async (vault) => {
    taken.push(n);
    return await vault.sealed(["c", Uint8Array.of(n)], Uint8Array.of(n));
  };
  await migrate(vault, seal, 0n, STEPS);
  await (await openOn(rows)).commit([text(ANN, "kept")]);
  const failing: Step = () => Promise.reject(new Error("stop"));
  await rejects(migrate(vault, seal, 0n, [...STEPS, step(4), failing]), /stop/);
  await migrate(vault, seal, 0n, [...STEPS, step(4), step(5)]);
  await migrate(vault, seal, 0n, [...STEPS, step(4), step(5)]);
  deepStrictEqual(taken, [4, 5]);
  const [four, five] = await vault.plain([["c", Uint8Array.of(4)], ["c", Uint8Array.of(5)]]);
  deepStrictEqual([four, five].map((bytes) => bytes?.[0]), [4, 5]);
  await rejects(openOn(rows), isLocal(/layout 5 is newer than this program's 3/));
});
