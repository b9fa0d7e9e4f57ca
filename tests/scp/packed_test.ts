import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { pull, push } from "../../lib/scp/client.ts";
import { frameOf, hello } from "../../lib/scp/extended/frames.ts";
import { Packer } from "../../lib/scp/extended/packer.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { type Packing, systemPacking } from "../../lib/sys/copies/packing.ts";
import { resumePart } from "../../lib/sys/copies/part_file.ts";
import { openSeekable } from "../../lib/sys/copies/source_file.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { concat, fromHex, toHex, u32Bytes, utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";

const MIB = 2 ** 20;
const clock = new FakeClock();
const digest = await loadSha256();
const packing = systemPacking();
const noise = (count: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(count, at + 65536)));
  }
  return bytes;
};
const LINE = "a line of a log, of which there are many: 0123456789\n";
const text = (count: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(utf8(LINE.repeat(Math.ceil(count / LINE.length))).subarray(0, count));
const sha = (bytes: Uint8Array): Uint8Array => {
  const sum = digest();
  sum.add(bytes);
  return fromHex(sum.hex());
};

/** Copies bytes. @returns What moved on the wire towards the receiver. */
async function copied(
  role: "push" | "pull",
  bytes: Uint8Array<ArrayBuffer>,
  packs: { readonly client?: Packing; readonly host?: Packing } = { client: packing, host: packing },
): Promise<number> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const name of ["local", "root"]) await Deno.mkdir(`${top}/${name}`);
    const [from, to] = role === "push" ? ["local", "root"] : ["root", "local"];
    await Deno.writeFile(`${top}/${from}/f`, bytes);
    const [near, far] = memoryDuplexPair();
    let onWire = 0;
    const count = (end: typeof near): typeof near => ({
      ...end,
      write: (some: Uint8Array) => {
        onWire += some.length;
        return end.write(some);
      },
    } as typeof near);
    const grant = { tree: systemTree(`${top}/root`), read: true, write: true };
    const serving = serveStream(role === "pull" ? count(far) : far, grant, {
      clock,
      peer: "peer",
      digest,
      packing: packs.host,
    });
    let moved = 0;
    const options = {
      clock,
      path: "f",
      extended: true,
      digest,
      packing: packs.client,
      onBytes: (some: number) => void (moved += some),
    };
    if (role === "push") {
      const file = (await openSeekable(`${top}/local/f`, digest))!;
      await push(count(near), file, options);
      file.close();
    } else {
      await pull(near, () => Promise.reject(new Error("classic")), {
        ...options,
        resume: ({ token }) => resumePart(`${top}/local`, "f", token),
      });
    }
    strictEqual((await serving).error, undefined);
    strictEqual(moved, bytes.length, "what has moved is counted as it is in the file");
    strictEqual(toHex(sha(await Deno.readFile(`${top}/${to}/f`))), toHex(sha(bytes)));
    return onWire;
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

for (const role of ["push", "pull"] as const) {
  Deno.test(`A ${role} packs what gets smaller, and nothing else`, async () => {
    const size = 2 * MIB + 1234;
    // The first block is packed, the second one shows how quick the network is.
    ok(await copied(role, text(size)) < MIB + size / 20);
    // Four bytes a block, a digest, and the frames.
    ok(await copied(role, noise(size)) < size + 3 * 36 + 1000);
    const mixed = new Uint8Array(concat(text(MIB), noise(MIB), text(2 * MIB), text(77)));
    ok(await copied(role, mixed) < 1.2 * MIB + 2 * MIB); // behind the noise a block is not looked at
    for (const small of [0, 1, 500]) await copied(role, text(small));
  });

  Deno.test(`A ${role} packs nothing when one side does not want to`, async () => {
    const size = MIB + 5;
    for (const packs of [{ client: packing }, { host: packing }, {}]) {
      const onWire = await copied(role, text(size), packs);
      ok(onWire > size && onWire < size + 1000);
    }
  });
}

Deno.test("A block that does not become what was said is refused: too long, too short, no such thing, a bomb", async () => {
  const size = MIB;
  const cases: [string, Uint8Array, RegExp][] = [
    ["longer", await packing.pack(text(size + 1)), /unpacked/],
    ["shorter", await packing.pack(text(size - 1)), /unpacked/],
    ["a bomb", await packing.pack(new Uint8Array(20 * MIB)), /unpacked/],
    ["garbage", noise(1000), /unpacked/],
    ["not shorter", new Uint8Array(size), /not shorter/],
  ];
  for (const [name, packed, reason] of cases) {
    const root = await Deno.makeTempDir();
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const grant = { tree: systemTree(root), read: true, write: true };
    const serving = serveStream(far, grant, { clock, peer: "peer", digest, packing });
    const ask = frameOf({ op: "push", size, mode: 0o600, token: "0".repeat(32), zstd: true });
    await near.write(concat(utf8("SINK f\r\r\n"), ask, u32Bytes(packed.length), packed, new Uint8Array(32)));
    await near.closeWrite();
    match((await serving).error!.message, reason, name);
    deepStrictEqual([...Deno.readDirSync(root)], [], name);
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("A key that may only write hears the same whether a file is there, packed or in a stream", async () => {
  const root = await Deno.makeTempDir();
  await Deno.writeFile(`${root}/there`, text(2 * MIB));
  let looks = 0;
  const whole = systemTree(root);
  const looked = <T extends unknown[], R>(run: (...args: T) => R) => (...args: T): R => {
    looks++;
    return run(...args);
  };
  const tree = { ...whole, open: looked(whole.open), openSeekable: looked(whole.openSeekable!) };
  const push = frameOf({
    op: "push",
    size: 2 * MIB,
    mode: 0o600,
    token: "0".repeat(32),
    zstd: true,
    reuse: true,
  });
  const heard = new Set<string>();
  for (const ask of [push, frameOf({ op: "stream", mode: 0o600, zstd: true })]) {
    for (const name of ["there", "gone"]) {
      const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
      const serving = serveStream(far, { tree, read: false, write: true }, {
        clock,
        peer: "peer",
        digest,
        packing,
      });
      await near.write(concat(utf8(`SINK ${name}\r\r\n`), ask));
      await near.closeWrite();
      await serving;
      const parts: Uint8Array[] = [];
      for (let part = await near.read(); part !== null; part = await near.read()) parts.push(part.slice());
      heard.add(`${ask.length} ${toHex(concat(...parts))}`);
    }
  }
  strictEqual(heard.size, 2, "an answer for each of the two questions");
  strictEqual(looks, 0);
  await Deno.remove(root, { recursive: true });
});

Deno.test("A host that packs without being asked is refused", async () => {
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  await far.write(concat(hello(), frameOf({ ok: true, offset: 0, zstd: true })));
  const file = (await openSeekable(new URL(import.meta.url).pathname, digest))!;
  await rejects(push(near, file, { clock, path: "f", extended: true, digest }), /asks for packed/);
  file.close();
});

Deno.test("The vector of a packed block is what a host takes", async () => {
  const readme = await Deno.readTextFile(new URL("../../lib/scp/README.md", import.meta.url));
  const hex = /Vector, 64 bytes `a`[^]*?\n\n([0-9a-f\s]+)/.exec(readme)![1].replace(/\s/g, "");
  const root = await Deno.makeTempDir();
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  const grant = { tree: systemTree(root), read: true, write: true };
  const serving = serveStream(far, grant, { clock, peer: "peer", digest, packing });
  const ask = frameOf({ op: "push", size: 64, mode: 0o600, token: "0".repeat(32), zstd: true });
  const sent = toHex(sha(sha(utf8("a".repeat(64)))));
  await near.write(concat(utf8("SINK f\r\r\n"), ask, fromHex(hex), frameOf({ ok: true, sent })));
  strictEqual((await serving).error, undefined);
  strictEqual(await Deno.readTextFile(`${root}/f`), "a".repeat(64));
  await Deno.remove(root, { recursive: true });
});

/** Packs to a share of the length, in so many milliseconds. */
function fakePacking(share: () => number, ms: number): Packing {
  return {
    async pack(bytes: Uint8Array) {
      if (bytes.length > 10_000) await clock.advance(ms);
      return new Uint8Array(Math.round(bytes.length * share()));
    },
    unpack: () => Promise.resolve(undefined),
  };
}

Deno.test("Blocks that don't pay are looked at less and less, and again when they pay", async () => {
  let share = 1;
  const fake = fakePacking(() => share, 0);
  const packer = new Packer(fake, clock);
  const block = new Uint8Array(100_000);
  packer.sent(50_000, 0);
  packer.sent(32, 1000); // says nothing: a digest waits for what lies before it
  const looks = async (): Promise<boolean> =>
    await packer.looksGood(block) && await packer.pack(block) !== undefined;
  for (let i = 0; i < 100; i++) strictEqual(await looks(), false);
  share = 0.5;
  let until = 0;
  while (!await looks()) until++;
  ok(until < 16, `${until}`);
  for (let i = 0; i < 10; i++) strictEqual(await looks(), true);
});

Deno.test("Nothing is packed where the network is quicker", async () => {
  const fake = fakePacking(() => 0.5, 100);
  const packer = new Packer(fake, clock);
  const block = new Uint8Array(100_000);
  ok(await packer.looksGood(block));
  ok(await packer.pack(block));
  packer.sent(50_000, 5000); // says nothing: the other side unpacks
  strictEqual(await packer.looksGood(block), false);
  packer.sent(50_000, 1);
  strictEqual(await packer.looksGood(block), false);
  // It has become slow.
  for (let i = 0; i < 20; i++) packer.sent(50_000, 1000);
  let until = 0;
  while (!await packer.looksGood(block)) until++;
  ok(until < 16, `${until}`);
});
