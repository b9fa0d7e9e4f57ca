/**
 * Small files: a tree, and the first byte of one.
 *
 * @module
 */
import { loadSha256 } from "../lib/crypto/digest.ts";
import { push } from "../lib/scp/client.ts";
import { serveStream } from "../lib/scp/host.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { openSeekable } from "../lib/sys/copies/source_file.ts";
import { systemTree } from "../lib/sys/tree/system.ts";
import type { Duplex } from "../lib/wire/machine.ts";
import { memoryDuplexPair } from "../tests/fakes/duplex.ts";
import { command, FILES, piped, SINGLE_FILES, type Stage } from "./copy_stage.ts";
import { ratios, shown } from "./stats.ts";

export async function smallFiles(stage: Stage, runs: number): Promise<void> {
  const { home, pk } = stage;
  const perS = (files: number, ms: number): number => files * 1000 / ms;
  const trees: number[] = [];
  const back: number[] = [];
  const tars: number[] = [];
  const unpacked: number[] = [];
  const singles: number[] = [];
  for (let run = -1; run < runs; run++) {
    const tree = await command(stage, "scp", "-rq", `${home}/tree`, `${pk}:tree${run}`);
    const pull = await command(stage, "scp", "-rq", `${pk}:tree${run}`, `${home}/back${run}`);
    const tar = await piped(stage, "tar c tree");
    await Deno.mkdir(`${home}/tar${run}`);
    const untar = await piped(stage, "tar c tree", `| tar x -C tar${run}`);
    const single = await command(
      stage,
      "scp",
      "-rq",
      "--classic",
      "-j",
      "1",
      `${home}/single`,
      `${pk}:single${run}`,
    );
    // Nothing is removed in between: for a minute ext4 looks past each inode that was, at every file that is made.
    if (run < 0) continue;
    trees.push(perS(FILES, tree.ms));
    back.push(perS(FILES, pull.ms));
    tars.push(perS(FILES, tar));
    unpacked.push(perS(FILES, untar));
    singles.push(perS(SINGLE_FILES, single.ms));
  }
  console.log(`  tar c | nc                    ${shown(tars)} files/s, nothing unpacked or synced`);
  console.log(`  tar c | nc | tar x            ${shown(unpacked)} files/s, nothing synced`);
  console.log(`  one dial a file               ${shown(singles)} files/s`);
  for (const [name, all] of [["push", trees], ["pull", back]] as const) {
    console.log(
      `  scp -r, ${name}                  ${shown(all)} files/s · ${
        shown(ratios(all, tars), 2)
      } × tar c | nc · ${shown(ratios(all, unpacked), 2)} × with tar x · ` +
        `${shown(ratios(all, singles), 1)} × one dial a file`,
    );
  }
}

/** How many answers of the host a client waits for before the first byte of a file leaves. */
export async function firstByte(home: string): Promise<void> {
  const clock = systemClock();
  const digest = await loadSha256();
  const file = (await openSeekable(`${home}/single/f0`, digest))!;
  const [near, far] = memoryDuplexPair();
  let answers = 0;
  let first: number | undefined;
  const counted: Duplex = {
    ...near,
    async read() {
      const bytes = await near.read();
      answers++;
      return bytes;
    },
  };
  const rights = { tree: systemTree(`${home}/root`), read: true, write: true };
  const serving = serveStream(far, rights, { clock, peer: "bench", digest });
  const onBytes = (): void => void (first ??= answers);
  await push(counted, file, { clock, path: "first", extended: true, digest, onBytes });
  await serving;
  file.close();
  console.log(`  first payload byte: leaves ${first} round trips after the dial`);
}
