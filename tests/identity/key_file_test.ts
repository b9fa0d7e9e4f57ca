import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { createKeyFile, openKeyFile, readKeyFile } from "../../lib/identity/key_file.ts";
import { systemFiles } from "../../lib/sys/files/files.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { fromHex, fromUtf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { memoryFiles } from "../fakes/files.ts";

const ONE = "00".repeat(31) + "01";
const ONE_PK = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const isLocal = (text: RegExp) => (error: unknown) =>
  error instanceof UserError && error.kind === "local" && text.test(error.message);

Deno.test("Key file is made once and read from then on", async () => {
  const files = memoryFiles();
  strictEqual(await readKeyFile(files, "/k"), undefined);
  const first = await openKeyFile(files, systemRandom, "/k");
  strictEqual(first.created, true);
  strictEqual(/^[0-9a-f]{64}\n$/.test(fromUtf8(files.kept.get("/k")!.bytes)), true);
  const second = await openKeyFile(files, systemRandom, "/k");
  deepStrictEqual([second.created, second.pair], [false, first.pair]);
});

Deno.test("Key file allows white space and upper case", async () => {
  strictEqual((await readKeyFile(memoryFiles({ "/k": ` ${ONE.toUpperCase()}\r\n\n` }), "/k"))?.pk, ONE_PK);
});

Deno.test("Key file that others can read is refused with the command that mends it", async () => {
  for (const mode of [0o640, 0o604, 0o622, 0o666, 0o601]) {
    const files = memoryFiles({ "/k": ONE });
    files.kept.get("/k")!.mode = mode;
    await rejects(readKeyFile(files, "/k"), (error: UserError) => error.hint === "Run: chmod 600 /k");
  }
});

Deno.test("Key file without a key is an error that does not hold its text", async () => {
  for (const text of ["", "hunter2", ONE.slice(2), ONE + "00", "00".repeat(32), "ff".repeat(32)]) {
    await rejects(readKeyFile(memoryFiles({ "/k": text }), "/k"), (error: UserError) => {
      const all = `${error.message} ${error.hint} ${error.stack} ${error.cause}`;
      return error.kind === "local" && (text === "" || !all.includes(text));
    });
  }
});

Deno.test("Key file that is a directory or a link to nothing is told as that", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await rejects(readKeyFile(systemFiles, directory), isLocal(/ is not a file$/));
    const link = `${directory}/k`;
    await Deno.symlink(`${directory}/none`, link);
    await rejects(openKeyFile(systemFiles, systemRandom, link), isLocal(/^There is no key behind /));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("Key file with garbage behind its line is used, and the garbage set aside", async () => {
  const files = memoryFiles({ "/k": `${ONE}\ngarbage` });
  strictEqual((await readKeyFile(files, "/k"))?.pk, ONE_PK);
  strictEqual(fromUtf8(files.kept.get("/k")!.bytes), `${ONE}\n`);
  strictEqual(fromUtf8(files.kept.get("/k.damaged-1")!.bytes), "garbage");
  strictEqual((await readKeyFile(files, "/k"))?.pk, ONE_PK);
  strictEqual(files.kept.size, 2);
});

Deno.test("Key file is never overwritten", async () => {
  const none = memoryFiles();
  await createKeyFile(none, "/k", fromHex(ONE));
  strictEqual((await readKeyFile(none, "/k"))?.pk, ONE_PK);
  const files = memoryFiles({ "/k": ONE });
  await rejects(createKeyFile(files, "/k", fromHex(ONE)), isLocal(/never overwritten/));
});

Deno.test("Key file of another process that was quicker is used", async () => {
  const files = memoryFiles();
  const racing = {
    ...files,
    createPrivate: (path: string, bytes: Uint8Array) => {
      files.kept.set(path, { bytes: new TextEncoder().encode(ONE), mode: 0o600 });
      return files.createPrivate(path, bytes);
    },
  };
  const { pair, created } = await openKeyFile(racing, systemRandom, "/k");
  deepStrictEqual([pair.pk, created], [ONE_PK, false]);
});

Deno.test("Key file made by many at once is one key", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const open = () => openKeyFile(systemFiles, systemRandom, `${directory}/new/identity.key`);
    const all = await Promise.all(Array.from({ length: 20 }, open));
    strictEqual(new Set(all.map(({ pair }) => pair.pk)).size, 1);
    strictEqual(all.filter(({ created }) => created).length, 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
