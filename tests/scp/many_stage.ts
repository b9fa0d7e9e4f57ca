/**
 * A host of many files, for tests of what it is asked and told.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { sha256Stream } from "../../lib/crypto/digest.ts";
import { type Served, serveStream } from "../../lib/scp/host.ts";
import { pushMany, type SmallSource } from "../../lib/scp/many_push.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import type { Tree } from "../../lib/sys/tree/tree.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../fakes/duplex.ts";

const clock = new FakeClock();
/** What clients are given. */
export const options = { clock, digest: sha256Stream };

/** A directory that a host shares. */
export interface Stage {
  readonly root: string;
  /** A stream, and how the host saw it. */
  dial(rights?: { read: boolean; write: boolean }): { near: MemoryDuplex; served: Promise<Served> };
}

/** Runs a test with a host. @param make  Makes what it shares. */
export async function staged(
  run: (stage: Stage) => Promise<void>,
  make: (root: string) => Tree = systemTree,
) {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const root = `${top}/root`;
  await Deno.mkdir(root);
  try {
    await run({
      root,
      dial: (rights = { read: true, write: true }) => {
        const [near, far] = memoryDuplexPair();
        const served = serveStream(far, { tree: make(root), ...rights }, {
          clock,
          peer: "me",
          digest: sha256Stream,
        });
        return { near, served };
      },
    });
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

/** A small file. */
export const source = (path: string, text: string, mtimeMs?: number): SmallSource => ({
  path,
  keepTime: mtimeMs !== undefined,
  read: () => Promise.resolve({ bytes: utf8(text), mode: mtimeMs === undefined ? 0o755 : 0o644, mtimeMs }),
});

/** Pushes, and what became of each. */
export async function push(near: MemoryDuplex, sources: readonly SmallSource[]): Promise<string[]> {
  const told: string[] = Array(sources.length).fill("nothing");
  await pushMany(near, sources, options, (index, error) => {
    strictEqual(told[index], "nothing", "told twice");
    told[index] = error === undefined ? "ok" : (error as Error).message;
  });
  return told;
}
