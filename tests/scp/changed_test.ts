import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { readSmall } from "../../cli/scp/run/files.ts";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { push } from "../../lib/scp/client.ts";
import { CopyError } from "../../lib/scp/errors.ts";
import { BlockSum, frameOf, hello } from "../../lib/scp/extended/frames.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { pushStream } from "../../lib/scp/push_stream.ts";
import { openRegular, type SourceFile } from "../../lib/sys/copies/source_file.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { type ClassicFiles, classicHost } from "../fakes/classic_scp.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { memoryFile, MemoryTree } from "../fakes/tree.ts";

const MIB = 2 ** 20;
const clock = new FakeClock();
const digest = await loadSha256();

const isBroken = (message: RegExp) => (error: unknown): boolean =>
  error instanceof CopyError && error.fault === "broken" && message.test(error.message);

Deno.test("A file that changed while a visor's host took it does not count as copied", async () => {
  for (const isSame of [true, false]) {
    const files: ClassicFiles = new Map();
    const [near, far] = memoryDuplexPair();
    const hosting = classicHost(far, files).catch(() => {});
    const file = { ...memoryFile(utf8("12345")), isSame: () => Promise.resolve(isSame) };
    const pushing = push(near, file, { clock, path: "f" });
    if (isSame) await pushing;
    else await rejects(pushing, isBroken(/changed while it was read/));
    await hosting;
    strictEqual(files.size, isSame ? 1 : 0);
  }
});

/** A host that takes so many bytes behind the role line and the first frame, and says then that it has all of it. */
async function hastyHost(far: ReturnType<typeof memoryDuplexPair>[0], bytes: number, sent: string) {
  await far.write(hello());
  await far.write(frameOf({ ok: true }));
  let taken = 0;
  while (taken < bytes) taken += (await far.read())?.length ?? Infinity;
  await far.write(frameOf({ ok: true, sent }));
  while (await far.read().catch(() => null) !== null);
}

const sumOf = (...blocks: Uint8Array[]): string => {
  const sum = new BlockSum(digest);
  for (const block of blocks) {
    sum.add(block);
    sum.end();
  }
  return sum.all();
};

Deno.test("A receipt that comes before the end is none, whatever it says", async () => {
  const block = new Uint8Array(MIB).fill(7);
  const [near, far] = memoryDuplexPair({ bufferBytes: 65536 });
  const hosting = hastyHost(far, MIB + 1000, sumOf(block));
  const whole = new Uint8Array(3 * MIB).fill(7);
  const file = {
    ...memoryFile(whole),
    token: "0".repeat(32),
    skipTo: () => Promise.resolve(),
    isSame: () => Promise.resolve(true),
  };
  const early = isBroken(/other blocks than were sent: it gave its receipt too early$/);
  await rejects(push(near, file, { clock, path: "f", extended: true, digest }), early);
  await hosting;
  // Of a pipe, behind which nothing comes for now.
  const [left, right] = memoryDuplexPair();
  const hosting2 = hastyHost(right, 70, sumOf(utf8("x")));
  let reads = 0;
  const input = {
    mode: 0o600,
    read(into: Uint8Array) {
      into[0] = 0x78;
      return reads++ === 0 ? Promise.resolve(1) : new Promise<null>(() => {});
    },
  };
  await rejects(pushStream(left, input, { clock, path: "f", digest }), early);
  await hosting2;
});

Deno.test({
  name: "A file that has more in it than its size says is not sent as far as that",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await rejects(async () => await readSmall("/proc/version", MIB), /became longer while it was read/);
    const file = (await openRegular("/proc/version", true))!;
    strictEqual(file.size, 0);
    strictEqual(await file.isSame(), false);
    file.close();
    const path = await Deno.makeTempFile();
    strictEqual(readSmall(path, MIB)!.bytes.length, 0);
    const empty = (await openRegular(path))!;
    strictEqual(await empty.isSame(), true);
    empty.close();
    await Deno.writeTextFile(path, "12345");
    strictEqual(readSmall(path, 5)!.bytes.length, 5);
    strictEqual(readSmall(path, 4), undefined);
    await Deno.remove(path);
  },
});

Deno.test("A host breaks the stream of a file that has become shorter, and ends others in order", async () => {
  for (const [path, ended] of [["short", "reset"], ["gone", "close"], ["whole", "close"]]) {
    const tree = new MemoryTree();
    tree.files.set("whole", { bytes: utf8("12345"), mode: 0o600 });
    const open = (name: string): Promise<SourceFile> =>
      name === "short"
        ? Promise.resolve({ ...memoryFile(utf8("1")), size: 5 })
        : MemoryTree.prototype.open.call(tree, name);
    const [near, far] = memoryDuplexPair();
    const ends: string[] = [];
    const stream = {
      ...far,
      close: () => void ends.push("close"),
      reset: () => void ends.push("reset"),
    };
    const grant = { tree: Object.assign(tree, { open }), read: true, write: true };
    const serving = serveStream(stream, grant, { clock });
    await near.write(utf8(`SOURCE ${path}\n`));
    await near.write(Uint8Array.of(0, 0));
    await serving;
    deepStrictEqual([path, ends], [path, [ended]]);
  }
});
