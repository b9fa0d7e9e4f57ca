import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { planTree } from "../../../cli/scp/plan/plan.ts";
import { makeDirectories } from "../../../cli/scp/run/directories.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import { FILES, OPTIONS, staged, treeOf } from "./tree_stage.ts";

Deno.test("Directories of a tree are made, and get their times, also when their stream breaks", async () => {
  const whole = Infinity;
  await staged(async ({ top, push, notices }) => {
    deepStrictEqual((await push()).filter(({ state }) => state !== "copied"), []);
    deepStrictEqual(treeOf(`${top}/root/to/tree`), treeOf(`${top}/from`));
    strictEqual(notices.filter((text) => /trying again/.test(text)).length, 2);
  }, [whole, whole, whole, 30, 100]);
});

Deno.test("A directory that is pulled may lead elsewhere by a link of ours: what it leads to gets its facts", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/disk/docs`, { recursive: true });
    await Deno.mkdir(`${top}/back`);
    await Deno.symlink(`${top}/disk/docs`, `${top}/back/docs`);
    const order = { pk: "02", path: "docs", local: [`${top}/back`], direction: "download" } as const;
    const facts = { mode: 0o751, mtimeMs: 1e12 };
    const entries = [{ name: "d", kind: "directory", size: 0, mode: 0o755, mtimeMs: 1 }] as const;
    const { directories } = await planTree(order, entries, "linux", facts);
    await makeDirectories({ ...OPTIONS, direction: "download", directories });
    const { local, below, ...kept } = directories[0];
    deepStrictEqual([local, kept.mode, kept.mtimeMs], [`${top}/back/docs`, 0o751, 1e12]);
    await systemTree(below!.root).makeDirectory!(below!.name, facts);
    const { mode, mtime } = await Deno.stat(`${top}/disk/docs`);
    deepStrictEqual([mode! & 0o777, mtime!.getTime()], [0o751, 1e12]);
    ok((await Deno.stat(`${top}/disk/docs/d`)).isDirectory);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("What lies in the way of a directory that is pulled stops that one, and nothing beside it", async () => {
  await staged(async ({ top, push, pull }) => {
    await push();
    // In the place of one with files, and of one that is empty.
    await Deno.mkdir(`${top}/back/tree/empty`, { recursive: true });
    for (const name of ["sub", "empty/too"]) await Deno.writeTextFile(`${top}/back/tree/${name}`, "mine");
    for (const preserve of [false, true]) {
      const outcomes = await pull({ preserve, overwrite: "replace" });
      const failed = outcomes.filter(({ state }) => state === "failed");
      const inside = failed.filter(({ source }) => source.startsWith("alice:to/tree/sub/"));
      strictEqual(inside.length, Math.floor(FILES * 2 / 3) + (preserve ? 2 : 1), "with the directory in it");
      deepStrictEqual(failed.filter((one) => !inside.includes(one)).map(({ source }) => source).sort(), [
        "alice:to/tree/empty/too",
        ...(preserve ? ["alice:to/tree/sub"] : []),
      ]);
      for (const { failure } of failed) deepStrictEqual([failure!.why, failure!.status], ["local", 5]);
    }
    strictEqual((await Deno.stat(`${top}/back/tree/f0`)).isFile, true);
    for (const name of ["sub", "empty/too"]) {
      strictEqual(await Deno.readTextFile(`${top}/back/tree/${name}`), "mine");
    }
    // In the place of all of it.
    await Deno.remove(`${top}/back`, { recursive: true });
    await Deno.writeTextFile(`${top}/back`, "mine");
    await rejects(pull(), { name: "UserError", message: /^Cannot write .*back/ });
  });
});
