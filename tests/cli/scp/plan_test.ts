import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { planTree } from "../../../cli/scp/plan/plan.ts";
import { planUpload } from "../../../cli/scp/plan/upload.ts";

Deno.test("A plan has a job for each file, names kept below the target, and a problem where there is one", async () => {
  const top = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${top}/d/e`, { recursive: true });
    for (const name of ["d/a", "d/e/b", "f"]) await Deno.writeTextFile(`${top}/${name}`, "12345");
    if (Deno.build.os !== "windows") await Deno.symlink(`${top}/f`, `${top}/d/link`);
    const plan = async (path: string, local: string[], recursive = true) =>
      await planUpload({ pk: "", direction: "upload", path, local }, { recursive, listed: [] });
    const targets = async (path: string, local: string[]) =>
      (await plan(path, local)).jobs.map(({ remote, size }) => `${remote} ${size}`);
    deepStrictEqual(await targets("x", [`${top}/f`]), ["x 5"]);
    deepStrictEqual(await targets("", [`${top}/f`]), ["f 5"]);
    deepStrictEqual(await targets("/x/", [`${top}/f`]), ["x/f 5"]);
    deepStrictEqual(await targets("x", [`${top}/d`]), ["x/a 5", "x/e/b 5"]);
    deepStrictEqual(await targets("x/", [`${top}/d/`, `${top}/f`]), ["x/d/a 5", "x/d/e/b 5", "x/f 5"]);
    strictEqual((await plan("x", [`${top}/d`])).leftOut.length, Deno.build.os === "windows" ? 0 : 1);
    const { jobs } = await plan("", [`${top}/gone`, `${top}/d`, `${top}/f`], false);
    deepStrictEqual(jobs.map(({ problem }) => problem?.message.replace(top, "")), [
      "Cannot read /gone: No such file or directory",
      "/d is a directory",
      undefined,
    ]);
    const long = await plan("n".repeat(252), [`${top}/d`]);
    match(long.jobs[1].problem!.message, /name exceeds max length/);
    // A directory with such a name is one that can't be made: it fails like a file where it is wanted for itself.
    await Deno.mkdir(`${top}/d/empty`);
    const made = await plan("n".repeat(250), [`${top}/d`]);
    deepStrictEqual(made.directories.map(({ remote }) => remote.slice(250)), ["", "/e"]);
    const failed = made.jobs.filter(({ problem }) => problem).map(({ remote }) => remote.slice(250));
    deepStrictEqual(failed, ["/empty"]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("What is being received is no part of a tree that is pushed", async () => {
  const top = await Deno.makeTempDir();
  try {
    const part = `.${"a".repeat(32)}`;
    for (const name of [`${part}.part`, `${part}.journal.part`, ".x.part", "x"]) {
      await Deno.writeTextFile(`${top}/${name}`, "x");
    }
    const order = { pk: "02", direction: "upload", path: "t", local: [top] } as const;
    const { jobs, leftOut } = await planUpload(order, { recursive: true, listed: [] });
    deepStrictEqual([jobs.map(({ remote }) => remote), leftOut], [["t/.x.part", "t/x"], []]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

Deno.test("A pulled tree's plan refuses names that are one name here, and counts what can't be had", async () => {
  const entry = (name: string, kind: "file" | "directory" | "other" = "file") => ({
    name,
    kind,
    size: 1,
    mode: 0o644,
    mtimeMs: 1,
  });
  const order = { pk: "02", path: "d", local: ["/nowhere/t"], direction: "download" } as const;
  const entries = [entry("A"), entry("a"), entry("link", "other"), entry("d", "directory"), entry("d/x")];
  const linux = await planTree(order, entries, "linux");
  deepStrictEqual(linux.jobs.map(({ local, remote, problem }) => [local, remote, problem]), [
    ["/nowhere/t/A", "d/A", undefined],
    ["/nowhere/t/a", "d/a", undefined],
    ["/nowhere/t/d/x", "d/d/x", undefined],
  ]);
  deepStrictEqual([linux.leftOut, linux.directories.map(({ isEmpty }) => isEmpty)], [["d/link"], [false]]);
  const mac = await planTree(order, entries, "darwin");
  deepStrictEqual(mac.jobs.map(({ problem }) => problem !== undefined), [false, true, false]);
});
