import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { NoExtension } from "../../lib/scp/errors.ts";
import { frameOf } from "../../lib/scp/extended/frames.ts";
import { type Served, serveStream } from "../../lib/scp/host.ts";
import { pushStream } from "../../lib/scp/push_stream.ts";
import { systemPacking } from "../../lib/sys/copies/packing.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { concat, fromHex, fromUtf8, toHex, u32Bytes, utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../fakes/duplex.ts";

const digest = await loadSha256();

interface Stage {
  readonly root: string;
  readonly clock: FakeClock;
  dial(rights?: { write?: boolean; refuseSize?: (bytes: number, before?: number) => string | undefined }): {
    near: MemoryDuplex;
    served: Promise<Served>;
  };
}

async function staged(run: (stage: Stage) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const clock = new FakeClock();
  try {
    await run({
      root,
      clock,
      dial: ({ write = true, refuseSize } = {}) => {
        const [near, far] = memoryDuplexPair();
        const grant = { tree: systemTree(root), read: false, write, refuseSize };
        const parts = { clock, peer: "me", digest, packing: systemPacking() };
        return { near, served: serveStream(far, grant, parts) };
      },
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Gives pieces, and what comes last. */
function inputOf(
  pieces: readonly Uint8Array[],
  last: () => Promise<number | null> = () => Promise.resolve(null),
) {
  const left = [...pieces];
  return {
    mode: 0o600,
    read(into: Uint8Array): Promise<number | null> {
      const piece = left.shift();
      if (piece === undefined) return last();
      const count = Math.min(piece.length, into.length);
      into.set(piece.subarray(0, count));
      if (count < piece.length) left.unshift(piece.subarray(count));
      return Promise.resolve(count);
    },
  };
}

const text = (count: number): Uint8Array => utf8("some text ".repeat(count / 10));
const noise = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));
const names = (root: string): string[] => [...Deno.readDirSync(root)].map(({ name }) => name);

Deno.test("A stream of unknown length arrives whole, packed or not", async () => {
  await staged(async ({ root, clock, dial }) => {
    for (const packing of [undefined, systemPacking()]) {
      for (const pieces of [[], [utf8("x")], [text(300_000), noise(60_000), utf8("y"), text(1_000_000)]]) {
        const { near, served } = dial();
        const bytes = await pushStream(near, inputOf(pieces), { clock, digest, packing, path: "d/f" });
        const { error, promised } = await served;
        strictEqual(error, undefined);
        const wanted = concat(...pieces);
        strictEqual(bytes, wanted.length);
        strictEqual(promised ?? 0, wanted.length);
        deepStrictEqual(await Deno.readFile(`${root}/d/f`), new Uint8Array(wanted));
        deepStrictEqual(names(`${root}/d`), ["f"]);
      }
    }
  });
});

Deno.test("A stream whose source fails, or that is cut, leaves the old file and nothing else", async () => {
  await staged(async ({ root, clock, dial }) => {
    await Deno.writeTextFile(`${root}/f`, "old");
    const options = { clock, digest, path: "f" };
    const failing = dial();
    const input = inputOf([text(300_000)], () => Promise.reject(new Error("the pipe broke")));
    await rejects(pushStream(failing.near, input, options), /the pipe broke/);
    ok((await failing.served).error);
    const cut = dial();
    let sent = 0;
    await rejects(pushStream(cut.near, inputOf([text(300_000), text(300_000)]), {
      ...options,
      onBytes: (count) => {
        sent += count;
        if (sent > 200_000) cut.near.break();
      },
    }));
    ok((await cut.served).error);
    strictEqual(await Deno.readTextFile(`${root}/f`), "old");
    deepStrictEqual(names(root), ["f"]);
  });
});

Deno.test("A stream waits for a slow source as long as it takes", async () => {
  await staged(async ({ root, clock, dial }) => {
    const { near, served } = dial();
    const late = Promise.withResolvers<number | null>();
    const asked = Promise.withResolvers<void>();
    const input = inputOf([utf8("early")], () => {
      asked.resolve();
      return late.promise;
    });
    const pushing = pushStream(near, input, { clock, digest, path: "f" });
    await asked.promise;
    for (let i = 0; i < 30; i++) {
      await settle();
      await clock.advance(10_000);
    }
    late.resolve(null);
    strictEqual(await pushing, 5);
    strictEqual((await served).error, undefined);
    strictEqual(await Deno.readTextFile(`${root}/f`), "early");
  });
});

Deno.test("A stream ends when its host says no, though nothing more comes", async () => {
  await staged(async ({ root, clock, dial }) => {
    const asked: [number, number | undefined][] = [];
    const { near } = dial({
      refuseSize: (bytes, before) => {
        asked.push([bytes, before]);
        return bytes + before! > 1500 ? "the quota of this key is used up" : undefined;
      },
    });
    const never = new Promise<null>(() => {});
    const input = inputOf([text(1000), text(1000)], () => never);
    await rejects(pushStream(near, input, { clock, digest, path: "f" }), /quota of this key/);
    deepStrictEqual(asked, [[1000, 0], [1000, 1000]]);
    await rejects(
      pushStream(dial({ write: false }).near, inputOf([]), { clock, digest, path: "f" }),
      /open: permission denied/,
    );
    deepStrictEqual(names(root), []);
  });
});

Deno.test("A classic host is known before anything is read for it", async () => {
  const clock = new FakeClock();
  const [near, far] = memoryDuplexPair();
  await far.write(Uint8Array.of(0));
  const unread = { mode: 0o600, read: () => Promise.reject(new Error("read")) };
  await rejects(pushStream(near, unread, { clock, digest, path: "f" }), NoExtension);
});

Deno.test("A host believes nothing of a stream that can't be", async () => {
  await staged(async ({ root, dial }) => {
    const end = u32Bytes(2 ** 32 - 1);
    const open = frameOf({ op: "stream", mode: 0o600 });
    const cases: [Uint8Array[], RegExp][] = [
      [[u32Bytes(2 ** 20 + 1)], /too long/],
      [[u32Bytes(1), utf8("x"), new Uint8Array(32)], /not what was sent/],
      [[u32Bytes(5), utf8("x")], /before the end/],
      [[end, frameOf({ ok: true, sent: "0".repeat(64), size: 0 })], /other bytes/],
      [[end, frameOf({ ok: false, err: "changed" })], /ended it/],
      [[end], /ended/],
      [[], /ended/],
    ];
    for (const [frames, reason] of cases) {
      const { near, served } = dial();
      await near.write(concat(utf8("SINK f\r\r\n"), open, ...frames));
      await near.closeWrite();
      match((await served).error!.message, reason);
      deepStrictEqual(names(root), []);
    }
  });
});

Deno.test("The vector of a stream is what a client sends, and what a host takes", async () => {
  const readme = await Deno.readTextFile(new URL("../../lib/scp/README.md", import.meta.url));
  const hex = /Vector, a stream of one byte `x`[^]*?\n\n([0-9a-f\s]+)/.exec(readme)![1].replace(/\s/g, "");
  await staged(async ({ root, clock, dial }) => {
    const { near, served } = dial();
    await near.write(concat(utf8("SINK a\r\r\n"), fromHex(hex)));
    strictEqual((await served).error, undefined);
    strictEqual(await Deno.readTextFile(`${root}/a`), "x");
    const client = dial();
    let sent = "";
    const counted = {
      ...client.near,
      write(bytes: Uint8Array) {
        sent += toHex(bytes);
        return client.near.write(bytes);
      },
    };
    await pushStream(counted, inputOf([utf8("x")]), { clock, digest, path: "a" });
    strictEqual(sent, toHex(utf8("SINK a\r\r\n")) + hex);
    ok(fromUtf8(fromHex(hex)).includes("stream"));
  });
});
