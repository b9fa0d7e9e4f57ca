import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { parsePath, parsePathOrPipe, parsePlace, writeNewFile } from "../../../cli/flags/paths.ts";

Deno.test("A path is taken as it is typed, but for the pipe", () => {
  deepStrictEqual(["./-", "a", "-a", ""].map(parsePath), ["./-", "a", "-a", ""]);
  throws(() => parsePath("-"), SyntaxError);
  deepStrictEqual(["./-", "a", "-", " "].map(parsePathOrPipe), ["./-", "a", "-", " "]);
  strictEqual(parsePlace("a"), "a");
});

Deno.test("An empty path is a mistake in what was typed, not a fault of ours", () => {
  for (const parse of [parsePathOrPipe, parsePlace]) throws(() => parse(""), /this one is empty/);
  throws(() => parsePlace("-"), /pipe/);
});

Deno.test("A new file is whole or is not there, and never takes the place of another", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/new`;
    await writeNewFile(path, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
    deepStrictEqual([...await Deno.readFile(path)], [1, 2, 3]);
    await rejects(writeNewFile(path, []), { message: `${path} exists already`, kind: "local" });
    strictEqual((await Deno.stat(path)).size, 3);
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(1);
      await Promise.resolve();
      throw new TypeError("cut short");
    };
    await rejects(writeNewFile(`${directory}/cut`, broken()), TypeError);
    deepStrictEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["new"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
