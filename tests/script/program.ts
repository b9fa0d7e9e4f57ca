/**
 * The program as tests start it: a bundle, which begins in less than half the time of the sources and is what is
 * released. It is made once for all test files, and again when a source is newer.
 *
 * @module
 */
import { bundle } from "../../scripts/bundle.ts";
import { BUNDLE_RUN_ARGS, RUN_ARGS, TOP } from "../../scripts/release.ts";

/** What a bundle is made of. */
const SOURCES = ["main.ts", "deno.json", "deno.lock", "scripts", "lib", "cli", "tui"];

/** The program from source, with what the release grants. */
export const SOURCE: readonly string[] = [Deno.execPath(), ...RUN_ARGS, "--cached-only", `${TOP}main.ts`];

let made: Promise<readonly string[]> | undefined;

/** The words that start the bundle of what lies here, with what the release grants. */
export const bundled = (): Promise<readonly string[]> => made ??= make();

async function make(): Promise<readonly string[]> {
  const all = `${TOP}dist/tests`;
  await Deno.mkdir(all, { recursive: true });
  // Test files run side by side, some of them in other processes: one makes it, the others wait.
  using lock = await Deno.open(`${all}/lock`, { create: true, write: true });
  await lock.lock(true);
  const name = `${Math.max(...SOURCES.map(changedAt))}`;
  const before = [...Deno.readDirSync(all)].filter((one) => one.isDirectory).map((one) => one.name);
  if (!before.includes(name)) {
    for (const old of before) await Deno.remove(`${all}/${old}`, { recursive: true });
    await bundle(`${all}/new/dmsg.mjs`);
    await Deno.rename(`${all}/new`, `${all}/${name}`); // whole, or not at all
  }
  return [Deno.execPath(), ...BUNDLE_RUN_ARGS, `${all}/${name}/dmsg.mjs`];
}

/** When something of a file or folder last changed; of a folder also that a file has gone. Milliseconds since 1970. */
function changedAt(path: string): number {
  const { isDirectory, mtime } = Deno.statSync(TOP + path);
  const below = isDirectory ? [...Deno.readDirSync(TOP + path)].map(({ name }) => `${path}/${name}`) : [];
  return Math.max(mtime!.getTime(), ...below.map(changedAt));
}
