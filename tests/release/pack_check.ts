// deno test -A tests/release/pack_check.ts: makes the self-extracting files and chats with the one for this machine.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bundle } from "../../scripts/bundle.ts";
import { pack, PACK_TARGETS } from "../../scripts/pack.ts";
import { VERSION } from "../../scripts/release.ts";
import { newStage } from "../script/script.ts";
import { tryOut } from "./chat.ts";

const here = Deno.build.os === "linux"
  ? { x86_64: "linux-x64", aarch64: "linux-arm64" }[Deno.build.arch]
  : undefined;
const folder = await Deno.makeTempDir();
const made = await bundle(`${folder}/dmsg.mjs`);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

Deno.test({
  name: `Packed file for ${here ?? "another system"} chats in an empty home`,
  ignore: here === undefined,
  fn: async () => {
    const file = `${folder}/dmsg`;
    await pack(here!, made, file);
    await using stage = await newStage([file]);
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
    await tryOut(stage);
  },
});

for (const name of Object.keys(PACK_TARGETS).filter((name) => name !== here)) {
  Deno.test(`Packed file for ${name} holds the program and the pinned package`, async () => {
    const file = `${folder}/${name}`;
    await pack(name, made, file);
    const content = await Deno.readFile(file);
    const script = new TextDecoder().decode(content.subarray(0, 8192));
    const from = Number(/tail -c \+(\d+) "\$0" \| head/.exec(script)![1]);
    deepStrictEqual(content.subarray(from - 1, from - 1 + made.bytes.length), made.bytes);
    ok(content.length > 30_000_000);
  });
}
