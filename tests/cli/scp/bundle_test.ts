import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import type { RunOptions } from "../../../cli/scp/plan/job.ts";
import { planTree } from "../../../cli/scp/plan/plan.ts";
import { planUpload } from "../../../cli/scp/plan/upload.ts";
import { bundled, unitsOf } from "../../../cli/scp/run/bundle.ts";
import { makeDirectories } from "../../../cli/scp/run/directories.ts";
import { runJobs } from "../../../cli/scp/run/run.ts";
import { Progress, type ProgressEvent } from "../../../cli/scp/told/progress.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { loadSha256 } from "../../../lib/crypto/digest.ts";
import { serveStream } from "../../../lib/scp/host.ts";
import { list } from "../../../lib/scp/many.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { type ClassicFiles, classicHost } from "../../fakes/classic_scp.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { patiently } from "../../fakes/patiently.ts";

const digest = await loadSha256();
const FILES = 150;
const OPTIONS: Omit<RunOptions, "direction"> = {
  jobs: 3,
  streams: 4,
  overwrite: "refuse",
  verify: false,
  extended: true,
  preserve: true,
};

interface Stage {
  readonly top: string;
  readonly notices: string[];
  /** Streams that were opened. */
  readonly dials: () => number;
  /** Bytes that the last copy has moved, and of how many. */
  readonly progress: () => (number | undefined)[];
  /** Does something at each dial from now on. */
  onDial(run: () => void): void;
  push(options?: Partial<RunOptions>): ReturnType<typeof runJobs>;
  pull(options?: Partial<RunOptions>): ReturnType<typeof runJobs>;
}

/** A tree `from`, a host with `root`, a place `back`. @param cut  Bytes after which the first streams break. */
async function staged(run: (stage: Stage) => Promise<void>, cuts: number[] = [], classic?: ClassicFiles) {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const clock = new FakeClock();
  await Deno.mkdir(`${top}/root`);
  await Deno.mkdir(`${top}/from/sub/deep`, { recursive: true });
  await Deno.mkdir(`${top}/from/empty/too`, { recursive: true });
  for (let i = 0; i < FILES; i++) {
    await Deno.writeTextFile(`${top}/from/${i % 3 ? "sub/" : ""}f${i}`, `${i} `.repeat(i % 50 * 20));
  }
  await Deno.writeFile(`${top}/from/sub/deep/large`, new Uint8Array(2 ** 20 + 7).fill(7), { mode: 0o640 });
  for (const name of ["sub/f1", "sub/deep", "empty/too", "sub"]) {
    await Deno.utime(`${top}/from/${name}`, 1e9, 1e9);
  }
  const notices: string[] = [];
  // One for all streams, as in a host: a stream takes a file over from the one before.
  const rights = { tree: systemTree(`${top}/root`), read: true, write: true };
  const serving: Promise<unknown>[] = [];
  const ends: (() => void)[] = [];
  const pair = () => {
    const [near, far] = memoryDuplexPair();
    ends.push(() => near.break());
    return [near, far] as const;
  };
  const serve = (far: Parameters<typeof serveStream>[0]): void => {
    serving.push(serveStream(far, rights, { clock, peer: "me", digest }));
  };
  let dials = 0;
  let atDial: () => void = () => {};
  const dial = (): Promise<AppStream> => {
    dials++;
    atDial();
    const [near, far] = pair();
    if (classic) void classicHost(far, classic).catch(() => {});
    else serve(far);
    const cut = cuts.shift() ?? Infinity;
    let moved = 0;
    const count = (length: number): void => {
      moved += length;
      if (moved > cut) near.break();
    };
    return Promise.resolve({
      ...near,
      async read() {
        const bytes = await near.read();
        count(bytes?.length ?? 0);
        return bytes;
      },
      async write(bytes: Uint8Array) {
        count(bytes.length);
        await near.write(bytes);
      },
    } as unknown as AppStream);
  };
  let last: ProgressEvent | undefined;
  const fresh = (): Progress =>
    new Progress(clock, { draw: () => {}, event: (event) => void (last = event) });
  const parts = {
    context: { clock, signal: new AbortController().signal } as unknown as Context,
    dial,
    peer: "alice",
    pk: "02",
    progress: fresh(),
    digest,
    onOutcome: () => {},
    onNotice: (text: string) => void notices.push(text),
  };
  const order = { pk: "02", path: "to/tree", local: [`${top}/from`] };
  try {
    await run({
      top,
      notices,
      dials: () => dials,
      progress() {
        parts.progress.clear();
        parts.progress.begin("");
        return [last!.bytes, last!.total];
      },
      onDial: (run) => void (atDial = run),
      async push(options = {}) {
        const plan = await planUpload({ ...order, direction: "upload" }, { recursive: true, listed: [] });
        const { directories } = plan;
        parts.progress = fresh();
        return await patiently(
          clock,
          runJobs(plan.jobs, { ...OPTIONS, direction: "upload", directories, ...options }, parts),
        );
      },
      async pull(options = {}) {
        const [near, far] = pair();
        serve(far);
        const entries = await list(near, "to/tree", { clock });
        const plan = await planTree(
          { ...order, local: [`${top}/back`], direction: "download" },
          entries,
          "linux",
        );
        const { directories } = plan;
        parts.progress = fresh();
        return await patiently(
          clock,
          runJobs(
            plan.jobs,
            { ...OPTIONS, direction: "download", isExtended: true, directories, ...options },
            parts,
          ),
        );
      },
    });
  } finally {
    for (const end of ends) end();
    await Promise.all(serving); // what a host still writes would come into a directory that is being removed
    await Deno.remove(top, { recursive: true });
  }
}

/** Everything below a directory: names, contents, bits and times. */
function treeOf(path: string, name = ""): string[] {
  return [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    const [child, inner] = [`${path}/${entry.name}`, `${name}/${entry.name}`];
    const { mode, mtime } = Deno.statSync(child);
    const facts = `${inner} ${(mode! & 0o777).toString(8)} ${mtime!.getTime()}`;
    return entry.isDirectory
      ? [facts, ...treeOf(child, inner)]
      : [`${facts} ${Deno.readFileSync(child).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 0)}`];
  });
}

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

const exists = (path: string): boolean => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

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

Deno.test("A tree that is there already is not sent again: with -p by its times, else by its digests", async () => {
  await staged(async ({ top, push, pull }) => {
    await push();
    const changed = async (run: typeof push, options: Partial<RunOptions> = {}): Promise<string[]> =>
      (await run(options)).filter(({ state }) => state === "copied").map(({ source }) =>
        source.split("/").at(-1)!
      );
    deepStrictEqual(await changed(push), []);
    deepStrictEqual(await changed(push, { preserve: false }), []);
    // Of the same size and with the same time, and another one with another time.
    await Deno.writeTextFile(`${top}/from/sub/f49`, "X".repeat(49 * 20 * 3));
    await Deno.utime(`${top}/from/f6`, 5, 5);
    deepStrictEqual((await changed(push)).sort(), ["f49", "f6"]);
    // Of another size, with the time of the old one; and one that is new.
    await Deno.writeTextFile(`${top}/from/sub/f1`, "longer than it was, by far", { append: true });
    await Deno.utime(`${top}/from/sub/f1`, 1e9, 1e9);
    await Deno.writeTextFile(`${top}/from/sub/new`, "new");
    deepStrictEqual((await changed(push)).sort(), ["f1", "new"]);
    await Deno.writeTextFile(`${top}/from/sub/f49`, "Y".repeat(49 * 20 * 3));
    deepStrictEqual(await changed(push, { preserve: false }), ["f49"]);
    await pull();
    deepStrictEqual(treeOf(`${top}/back/sub`).length, treeOf(`${top}/from/sub`).length);
    await Deno.rename(`${top}/back`, `${top}/tree`);
    await Deno.mkdir(`${top}/back`);
    await Deno.rename(`${top}/tree`, `${top}/back/tree`);
    // Nothing of it is in the way of a second pull: it is what it would be replaced with.
    deepStrictEqual(await changed(pull, { preserve: false }), []);
    await Deno.writeTextFile(`${top}/back/tree/f3`, "mine");
    const again = (await pull({ preserve: false })).filter(({ state }) => state !== "skipped");
    deepStrictEqual(again.map(({ source, state }) => [source, state]), [["alice:to/tree/f3", "failed"]]);
  });
});

Deno.test("A tree of large files alone, or with one small one, is not sent again either", async () => {
  for (const small of [[], ["f1"]]) {
    await staged(async ({ top, push, dials, progress }) => {
      await Deno.remove(`${top}/from`, { recursive: true });
      await Deno.mkdir(`${top}/from`);
      for (const name of ["a", "b"]) await Deno.writeFile(`${top}/from/${name}`, new Uint8Array(2 ** 21 + 1));
      for (const name of small) await Deno.writeTextFile(`${top}/from/${name}`, "x");
      await push();
      for (const preserve of [true, false]) {
        const before = dials();
        const states = (await push({ preserve })).map(({ state }) => state);
        deepStrictEqual(states, ["skipped", "skipped", ...small.map(() => "skipped")]);
        deepStrictEqual(progress(), [0, 0]);
        ok(dials() - before <= 2, `${dials() - before} streams`);
      }
    });
  }
});

Deno.test("A look that breaks is taken again: nothing of a tree that is there goes a second time", async () => {
  const whole = Infinity;
  // The first push takes a look and two streams, and one for its directories.
  for (const cuts of [[30], [30, 10, 30]]) {
    await staged(async ({ push, notices, dials }) => {
      await push();
      strictEqual(dials(), 4);
      deepStrictEqual((await push()).filter(({ state }) => state !== "skipped"), []);
      strictEqual(notices.filter((text) => /trying again/.test(text)).length, cuts.length);
      deepStrictEqual((await push({ preserve: false })).filter(({ state }) => state !== "skipped"), []);
    }, [whole, whole, whole, whole, ...cuts]);
  }
});

Deno.test("A fault of ours in a look is no reason to send everything", async () => {
  await staged(async ({ push, onDial }) => {
    onDial(() => {
      throw new TypeError("ours");
    });
    await rejects(push(), /ours/);
  });
});

Deno.test("Directories of a tree are made, and get their times, also when their stream breaks", async () => {
  const whole = Infinity;
  await staged(async ({ top, push, notices }) => {
    deepStrictEqual((await push()).filter(({ state }) => state !== "copied"), []);
    deepStrictEqual(treeOf(`${top}/root/to/tree`), treeOf(`${top}/from`));
    strictEqual(notices.filter((text) => /trying again/.test(text)).length, 2);
  }, [whole, whole, whole, 30, 100]);
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

Deno.test({
  name:
    "A file of which only the bits have changed gets them with -p: here they are set, a host is sent the file",
  ignore: Deno.build.os === "windows",
  async fn() {
    await staged(async ({ top, push, pull, progress }) => {
      await push();
      const changed = async (run: typeof push, options: Partial<RunOptions> = {}): Promise<string[]> =>
        (await run(options)).filter(({ state }) => state === "copied").map(({ source, bytes }) =>
          `${source.split("/").at(-1)} ${bytes}`
        );
      const bitsOf = (name: string): number => Deno.statSync(`${top}/${name}`).mode! & 0o777;
      const size = Deno.statSync(`${top}/from/sub/f49`).size;
      await Deno.chmod(`${top}/from/sub/f49`, 0o755);
      await Deno.chmod(`${top}/from/sub/deep/large`, 0o600);
      // Of the large one no block need move.
      const large = 2 ** 20 + 7;
      deepStrictEqual((await changed(push)).sort(), [`f49 ${size}`, `large ${large}`]);
      deepStrictEqual(["sub/f49", "sub/deep/large"].map((name) => bitsOf(`root/to/tree/${name}`)), [
        0o755,
        0o600,
      ]);
      deepStrictEqual(await changed(push), []);
      await Deno.chmod(`${top}/from/sub/f49`, 0o700);
      deepStrictEqual(await changed(push, { preserve: false }), []); // nobody has asked for bits
      await pull();
      await Deno.rename(`${top}/back`, `${top}/tree`);
      await Deno.mkdir(`${top}/back`);
      await Deno.rename(`${top}/tree`, `${top}/back/tree`);
      await Deno.chmod(`${top}/root/to/tree/sub/f49`, 0o640);
      await Deno.chmod(`${top}/root/to/tree/f3`, 0);
      const before = Deno.statSync(`${top}/back/tree/f3`);
      // Nothing is replaced for that, and nothing asked for.
      deepStrictEqual((await changed(pull)).sort(), ["f3 0", "f49 0"]);
      deepStrictEqual(["sub/f49", "f3"].map((name) => bitsOf(`back/tree/${name}`)), [0o640, 0o600]);
      deepStrictEqual([Deno.statSync(`${top}/back/tree/f3`).ino, progress()[0]], [before.ino, 0]);
      deepStrictEqual(await changed(pull), []);
      deepStrictEqual(await changed(pull, { preserve: false }), []);
    });
  },
});
