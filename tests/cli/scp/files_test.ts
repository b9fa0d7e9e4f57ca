import { deepStrictEqual, match, rejects, strictEqual, throws } from "node:assert/strict";
import { finishDirectories } from "../../../cli/scp/run/directories.ts";
import { createLocal, type Overwrite, resumeLocal } from "../../../cli/scp/run/files.ts";
import { OutputBlocks } from "../../../cli/scp/run/standard.ts";
import { sparingDisk } from "../../../lib/sys/copies/disk.ts";
import { resumePart } from "../../../lib/sys/copies/part_file.ts";
import { freeBytes } from "../../../lib/sys/copies/space.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";

const MIB = 2 ** 20;
const ID = "0".repeat(32);
const isWindows = Deno.build.os === "windows";

async function inside(run: (top: string) => Promise<void>): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  try {
    await run(top);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

const namesIn = (top: string): string[] => [...Deno.readDirSync(top)].map(({ name }) => name).sort();

Deno.test("What comes to the place of a file while that is received stays, unless it may be replaced", async () => {
  const begins = [
    (path: string, overwrite: Overwrite) => createLocal(path, 3, overwrite),
    (path: string, overwrite: Overwrite) => resumeLocal(path, 3, overwrite, ID),
  ];
  for (const begin of begins) {
    for (const overwrite of ["refuse", "keep", "replace", "backup"] as const) {
      await inside(async (top) => {
        const file = await begin(`${top}/f`, overwrite);
        await file.write(utf8("new"));
        await Deno.writeTextFile(`${top}/f`, "other");
        const isSpared = overwrite === "refuse" || overwrite === "keep";
        if (isSpared) await rejects(file.commit(0o600), /f is there already$/);
        else await file.commit(0o600);
        await file.discard();
        strictEqual(await Deno.readTextFile(`${top}/f`), isSpared ? "other" : "new");
        deepStrictEqual(namesIn(top), overwrite === "backup" ? ["f", "f~"] : ["f"]);
      });
    }
    await inside(async (top) => {
      const file = await begin(`${top}/f`, "refuse");
      await file.write(utf8("new"));
      await file.commit(0o700);
      strictEqual(await Deno.readTextFile(`${top}/f`), "new");
      deepStrictEqual(namesIn(top), ["f"]);
    });
  }
});

Deno.test("A backup takes the place of an older one, and of nothing when nothing is replaced", async () => {
  const text = (path: string): string | undefined => {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return undefined;
    }
  };
  const begins = [
    (path: string) => createLocal(path, 3, "backup"),
    (path: string) => resumeLocal(path, 3, "backup", ID),
  ];
  for (const begin of begins) {
    await inside(async (top) => {
      const copy = async (what: string): Promise<void> => {
        const file = await begin(`${top}/f`);
        await file.write(utf8(what));
        await file.commit(0o600);
      };
      await Deno.writeTextFile(`${top}/f~`, "somebody's");
      await copy("one");
      deepStrictEqual([text(`${top}/f`), text(`${top}/f~`)], ["one", "somebody's"]);
      await copy("two");
      deepStrictEqual([text(`${top}/f`), text(`${top}/f~`)], ["two", "one"]);
      await copy("three");
      deepStrictEqual([text(`${top}/f`), text(`${top}/f~`)], ["three", "two"]);
      // Two names of one file, as a copy leaves them that was ended in between.
      await Deno.remove(`${top}/f~`);
      await Deno.link(`${top}/f`, `${top}/f~`);
      await copy("four");
      deepStrictEqual([text(`${top}/f`), text(`${top}/f~`)], ["four", "three"]);
      deepStrictEqual(namesIn(top), ["f", "f~"]);
      // Where no backup can be made, nothing is replaced.
      await Deno.remove(`${top}/f~`);
      await Deno.mkdir(`${top}/f~/d`, { recursive: true });
      await rejects(copy("five"), { kind: "local" });
      strictEqual(text(`${top}/f`), "four");
    });
  }
});

Deno.test({
  name: "A backslash is a letter in the name of a file that is received",
  ignore: isWindows,
  fn: () =>
    inside(async (top) => {
      for (const begin of [createLocal, (path: string) => resumeLocal(path, 1, "refuse", ID)]) {
        const file = await begin(`${top}/a\\b`, 1, "refuse");
        await file.write(utf8("x"));
        await file.commit(0o600);
        deepStrictEqual(namesIn(top), ["a\\b"]);
        await Deno.remove(`${top}/a\\b`);
      }
    }),
});

Deno.test("The same for small files that come together", async () => {
  await inside(async (top) => {
    const batch = systemTree(top, undefined, undefined, sparingDisk).batch!();
    for (const name of ["a", "b", "c"]) batch.add(name, utf8("new"), { mode: 0o700 });
    await Deno.writeTextFile(`${top}/b`, "other");
    const outcomes = await batch.commit();
    deepStrictEqual(outcomes.map((error) => error?.cause instanceof Deno.errors.AlreadyExists), [
      false,
      true,
      false,
    ]);
    deepStrictEqual(namesIn(top), ["a", "b", "c"]);
    strictEqual(await Deno.readTextFile(`${top}/b`), "other");
  });
});

Deno.test({
  name: "A pipe or a device does not become a file, nor does what a link to one leads to",
  ignore: isWindows,
  async fn() {
    await inside(async (top) => {
      await new Deno.Command("mkfifo", { args: [`${top}/pipe`] }).output();
      await Deno.symlink("pipe", `${top}/link`);
      for (const name of ["pipe", "link"]) {
        await rejects(createLocal(`${top}/${name}`, 3, "replace"), new RegExp(`${name} is not a file$`));
        await rejects(resumeLocal(`${top}/${name}`, 3, "backup", ID), /is not a file$/);
      }
      deepStrictEqual(namesIn(top), ["link", "pipe"]);
    });
  },
});

Deno.test("Of a copy that is taken up again only what is to come has to fit", async () => {
  await inside(async (top) => {
    const free = await freeBytes(top);
    if (free === undefined || free > 2 ** 42 || isWindows) return; // no file is so long
    // Nothing lies in these blocks: they take no room.
    const blocks = Math.ceil(free / MIB) + 64;
    await Deno.writeFile(`${top}/.${ID}.part`, new Uint8Array(0));
    await Deno.truncate(`${top}/.${ID}.part`, blocks * MIB);
    await Deno.writeFile(`${top}/.${ID}.journal.part`, new Uint8Array(32 * blocks));
    const file = await resumeLocal(`${top}/f`, (blocks + 1) * MIB, "refuse", ID);
    strictEqual(file.offset, blocks * MIB);
    strictEqual(await file.suspend(), blocks * MIB);
    await rejects(resumeLocal(`${top}/f`, 3 * blocks * MIB, "refuse", ID), /do not fit/);
    deepStrictEqual(namesIn(top), [`.${ID}.journal.part`, `.${ID}.part`], "it stays for later");
    await rejects(createLocal(`${top}/g`, blocks * MIB, "refuse"), (error: Error) => {
      match(error.message, /do not fit/);
      return true;
    });
    strictEqual(namesIn(top).length, 2);
  });
});

Deno.test({
  name: "A part that has another name as well is somebody's file: it is not cut",
  ignore: isWindows,
  async fn() {
    await inside(async (top) => {
      await Deno.writeTextFile(`${top}/whole`, "whole");
      await Deno.link(`${top}/whole`, `${top}/.${ID}.part`);
      const file = await resumePart(top, "f", ID);
      await file.write(utf8("new"));
      await file.commit(0o600);
      deepStrictEqual(["whole", "f"].map((name) => Deno.readTextFileSync(`${top}/${name}`)), [
        "whole",
        "new",
      ]);
    });
  },
});

Deno.test("Standard output goes on with the same file only, and with any as long as nothing was written", () => {
  const output = new OutputBlocks();
  output.takeUp("a").takeUp("b");
  output.offset = 1;
  output.takeUp("b");
  throws(() => output.takeUp("c"), { kind: "local", message: /changed while it was pulled/ });
});

Deno.test({
  name:
    "A directory of a list of a pull keeps its facts, of which the list says nothing; one of a tree gets its own",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inside(async (top) => {
      for (const name of ["listed", "tree"]) {
        await Deno.mkdir(`${top}/${name}`);
        await Deno.chmod(`${top}/${name}`, 0o755);
      }
      const facts = { remote: "d", mode: 0o700, mtimeMs: 0, isEmpty: true };
      const directories = ["listed", "tree"].map((name) => ({
        ...facts,
        local: `${top}/${name}`,
        below: { root: top, name },
        isListed: name === "listed",
      }));
      const options = { directories, direction: "download", preserve: true, extended: true } as const;
      const parts = {} as Parameters<typeof finishDirectories>[1];
      const seen = { wasReached: true, isExtended: true };
      deepStrictEqual(await finishDirectories(options, parts, seen, true), []);
      const now = ["listed", "tree"].map((name) => {
        const { mode, mtime } = Deno.statSync(`${top}/${name}`);
        return [mode! & 0o777, mtime!.getTime() === 0];
      });
      deepStrictEqual(now, [[0o755, false], [0o700, true]]);
      // What is missing on the way is made for us alone.
      const file = await createLocal(`${top}/a/b/f`, 1, "refuse");
      await file.discard();
      deepStrictEqual(["a", "a/b"].map((name) => Deno.statSync(`${top}/${name}`).mode! & 0o777), [
        0o700,
        0o700,
      ]);
    }),
});
