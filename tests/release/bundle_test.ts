import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { readBundle } from "../../scripts/bundle.ts";
import { cutSources, PIECES } from "../../scripts/pieces.ts";
import { compile, TARGETS } from "../../scripts/compile.ts";
import { BUNDLE_RUN_ARGS, TOP, VERSION } from "../../scripts/release.ts";
import { ENV_NAMES } from "../../lib/sys/env.ts";
import { bundled, SOURCE } from "../script/program.ts";
import { newStage, runScript } from "../script/script.ts";
import { tryOut } from "./chat.ts";
import { compiledMetadata } from "./compiled.ts";

const folder = await Deno.makeTempDir();
const made = await readBundle((await bundled()).at(-1)!);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const isWindows = Deno.build.os === "windows";

Deno.test("Bundle holds no path of this machine", () => {
  for (const { name, bytes } of made.files) {
    const text = new TextDecoder("latin1").decode(bytes);
    for (const path of [TOP, "file:///", folder]) ok(!text.includes(path), `${path} in ${name}`);
    ok(name.endsWith(".bin") || /^[\0-\x7f]*$/.test(text), `${name} is ASCII`);
  }
});

Deno.test("Bundle names its pieces so that none is read before it is used", () => {
  const texts = new Map(made.files.map(({ name, bytes }) => [name, new TextDecoder("latin1").decode(bytes)]));
  const startsWith = (name: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const [, next] of texts.get(name)!.matchAll(/\b(?:from|import) ?\(?"\.\/([^"]+)"/g)) {
      startsWith(next, seen);
    }
    return seen;
  };
  deepStrictEqual([...startsWith("dmsg.mjs")], ["dmsg.mjs", "dmsg-core.mjs"]);
  for (const piece of Object.keys(PIECES)) ok(texts.has(`dmsg-${piece}.mjs`), piece);
});

Deno.test("Bundle is not made of sources in which what a piece names has gone elsewhere", async () => {
  const [top, cut] = [`${folder}/sources`, `${folder}/cut`];
  for (const path of [`${top}/cli`, `${top}/lib`, `${top}/tui`, cut]) {
    await Deno.mkdir(path, { recursive: true });
  }
  for (const name of ["deno.json", "deno.lock"]) await Deno.writeTextFile(`${top}/${name}`, "{}");
  const all = Object.values(PIECES).flat().map((place) => place.endsWith("/") ? `${place}a.ts` : place);
  const alone = ["cli/commands/completion.ts", "cli/commands/id.ts", "cli/commands/send.ts"];
  const load = (paths: readonly string[]): Promise<void> =>
    Deno.writeTextFile(
      `${top}/main.ts`,
      paths.map((path) => `import("${/^(cli|lib|tui)\//.test(path) ? "./" : ""}${path}");\n`).join(""),
    );
  await load([...all, ...alone].map((path) => path.replace("cli/names/groups.ts", "cli/naming/groups.ts")));
  await rejects(cutSources(`${top}/`, cut), /no dynamic import leads to cli\/names\/groups\.ts:/);
});

// All scripts run with a bundle; this one with the sources as well, which people run who have no release. More of them
// do in e2e/source_check.ts.
Deno.test({
  name: "The sources with exactly the release's permissions run places.script",
  ignore: isWindows,
  fn: async () => await runScript(await Deno.readTextFile(`${TOP}tests/script/places.script`), SOURCE),
});

Deno.test({
  name: "Bundle with exactly the release's permissions serves, chats and streams",
  ignore: isWindows,
  fn: async () => {
    await using stage = await newStage([Deno.execPath(), ...BUNDLE_RUN_ARGS, made.path]);
    await tryOut(stage);
  },
});

Deno.test("Bundle works without WebAssembly, too: the curve is noble's then", async () => {
  const [home, place] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    for (const { name, bytes } of made.files) {
      await Deno.writeFile(`${place}/${name}`, name.endsWith(".bin") ? Uint8Array.of(0) : bytes);
    }
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...BUNDLE_RUN_ARGS, `${place}/${made.files[0].name}`, "id"],
      env: { HOME: home, NO_COLOR: "1", XDG_DATA_HOME: `${home}/data`, XDG_CONFIG_HOME: `${home}/config` },
      stdin: "null",
      signal: AbortSignal.timeout(60_000), // it waited for ever
    }).output();
    const said = new TextDecoder().decode(stderr);
    deepStrictEqual([code, /^0[23][0-9a-f]{64}\n$/.test(new TextDecoder().decode(stdout))], [0, true], said);
  } finally {
    await Deno.remove(home, { recursive: true });
    await Deno.remove(place, { recursive: true });
  }
});

// The runtime part of a target can't be had everywhere: any ELF file stands in for it. That the result starts
// is not shown here.
for (const target of TARGETS.filter((target) => target.includes("linux"))) {
  Deno.test({
    name: `Compiled for ${target}: permissions, V8 flags, features, name and entry point are baked in`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      const output = `${folder}/dmsg-${target}`;
      await compile(made, target, output, "/bin/true");
      const { metadata, payloadBytes } = compiledMetadata(await Deno.readFile(output));
      deepStrictEqual(metadata.permissions, {
        allow_net: [],
        allow_read: [],
        allow_write: [],
        allow_env: [...ENV_NAMES],
        allow_run: [],
        allow_sys: ["statfs"],
        allow_ffi: null,
        allow_import: metadata.permissions.allow_import,
        deny_import: [],
        ...denials(["net", "read", "write", "env", "run", "sys", "ffi"]),
        ignore_env: null,
        ignore_read: null,
        prompt: false,
      });
      for (
        const flag of [
          "--optimize-for-size",
          "--max-semi-space-size=1",
          "--no-parallel-scavenge",
          "--liftoff-only",
          "--no-concurrent-recompilation",
        ]
      ) {
        ok(metadata.v8_flags.includes(flag), flag);
      }
      deepStrictEqual(metadata.unstable_config.features, ["kv"]);
      deepStrictEqual([metadata.app_name, metadata.entrypoint_key], ["dmsg", "dmsg.mjs"]);
      const programBytes = made.files.reduce((sum, { bytes }) => sum + bytes.length, 0);
      ok(payloadBytes >= programBytes && payloadBytes < programBytes + 16 * 1024, `${payloadBytes} embedded`);
    },
  });
}

const denials = (kinds: string[]): Record<string, null> =>
  Object.fromEntries(kinds.map((kind) => [`deny_${kind}`, null]));

Deno.test("Version of the release is the one in deno.json", async () => {
  strictEqual(JSON.parse(await Deno.readTextFile(`${TOP}deno.json`)).version, VERSION);
});
