/**
 * Peers that `scp --to` sends to, in memory: hosts of ours, and a visor.
 *
 * @module
 */
import type { ManyParts } from "../../../cli/scp/many/parts.ts";
import type { CopyJob } from "../../../cli/scp/plan/plan.ts";
import { openLocalAt } from "../../../cli/scp/run/files.ts";
import { Progress } from "../../../cli/scp/told/progress.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { loadSha256 } from "../../../lib/crypto/digest.ts";
import { serveStream } from "../../../lib/scp/host.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import { type ClassicFiles, classicHost } from "../../fakes/classic_scp.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";

/** Makes a SHA-256. */
export const digest = await loadSha256();
/** Files of a stage. */
export const FILES = 60;
/** Of a small one, and a few more. */
export const BYTES = 5000;
/** Of the large one. */
export const LARGE_BYTES = 2 ** 20 + 1;

/** Files in a directory: a large one between small ones, and one that is empty. */
export async function stage() {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const sizes = Array.from({ length: FILES }, (_, i) => i === 9 ? LARGE_BYTES : i === 5 ? 0 : BYTES + i);
  const jobs: CopyJob[] = [];
  for (const [i, size] of sizes.entries()) {
    const local = `${top}/${String(i).padStart(2, "0")}`;
    await Deno.writeFile(local, new Uint8Array(size).fill(i));
    jobs.push({ local, remote: `in/${i}`, size });
  }
  return { top, jobs, total: sizes.reduce((sum, size) => sum + size, 0), clock: new FakeClock() };
}

/**
 * Peers 0 … 2 are ours, 3 is a visor.
 * @param spoil  Asked at each dial, counted from 0; after how many bytes the stream breaks.
 */
export function peersOf(
  top: string,
  clock: FakeClock,
  spoil: (peer: number, dial: number) => number | undefined,
) {
  const dials = [0, 0, 0, 0];
  const classic: ClassicFiles = new Map();
  const trees: ReturnType<typeof systemTree>[] = [];
  let hashed = 0;
  const counting = () => {
    const sum = digest();
    return {
      add(bytes: Uint8Array): void {
        hashed += bytes.length;
        sum.add(bytes);
      },
      hex: () => sum.hex(),
    };
  };
  const parts: ManyParts = {
    context: { clock, signal: new AbortController().signal },
    pk: "me",
    open: (path) => openLocalAt(path, counting),
    digest: counting,
    extended: true,
    preserve: true,
    progress: new Progress(clock, {}),
    onNotice: () => {},
    onOutcome: () => {},
    dial(pk) {
      const peer = Number(pk);
      const [near, far] = memoryDuplexPair();
      const breaksAt = spoil(peer, dials[peer]++);
      if (peer === 3) void classicHost(far, classic);
      else {
        // One for all of a host's streams, as it has: so a copy that is taken up again takes its file from the broken one.
        const tree = trees[peer] ??= systemTree(`${top}/root${peer}`);
        void serveStream(far, { tree, read: true, write: true }, { clock, peer: "me", digest });
      }
      let sent = 0;
      return Promise.resolve({
        ...near,
        async write(bytes: Uint8Array) {
          if (breaksAt !== undefined && (sent += bytes.length) > breaksAt) near.break();
          await near.write(bytes);
        },
      } as unknown as AppStream);
    },
  };
  return { parts, dials, classic, hashed: () => hashed };
}

/** Who gets all files. */
export const everybody = (peers: readonly number[]) =>
  peers.map((peer) => ({ pk: String(peer), name: `peer${peer}`, wants: () => true }));
