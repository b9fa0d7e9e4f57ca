import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { systemDisk } from "../../lib/sys/copies/disk.ts";
import { createPart } from "../../lib/sys/copies/part_file.ts";
import { Room } from "../../lib/sys/copies/room.ts";
import { openRegular } from "../../lib/sys/copies/source_file.ts";
import type { SourceFile } from "../../lib/sys/copies/source_file.ts";
import { ABANDONED_MS, sweepParts } from "../../lib/sys/copies/sweep.ts";
import { TreeError, treeError } from "../../lib/sys/tree/error.ts";
import { Made } from "../../lib/sys/tree/made.ts";
import { KnownNames } from "../../lib/sys/tree/names.ts";
import { isOddOnWindows, rootProblem } from "../../lib/sys/tree/root.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { type SmallContent, subTree, type Tree } from "../../lib/sys/tree/tree.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";

const DISK_FAILS = new Error("Disk failure (os error 5)");

/** A root with a neighbour that nobody may reach. */
async function withRoot(run: (stage: { top: string; root: string; tree: Tree }) => Promise<void>) {
  const top = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${top}/root/sub`, { recursive: true });
    await Deno.mkdir(`${top}/outside`);
    await Deno.writeTextFile(`${top}/outside/secret`, "secret");
    await run({ top, root: `${top}/root`, tree: systemTree(`${top}/root`) });
    strictEqual(await Deno.readTextFile(`${top}/outside/secret`), "secret");
    deepStrictEqual([...Deno.readDirSync(`${top}/outside`)].map(({ name }) => name), ["secret"]);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

const unix = (name: string, fn: Parameters<typeof withRoot>[0]) =>
  Deno.test({ name, ignore: Deno.build.os === "windows", fn: () => withRoot(fn) });

async function put(tree: Tree, name: string, text: string, mode = 0o644): Promise<void> {
  await tree.prepare(name);
  const target = await tree.create(name);
  await target.write(utf8(text));
  await target.commit(mode);
}

async function get(tree: Tree, name: string): Promise<string> {
  const file = await tree.open(name);
  const text = await read(file);
  file.close();
  return text;
}

async function read(file: SourceFile): Promise<string> {
  const buffer = new Uint8Array(1000);
  return fromUtf8(buffer.subarray(0, await file.read(buffer) ?? 0));
}

const refuses = (run: Promise<unknown>, step: string, message?: string): Promise<void> =>
  rejects(run, (error) => {
    ok(error instanceof TreeError, String(error));
    strictEqual(error.step, step);
    if (message !== undefined) strictEqual(error.message, message);
    ok(!error.message.includes("/"), "a path of ours in what a peer is told");
    return true;
  });

unix(
  "Tree keeps files with the owner's bits, and makes directories for the owner alone",
  async ({ root, tree }) => {
    await put(tree, "a/b/c", "text", 0o755);
    strictEqual(await get(tree, "a//./b/c"), "text");
    strictEqual(Deno.statSync(`${root}/a/b/c`).mode! & 0o7777, 0o700);
    strictEqual(Deno.statSync(`${root}/a/b`).mode! & 0o777, 0o700);
    await put(tree, "a/b/c", "read-only", 0o444);
    await put(tree, "a/b/c", "replaced all the same", 0o4777);
    strictEqual(Deno.statSync(`${root}/a/b/c`).mode! & 0o7777, 0o700);
  },
);

unix("Tree leaves the old file and no stray file when a receive is given up", async ({ root, tree }) => {
  await put(tree, "f", "old");
  const target = await tree.create("f");
  await target.write(utf8("new"));
  strictEqual([...Deno.readDirSync(root)].filter(({ name }) => /^\..*\.part$/.test(name)).length, 1);
  await target.discard();
  strictEqual(await get(tree, "f"), "old");
  deepStrictEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), ["f", "sub"]);
});

unix("Tree follows no link out of its root, in no part of a name", async ({ top, root, tree }) => {
  await Deno.symlink(`${top}/outside`, `${root}/out`);
  await Deno.symlink(`${top}/outside/secret`, `${root}/leaf`);
  await Deno.symlink("../outside", `${root}/relative`);
  await Deno.symlink(`${top}/outside`, `${root}/sub/deep`);
  for (const name of ["out/secret", "relative/secret", "sub/deep/secret"]) {
    await refuses(tree.open(name), "stat", "permission denied");
    await refuses(tree.create(name), "open", "permission denied");
    await refuses(tree.prepare(name), "mkdir", "permission denied");
    await refuses(tree.prepare(`${name.replace("secret", "new/file")}`), "mkdir", "permission denied");
  }
  await refuses(tree.open("leaf"), "open", "not a regular file");
});

unix(
  "Tree replaces a link in the place of a file, and does not write through it",
  async ({ top, root, tree }) => {
    await Deno.symlink(`${top}/outside/secret`, `${root}/leaf`);
    await Deno.symlink(`${top}/outside/new`, `${root}/dangling`);
    for (const name of ["leaf", "dangling"]) {
      await put(tree, name, "mine");
      strictEqual(await get(tree, name), "mine");
    }
  },
);

unix("Tree lets links inside of its root be", async ({ root, tree }) => {
  await Deno.symlink("sub", `${root}/alias`);
  await put(tree, "alias/f", "text");
  strictEqual(await get(tree, "sub/f"), "text");
});

unix(
  "Tree notices a directory that becomes a link while a file is on its way",
  async ({ top, root, tree }) => {
    const target = await tree.create("sub/f");
    await target.write(utf8("text"));
    await Deno.rename(`${root}/sub`, `${root}/moved`);
    await Deno.symlink(`${top}/outside`, `${root}/sub`);
    await rejects(target.commit(0o600));
    await target.discard();
  },
);

unix("Tree refuses what is no file: directories, pipes, itself", async ({ root, tree }) => {
  await refuses(tree.open("sub"), "directory");
  await refuses(tree.open("."), "directory");
  await refuses(tree.create("sub"), "open", "is a directory");
  await refuses(tree.create("."), "open", "is a directory");
  await refuses(tree.open("gone"), "stat", "no such file");
  await put(tree, "f", "text");
  await refuses(tree.prepare("f/x"), "mkdir", "not a directory");
  const made = await new Deno.Command("mkfifo", { args: [`${root}/pipe`] }).output().catch(() => undefined);
  if (!made?.success) return;
  await refuses(tree.open("pipe"), "open", "not a regular file");
  await refuses(tree.create("pipe"), "open", "not a regular file");
});

unix("Tree refuses traversal even when nobody has checked the name", async ({ tree }) => {
  for (const name of ["../outside/secret", "sub/../../outside/secret", "a\0b"]) {
    await refuses(tree.open(name), "stat", "permission denied");
    await refuses(tree.create(name), "open", "permission denied");
    await refuses(tree.prepare(name), "mkdir", "permission denied");
  }
});

unix("Tree passes names to no shell: they are plain characters", async ({ root, tree }) => {
  const names = ["`touch x`", "$(touch x)", "*", "~", "; touch x", "a\nb", "-rf", " lead"];
  for (const name of names) {
    await put(tree, name, name);
    strictEqual(await get(tree, name), name);
  }
  deepStrictEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), [...names, "sub"].sort());
});

unix(
  "Tree serves and replaces no secret of ours: in our directory, or under another name",
  async ({ top, root }) => {
    await Deno.mkdir(`${root}/data`);
    await Deno.writeTextFile(`${root}/data/identity.key`, "key");
    await Deno.link(`${top}/outside/secret`, `${root}/hard`);
    const tree = systemTree(root, { directories: [`${root}/data`], files: [`${top}/outside/secret`] });
    await refuses(tree.open("data/identity.key"), "open", "permission denied");
    await refuses(tree.create("data/identity.key"), "open", "permission denied");
    await refuses(tree.create("data/new"), "open", "permission denied");
    await refuses(tree.open("hard"), "open", "permission denied");
    await refuses(tree.create("hard"), "open", "permission denied");
  },
);

unix("Tree of a root in our own directory serves what is in the root", async ({ root }) => {
  const tree = systemTree(`${root}/sub`, { directories: [root], files: [] });
  await put(tree, "f", "text");
  strictEqual(await get(tree, "f"), "text");
});

unix("Tree neither serves nor names files that are still being received", async ({ root, tree }) => {
  await Deno.writeTextFile(`${root}/.x.part`, "half");
  await refuses(tree.open(".x.part"), "open", "permission denied");
  await refuses(tree.create(".x.part"), "open", "permission denied");
});

unix("Tree says that a file does not fit before it is received", async ({ tree }) => {
  await tree.reserve("f", 1000);
  await refuses(tree.reserve("f", 2 ** 60), "space", "not enough space");
});

unix("Tree of a directory in a tree shows nothing else", async ({ tree }) => {
  await put(tree, "f", "top");
  const inner = subTree(tree, "sub");
  await put(inner, "f", "inner");
  strictEqual(await get(inner, "f"), "inner");
  strictEqual(await get(tree, "f"), "top");
  await refuses(inner.open("../f"), "stat", "permission denied");
});

unix("A root is refused when it is the disk, a home, or holds our key", async ({ top, root }) => {
  const around = { home: [top], keep: [`${root}/sub/identity.key`] };
  strictEqual(await rootProblem("/", around), "it is the whole disk");
  strictEqual(await rootProblem(top, around), "it is a home directory");
  strictEqual(await rootProblem(`${root}/sub`, around), `${root}/sub/identity.key lies in it`);
  strictEqual(await rootProblem(root, around), `${root}/sub/identity.key lies in it`);
  await Deno.symlink("/", `${root}/slash`);
  strictEqual(await rootProblem(`${root}/slash`, around), "it is the whole disk");
  strictEqual(await rootProblem(`${top}/outside/secret`, around), "it is not a directory");
  strictEqual(await rootProblem(`${top}/outside`, around), undefined);
});

unix("A file that is opened is the one that was looked at, and regular", async ({ top, root }) => {
  await Deno.symlink(`${top}/outside/secret`, `${root}/link`);
  strictEqual(await openRegular(`${root}/link`), undefined);
  const followed = await openRegular(`${root}/link`, true);
  strictEqual(await read(followed!), "secret");
  followed!.close();
  strictEqual(await openRegular(root), undefined);
});

unix("A receive keeps the time that it is given, and can be ended twice", async ({ root }) => {
  const target = await createPart(root, "f");
  await target.write(utf8("x"));
  await target.commit(0, 1_000_000_000_123);
  await target.discard();
  const info = Deno.statSync(`${root}/f`);
  deepStrictEqual([info.mode! & 0o777, info.mtime!.getTime()], [0o600, 1_000_000_000_123]);
});

unix(
  "Tree reads many files with one look at their directory, and notices when it becomes a link",
  async ({ top, root, tree }) => {
    for (const name of ["a", "b", "secret"]) await Deno.writeTextFile(`${root}/sub/${name}`, name);
    const limits = { largest: 100, together: 1000, room: new Room() };
    const read = async (from: Tree, ...names: string[]): Promise<string[]> =>
      (await from.readMany!(names, limits)).map((content) => {
        if (!(content instanceof Error)) return new TextDecoder().decode(content.bytes);
        ok(content instanceof TreeError && !content.message.includes("/"), String(content));
        return `${content.step}: ${content.message}`;
      });
    deepStrictEqual(await read(tree, "sub/a", "sub/no", "sub", "sub/b", "sub/a"), [
      "a",
      "stat: no such file",
      "directory: is a directory",
      "b",
      "a",
    ]);
    // Behind the first file that is read the directory becomes a link.
    const swapping = systemTree(root, undefined, undefined, {
      ...systemDisk,
      readNow(path, largest, room) {
        const found = systemDisk.readNow(path, largest, room);
        if (path.endsWith("/a")) {
          Deno.renameSync(`${root}/sub`, `${root}/was`);
          Deno.symlinkSync(`${top}/outside`, `${root}/sub`);
        }
        return found;
      },
    });
    const denied = "open: permission denied";
    deepStrictEqual(await read(swapping, "sub/a", "sub/secret"), [denied, denied]);
    deepStrictEqual(await read(tree, "sub/secret"), ["stat: permission denied"]);
    deepStrictEqual(await read(tree, "../outside/secret"), ["stat: permission denied"]);
  },
);

Deno.test("Names that mean something else on Windows are known", () => {
  for (
    const name of ["C:", "a:b", "NUL", "con.txt", "com1", "LPT9.x", "end.", "end ", "a?b", "a*", "..\\b"]
  ) {
    ok(isOddOnWindows(name), name);
  }
  for (const name of ["a", "console", "nulls.txt", "a.b", ".x"]) ok(!isOddOnWindows(name), name);
});

unix("What was begun and not taken up for a week goes, and nothing else", async ({ root }) => {
  const nowMs = 2_000_000_000_000;
  const old = (nowMs - ABANDONED_MS) / 1000 - 1;
  const id = "0123456789abcdef".repeat(2);
  const parts = [`.${id}.part`, `sub/.${id}.journal.part`, `.${crypto.randomUUID()}.part`];
  const others = [`.mine.part`, `${id}.part`, `.${id}`, "sub/f", `.${id}.part.bak`];
  for (const name of [...parts, ...others]) {
    await Deno.writeTextFile(`${root}/${name}`, "x");
    await Deno.utime(`${root}/${name}`, old, old);
  }
  const fresh = `.${"f".repeat(32)}.part`;
  await Deno.writeTextFile(`${root}/${fresh}`, "x");
  await Deno.utime(`${root}/${fresh}`, old + 2, old + 2);
  strictEqual(await sweepParts(root, nowMs, false), 2);
  strictEqual(await sweepParts(root, nowMs, true), 1);
  const left = [...Deno.readDirSync(root), ...Deno.readDirSync(`${root}/sub`)].map(({ name }) => name);
  deepStrictEqual(left.sort(), [...others.map((name) => name.replace("sub/", "")), fresh, "sub"].sort());
  strictEqual(await sweepParts(`${root}/gone`, nowMs, true), 0);
});

unix(
  "Who finds a directory that was made a moment ago waits for its sync, and fails with it",
  async ({ root }) => {
    const ends: ((error: Error) => void)[] = [];
    const made = new Made({ syncDirectory: () => new Promise((_, reject) => void ends.push(reject)) });
    Deno.mkdirSync(`${root}/new`);
    made.add(`${root}/new`);
    const [first, second] = [made.sync(), made.sync()];
    const both = Promise.all([first, second].map((one) => refuses(one, "mkdir")));
    await Promise.resolve();
    ends[0](DISK_FAILS);
    await both;
    strictEqual(ends.length, 1);
    deepStrictEqual(
      [...Deno.readDirSync(root)].map(({ name }) => name),
      ["sub"],
      "who tries again syncs again",
    );
    await made.sync();
  },
);

unix(
  "A directory that could not be synced and has got a file meanwhile is synced by the next one",
  async ({ root }) => {
    let fails = true;
    const synced: string[] = [];
    const syncDirectory = (path: string): Promise<void> => {
      synced.push(path);
      return fails ? Promise.reject(DISK_FAILS) : Promise.resolve();
    };
    const made = new Made({ syncDirectory });
    for (const name of ["new", "new/deep", "empty"]) {
      Deno.mkdirSync(`${root}/${name}`);
      made.add(`${root}/${name}`);
    }
    Deno.writeTextFileSync(`${root}/new/deep/f`, "of another operation");
    await refuses(made.sync(), "mkdir");
    [fails, synced.length] = [false, 0];
    await made.sync();
    deepStrictEqual(synced, [root, `${root}/new`]);
    await made.sync();
    strictEqual(synced.length, 2, "once");
  },
);

unix("Tree takes no file of a batch for kept where a directory above it may not be", async ({ root }) => {
  const synced: string[] = [];
  const syncDirectory = async (path: string): Promise<void> => {
    synced.push(path);
    if (path === root) await Promise.reject(DISK_FAILS);
  };
  const batch = systemTree(root, undefined, undefined, { ...systemDisk, syncDirectory }).batch!();
  batch.add("new/deep/f", utf8("x"), { mode: 0o600 });
  await refuses(Promise.reject((await batch.commit())[0]), "mkdir");
  deepStrictEqual(synced.sort(), [root, `${root}/new`, `${root}/new/deep`]);
});

unix("Tree reads and writes many files together as it does one by one", async ({ root }) => {
  const tree = systemTree(root, { directories: [`${root}/own`], files: [`${root}/key`] });
  Deno.mkdirSync(`${root}/own`);
  for (const name of ["key", "f", "g", "own/f", ".x.part"]) Deno.writeTextFileSync(`${root}/${name}`, name);
  Deno.linkSync(`${root}/key`, `${root}/also`);
  Deno.symlinkSync("f", `${root}/link`);
  Deno.chmodSync(`${root}/f`, 0o640);
  Deno.utimeSync(`${root}/f`, 1_000_000_000, 1_000_000_000);
  const said = (found: unknown): unknown =>
    found instanceof TreeError ? `${found.step}: ${found.message}` : found;
  const read = async (names: string[], together = 1000) => {
    const found = await tree.readMany!(names, { largest: 5, together, room: new Room() });
    return found.map((one) => one instanceof Error ? said(one) : fromUtf8(one.bytes ?? utf8("too large")));
  };
  const others = {
    also: "open: permission denied",
    key: "open: permission denied",
    "own/f": "open: permission denied",
    ".x.part": "open: permission denied",
    ".": "directory: is a directory",
    sub: "directory: is a directory",
    link: "open: not a regular file",
  };
  deepStrictEqual(await read(["f", ...Object.keys(others)]), ["f", ...Object.values(others)]);
  const [{ bytes: _bytes, ...facts }] = await tree.readMany!(["f"], {
    largest: 5,
    together: 1,
    room: new Room(),
  }) as SmallContent[];
  deepStrictEqual(facts, { size: 1, mode: 0o640, mtimeMs: 1_000_000_000_000 });
  Deno.writeTextFileSync(`${root}/large`, "larger");
  deepStrictEqual(await read(["no", "large", "f", "g", "f"], 2), [
    "stat: no such file",
    "too large",
    "f",
    "g",
  ]);

  const batch = tree.batch!();
  const refused = { ...others, ".": "open: is a directory", sub: "open: is a directory" };
  for (const name of ["f", ...Object.keys(refused)]) batch.add(name, utf8(`new ${name}`), { mode: 0o600 });
  deepStrictEqual((await batch.commit()).map(said), [
    undefined,
    ...Object.values({ ...refused, link: undefined }),
  ]);
  const now = ["f", "link", "key", "also", "own/f", ".x.part"].map((name) =>
    Deno.readTextFileSync(`${root}/${name}`)
  );
  deepStrictEqual(now, ["new f", "new link", "key", "key", "own/f", ".x.part"]);
  ok(Deno.lstatSync(`${root}/link`).isFile);
});

unix("Tree looks anew for what was not there a moment ago", async ({ top }) => {
  const root = `${top}/later`;
  const tree = systemTree(root);
  const read = () => tree.readMany!(["a/f"], { largest: 5, together: 5, room: new Room() });
  await refuses(read().then(([found]) => Promise.reject(found)), "stat");
  const write = async () => {
    const batch = tree.batch!();
    batch.add("a/f", utf8("f"), { mode: 0o600 });
    return (await batch.commit())[0];
  };
  Deno.mkdirSync(root);
  Deno.writeTextFileSync(`${root}/a`, "in the way");
  await refuses(write().then((failure) => Promise.reject(failure)), "mkdir", "not a directory");
  Deno.removeSync(`${root}/a`);
  strictEqual(await write(), undefined);
  const [found] = await read() as SmallContent[];
  strictEqual(fromUtf8(found.bytes!), "f");
});

unix("KnownNames takes no name for free that some file system takes for one that is there", ({ root }) => {
  const names = new KnownNames();
  Deno.writeTextFileSync(`${root}/Caf\u00e9`, "");
  ok(names.may(root, "other"), "nothing was read yet");
  for (const name of ["Caf\u00e9", "cafe\u0301", "CAF\u00c9", "sub", "SUB", "CAF~1"]) {
    ok(names.may(root, name), name);
  }
  for (const name of ["other", "caf"]) ok(!names.may(root, name), name);
  names.isNew(`${root}/sub`);
  Deno.writeTextFileSync(`${root}/sub/f`, "");
  ok(!names.may(`${root}/sub`, "f"), "who made it knows what is in it");
  for (const [path, isThere] of [[`${root}/no`, false], [`${root}/sub/f`, true]] as const) {
    names.may(path, "f");
    strictEqual(names.may(path, "f"), isThere, path);
  }
  return Promise.resolve();
});

Deno.test("A peer is told in few words why something can't be had, and never a path", () => {
  const { Busy, NotFound, PermissionDenied, IsADirectory, NotADirectory, FilesystemLoop } = Deno.errors;
  const behind = "/home/ann/f";
  for (
    const [error, words] of [
      [new Error(`No space left on device (os error 28): open '${behind}'`), "not enough space"],
      [new Busy(behind), "the same file is just being received"],
      [new NotFound(behind), "no such file"],
      [new PermissionDenied(behind), "permission denied"],
      [new IsADirectory(behind), "is a directory"],
      [new NotADirectory(behind), "not a directory"],
      [new FilesystemLoop(behind), "too many links"],
      [new Error(`No such device or address (os error 6)`), "no such device or address"],
      [behind, "it can't be done here"],
    ] as const
  ) {
    const told = treeError("open", error);
    deepStrictEqual([told.step, told.message, told.cause], ["open", words, error]);
    strictEqual(treeError("write", told), told);
  }
});
