// deno task compile [target …]
/**
 * One program file for each target of `deno compile`, or for those that are named, in dist/. The runtime part of
 * a target is fetched once by `deno compile`; DENORT_BIN names one that is here already.
 *
 * @module
 */
import { type Bundle, bundle } from "./bundle.ts";
import { PERMISSIONS, runDeno, V8_FLAGS, VERSION } from "./release.ts";
import { ScriptError, scriptMain } from "./script_main.ts";

/** Every target that `deno compile` has: no 32-bit ARM, no musl. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
] as const;

/** A target's triple. */
export type Target = typeof TARGETS[number];

/** The file for a target, from the top of the repository. */
export const outputFor = (target: Target, folder = "dist"): string =>
  `${folder}/dmsg-${VERSION}-${target}${target.includes("windows") ? ".exe" : ""}`;

/**
 * Compiles a bundle for one target; all its files are in the one that comes out.
 * @param runtime  The runtime part to embed into; by default that of the target.
 */
export async function compile(
  { path, files }: Pick<Bundle, "path" | "files">,
  target: Target,
  output: string,
  runtime?: string,
): Promise<void> {
  // What is loaded when it is used is named nowhere in plain sight.
  const pieces = files.slice(1).map(({ name }) => `${path.replace(/[^/\\]*$/, "")}${name}`);
  const args = [
    ...["compile", "--quiet", "--no-check", "--no-config", "--no-lock", "--no-npm", "--no-remote"],
    ...["--unstable-kv", ...PERMISSIONS, V8_FLAGS, "--app-name", "dmsg"],
    ...pieces.flatMap((piece) => ["--include", piece]),
    ...["--target", target, "--output", output, path],
  ];
  try {
    await runDeno(args, runtime === undefined ? {} : { DENORT_BIN: runtime });
  } catch (error) {
    if (!(error instanceof ScriptError) || error.hint === undefined) throw error;
    throw new ScriptError(
      `The runtime part for ${target} can't be fetched: ${error.message}`,
      "It is fetched once for each target: try again with a network, or name one that is here with DENORT_BIN.",
    );
  }
}

async function main(wanted: readonly string[]): Promise<number> {
  for (const target of wanted) {
    if ((TARGETS as readonly string[]).includes(target)) continue;
    console.error(`There is no target "${target}"; there are: ${TARGETS.join(", ")}`);
    return 2;
  }
  const made = await bundle("dist/dmsg.mjs");
  console.log(`${made.hash}  ${made.path}`);
  for (const target of wanted as readonly Target[]) {
    const output = outputFor(target);
    await compile(made, target, output);
    console.log(`${output}  ${(await Deno.stat(output)).size} bytes`);
  }
  return 0;
}

if (import.meta.main) await scriptMain(() => main(Deno.args.length > 0 ? Deno.args : TARGETS));
