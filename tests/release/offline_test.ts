/** What the scripts of a release say without a network. */
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { TOP } from "../../scripts/release.ts";
import { complaintOf, isAboutNetwork } from "../../scripts/script_main.ts";
import { bundled } from "../script/program.ts";

/** Nobody is there: what is fetched through it fails at once. */
const NOWHERE = "http://127.0.0.1:2";

/** What scripts/compile.ts does once it has made its bundle, which takes seconds: with one that is there. */
const withBundle = (path: string, output: string): string => `
  import { readBundle } from "${TOP}scripts/bundle.ts";
  import { compile } from "${TOP}scripts/compile.ts";
  import { scriptMain } from "${TOP}scripts/script_main.ts";
  const made = await readBundle(${JSON.stringify(path)});
  await scriptMain(() => compile(made, "aarch64-apple-darwin", ${JSON.stringify(output)}).then(() => 0));
`;

/** The runtime's directory with its packages and without the parts that were fetched for targets. */
async function withoutParts(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  const directory = await Deno.makeTempDir();
  await Deno.mkdir(`${directory}/dl`);
  for (const folder of ["", "/dl"]) {
    for await (const { name } of Deno.readDir(denoDir + folder)) {
      const isLinked = name !== "dl" && name !== "release";
      if (isLinked) await Deno.symlink(`${denoDir}${folder}/${name}`, `${directory}${folder}/${name}`);
    }
  }
  return directory;
}

Deno.test("compile without a network says so, without a stack", async () => {
  const directory = await withoutParts();
  const path = (await bundled()).at(-1)!;
  try {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", withBundle(path, `${directory}/dmsg`)],
      cwd: TOP,
      env: { DENO_DIR: directory, HTTPS_PROXY: NOWHERE, RUST_BACKTRACE: "1", NO_COLOR: "1" },
    }).output();
    match(
      new TextDecoder().decode(stderr),
      /^error: The runtime part for aarch64-apple-darwin can't be fetched: [^\n]*\nhint: [^\n]*network[^\n]*DENORT_BIN\.\n$/,
    );
    deepStrictEqual(code, 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("A complaint has its reasons and no stack", () => {
  const text =
    "error: Writing 'x'\n\nCaused by:\n    0: Setting up.\n    1: dns error: unknown\n\nStack backtrace:\n   0: <unknown>\n";
  deepStrictEqual(complaintOf(text), "Writing 'x'; Setting up.; dns error: unknown");
  ok(isAboutNetwork(text));
  ok(isAboutNetwork(complaintOf("npm error code ENOTFOUND\nnpm error network\n")));
  ok(!isAboutNetwork("No space left on device"));
});
