import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
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
