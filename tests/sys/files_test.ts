import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { isGarbage, isSystemError, MAX_ASIDE, systemFiles } from "../../lib/sys/files/files.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";

function inTemporary(name: string, run: (directory: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const directory = await Deno.makeTempDir();
    try {
      await run(directory);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

const isLocal = (text: RegExp) => (error: unknown) =>
  error instanceof UserError && error.kind === "local" && text.test(error.message);
const unix = Deno.build.os !== "windows";

inTemporary(
  "Files make a private file whole, with its directory, and leave nothing else",
  async (directory) => {
    const path = `${directory}/a/b/file`;
    strictEqual(await systemFiles.createPrivate(path, utf8("one")), true);
    strictEqual(fromUtf8((await systemFiles.read(path, 3))!), "one");
    if (unix) {
      deepStrictEqual(await systemFiles.info(path), { mode: 0o600, isFile: true, bytes: 3 });
      strictEqual((await Deno.stat(`${directory}/a/b`)).mode! & 0o777, 0o700);
    }
    deepStrictEqual([...Deno.readDirSync(`${directory}/a/b`)].map(({ name }) => name), ["file"]);
  },
);

Deno.test("A failure of the system is told from a mistake of ours, from what is explained already and from a missing permission", () => {
  const text = "Input/output error (os error 5)";
  const explained = new UserError(text, { kind: "local", hint: "" });
  const all = [new Error(text), new Deno.errors.NotFound("it"), new Error("it"), explained, text];
  deepStrictEqual(all.map(isSystemError), [true, true, false, false, false]);
  strictEqual(isSystemError(new Deno.errors.NotCapable(text)), false);
});

inTemporary("Files that can't be written leave no directory that was made for them", async (directory) => {
  const long = "x".repeat(250); // a name, but none with an ending
  await Deno.mkdir(`${directory}/a`);
  for (const write of [systemFiles.createPrivate, systemFiles.replacePrivate]) {
    await rejects(write(`${directory}/a/b/c/${long}`, utf8("one")), isLocal(/Cannot write/));
    deepStrictEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["a"]);
    deepStrictEqual([...Deno.readDirSync(`${directory}/a`)], []);
  }
});

inTemporary("Files leave what is there alone unless they are told to replace it", async (directory) => {
  const path = `${directory}/file`;
  await Deno.writeTextFile(path, "old", { mode: 0o644 });
  strictEqual(await systemFiles.createPrivate(path, utf8("new")), false);
  strictEqual(await Deno.readTextFile(path), "old");
  await systemFiles.replacePrivate(path, utf8("new"));
  strictEqual(await Deno.readTextFile(path), "new");
  if (unix) strictEqual((await Deno.stat(path)).mode! & 0o777, 0o600);
  deepStrictEqual([...Deno.readDirSync(directory)].length, 1);
});

inTemporary(
  "A private file survives a power cut whole: it is synced before it has its name, its directory behind that",
  async (directory) => {
    const path = `${directory}/file`;
    const { sync } = Deno.FsFile.prototype;
    const seen: string[] = [];
    Deno.FsFile.prototype.sync = async function () {
      const there = await Deno.readTextFile(path).catch(() => "none");
      const { isDirectory, size } = await this.stat();
      seen.push(isDirectory ? `directory, ${there}` : `${size} bytes, ${there}`);
    };
    try {
      await systemFiles.createPrivate(path, utf8("one"));
      await systemFiles.replacePrivate(path, utf8("three"));
      await systemFiles.setAside(path, utf8("ee"), 3);
    } finally {
      Deno.FsFile.prototype.sync = sync;
    }
    deepStrictEqual(seen.filter((step) => unix || !step.startsWith("directory")), [
      "3 bytes, none",
      ...unix ? ["directory, one"] : [],
      "5 bytes, one",
      ...unix ? ["directory, three"] : [],
      "2 bytes, three",
      ...unix ? ["directory, three"] : [], // what is set aside is safe before it is cut off
      "3 bytes, thr",
    ]);
  },
);

/** Runs something while syncs of directories fail, all or some. */
async function withoutDirectorySyncs(run: () => Promise<void>, fails = () => true): Promise<void> {
  const { sync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.sync = async function () {
    if ((await this.stat()).isDirectory && fails()) throw new Error("Input/output error (os error 5)");
    await sync.call(this);
  };
  try {
    await run();
  } finally {
    Deno.FsFile.prototype.sync = sync;
  }
}

if (unix) {
  inTemporary(
    "A private file whose name could not be synced is not there for who tries again",
    async (directory) => {
      const path = `${directory}/a/file`;
      await Deno.mkdir(`${directory}/a`);
      const { link } = Deno;
      for (const how of [link, () => Promise.reject(new Deno.errors.PermissionDenied("no links"))]) {
        Deno.link = how;
        try {
          await withoutDirectorySyncs(() =>
            rejects(
              systemFiles.createPrivate(path, utf8("one")),
              isLocal(/Cannot write .*: Input\/output error/),
            )
          );
          deepStrictEqual([...Deno.readDirSync(`${directory}/a`)], []);
          strictEqual(await systemFiles.createPrivate(path, utf8("two")), true);
          await withoutDirectorySyncs(async () => {
            strictEqual(await systemFiles.createPrivate(path, utf8("three")).catch(() => false), false);
          });
          strictEqual(await Deno.readTextFile(path), "two", "what was there before stays");
          await Deno.remove(path);
        } finally {
          Deno.link = link;
        }
      }
    },
  );

  inTemporary("What is damaged is not cut off before the name of its copy is synced", async (directory) => {
    const path = `${directory}/f`;
    await Deno.writeTextFile(path, "whole?");
    const fails = (): Promise<void> =>
      withoutDirectorySyncs(() => rejects(systemFiles.setAside(path, utf8("?"), 5), isLocal(/set aside/)));
    await fails();
    await fails();
    strictEqual(await Deno.readTextFile(path), "whole?");
    await Deno.writeTextFile(`${path}.damaged-1`, "?"); // by a program that was killed behind that
    await fails();
    strictEqual(await Deno.readTextFile(path), "whole?");
    strictEqual(await systemFiles.setAside(path, utf8("?"), 5), `${path}.damaged-1`);
    strictEqual(await Deno.readTextFile(path), "whole");
  });
}

inTemporary(
  "Files that are not there are undefined, a directory has no names, and removing them is harmless",
  async (directory) => {
    strictEqual(await systemFiles.read(`${directory}/no`, 10), undefined);
    strictEqual(await systemFiles.info(`${directory}/no`), undefined);
    deepStrictEqual(await systemFiles.list(`${directory}/no`), []);
    await systemFiles.remove(`${directory}/no`);
  },
);

Deno.test({
  name: "Files that tell no length are read whole, and refused when they are longer than the cap",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const path = "/proc/filesystems";
    const whole = await Deno.readTextFile(path);
    strictEqual(fromUtf8((await systemFiles.read(path, 2 ** 20))!), whole);
    strictEqual(fromUtf8((await systemFiles.read(path, whole.length))!), whole);
    await rejects(systemFiles.read(path, whole.length - 1), isLocal(/it is longer than \d+ bytes/));
  },
});

inTemporary("Files longer than the cap and directories are refused by name", async (directory) => {
  await Deno.writeTextFile(`${directory}/f`, "12345");
  await rejects(
    systemFiles.read(`${directory}/f`, 4),
    isLocal(/Cannot read .*\/f: it is longer than 4 bytes/),
  );
  await rejects(systemFiles.read(directory, 4), isLocal(/Cannot read .*: it is a directory/i));
  await rejects(systemFiles.createPrivate(`${directory}/f/x`, utf8("")), isLocal(/Cannot write .*\/f\/x: /));
});

inTemporary("What is damaged goes into a named file beside, and what is whole stays", async (directory) => {
  const path = `${directory}/f`;
  await Deno.writeTextFile(path, "whole?!garbage", { mode: 0o600 });
  strictEqual(await systemFiles.setAside(path, utf8("?!garbage")), `${path}.damaged-1`);
  // Killed before the cut: the same bytes are the same file.
  strictEqual(await systemFiles.setAside(path, utf8("?!garbage"), 5), `${path}.damaged-1`);
  strictEqual(await Deno.readTextFile(path), "whole");
  strictEqual(await Deno.readTextFile(`${path}.damaged-1`), "?!garbage");
  if (unix) strictEqual((await Deno.stat(`${path}.damaged-1`)).mode! & 0o777, 0o600);
  strictEqual(await systemFiles.setAside(path, utf8("more")), `${path}.damaged-2`);
  strictEqual(await systemFiles.setAside(path, utf8("?!garbage")), `${path}.damaged-3`);
  deepStrictEqual([isGarbage(new Uint8Array(5)), isGarbage(utf8("\0x"))], [false, true]);
});

inTemporary("What is damaged stays where it is when there are too many such files", async (directory) => {
  const path = `${directory}/f`;
  await Deno.writeTextFile(path, "whole?");
  for (let i = 1; i < MAX_ASIDE; i++) await Deno.writeTextFile(`${path}.damaged-${i}`, `${i}`);
  strictEqual(await systemFiles.setAside(path, utf8("last")), `${path}.damaged-${MAX_ASIDE}`);
  await rejects(systemFiles.setAside(path, utf8("?"), 5), isLocal(/look at them and remove them/));
  strictEqual(await Deno.readTextFile(path), "whole?");
});

Deno.test("Where there are no hard links a file is made whole as well, and what is there stays", async () => {
  const folder = await Deno.makeTempDir();
  const { link } = Deno;
  try {
    Deno.link = () => Promise.reject(new Deno.errors.PermissionDenied("no links here (os error 1)"));
    const path = `${folder}/key`;
    strictEqual(await systemFiles.createPrivate(path, utf8("first")), true);
    strictEqual(await systemFiles.createPrivate(path, utf8("second")), false);
    strictEqual(await Deno.readTextFile(path), "first");
    if (Deno.build.os !== "windows") strictEqual((await Deno.stat(path)).mode! & 0o777, 0o600);
    const { rename } = Deno;
    Deno.rename = () => Promise.reject(new Error("disk error (os error 5)"));
    await rejects(systemFiles.createPrivate(`${folder}/other`, utf8("first")), UserError);
    Deno.rename = rename;
    deepStrictEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["key"]);
  } finally {
    Deno.link = link;
    await Deno.remove(folder, { recursive: true });
  }
});
