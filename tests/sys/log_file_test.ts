import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { openLogFile } from "../../lib/sys/files/log_file.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";

const isLocal = (error: unknown): boolean =>
  error instanceof UserError && error.kind === "local" && /^Cannot write .*: /.test(error.message) &&
  !!error.hint;

Deno.test("A log file is private, is read whole, grows, and is cut", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/data/store/a.log`;
  try {
    const first = await openLogFile(path, 20);
    strictEqual(first.bytes.length, 0);
    first.append(utf8("one "));
    first.append(utf8("two"));
    first.close();
    first.close();
    if (Deno.build.os !== "windows") {
      strictEqual((await Deno.stat(path)).mode! & 0o777, 0o600);
      strictEqual((await Deno.stat(`${folder}/data/store`)).mode! & 0o777, 0o700);
    }
    const second = await openLogFile(path, 20);
    strictEqual(fromUtf8(second.bytes), "one two");
    second.cut(4);
    second.append(utf8("three"));
    throws(() => second.append(new Uint8Array(12)), isLocal);
    second.close();
    strictEqual(await Deno.readTextFile(path), "one three");
    (await openLogFile(path, 9)).close();
    await rejects(openLogFile(path, 8), isLocal);
    await rejects(openLogFile(folder, 8), isLocal);
    await rejects(openLogFile(`${path}/below`, 8), isLocal);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A log file that grows has zeros behind it until it is closed, and gives them no bytes of others", async () => {
  const path = await Deno.makeTempFile();
  try {
    const file = await openLogFile(path, 6000);
    const expected: Uint8Array[] = [];
    let most = 0;
    const check = async (): Promise<void> => {
      const found = await Deno.readFile(path);
      const bytes = concat(...expected);
      deepStrictEqual(found.subarray(0, bytes.length), bytes);
      ok(found.subarray(bytes.length).every((byte) => byte === 0));
      most = Math.max(most, found.length - bytes.length);
      ok(found.length <= 6000);
    };
    for (let i = 1; i <= 40; i++) {
      expected.push(new Uint8Array(100).fill(i));
      file.append(expected.at(-1)!);
      await file.sync();
      await check();
      if (i < 8) strictEqual(most, 0, "who appends little makes no room");
    }
    ok(most >= 800);
    file.cut(250);
    expected.splice(0, Infinity, ...expected.slice(0, 2), new Uint8Array(50).fill(3));
    most = 0;
    await check();
    file.append(expected[0]);
    expected.push(expected[0]);
    await check();
    strictEqual(most, 0);
    for (let i = 0; i < 56; i++) file.append(expected[0]);
    throws(() => file.append(expected[0]), isLocal);
    file.append(new Uint8Array(50).fill(4));
    file.close();
    strictEqual((await Deno.stat(path)).size, 6000);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test({
  name: "A log file takes away what a full disk has let in of an append",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const path = await Deno.makeTempFile();
    const { writeSync } = Deno.FsFile.prototype;
    try {
      const file = await openLogFile(path, 100);
      file.append(utf8("kept"));
      Deno.FsFile.prototype.writeSync = function (bytes) {
        if (bytes.length < 4) throw new Error("No space left on device (os error 28)");
        return writeSync.call(this, bytes.subarray(0, 3));
      };
      throws(() => file.append(utf8("gone")), isLocal);
      Deno.FsFile.prototype.writeSync = writeSync;
      deepStrictEqual(await Deno.readTextFile(path), "kept", "whoever ends now leaves no half of it");
      file.append(utf8(" on"));
      file.close();
      deepStrictEqual(await Deno.readTextFile(path), "kept on");
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
      await Deno.remove(path);
    }
  },
});

Deno.test("A log file leaves no room behind it when it is closed, and none that a full disk has let in", async () => {
  const path = await Deno.makeTempFile();
  const { writeSync } = Deno.FsFile.prototype;
  const size = async (): Promise<number> => (await Deno.stat(path)).size;
  try {
    for (const isFull of [false, true]) {
      await Deno.truncate(path);
      Deno.FsFile.prototype.writeSync = function (bytes: Uint8Array) {
        if (!isFull || bytes.some((byte) => byte !== 0)) return writeSync.call(this, bytes);
        writeSync.call(this, bytes.subarray(0, 2));
        throw new Error("no space left on device (os error 28)");
      };
      const file = await openLogFile(path, 1000);
      for (let i = 0; i < 9; i++) file.append(utf8("four"));
      strictEqual(await size() > 36, !isFull);
      file.close();
      strictEqual(await size(), 36);
    }
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
    await Deno.remove(path);
  }
});

Deno.test("A log file goes on where it ended, also when what was half written could not be cut off again", async () => {
  const path = await Deno.makeTempFile();
  const { writeSync, truncateSync } = Deno.FsFile.prototype;
  try {
    const file = await openLogFile(path, 100);
    file.append(utf8("one "));
    Deno.FsFile.prototype.writeSync = function (bytes: Uint8Array) {
      writeSync.call(this, bytes.subarray(0, 2));
      throw new Error("input/output error (os error 5)");
    };
    Deno.FsFile.prototype.truncateSync = () => {
      throw new Error("input/output error (os error 5)");
    };
    throws(() => file.append(utf8("lost")), isLocal);
    Deno.FsFile.prototype.writeSync = function (bytes: Uint8Array) {
      if (bytes.every((byte) => byte === 0)) throw new Error("no space left on device (os error 28)");
      return writeSync.call(this, bytes);
    };
    for (let i = 0; i < 12; i++) file.append(utf8("two "));
    Object.assign(Deno.FsFile.prototype, { writeSync, truncateSync });
    file.close();
    strictEqual(await Deno.readTextFile(path), `one ${"two ".repeat(12)}`);
  } finally {
    Object.assign(Deno.FsFile.prototype, { writeSync, truncateSync });
    await Deno.remove(path);
  }
});

Deno.test("A log file asks the disk at each sync, on another thread when it is slow, and tells what it says", async () => {
  const path = await Deno.makeTempFile();
  const { syncData, syncDataSync } = Deno.FsFile.prototype;
  const asked: string[] = [];
  let refuses = false;
  const ask = (how: string): void => {
    asked.push(how);
    if (refuses) throw new Error("input/output error (os error 5)");
  };
  Deno.FsFile.prototype.syncDataSync = () => {
    ask("at once");
    for (const fromMs = performance.now(); performance.now() < fromMs + 3;);
  };
  Deno.FsFile.prototype.syncData = async () => {
    await Promise.resolve();
    ask("beside");
  };
  try {
    const file = await openLogFile(path, 100);
    for (let i = 0; i < 5; i++) {
      file.append(utf8("one "));
      await file.sync();
    }
    deepStrictEqual(asked, ["at once", "at once", "at once", "beside", "beside"]);
    refuses = true;
    for (let i = 0; i < 7; i++) await rejects(file.sync(), isLocal);
    deepStrictEqual(asked.slice(-2), ["beside", "at once"]);
    file.close();
  } finally {
    Object.assign(Deno.FsFile.prototype, { syncData, syncDataSync });
    await Deno.remove(path);
  }
});

Deno.test("The name of a new log file survives a power cut: its directory is synced before anything is in it", async () => {
  const folder = await Deno.makeTempDir();
  const { sync } = Deno.FsFile.prototype;
  const directories: boolean[] = [];
  Deno.FsFile.prototype.sync = async function () {
    directories.push((await this.stat()).isDirectory);
  };
  try {
    (await openLogFile(`${folder}/a.log`, 100)).close();
    deepStrictEqual(directories, Deno.build.os === "windows" ? [] : [true]);
    (await openLogFile(`${folder}/a.log`, 100)).close();
    strictEqual(directories.length, Deno.build.os === "windows" ? 0 : 1, "it has its name");
  } finally {
    Deno.FsFile.prototype.sync = sync;
    await Deno.remove(folder, { recursive: true });
  }
});
