// deno test -A tests/release/pack_check.ts: makes the self-extracting files and chats with those that can run here.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { allOf, bundle } from "../../scripts/bundle.ts";
import { pack, PACK_TARGETS } from "../../scripts/pack.ts";
import { BUNDLE_RUN_ARGS, VERSION } from "../../scripts/release.ts";
import { newStage } from "../script/script.ts";
import { tryOut, tryOutBeside } from "./chat.ts";
import { arm64, type Foreign } from "./foreign.ts";

const here = Deno.build.os === "linux"
  ? { x86_64: "linux-x64", aarch64: "linux-arm64" }[Deno.build.arch]
  : undefined;
const folder = await Deno.makeTempDir();
const made = await bundle(`${folder}/dmsg.mjs`);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** How each file can be started here. */
async function starterOf(name: string): Promise<Foreign> {
  if (name === here) return { words: [] };
  if (name === "linux-arm64" && here !== undefined) return await arm64(folder);
  return { missing: "it is for another machine" };
}

Deno.test("Bundle is the same when it is made again", async () => {
  strictEqual((await bundle(`${folder}/again/dmsg.mjs`)).hash, made.hash);
});

for (const name of Object.keys(PACK_TARGETS)) {
  const file = `${folder}/${name}`;

  Deno.test(`Packed file for ${name} holds the program and the pinned package`, async () => {
    await pack(name, made, file);
    const content = await Deno.readFile(file);
    const script = new TextDecoder().decode(content.subarray(0, 8192));
    const from = Number(/^ {2}from=(\d+)$/m.exec(script)![1]);
    const all = allOf(made.files);
    deepStrictEqual(content.subarray(from - 1, from - 1 + all.length), all);
    ok(content.length > 30_000_000);
  });

  const starter = await starterOf(name);
  const missing = "missing" in starter ? starter.missing : undefined;
  const how = missing ? ` (skipped: ${missing})` : name === here ? "" : " under qemu";
  Deno.test({
    name: `Packed file for ${name} chats in an empty home${how}`,
    ignore: missing !== undefined,
    fn: async () => {
      if ("missing" in starter) return;
      await using stage = await newStage([...starter.words, file]);
      deepStrictEqual([...Deno.readDirSync(stage.home)], []);
      // Two first runs at once unpack beside each other.
      for (
        const { status, stdout, stderr } of await Promise.all([1, 2].map(() => stage.run("dmsg --version")))
      ) {
        deepStrictEqual([status, stdout, stderr], [0, `dmsg ${VERSION}\n`, ""]);
      }
      const caches = [...Deno.readDirSync(`${stage.home}/.cache/dmsg`)];
      strictEqual(caches.length, 1);
      strictEqual(Deno.statSync(`${stage.home}/.cache/dmsg/${caches[0].name}`).mode! & 0o777, 0o700);
      if (name === here) await tryOut(stage);
      // Also where it is not slow: few machines have the other one's processor in software.
      await using fast = await newStage([Deno.execPath(), ...BUNDLE_RUN_ARGS, made.path]);
      await tryOutBeside(stage, fast);
    },
  });
}
