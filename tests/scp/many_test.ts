import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { list } from "../../lib/scp/many.ts";
import { pullMany, type SmallFile, sums } from "../../lib/scp/many_pull.ts";
import { pushMany, type SmallSource } from "../../lib/scp/many_push.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import type { KeptFacts, Tree } from "../../lib/sys/tree/tree.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { options, push, source, staged } from "./many_stage.ts";

Deno.test("Many files and empty directories arrive over one stream, with bits and times where they are kept", async () => {
  await staged(async ({ root, dial }) => {
    const files = Array.from({ length: 300 }, (_, i) => source(`d${i % 7}/sub/f${i}`, `text ${i}`));
    const kept = { mode: 0o750, mtimeMs: 1_000_000_000_123 };
    const { near, served } = dial();
    const told = await push(near, [
      ...files,
      source("kept", "k", 1_500_000_000_456),
      { path: "empty/deep", keep: kept },
      { path: "plain" },
      { path: "d0", keep: kept },
    ]);
    deepStrictEqual(new Set(told), new Set(["ok"]));
    deepStrictEqual((await served).files, 301);
    for (let i = 0; i < 300; i++) {
      strictEqual(await Deno.readTextFile(`${root}/d${i % 7}/sub/f${i}`), `text ${i}`);
    }
    const facts = (name: string) => {
      const { mode, mtime } = Deno.statSync(`${root}/${name}`);
      return [mode! & 0o7777, mtime!.getTime()];
    };
    strictEqual(facts("d1/sub/f1")[0], 0o700);
    deepStrictEqual(facts("kept"), [0o644, 1_500_000_000_456]);
    for (const name of ["empty/deep", "d0"]) deepStrictEqual(facts(name), [0o750, 1_000_000_000_123], name);
    strictEqual(facts("plain")[0], 0o700);
    deepStrictEqual([...Deno.readDirSync(`${root}/d1/sub`)].filter(({ name }) => name.startsWith(".")), []);
  });
});

Deno.test("Of many files each that fails is told with its reason, and the others arrive", async () => {
  await staged(async ({ root, dial }) => {
    await Deno.mkdir(`${root}/dir`);
    await Deno.writeTextFile(`${root}/file`, "old");
    await Deno.symlink("/etc", `${root}/out`);
    const gone: SmallSource = {
      path: "gone",
      read: () => Promise.reject(new UserError("it has gone", { kind: "local", hint: "" })),
    };
    const told = await push(dial().near, [
      source("a", "a"),
      source("dir", "x"),
      gone,
      source("file/below", "x"),
      source("out/x", "x"),
      source(".x.part", "x"),
      { path: "file" },
      source("../x", "x"),
      source("z", "z"),
    ]);
    deepStrictEqual(told, [
      "ok",
      "remote: open: is a directory",
      "it has gone",
      "remote: mkdir: not a directory",
      "remote: mkdir: permission denied",
      "remote: open: permission denied",
      "remote: mkdir: not a directory",
      "dmsgscp: name contains path traversal",
      "ok",
    ]);
    deepStrictEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), [
      "a",
      "dir",
      "file",
      "out",
      "z",
    ]);
    strictEqual(await Deno.readTextFile(`${root}/file`), "old");
  });
});

Deno.test("A list has all that can be had below a directory, and what can't be had as that", async () => {
  await staged(async ({ root, dial }) => {
    await Deno.mkdir(`${root}/t/a/b`, { recursive: true });
    await Deno.mkdir(`${root}/t/empty`);
    await Deno.writeTextFile(`${root}/t/a/b/f`, "12345");
    await Deno.utime(`${root}/t/a/b/f`, 1_000_000_000, 1_000_000_000);
    await Deno.writeTextFile(`${root}/t/.x.part`, "x");
    // What is being received is no file yet.
    for (const end of ["", ".journal"]) {
      await Deno.writeTextFile(`${root}/t/a/.${"5".repeat(32)}${end}.part`, "x");
    }
    await Deno.symlink("/etc", `${root}/t/link`);
    let top: KeptFacts | undefined;
    const entries = await list(dial().near, "t", { ...options, onTop: (facts) => top = facts });
    const { mode, mtime } = await Deno.stat(`${root}/t`);
    deepStrictEqual(top, { mode: mode! & 0o777, mtimeMs: mtime!.getTime() });
    deepStrictEqual(entries.map(({ name, kind }) => [name, kind]), [
      [".x.part", "other"],
      ["a", "directory"],
      ["a/b", "directory"],
      ["a/b/f", "file"],
      ["empty", "directory"],
      ["link", "other"],
    ]);
    const file = entries.find(({ name }) => name === "a/b/f")!;
    deepStrictEqual([file.size, file.mtimeMs], [5, 1_000_000_000_000]);
    await rejects(list(dial().near, "t/a/b/f", options), /remote: stat: not a directory/);
    await rejects(list(dial().near, "gone", options), /remote: stat: no such file/);
    await rejects(list(dial().near, "t/link", options), /permission denied/);
    await rejects(list(dial({ read: false, write: true }).near, "t", options), /open: permission denied/);
  });
});

Deno.test("Many files are pulled over one stream, and those that can't be had are told", async () => {
  await staged(async ({ root, dial }) => {
    const paths = Array.from({ length: 300 }, (_, i) => `f${i}`);
    for (const path of paths) await Deno.writeTextFile(`${root}/${path}`, path.repeat(100));
    await Deno.writeFile(`${root}/large`, new Uint8Array(2 ** 20 + 1));
    paths.splice(7, 0, "gone", "large", "d/../f1".replace("..", "x"));
    const got: (string | Error)[] = [];
    const { near, served } = dial();
    await pullMany(near, paths, options, (_, file: SmallFile | Error) => {
      got.push(file instanceof Error ? file : fromUtf8(file.bytes));
      return Promise.resolve();
    });
    strictEqual((await served).files, 300);
    for (const [i, path] of paths.entries()) {
      if (i < 7 || i > 9) strictEqual(got[i], path.repeat(100));
    }
    deepStrictEqual(got.slice(7, 10).map((one) => (one as Error).message), [
      "remote: stat: no such file",
      "remote: the file is not small",
      "remote: stat: no such file",
    ]);
  });
});

Deno.test("Digests of many files are told over one stream: small ones are read together, a large one by itself", async () => {
  let opened = 0;
  const counting = (root: string): Tree => {
    const tree = systemTree(root);
    return {
      ...tree,
      open(name) {
        opened++;
        return tree.open(name);
      },
    };
  };
  await staged(async ({ root, dial }) => {
    const paths = Array.from({ length: 400 }, (_, i) => `f${i}`);
    const sumOf = (bytes: Uint8Array): string => {
      const sum = options.digest();
      sum.add(bytes);
      return sum.hex();
    };
    const wanted: (string | undefined)[] = [];
    for (const path of paths) {
      await Deno.writeTextFile(`${root}/${path}`, path);
      wanted.push(sumOf(utf8(path)));
    }
    const large = new Uint8Array(2 ** 20 + 1).fill(3);
    await Deno.writeFile(`${root}/large`, large);
    await Deno.writeTextFile(`${root}/empty`, "");
    await Deno.mkdir(`${root}/d`);
    paths.splice(7, 0, "gone", "large", "d", "empty");
    wanted.splice(7, 0, undefined, sumOf(large), undefined, sumOf(new Uint8Array(0)));
    const { near, served } = dial();
    deepStrictEqual(await sums(near, paths, options), wanted);
    deepStrictEqual([(await served).error, opened], [undefined, 1]);
    deepStrictEqual(await sums(dial().near, ["large"], options), [sumOf(large)]);
    await rejects(sums(dial({ read: false, write: true }).near, ["f1"], options), /permission denied/);
  }, counting);
});

Deno.test("Many files that were cut off in the middle are there whole or not at all", async () => {
  await staged(async ({ root, dial }) => {
    const files = Array.from({ length: 600 }, (_, i) => source(`f${i}`, `${i}`.repeat(500)));
    const { near, served } = dial();
    let sent = 0;
    const done: number[] = [];
    await rejects(pushMany(near, files, {
      ...options,
      onBytes: (count) => {
        sent += count;
        if (sent > 500_000) near.break();
      },
    }, (index, error) => void (error === undefined && done.push(index))));
    ok((await served).error);
    const names = [...Deno.readDirSync(root)].map(({ name }) => name);
    ok(names.every((name) => /^f\d+$/.test(name)), "nothing half");
    for (const name of names) {
      strictEqual(await Deno.readTextFile(`${root}/${name}`), name.slice(1).repeat(500));
    }
    // What was told to be there is there.
    for (const index of done) ok(names.includes(`f${index}`));
    ok(names.length >= 128 && names.length < 600, `${names.length} files`);
  });
});
