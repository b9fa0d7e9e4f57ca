import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { makeDirectory, syncDirectory } from "../../lib/sys/files/directory.ts";
import { openLogFile } from "../../lib/sys/files/log_file.ts";
import { openKvPlace } from "../../lib/store/place/kv.ts";
import { tryLock } from "../../lib/identity/lock.ts";
import { systemFiles } from "../../lib/sys/files/files.ts";
import { runAlone } from "../../lib/sys/files/alone.ts";
import { createLocal } from "../../cli/scp/run/files.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import type { Tree } from "../../lib/sys/tree/tree.ts";
import { utf8 } from "../../lib/wire/bytes.ts";

const unix = Deno.build.os !== "windows";
const proto = Deno.FsFile.prototype;

/** Runs something in a directory of its own. @returns Inodes of the directories that were synced meanwhile. */
async function syncedBy(root: string, run: () => Promise<unknown>): Promise<Set<string>> {
  const { sync } = proto;
  const inodes = new Set<number | null>();
  proto.sync = async function () {
    const { isDirectory, ino } = await this.stat();
    if (isDirectory) inodes.add(ino);
  };
  try {
    await run();
  } finally {
    proto.sync = sync;
  }
  const names = ["", "/a", "/a/b", "/a/b/c"];
  return new Set(names.filter((name) => inodes.has(Deno.statSync(`${root}${name}`).ino)));
}

/** Runs something while directories can't be synced. @param error  What the system says. */
async function failing(error: Error, run: () => Promise<void>): Promise<void> {
  const { sync } = proto;
  proto.sync = () => Promise.reject(error);
  try {
    await run();
  } finally {
    proto.sync = sync;
  }
}

const coded = (code: string): Error => Object.assign(new Error(`Text (os error 5)`), { code });

const makers: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  "a log file": async (file) => (await openLogFile(file, 100)).close(),
  "a private file": (file) => systemFiles.createPrivate(file, utf8("x")),
  "a change": (file) => runAlone(file, () => Promise.resolve()),
  "a lock": async (file) => (await tryLock(file, { pid: 1, token: "x" } as never))?.release(),
  "a store": async (file) => (await openKvPlace(file)).close(),
  "a file that is pulled": async (file) => await (await createLocal(file, 0, "refuse")).commit(0o600),
  "a peer's file": async (file) => {
    const { tree, name } = treeOf(file);
    await tree.prepare(name);
    await (await tree.create(name)).commit(0o600);
  },
  "small files": async (file) => {
    const { tree, name } = treeOf(file);
    const batch = tree.batch!();
    batch.add(name, utf8("x"), { mode: 0o600 });
    deepStrictEqual(await batch.commit(), [undefined]);
  },
  "a directory of a peer": (file) => {
    const { tree, name } = treeOf(file);
    return tree.makeDirectory!(name, { mode: 0o700, mtimeMs: 0 });
  },
};

/** The tree that a file lies in, two directories above its own, and its name there. */
function treeOf(file: string): { readonly tree: Tree; readonly name: string } {
  const name = file.split("/").slice(-3).join("/");
  return { tree: systemTree(file.slice(0, -name.length - 1)), name };
}

for (const [what, make] of Object.entries(makers)) {
  Deno.test({
    name: `Directories that are made for ${what} have names that survive a power cut`,
    ignore: !unix,
    async fn() {
      const root = await Deno.makeTempDir();
      try {
        const synced = await syncedBy(root, () => make(`${root}/a/b/c/file`));
        deepStrictEqual(["", "/a", "/a/b"].filter((name) => !synced.has(name)), []);
        strictEqual(Deno.statSync(`${root}/a/b`).mode! & 0o777, 0o700);
      } finally {
        await Deno.remove(root, { recursive: true });
      }
    },
  });
}

Deno.test("A directory that is there is made of nothing, and none above it is synced", async () => {
  const root = await Deno.makeTempDir();
  try {
    deepStrictEqual(await makeDirectory(`${root}/a/b/c`), [`${root}/a/b/c`, `${root}/a/b`, `${root}/a`]);
    deepStrictEqual([
      ...await syncedBy(root, async () => deepStrictEqual(await makeDirectory(`${root}/a`), [])),
    ], []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test({
  name: "A directory that could not be synced and has a file by then is synced by who tries again",
  ignore: !unix,
  async fn() {
    const root = await Deno.makeTempDir();
    const again = (): Promise<Set<string>> => syncedBy(root, () => makeDirectory(`${root}/a/b/c`));
    const { sync } = proto;
    try {
      proto.sync = async () => {
        await Deno.writeTextFile(`${root}/a/file`, "of somebody else");
        throw coded("EIO");
      };
      await rejects(makeDirectory(`${root}/a`), { code: "EIO" });
      proto.sync = sync;
      deepStrictEqual([...await again()], ["", "/a", "/a/b"]);
      deepStrictEqual([...await again()], [], "and then no more");
    } finally {
      proto.sync = sync;
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test({
  name: "A directory that somebody makes is not there for others before its name survives a power cut",
  ignore: !unix,
  async fn() {
    const root = await Deno.makeTempDir();
    const { sync } = proto;
    const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let synced = 0;
    try {
      proto.sync = async function () {
        begun.resolve();
        await released.promise;
        await sync.call(this);
        synced++;
      };
      const first = makeDirectory(`${root}/a`);
      await begun.promise;
      let isThere = false;
      const second = makeDirectory(`${root}/a`).then((made) => {
        isThere = true;
        return made;
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      deepStrictEqual([isThere, synced], [false, 0]);
      released.resolve();
      deepStrictEqual([await first, await second, synced > 0], [[`${root}/a`], [], true]);
    } finally {
      proto.sync = sync;
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test({
  name: "A disk that fails is told, and a system that syncs no directories is not",
  ignore: !unix,
  async fn() {
    const root = await Deno.makeTempDir();
    try {
      for (const code of ["EIO", "ENOSPC", "EDQUOT"]) {
        await failing(coded(code), () => rejects(syncDirectory(root), { code }));
      }
      await failing(coded("EIO"), () => rejects(openLogFile(`${root}/a/log`, 9), { kind: "local" }));
      await failing(coded("EIO"), () => rejects(openLogFile(`${root}/log`, 9), { kind: "local" }));
      deepStrictEqual([...Deno.readDirSync(root)], [], "who tries again syncs all of it again");
      for (const code of ["EINVAL", "ENOTSUP", "EACCES", "EISDIR"]) {
        await failing(coded(code), () => syncDirectory(root));
      }
      await syncDirectory(`${root}/none`); // what has gone has no names
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

Deno.test({
  name: "A link to a disk that is not there now stays when nothing can be made behind it",
  ignore: !unix,
  async fn() {
    const root = await Deno.makeTempDir();
    try {
      await Deno.symlink(`${root}/mnt/none`, `${root}/link`);
      for (const path of [`${root}/link`, `${root}/link/a/b`]) {
        await rejects(makeDirectory(path), Deno.errors.AlreadyExists);
        strictEqual(Deno.lstatSync(`${root}/link`).isSymlink, true);
      }
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
