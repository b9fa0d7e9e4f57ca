import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { pull } from "../../lib/scp/client.ts";
import { CopyError } from "../../lib/scp/errors.ts";
import { StripeCopies } from "../../lib/scp/extended/stripe_copies.ts";
import { type Served, serveStream } from "../../lib/scp/host.ts";
import { localError } from "../../lib/sys/copies/local_error.ts";
import { systemPacking } from "../../lib/sys/copies/packing.ts";
import { resumePart } from "../../lib/sys/copies/part_file.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import type { Tree } from "../../lib/sys/tree/tree.ts";
import { type Clock, systemClock } from "../../lib/sys/clock.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";

const MIB = 2 ** 20;
const digest = await loadSha256();
const system = systemClock();
/** Further streams come at once: here a copy is over soon. */
const clock: Clock = { ...system, after: (ms, run) => system.after(ms < 1000 ? 0 : ms, run) };
const DISK = new Error("Input/output error (os error 5)");

/** Below a root, where files end, or can't be read, behind so many bytes. */
function badTree(root: string, goodBytes: number, fault: "shorter" | "disk"): Tree {
  const tree = systemTree(root);
  return {
    ...tree,
    openSeekable: async (name, make) => {
      const file = await tree.openSeekable!(name, make);
      let at = 0;
      return {
        ...file,
        skipTo: (offset) => file.skipTo(at = offset),
        read: async (into) => {
          const left = goodBytes - at;
          if (left <= 0 && fault === "disk") throw localError("the file can't be read", DISK);
          if (left <= 0) return null;
          const count = await file.read(into.subarray(0, left));
          at += count ?? 0;
          return count;
        },
      };
    },
  };
}

/** How a pull of a file that can't be read to its end went. */
interface Ended {
  /** Of the client. */
  readonly error: Error | undefined;
  /** Of the host's first stream. */
  readonly served: Served;
  /** What lies in the place of the file behind it. */
  readonly there: string;
  /** And beside it. */
  readonly left: number;
  /** Where a copy of the same file that is well goes on. */
  readonly resumed: number;
  /** And whether it is whole then. */
  readonly isWhole: boolean;
}

async function pulled(
  bytes: Uint8Array<ArrayBuffer>,
  goodBytes: number,
  fault: "shorter" | "disk",
  { packs = false, streams = 0 } = {},
): Promise<Ended> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${top}/root`);
    await Deno.writeFile(`${top}/root/f`, bytes);
    await Deno.writeTextFile(`${top}/f`, "old");
    const packing = packs ? systemPacking() : undefined;
    const stripes = new StripeCopies();
    const serving: Promise<Served>[] = [];
    let resumed = 0;
    const once = async (tree: Tree): Promise<void> => {
      const dial = (): Duplex => {
        const [near, far] = memoryDuplexPair();
        const grant = { tree, read: true, write: true };
        serving.push(serveStream(far, grant, { clock, peer: "me", digest, packing, stripes }));
        return near;
      };
      await pull(dial(), () => Promise.reject(new Error("classic")), {
        clock,
        path: "f",
        extended: true,
        digest,
        packing,
        more: { count: streams, dial: () => Promise.resolve(dial()) },
        onResumed: (offset) => resumed = offset,
        resume: ({ token }) => resumePart(top, "f", token),
      });
    };
    const error = await once(badTree(`${top}/root`, goodBytes, fault)).then(() => undefined, (e: Error) => e);
    const [served] = await Promise.all(serving);
    const there = await Deno.readTextFile(`${top}/f`);
    const left = [...Deno.readDirSync(top)].length - 2; // the root, and what was there
    await once(systemTree(`${top}/root`));
    await Promise.all(serving);
    const isWhole = Buffer.from(await Deno.readFile(`${top}/f`)).equals(bytes);
    return { error, served, there, left, resumed, isWhole };
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

const noise = (count: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(count).map((_, i) => (i * 2654435761) >>> 13);
const SHORTER = ["remote: the file became shorter while it was read", "broken"];
const UNREAD = ["remote: read: input/output error", "remote"];

const outcomeOf = ({ error }: Ended): unknown[] => {
  ok(error instanceof CopyError, String(error));
  return [error.message, error.fault];
};

Deno.test("A host that can't read a file to its end says why, and what is of use stays to be taken up", async () => {
  const bytes = noise(2 * MIB + 500);
  for (
    const [good, blocks] of [[0, 0], [1, 0], [MIB - 1, 0], [MIB, 1], [MIB + 70_000, 1], [2 * MIB + 499, 2]]
  ) {
    for (const [fault, told] of [["shorter", SHORTER], ["disk", UNREAD]] as const) {
      for (const packs of [false, true]) {
        const ended = await pulled(bytes, good, fault, { packs });
        deepStrictEqual(outcomeOf(ended), told, `${good} bytes, ${fault}`);
        const stays = fault === "disk" ? blocks : 0; // one that is shorter is another file
        deepStrictEqual([ended.there, ended.resumed, ended.isWhole], ["old", stays * MIB, true]);
        strictEqual(ended.left, stays > 0 ? 2 : 0);
        strictEqual(ended.served.error?.message, told[0].slice("remote: ".length));
      }
    }
  }
});

Deno.test("It says so of a file that packs well, of which blocks are read as a whole", async () => {
  const bytes = new Uint8Array(3 * MIB).fill(97);
  for (const good of [0, 40_000, MIB + 200_000, 3 * MIB - 1]) {
    const ended = await pulled(bytes, good, "disk", { packs: true });
    deepStrictEqual(outcomeOf(ended), UNREAD);
    deepStrictEqual([ended.resumed, ended.isWhole], [Math.floor(good / MIB) * MIB, true]);
  }
});

Deno.test("It says so over several streams", async () => {
  const bytes = noise(18 * MIB);
  for (const good of [3 * MIB, 17 * MIB + 12_345]) {
    const ended = await pulled(bytes, good, "disk", { streams: 3 });
    deepStrictEqual(outcomeOf(ended), UNREAD);
    deepStrictEqual([ended.resumed, ended.isWhole], [Math.floor(good / MIB) * MIB, true]);
  }
});

Deno.test("It says so wherever the file ends", async () => {
  const bytes = noise(MIB + 300_000);
  const good = fc.integer({ min: 0, max: bytes.length - 1 });
  await fc.assert(
    fc.asyncProperty(good, fc.boolean(), async (good, packs) => {
      deepStrictEqual(outcomeOf(await pulled(bytes, good, "shorter", { packs })), SHORTER);
    }),
    { numRuns: 30 },
  );
});
