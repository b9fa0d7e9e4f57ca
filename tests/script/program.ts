/**
 * The program as tests start it: a bundle, which begins in less than half the time of the sources and is what is
 * released. It is made once for all test files, and again when a source is newer.
 *
 * @module
 */
import { bundle } from "../../scripts/bundle.ts";
import { BUNDLE_RUN_ARGS, RUN_ARGS, TOP } from "../../scripts/release.ts";

/** What a bundle is made of. */
const SOURCES = ["main.ts", "deno.json", "deno.lock", "scripts/bundle.ts", "lib", "cli", "tui"];

/** The program from source, with what the release grants. */
export const SOURCE: readonly string[] = [Deno.execPath(), ...RUN_ARGS, "--cached-only", `${TOP}main.ts`];

let made: Promise<readonly string[]> | undefined;

/** The words that start the bundle of what lies here, with what the release grants. */
export const bundled = (): Promise<readonly string[]> => made ??= make();

async function make(): Promise<readonly string[]> {
  const folder = `${TOP}dist/tests`;
  const path = `${folder}/dmsg.mjs`;
  await Deno.mkdir(folder, { recursive: true });
  // Test files run side by side, some of them in other processes: one makes it, the others wait.
  using lock = await Deno.open(`${folder}/lock`, { create: true, write: true });
  await lock.lock(true);
  if (madeAt(path) <= Math.max(...SOURCES.map(changedAt))) {
    const begun = new Date();
    await bundle(`${folder}/new.mjs`);
    await Deno.utime(`${folder}/new.mjs`, begun, begun); // what is written meanwhile is newer
    await Deno.rename(`${folder}/new.mjs`, path);
  }
  return [Deno.execPath(), ...BUNDLE_RUN_ARGS, path];
}

function madeAt(path: string): number {
  try {
    return Deno.statSync(path).mtime!.getTime();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** When something of a file or folder last changed; of a folder also that a file has gone. Milliseconds since 1970. */
function changedAt(path: string): number {
  const { isDirectory, mtime } = Deno.statSync(TOP + path);
  const below = isDirectory ? [...Deno.readDirSync(TOP + path)].map(({ name }) => `${path}/${name}`) : [];
  return Math.max(mtime!.getTime(), ...below.map(changedAt));
}
