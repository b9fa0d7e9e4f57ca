import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RunOptions } from "../../../cli/scp/plan/job.ts";
import { bundled, unitsOf } from "../../../cli/scp/run/bundle.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import type { ClassicFiles } from "../../fakes/classic_scp.ts";
import { FILES, OPTIONS, staged, treeOf } from "./tree_stage.ts";

Deno.test("What goes together: small files, up to 2048 or 32 MiB of them, and nothing else", () => {
  const job = (size?: number, more = {}) => ({ local: "x", remote: "x", size, ...more });
  const options: RunOptions = { ...OPTIONS, direction: "upload" };
  const jobs = [job(5), job(2 ** 20 + 1), job(), job(3), job(2 ** 20), job(1, { local: "-" })];
  deepStrictEqual(bundled(jobs, options), [3, 0, 4]);
  deepStrictEqual(unitsOf(jobs, [3, 0, 4]), [[0, 3, 4], [1], [2], [5]]);
  for (const more of [{ extended: false }, { overwrite: "keep" } as const]) {
    deepStrictEqual(bundled(jobs, { ...options, ...more }), []);
  }
  deepStrictEqual(bundled(jobs, { ...options, direction: "download" }), []);
  const many = Array.from({ length: 5000 }, () => job(1));
  deepStrictEqual(unitsOf(many, many.keys().toArray()).map(({ length }) => length), [2048, 2048, 904]);
});

Deno.test("A tree is pushed and pulled with empty directories, bits and times, over a few streams", async () => {
  await staged(async ({ top, push, pull, dials }) => {
    const pushed = await push();
    deepStrictEqual(pushed.filter(({ state }) => state !== "copied"), []);
    strictEqual(pushed.length, FILES + 1);
    deepStrictEqual(treeOf(`${top}/root/to/tree`), treeOf(`${top}/from`));
    ok(dials() <= 5, `${dials()} streams`);
    const pulled = await pull();
    deepStrictEqual(pulled.filter(({ state }) => state !== "copied"), []);
    deepStrictEqual(treeOf(`${top}/back`), treeOf(`${top}/from`));
    ok(dials() <= 8, `${dials()} streams`);
  });
});

const exists = (path: string): boolean => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

Deno.test("A tree is verified over a few streams, also when they break, and what differs is copied anew", async () => {
  await staged(async ({ top, push, pull, dials }) => {
    deepStrictEqual((await push({ verify: true })).filter(({ state }) => state !== "copied"), []);
    // Of the first file and the large one each: the copy and its digest. Then the others, their digests, directories.
    ok(dials() <= 8, `${dials()} streams`);
    deepStrictEqual((await pull({ verify: true })).filter(({ state }) => state !== "copied"), []);
    ok(dials() <= 12, `${dials()} streams`);
    deepStrictEqual(treeOf(`${top}/back`), treeOf(`${top}/from`));
  });
  await staged(async ({ top, push, dials }) => {
    deepStrictEqual((await push({ verify: true })).filter(({ state }) => state !== "copied"), []);
    deepStrictEqual(treeOf(`${top}/root/to/tree`), treeOf(`${top}/from`));
    ok(dials() <= 10, `${dials()} streams`);
  }, [Infinity, Infinity, 60_000, Infinity, Infinity, 3000]);
  await staged(async ({ top, push, pull, onDial }) => {
    // Somebody writes to a file before it is compared. The one at the host is pushed again.
    const there = `${top}/root/to/tree/sub/f1`;
    let changes = 0;
    onDial(() => {
      if (changes === 0 && exists(there)) Deno.writeTextFileSync(there, `${++changes}`);
    });
    deepStrictEqual((await push({ verify: true })).filter(({ state }) => state !== "copied"), []);
    strictEqual(changes, 1);
    deepStrictEqual(treeOf(`${top}/root/to/tree`), treeOf(`${top}/from`));
    // The one here is not replaced without --force.
    const here = `${top}/back/sub/f1`;
    onDial(() => {
      if (exists(here)) Deno.writeTextFileSync(here, "other");
    });
    const failed = (await pull({ verify: true })).filter(({ state }) => state !== "copied");
    deepStrictEqual(failed.map(({ source, failure }) => [source, failure!.why]), [[
      "alice:to/tree/sub/f1",
      "broken",
    ]]);
    strictEqual(await Deno.readTextFile(here), "other");
  });
});

Deno.test("Progress of a tree is of all its bytes, each counted once, and of none that need not move", async () => {
  await staged(async ({ top, push, pull, progress }) => {
    const all = (path: string): number =>
      [...Deno.readDirSync(path)].reduce((sum, { name, isDirectory }) => {
        const child = `${path}/${name}`;
        return sum + (isDirectory ? all(child) : Deno.statSync(child).size);
      }, 0);
    const bytes = all(`${top}/from`);
    await push();
    deepStrictEqual(progress(), [bytes, bytes]);
    await push({ preserve: false });
    deepStrictEqual(progress(), [0, 0]);
    await push({ overwrite: "keep" });
    deepStrictEqual(progress(), [0, 0]);
    await pull();
    deepStrictEqual(progress(), [bytes, bytes]);
    await pull({ overwrite: "replace" });
    deepStrictEqual(progress(), [bytes, bytes]);
  });
  // The large file breaks, in both directions: behind the small ones and their digests.
  const whole = Infinity;
  await staged(async ({ top, push, pull, progress, notices }) => {
    for (const copy of [push, pull]) {
      await copy({ verify: true, jobs: 1 });
      ok(notices.pop()?.includes("large: "), "it has broken");
      const [moved, total] = progress();
      strictEqual(moved, total);
    }
    deepStrictEqual(treeOf(`${top}/back`), treeOf(`${top}/from`));
  }, [whole, whole, whole, whole, 900_000, whole, whole, whole, whole, whole, 900_000]);
});

Deno.test("A tree whose streams break goes on with what was not decided, both ways", async () => {
  await staged(async ({ top, push, pull, notices }) => {
    deepStrictEqual((await push()).filter(({ state }) => state !== "copied"), []);
    deepStrictEqual(treeOf(`${top}/root/to/tree`), treeOf(`${top}/from`));
    ok(notices.length > 0);
    deepStrictEqual((await pull()).filter(({ state }) => state !== "copied"), []);
    deepStrictEqual(treeOf(`${top}/back`), treeOf(`${top}/from`));
  }, [Infinity, 40_000, 900_000, 30_000, Infinity, Infinity, 30_000, 40_000]);
});

Deno.test("A tree goes to a classic host file by file, and what that can't take is said", async () => {
  const files: ClassicFiles = new Map();
  await staged(
    async ({ push, notices, dials }) => {
      const outcomes = await push();
      deepStrictEqual(outcomes.filter(({ state }) => state !== "copied"), []);
      strictEqual(files.size, FILES + 1);
      strictEqual(dials(), 1 + FILES + 1, "a look, and the files");
      deepStrictEqual(notices, [
        "times are not kept: hosts of visors know none, and of the bits those of the owner",
        "1 empty directory is left out: hosts of visors take files only",
      ]);
    },
    [],
    files,
  );
});

Deno.test("Local files that are there are not replaced by a tree that is pulled, unless it is asked for", async () => {
  await staged(async ({ top, push, pull }) => {
    await push();
    // What is there gets the directory below it.
    await Deno.mkdir(`${top}/back/tree/sub`, { recursive: true });
    await Deno.writeTextFile(`${top}/back/tree/sub/f1`, "mine");
    await Deno.writeTextFile(`${top}/back/tree/f0`, "mine");
    const refused = (await pull()).filter(({ state }) => state === "failed");
    deepStrictEqual(refused.map(({ failure }) => failure!.why), ["local", "local"]);
    for (const name of ["sub/f1", "f0"]) {
      strictEqual(await Deno.readTextFile(`${top}/back/tree/${name}`), "mine");
    }
    await pull({ overwrite: "backup" });
    strictEqual(await Deno.readTextFile(`${top}/back/tree/sub/f1~`), "mine");
    deepStrictEqual((await pull({ overwrite: "replace" })).filter(({ state }) => state === "failed"), []);
  });
});

Deno.test("A tree for a peer that is away fails once, by the look, and with --retries is tried so often", async () => {
  await staged(async ({ push, onDial, dials, notices }) => {
    onDial(() => {
      throw new NetworkError("away", { retry: true, reason: "unreachable" });
    });
    for (const [retries, tries] of [[undefined, 1], [2, 3]] as const) {
      const before = dials();
      const outcomes = await push({ retries });
      deepStrictEqual([...new Set(outcomes.map(({ failure }) => failure?.why))], ["unreachable"]);
      strictEqual(dials() - before, tries);
    }
    deepStrictEqual(notices, ["away; trying again in 1 s", "away; trying again in 2 s"]);
  });
});

Deno.test("A small file that is written to while it is read goes by itself", async () => {
  const statSync = Deno.statSync;
  for (const append of [true, false]) {
    await staged(async ({ top, push }) => {
      const path = `${top}/from/sub/f49`;
      let looks = 0;
      // Between the look of a bundle and its reading; the plan has looked before.
      Deno.statSync = (name) => {
        const info = statSync(name);
        if (name === path && ++looks === 2) Deno.writeTextFileSync(path, "some", { append });
        return info;
      };
      deepStrictEqual((await push()).filter(({ state }) => state === "failed"), []);
      ok(looks >= 2);
      strictEqual(await Deno.readTextFile(`${top}/root/to/tree/sub/f49`), await Deno.readTextFile(path));
    }).finally(() => Deno.statSync = statSync);
  }
});
