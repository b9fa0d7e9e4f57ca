/**
 * A tree, a host in memory, and copies of the one to and from the other.
 *
 * @module
 */
import type { Context } from "../../../cli/context.ts";
import type { RunOptions } from "../../../cli/scp/plan/job.ts";
import { planTree } from "../../../cli/scp/plan/plan.ts";
import { planUpload } from "../../../cli/scp/plan/upload.ts";
import { runJobs } from "../../../cli/scp/run/run.ts";
import { Progress, type ProgressEvent } from "../../../cli/scp/told/progress.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { loadSha256 } from "../../../lib/crypto/digest.ts";
import { serveStream } from "../../../lib/scp/host.ts";
import { list } from "../../../lib/scp/many.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import { type ClassicFiles, classicHost } from "../../fakes/classic_scp.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { patiently } from "../../fakes/patiently.ts";

const digest = await loadSha256();

/** Small files of the tree. */
export const FILES = 150;

/** With bits and times. */
export const OPTIONS: Omit<RunOptions, "direction"> = {
  jobs: 3,
  streams: 4,
  overwrite: "refuse",
  verify: false,
  extended: true,
  preserve: true,
};

/** What a test does with it. */
export interface Stage {
  readonly top: string;
  readonly notices: string[];
  /** Streams that were opened. */
  readonly dials: () => number;
  /** Bytes that the last copy has moved, and of how many. */
  readonly progress: () => (number | undefined)[];
  /** Does something at each dial from now on. */
  onDial(run: () => void): void;
  push(options?: Partial<RunOptions>): ReturnType<typeof runJobs>;
  pull(options?: Partial<RunOptions>): ReturnType<typeof runJobs>;
}

/** A tree `from`, a host with `root`, a place `back`. @param cut  Bytes after which the first streams break. */
export async function staged(
  run: (stage: Stage) => Promise<void>,
  cuts: number[] = [],
  classic?: ClassicFiles,
) {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const clock = new FakeClock();
  await Deno.mkdir(`${top}/root`);
  await Deno.mkdir(`${top}/from/sub/deep`, { recursive: true });
  await Deno.mkdir(`${top}/from/empty/too`, { recursive: true });
  for (let i = 0; i < FILES; i++) {
    await Deno.writeTextFile(`${top}/from/${i % 3 ? "sub/" : ""}f${i}`, `${i} `.repeat(i % 50 * 20));
  }
  await Deno.writeFile(`${top}/from/sub/deep/large`, new Uint8Array(2 ** 20 + 7).fill(7), { mode: 0o640 });
  for (const name of ["sub/f1", "sub/deep", "empty/too", "sub"]) {
    await Deno.utime(`${top}/from/${name}`, 1e9, 1e9);
  }
  const notices: string[] = [];
  // One for all streams, as in a host: a stream takes a file over from the one before.
  const rights = { tree: systemTree(`${top}/root`), read: true, write: true };
  const serving: Promise<unknown>[] = [];
  const ends: (() => void)[] = [];
  const pair = () => {
    const [near, far] = memoryDuplexPair();
    ends.push(() => near.break());
    return [near, far] as const;
  };
  const serve = (far: Parameters<typeof serveStream>[0]): void => {
    serving.push(serveStream(far, rights, { clock, peer: "me", digest }));
  };
  let dials = 0;
  let atDial: () => void = () => {};
  const dial = (): Promise<AppStream> => {
    dials++;
    atDial();
    const [near, far] = pair();
    if (classic) void classicHost(far, classic).catch(() => {});
    else serve(far);
    const cut = cuts.shift() ?? Infinity;
    let moved = 0;
    const count = (length: number): void => {
      moved += length;
      if (moved > cut) near.break();
    };
    return Promise.resolve({
      ...near,
      async read() {
        const bytes = await near.read();
        count(bytes?.length ?? 0);
        return bytes;
      },
      async write(bytes: Uint8Array) {
        count(bytes.length);
        await near.write(bytes);
      },
    } as unknown as AppStream);
  };
  let last: ProgressEvent | undefined;
  const fresh = (): Progress =>
    new Progress(clock, { draw: () => {}, event: (event) => void (last = event) });
  const parts = {
    context: { clock, signal: new AbortController().signal } as unknown as Context,
    dial,
    peer: "alice",
    pk: "02",
    progress: fresh(),
    digest,
    onOutcome: () => {},
    onNotice: (text: string) => void notices.push(text),
  };
  const order = { pk: "02", path: "to/tree", local: [`${top}/from`] };
  try {
    await run({
      top,
      notices,
      dials: () => dials,
      progress() {
        parts.progress.clear();
        parts.progress.begin("");
        return [last!.bytes, last!.total];
      },
      onDial: (run) => void (atDial = run),
      async push(options = {}) {
        const plan = await planUpload({ ...order, direction: "upload" }, { recursive: true, listed: [] });
        const { directories } = plan;
        parts.progress = fresh();
        return await patiently(
          clock,
          runJobs(plan.jobs, { ...OPTIONS, direction: "upload", directories, ...options }, parts),
        );
      },
      async pull(options = {}) {
        const [near, far] = pair();
        serve(far);
        const entries = await list(near, "to/tree", { clock });
        const plan = await planTree(
          { ...order, local: [`${top}/back`], direction: "download" },
          entries,
          "linux",
        );
        const { directories } = plan;
        parts.progress = fresh();
        return await patiently(
          clock,
          runJobs(
            plan.jobs,
            { ...OPTIONS, direction: "download", isExtended: true, directories, ...options },
            parts,
          ),
        );
      },
    });
  } finally {
    for (const end of ends) end();
    await Promise.all(serving); // what a host still writes would come into a directory that is being removed
    await Deno.remove(top, { recursive: true });
  }
}

/** Everything below a directory: names, contents, bits and times. */
export function treeOf(path: string, name = ""): string[] {
  return [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    const [child, inner] = [`${path}/${entry.name}`, `${name}/${entry.name}`];
    const { mode, mtime } = Deno.statSync(child);
    const facts = `${inner} ${(mode! & 0o777).toString(8)} ${mtime!.getTime()}`;
    return entry.isDirectory
      ? [facts, ...treeOf(child, inner)]
      : [`${facts} ${Deno.readFileSync(child).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 0)}`];
  });
}
