import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { systemFiles } from "../../lib/sys/files.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";

function inTemporary(name: string, run: (directory: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const directory = await Deno.makeTempDir();
    try {
      await run(directory);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

const isLocal = (text: RegExp) => (error: unknown) =>
  error instanceof UserError && error.kind === "local" && text.test(error.message);
const unix = Deno.build.os !== "windows";

inTemporary(
  "Files make a private file whole, with its directory, and leave nothing else",
  async (directory) => {
    const path = `${directory}/a/b/file`;
    strictEqual(await systemFiles.createPrivate(path, utf8("one")), true);
    strictEqual(fromUtf8((await systemFiles.read(path, 3))!), "one");
    if (unix) {
      deepStrictEqual(await systemFiles.info(path), { mode: 0o600, isFile: true });
      strictEqual((await Deno.stat(`${directory}/a/b`)).mode! & 0o777, 0o700);
    }
    deepStrictEqual([...Deno.readDirSync(`${directory}/a/b`)].map(({ name }) => name), ["file"]);
  },
);

inTemporary("Files leave what is there alone unless they are told to replace it", async (directory) => {
  const path = `${directory}/file`;
  await Deno.writeTextFile(path, "old", { mode: 0o644 });
  strictEqual(await systemFiles.createPrivate(path, utf8("new")), false);
  strictEqual(await Deno.readTextFile(path), "old");
  await systemFiles.replacePrivate(path, utf8("new"));
  strictEqual(await Deno.readTextFile(path), "new");
  if (unix) strictEqual((await Deno.stat(path)).mode! & 0o777, 0o600);
  deepStrictEqual([...Deno.readDirSync(directory)].length, 1);
});

inTemporary("Files that are not there are undefined, and removing them is harmless", async (directory) => {
  strictEqual(await systemFiles.read(`${directory}/no`, 10), undefined);
  strictEqual(await systemFiles.info(`${directory}/no`), undefined);
  await systemFiles.remove(`${directory}/no`);
});

inTemporary("Files longer than the cap and directories are refused by name", async (directory) => {
  await Deno.writeTextFile(`${directory}/f`, "12345");
  await rejects(
    systemFiles.read(`${directory}/f`, 4),
    isLocal(/Cannot read .*\/f: it is longer than 4 bytes/),
  );
  await rejects(systemFiles.read(directory, 4), isLocal(/Cannot read .*: it is a directory/i));
  await rejects(systemFiles.createPrivate(`${directory}/f/x`, utf8("")), isLocal(/Cannot write .*\/f\/x: /));
});
