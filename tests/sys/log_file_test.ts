import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { openLogFile } from "../../lib/sys/files/log_file.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";

const isLocal = (error: unknown): boolean =>
  error instanceof UserError && error.kind === "local" && /^Cannot write .*: /.test(error.message) &&
  !!error.hint;

Deno.test("A log file is private, is read whole, grows, and is cut", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/store/a.log`;
  try {
    const first = await openLogFile(path, 20);
    strictEqual(first.bytes.length, 0);
    first.append(utf8("one "));
    first.append(utf8("two"));
    first.close();
    first.close();
    if (Deno.build.os !== "windows") {
      strictEqual((await Deno.stat(path)).mode! & 0o777, 0o600);
      strictEqual((await Deno.stat(`${folder}/store`)).mode! & 0o777, 0o700);
    }
    const second = await openLogFile(path, 20);
    strictEqual(fromUtf8(second.bytes), "one two");
    second.cut(4);
    second.append(utf8("three"));
    throws(() => second.append(new Uint8Array(12)), isLocal);
    second.close();
    strictEqual(await Deno.readTextFile(path), "one three");
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
    }
    ok(most >= 800);
    file.cut(250);
    expected.splice(0, Infinity, ...expected.slice(0, 2), new Uint8Array(50).fill(3));
    await check();
    for (let i = 0; i < 57; i++) file.append(expected[0]);
    throws(() => file.append(expected[0]), isLocal);
    file.close();
    strictEqual((await Deno.stat(path)).size, 250 + 57 * 100);
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
      file.append(utf8(" on"));
      file.close();
      deepStrictEqual(await Deno.readTextFile(path), "kept on");
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
      await Deno.remove(path);
    }
  },
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
