import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { pull } from "../../lib/scp/client.ts";
import { pullMany } from "../../lib/scp/many_pull.ts";
import { pushStream } from "../../lib/scp/push_stream.ts";
import { createPart, resumePart } from "../../lib/sys/copies/part_file.ts";
import type { MemoryDuplex } from "../fakes/duplex.ts";
import { options, staged } from "./many_stage.ts";

const SIZE = 300_000;
/** What one read brings: less than what may move. */
const FRAME = 4070;

/** Counts what was allowed to move. */
function counted() {
  let sum = 0;
  return {
    get sum() {
      return sum;
    },
    allow: (wanted: number): Promise<number> => {
      const count = Math.min(wanted, 50_000);
      sum += count;
      return Promise.resolve(count);
    },
  };
}

/** The same stream, with reads of a frame at most. */
function inFrames(near: MemoryDuplex): MemoryDuplex {
  let left: Uint8Array = new Uint8Array(0);
  return {
    ...near,
    get unreadBytes() {
      return near.unreadBytes;
    },
    async read() {
      if (left.length === 0) {
        const next = await near.read();
        if (next === null) return null;
        left = next;
      }
      const frame = left.subarray(0, FRAME);
      left = left.subarray(frame.length);
      return frame;
    },
  };
}

const noise = (count: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
};

for (const extended of [false, true]) {
  Deno.test(`A limit of a pull from a host ${extended ? "of ours" : "of a visor"} counts what has come, no more`, async () => {
    await staged(async ({ root, dial }) => {
      const bytes = noise(SIZE);
      await Deno.writeFile(`${root}/f`, bytes);
      const { near, served } = dial();
      const rate = counted();
      await pull(inFrames(near), () => createPart(root, "g"), {
        ...options,
        path: "f",
        extended,
        allow: rate.allow,
        resume: ({ token }) => resumePart(root, "g", token),
      });
      near.close();
      await served;
      deepStrictEqual(await Deno.readFile(`${root}/g`), bytes);
      strictEqual(rate.sum, SIZE);
    });
  });
}

Deno.test("A limit of a pull of small files counts what has come, no more", async () => {
  await staged(async ({ root, dial }) => {
    await Deno.writeFile(`${root}/f`, noise(SIZE));
    const { near, served } = dial();
    const rate = counted();
    const paths = ["f", "f"];
    await pullMany(inFrames(near), paths, { ...options, allow: rate.allow }, () => Promise.resolve());
    near.close();
    await served;
    strictEqual(rate.sum, paths.length * (SIZE + 32)); // with the digest of each
  });
});

Deno.test("A limit of a push from a pipe counts what it gave, no more", async () => {
  await staged(async ({ root, dial }) => {
    const bytes = noise(SIZE);
    const { near, served } = dial();
    const rate = counted();
    let at = 0;
    const input = {
      mode: 0o600,
      read(into: Uint8Array): Promise<number | null> {
        const piece = bytes.subarray(at, at + Math.min(into.length, FRAME));
        into.set(piece);
        at += piece.length;
        return Promise.resolve(piece.length || null);
      },
    };
    await pushStream(near, input, { ...options, path: "f", allow: rate.allow });
    near.close();
    await served;
    deepStrictEqual(await Deno.readFile(`${root}/f`), bytes);
    strictEqual(rate.sum - SIZE < 50_001, true, `${rate.sum} for ${SIZE}`); // at its end more might have come
  });
});
