import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { planTree } from "../../cli/scp/plan/plan.ts";
import { frameOf, hello, timeOf } from "../../lib/scp/extended/frames.ts";
import { list } from "../../lib/scp/many.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { options, staged } from "./many_stage.ts";

const isUnix = Deno.build.os === "linux";

async function make(root: string): Promise<void> {
  await Deno.mkdir(`${root}/d/in`, { recursive: true });
  for (const name of ["ok", "a\nb", "c\rd", "e\\f", "in/g\\..\\h"]) {
    await Deno.writeTextFile(`${root}/d/${name}`, "x");
  }
  let deep = `${root}/d`;
  for (let i = 0; i < 3; i++) await Deno.mkdir(deep = `${deep}/${String(i).repeat(120)}`);
  await Deno.writeTextFile(`${deep}/far`, "x");
  await Deno.symlink("ok", `${root}/d/link`);
  await new Deno.Command("sh", { args: ["-c", `printf x > "$(printf 'odd\\377')"`], cwd: `${root}/d` })
    .output();
}

Deno.test({
  name:
    "A tree with names that nobody can ask for is listed: each of them with the reason, and all the others",
  ignore: !isUnix,
  async fn() {
    await staged(async ({ root, dial }) => {
      await make(root);
      const entries = await list(dial().near, "d", options);
      const [one, two] = ["0".repeat(120), "1".repeat(120)];
      deepStrictEqual(entries.map(({ name, kind, problem }) => [name, kind, problem]), [
        [one, "directory", undefined],
        [`${one}/${two}`, "directory", undefined],
        [`${one}/${two}/${"2".repeat(13)}`, "other", "name exceeds max length"],
        [`${one}/${two}/${"2".repeat(13)}`, "other", "name exceeds max length"],
        ["a\nb", "other", "name contains invalid characters"],
        ["c\rd", "other", "name contains invalid characters"],
        ["e\\f", "file", undefined],
        ["in", "directory", undefined],
        ["in/g\\..\\h", "other", "name contains path traversal"],
        ["link", "other", undefined],
        ["odd\ufffd", "other", "its name is not UTF-8"],
        ["ok", "file", undefined],
      ]);
      // Those fail, and the status says so; a link is only left out.
      const order = { pk: "", direction: "download", path: "d", local: [`${root}/to`] } as const;
      const { jobs, leftOut } = await planTree(order, entries, "linux");
      strictEqual(jobs.filter(({ problem }) => problem).length, 6);
      deepStrictEqual([jobs.length, leftOut], [8, ["d/link"]]);
      const had = jobs.flatMap(({ problem, remote }) => problem ? [] : [remote]);
      deepStrictEqual(had, ["d/e\\f", "d/ok"]);
      // Where it leads on it is no name.
      const there = await planTree(order, entries, "windows");
      deepStrictEqual(there.jobs.flatMap(({ problem, remote }) => problem ? [] : [remote]), ["d/ok"]);
    });
  },
});

Deno.test({
  name: "A directory that the host can't read is a failure of a pull, and not left out",
  ignore: !isUnix,
  async fn() {
    await staged(async ({ root, dial }) => {
      await Deno.mkdir(`${root}/d/closed`, { recursive: true });
      await Deno.mkdir(`${root}/d/names`);
      for (const name of ["closed/x", "names/y"]) await Deno.writeTextFile(`${root}/d/${name}`, "x");
      await Deno.chmod(`${root}/d/closed`, 0o000);
      await Deno.chmod(`${root}/d/names`, 0o400);
      const entries = await list(dial().near, "d", options);
      await Deno.chmod(`${root}/d/closed`, 0o700);
      await Deno.chmod(`${root}/d/names`, 0o700);
      if (Deno.uid() === 0) return; // who may do everything
      deepStrictEqual(entries.map(({ name, kind, problem }) => [name, kind, problem]), [
        ["closed", "directory", undefined],
        ["closed/", "other", "permission denied"],
        ["names", "directory", undefined],
        ["names/y", "other", "permission denied"],
      ]);
    });
  },
});

Deno.test("What a host says of things that can't be had takes no more memory than names do", async () => {
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  await far.write(hello());
  for (let i = 0; i < 3; i++) {
    await far.write(frameOf({ name: `${i}`.repeat(2000), kind: "other", err: "why ".repeat(400) }));
  }
  await far.write(frameOf({ ok: true, entries: 3 }));
  const entries = await list(near, "d", options);
  deepStrictEqual(
    entries.map(({ name, problem }) => [name.length, problem?.length]),
    Array(3).fill([255, 255]),
  );
});

Deno.test("A time before 1970 counts as 1970, and so does one that no date holds: a file system may have any", () => {
  deepStrictEqual([-1, 0, 1.9, 99_999_999_999_000, NaN].map(timeOf), [0, 0, 1, 99_999_999_999_000, 0]);
});
