import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { StripeCopies } from "../../lib/scp/extended/stripe_copies.ts";
import { StripedReading, StripedWriting } from "../../lib/scp/extended/stripes.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { concat, fromHex, toHex } from "../../lib/wire/bytes.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { StreamReader } from "../../lib/wire/reading.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { BYTES, MIB, SIZE, staged } from "./striped_stage.ts";

const clock = systemClock();
/** The longest piece of a stripe. */
const PIECE_BYTES = 130_232;

Deno.test("A long file goes over four streams, each with a part of it, both ways", async () => {
  await staged(async ({ top, moved, push, pull }) => {
    await Deno.writeFile(`${top}/f`, BYTES);
    await push();
    deepStrictEqual(await Deno.readFile(`${top}/root/f`), BYTES);
    strictEqual(moved.length, 4);
    ok(moved.every((count) => count > PIECE_BYTES), `${moved}`);
    await pull();
    deepStrictEqual(await Deno.readFile(`${top}/back`), BYTES);
    ok(moved.every((count) => count > PIECE_BYTES), `${moved}`);
    deepStrictEqual(moved.slice(4).length, 4);
  });
});

Deno.test("A copy with a limit on the rate goes over one stream: it would hold pieces back until they are full", async () => {
  await staged(async ({ top, moved, push, pull }) => {
    const allow = (wanted: number): Promise<number> =>
      new Promise((resolve) => setTimeout(resolve, 1, wanted));
    await Deno.writeFile(`${top}/f`, BYTES);
    await push({ allow });
    await pull({ allow });
    deepStrictEqual(await Deno.readFile(`${top}/back`), BYTES);
    strictEqual(moved.length, 2);
  });
});

Deno.test("A copy of which one stream breaks is taken up again", async () => {
  for (const direction of ["push", "pull"] as const) {
    await staged(async (stage) => {
      const [from, to] = direction === "push" ? ["f", "root/f"] : ["root/f", "back"];
      await Deno.writeFile(`${stage.top}/${from}`, BYTES);
      await rejects(stage[direction]());
      await stage[direction]();
      deepStrictEqual(await Deno.readFile(`${stage.top}/${to}`), BYTES);
      const moved = stage.moved.reduce((sum, count) => sum + count, 0);
      ok(moved < SIZE + 5 * MIB, `${moved} bytes in all`);
    }, [Infinity, Infinity, MIB]);
  }
});

Deno.test("Streams that can't be had, or of another peer, are done without", async () => {
  await staged(
    async ({ top, moved, push }) => {
      await Deno.writeFile(`${top}/f`, BYTES);
      await push();
      deepStrictEqual(await Deno.readFile(`${top}/root/f`), BYTES);
      const [first, broken, strange] = moved;
      ok(first > MIB && broken < 1000 && strange < 1000, `${moved}`);
    },
    [Infinity, 0],
    ["me", "me", "you"],
  );
});

Deno.test("A peer has a number of further streams, and each copy too", async () => {
  const copies = new StripeCopies();
  const none = { write: () => Promise.resolve() } as unknown as Parameters<StripeCopies["join"]>[2];
  const added: string[] = [];
  const all = ["a", "b", "c"].map(() => copies.open("me"));
  all[0].use(() => void added.push("a"));
  const joined = all.flatMap(({ join }) => [1, 2, 3].map(() => copies.join("me", join, none)));
  await rejects(joined.at(-1)!, /busy/);
  await rejects(copies.join("me", all[0].join, none), /busy/);
  await rejects(copies.join("you", all[0].join, none), /no such copy/);
  for (const join of [undefined, 17]) await rejects(copies.join("me", join, none), /no such copy/);
  await Promise.resolve();
  all[1].use(() => void added.push("b"));
  all[2].use(() => void added.push("c"));
  deepStrictEqual(added, ["a", "a", "a", "b", "b", "b", "c", "c"]);
  for (const copy of all) copy.close();
  await Promise.all(joined.slice(0, -1));
  await rejects(copies.join("me", all[0].join, none), /no such copy/);
});

/** Streams with their ends. */
const lanes = (count: number) => Array.from({ length: count }, () => memoryDuplexPair());
const reader = (duplex: Pick<Duplex, "read">) => new StreamReader(duplex, clock);

Deno.test("Bytes over any number of streams, written and delayed in any way, come in their order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 300_000 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.nat(3)),
      async (lengths, count, delays) => {
        const streams = lanes(count);
        const slowly = ([near]: (typeof streams)[number]) => ({
          async write(some: Uint8Array) {
            for (let left = delays.next().value!; left > 0; left--) {
              await new Promise((r) => setTimeout(r, 0));
            }
            await near.write(some);
          },
        });
        const writing = new StripedWriting(slowly(streams[0]), clock);
        const reading = new StripedReading(reader(streams[0][1]));
        for (const stream of streams.slice(1)) {
          writing.add(slowly(stream));
          reading.add(reader(stream[1]));
        }
        const sent = lengths.map((length, i) => new Uint8Array(length).map((_, at) => (at * 3 + i) & 255));
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const got: Uint8Array[] = [];
        const read = (async () => {
          for (let left = total; left > 0; left -= got.at(-1)!.length) {
            got.push((await reading.read())!.slice());
          }
        })();
        for (const one of sent) await writing.write(one);
        await writing.flush();
        await read;
        deepStrictEqual(concat(...got), concat(...sent));
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("The pieces of README.md, and what can't be one", async () => {
  const [[near, far], [other, behind]] = lanes(2);
  const reading = new StripedReading(reader(far));
  reading.add(reader(behind));
  await other.write(fromHex("00000001 00000001 63".replaceAll(" ", "")));
  await near.write(fromHex("00000000 00000002 6162 00000002 00000001 64".replaceAll(" ", "")));
  const got: number[] = [];
  while (got.length < 4) got.push(...(await reading.read())!);
  strictEqual(toHex(Uint8Array.from(got)), "61626364");
  const odd = ["00000003 00000000", "00000002 00000001 65", "00000003 0001fcb9", "00000003 0000"];
  for (const piece of odd) {
    const [near, far] = memoryDuplexPair();
    const reading = new StripedReading(reader(far));
    await near.write(fromHex("00000000000000016100000001000000016100000002000000016100000003".slice(0, 54)));
    await near.write(fromHex(piece.replaceAll(" ", "")));
    await near.closeWrite();
    await rejects(
      (async () => {
        for (;;) await reading.read();
      })(),
      /piece/,
    );
  }
});
