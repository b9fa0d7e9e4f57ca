/** What a peer says that can't be so, where both ends of ours would agree with each other. */
import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { pull } from "../../lib/scp/client.ts";
import { BLOCK_BYTES, BlockSum, frameOf, hashOf, hello } from "../../lib/scp/extended/frames.ts";
import { Gathered } from "../../lib/scp/extended/gathered.ts";
import { StripedReading } from "../../lib/scp/extended/stripes.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { pushMany } from "../../lib/scp/many_push.ts";
import { Wire } from "../../lib/scp/wire.ts";
import { systemPacking } from "../../lib/sys/copies/packing.ts";
import { resumePart } from "../../lib/sys/copies/part_file.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { concat, fromHex, fromUtf8, u32Bytes, utf8 } from "../../lib/wire/bytes.ts";
import { StreamReader } from "../../lib/wire/reading.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { options, source, staged } from "./many_stage.ts";

const clock = new FakeClock();
const digest = await loadSha256();

Deno.test("A packed block that is another one than its digest says is not kept", async () => {
  const block = new Uint8Array(BLOCK_BYTES).fill(7);
  const packing = systemPacking();
  const packed = (await packing.pack(block))!;
  for (const hash of [hashOf(block, digest), hashOf(utf8("another"), digest)]) {
    const root = await Deno.realPath(await Deno.makeTempDir());
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const serving = serveStream(far, { tree: systemTree(root), read: true, write: true }, {
      clock,
      peer: "me",
      digest,
      packing,
    });
    const sum = new BlockSum(digest);
    sum.pass(hash);
    await near.write(utf8("SINK f\r\r\n"));
    const token = "0".repeat(32);
    await near.write(frameOf({ op: "push", size: block.length, mode: 0o600, token, zstd: true }));
    await near.write(concat(u32Bytes(packed.length), packed, hash, frameOf({ ok: true, sent: sum.all() })));
    const { error } = await serving;
    const isRight = hash[0] === hashOf(block, digest)[0];
    strictEqual(error?.message, isRight ? undefined : "a block is not what was sent");
    deepStrictEqual([...Deno.readDirSync(root)].map(({ name }) => name), isRight ? ["f"] : []);
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("What is passed by its digest counts in the digest of all: the one of README.md", () => {
  const readme = Deno.readTextFileSync(new URL("../../lib/scp/README.md", import.meta.url));
  const [first, second, all] =
    /Vector, two blocks of 1 MiB[^]*?`([0-9a-f]{64})`[^]*?`([0-9a-f]{64})`[^]*?S = `([0-9a-f]{64})`/.exec(
      readme,
    )!
      .slice(1);
  const sum = new BlockSum(digest);
  deepStrictEqual(sum.pass(fromHex(first)), fromHex(first));
  sum.add(new Uint8Array(BLOCK_BYTES).fill(1));
  deepStrictEqual(sum.end(), fromHex(second));
  strictEqual(sum.all(), all);
});

Deno.test("A number of a piece that comes on two streams ends the copy", async () => {
  const [one, two] = [memoryDuplexPair(), memoryDuplexPair()];
  const reading = new StripedReading(new StreamReader(one[1], clock));
  reading.add(new StreamReader(two[1], clock));
  for (const [near] of [one, two]) await near.write(fromHex("000000010000000161"));
  await rejects(reading.read(), /piece that can't be one/);
});

Deno.test("Of many files those that the quota does not let in are told so, one by one", async () => {
  await staged(async ({ root }) => {
    let taken = 0;
    const refuseSize = (bytes: number) =>
      (taken += bytes) > 3 ? "the quota of this key is used up" : undefined;
    const [near, far] = memoryDuplexPair();
    const serving = serveStream(far, { tree: systemTree(root), read: true, write: true, refuseSize }, {
      clock,
      peer: "me",
      digest,
    });
    const told: (string | undefined)[] = [];
    const sources = ["a", "b", "c"].map((name) => source(name, "xx"));
    await pushMany(near, sources, options, (i, error) => told[i] = (error as Error | undefined)?.message);
    const refused = "remote: bad header: the quota of this key is used up";
    deepStrictEqual(told, [undefined, refused, refused]);
    deepStrictEqual([...Deno.readDirSync(root)].map(({ name }) => name), ["a"]);
    const { promised, spared, kept, files } = await serving;
    deepStrictEqual([promised, spared, kept, files], [2, 0, 2, 1]);
  });
});

Deno.test("A host that says it has many files, and not of each what became of it, is not believed", async () => {
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  await far.write(hello());
  const told: number[] = [];
  const pushing = pushMany(near, [source("a", "a"), source("b", "b")], options, (i) => void told.push(i));
  let said = "";
  while (!said.includes('"entries":2')) said += fromUtf8((await far.read())!);
  await far.write(concat(frameOf({ done: 1 }), frameOf({ ok: true, entries: 2 })));
  const error = await pushing.then(() => undefined, (error: Error) => error);
  match(error?.message ?? "", /other files than were sent/);
  deepStrictEqual(told, [0]);
});

Deno.test("A pull is whole only when the host has sent what is here, and a stream when it is as long as was said", async () => {
  const block = utf8("12345");
  const hash = hashOf(block, digest);
  const sum = new BlockSum(digest);
  sum.pass(hash);
  for (const sent of [sum.all(), "0".repeat(64)]) {
    const top = await Deno.realPath(await Deno.makeTempDir());
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const facts = { ok: true, size: 5, mode: 0o600, mtime: 1, token: "0".repeat(32) };
    await far.write(concat(hello(), frameOf(facts), block, hash, frameOf({ ok: true, sent })));
    const error = await pull(near, () => Promise.reject(new Error("classic")), {
      clock,
      digest,
      path: "f",
      extended: true,
      resume: () => resumePart(top, "f", "0".repeat(32)),
    }).then(() => undefined, (error: Error) => error.message);
    const isRight = sent === sum.all();
    strictEqual(error, isRight ? undefined : "here are other blocks than were sent");
    deepStrictEqual([...Deno.readDirSync(top)].map(({ name }) => name), isRight ? ["f"] : []);
    await Deno.remove(top, { recursive: true });
  }
  for (const size of [5, 6]) {
    await staged(async ({ root, dial }) => {
      const { near, served } = dial();
      const end = [u32Bytes(2 ** 32 - 1), frameOf({ ok: true, sent: sum.all(), size })];
      await near.write(concat(utf8("SINK f\r\r\n"), frameOf({ op: "stream", mode: 0o600 })));
      await near.write(concat(u32Bytes(5), block, hash, ...end));
      strictEqual((await served).error?.message, size === 5 ? undefined : "other bytes came than were sent");
      deepStrictEqual([...Deno.readDirSync(root)].map(({ name }) => name), size === 5 ? ["f"] : []);
    });
  }
});

Deno.test("What is gathered waits for more for a moment, and then leaves with what comes next", async () => {
  const time = new FakeClock();
  const [near, far] = memoryDuplexPair();
  const gathered = new Gathered(new Wire(near, { clock: time }));
  await gathered.put(utf8("ab"));
  await time.advance(199);
  await gathered.put(utf8("c"));
  let said = "";
  const reading = far.read().then((bytes) => said = fromUtf8(bytes!));
  await settle();
  strictEqual(said, "");
  await time.advance(1);
  await gathered.put(utf8("d"));
  await reading;
  strictEqual(said, "abcd");
});

Deno.test("Of a file that is shorter than what waits of it nothing is put in its place, at neither side", async () => {
  const id = "0".repeat(32);
  const waits = async (top: string, id: string): Promise<void> => {
    const part = await resumePart(top, "f", id);
    await part.write(new Uint8Array(BLOCK_BYTES));
    await part.keep(hashOf(new Uint8Array(BLOCK_BYTES), digest));
    strictEqual(await part.suspend(), BLOCK_BYTES);
  };
  const sent = new BlockSum(digest).all();
  const top = await Deno.realPath(await Deno.makeTempDir());
  await waits(top, id);
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  const facts = { ok: true, size: 5, mode: 0o600, mtime: 1, token: id };
  await far.write(concat(hello(), frameOf(facts), frameOf({ ok: true, sent })));
  const resume = () => resumePart(top, "f", id);
  const open = (): Promise<never> => Promise.reject(new Error("classic"));
  await rejects(pull(near, open, { clock, digest, path: "f", extended: true, resume }), /more is here/);
  strictEqual([...Deno.readDirSync(top)].some(({ name }) => name === "f"), false);
  await Deno.remove(top, { recursive: true });
  await staged(async ({ root, dial }) => {
    const sum = digest();
    sum.add(utf8(JSON.stringify(["me", "f", id])));
    await waits(root, sum.hex().slice(0, 32));
    const { near, served } = dial();
    await near.write(concat(utf8("SINK f\r\r\n"), frameOf({ op: "push", size: 5, mode: 0o600, token: id })));
    await near.write(frameOf({ ok: true, sent }));
    match((await served).error!.message, /more is here/);
    strictEqual([...Deno.readDirSync(root)].some(({ name }) => name === "f"), false);
  });
});
