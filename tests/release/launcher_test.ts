import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { allOf } from "../../scripts/bundle.ts";
import { checkIntegrity, PACK_TARGETS, packed, type PackTarget } from "../../scripts/pack.ts";
import { BUNDLE_RUN_ARGS, CHAT_V8_FLAGS, sha256 } from "../../scripts/release.ts";

/** Stands in for the runtime: prints what it is given. */
const RUNTIME =
  '#!/bin/sh\nif [ "$1" = --version ]; then exit 0; fi\nprintf \'%s\\n\' "$DENO_DIR" "$@"\numask\n[ -n "$HOME" ] || echo homeless\n';
const PROGRAM: Readonly<Record<string, string>> = {
  "dmsg.mjs": "console.log(1);\n",
  "dmsg-core.mjs": "console.log(10);\n",
  "dmsg-curve.bin": "\0asm1",
};

interface Place extends AsyncDisposable {
  /** The self-extracting file. */
  readonly file: string;
  /** Where it unpacks itself. */
  readonly directory: string;
  readonly home: string;
  run(options?: { args?: string[]; limit?: string; env?: Record<string, string> }): Promise<{
    status: number;
    stdout: string;
    stderr: string;
  }>;
}

/** The archive of a package whose runtime is a text. */
async function archiveOf(runtime: string, folder: string): Promise<Uint8Array<ArrayBuffer>> {
  await Deno.mkdir(`${folder}/package`);
  await Deno.writeTextFile(`${folder}/package/deno`, runtime, { mode: 0o755 });
  const tar = new Deno.Command("tar", { args: ["-czf", "-", "package"], cwd: folder });
  return Uint8Array.from((await tar.output()).stdout);
}

/** A file for this machine with a stand-in for the runtime, and an empty home. */
async function place(shell = "/bin/sh", change: Partial<PackTarget> = {}): Promise<Place> {
  const top = await Deno.makeTempDir();
  const home = `${top}/home`;
  await Deno.mkdir(home);
  const uname = fromUtf8((await new Deno.Command("uname", { args: ["-sm"] }).output()).stdout).trim();
  const runtimeHash = await sha256(Uint8Array.from(utf8(RUNTIME)));
  const target = { ...PACK_TARGETS["linux-x64"], uname, runtimeHash, ...change };
  const files = Object.entries(PROGRAM).map(([name, text]) => ({ name, bytes: Uint8Array.from(utf8(text)) }));
  const template = await Deno.readTextFile(new URL("../../scripts/launcher.sh", import.meta.url));
  const bundle = { files, hash: await sha256(allOf(files)) };
  const file = `${top}/dmsg`;
  const content = await packed(template, target, bundle, await archiveOf(RUNTIME, top));
  await Deno.writeFile(file, content.stream(), { mode: 0o755 });
  const [, name] = /^dir=\$top\/(.*)$/m.exec(fromUtf8(await Deno.readFile(file)))!;
  return {
    file,
    home,
    directory: `${home}/.cache/dmsg/${name}`,
    async run({ args = [], limit = "", env = {} } = {}) {
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: ["-c", `umask 022; ${limit} exec ${shell} "$0" "$@"`, file, ...args],
        env: { HOME: home, PATH: "/usr/bin:/bin", ...env },
        clearEnv: true,
        cwd: home,
      }).output();
      return { status: code, stdout: fromUtf8(stdout), stderr: fromUtf8(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(top, { recursive: true }),
  };
}

const mode = async (path: string): Promise<number> => (await Deno.stat(path)).mode! & 0o777;
const inode = async (path: string): Promise<number | null> => (await Deno.stat(path)).ino;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `Launcher ${name}`, ignore: Deno.build.os !== "linux", fn });
}

test("unpacks into a private directory and hands arguments over as they are", async () => {
  await using here = await place();
  const args = ["send", "a b", "", "--", "*", "ü\n"];
  const { status, stdout, stderr } = await here.run({ args });
  const program = `${here.directory}/dmsg.mjs`;
  const expected = [`${here.directory}/cache`, ...BUNDLE_RUN_ARGS, program, ...args, "0022"];
  deepStrictEqual([status, stderr, stdout], [0, "", `${expected.join("\n")}\n`]);
  for (const path of [`${here.home}/.cache/dmsg`, here.directory, `${here.directory}/deno`]) {
    strictEqual(await mode(path), 0o700, path);
  }
  for (const [name, text] of Object.entries(PROGRAM)) {
    strictEqual(await Deno.readTextFile(`${here.directory}/${name}`), text);
  }
});

test("gives chat the flags of its own, and no other command", async () => {
  await using here = await place();
  const program = `${here.directory}/dmsg.mjs`;
  const handed = async (args: string[]): Promise<string> => (await here.run({ args })).stdout;
  strictEqual((await handed(["chat", "bob"])).includes(`${CHAT_V8_FLAGS}\n${program}\nchat\nbob\n`), true);
  strictEqual((await handed(["send", "chat"])).includes(CHAT_V8_FLAGS), false);
});

test("unpacks once", async () => {
  await using here = await place();
  await here.run();
  const files = ["deno", ...Object.keys(PROGRAM), "checked"].map((name) => `${here.directory}/${name}`);
  const before = await Promise.all(files.map(inode));
  strictEqual((await here.run()).status, 0);
  deepStrictEqual(await Promise.all(files.map(inode)), before);
});

for (const name of ["deno", ...Object.keys(PROGRAM)]) {
  test(`puts a ${name} that was changed back`, async () => {
    await using here = await place();
    const first = await here.run();
    const path = `${here.directory}/${name}`;
    const kept = await Deno.readTextFile(path);
    // The same size, and the same time of the last change.
    const { mtime } = await Deno.stat(path);
    await Deno.writeTextFile(path, kept.replace(/1/, "2"));
    await Deno.utime(path, mtime!, mtime!);
    deepStrictEqual(await here.run(), first);
    strictEqual(await Deno.readTextFile(path), kept);
  });
}

test("unpacks a file of the program that is gone, and leaves the others", async () => {
  await using here = await place();
  const first = await here.run();
  const kept = await inode(`${here.directory}/dmsg.mjs`);
  await Deno.remove(`${here.directory}/dmsg-core.mjs`);
  deepStrictEqual(await here.run(), first);
  strictEqual(await Deno.readTextFile(`${here.directory}/dmsg-core.mjs`), PROGRAM["dmsg-core.mjs"]);
  strictEqual(await inode(`${here.directory}/dmsg.mjs`), kept);
});

test("works when it is started many times at once for the first time", async () => {
  await using here = await place();
  const runs = await Promise.all(Array.from({ length: 8 }, () => here.run()));
  deepStrictEqual(new Set(runs.map(({ status, stderr }) => `${status}${stderr}`)), new Set(["0"]));
  deepStrictEqual(
    [...Deno.readDirSync(here.directory)].map(({ name }) => name).sort(),
    ["checked", "deno", ...Object.keys(PROGRAM)].sort(),
  );
});

test("says so when there is no room, and leaves nothing behind", async () => {
  await using here = await place();
  const { status, stdout, stderr } = await here.run({ limit: "ulimit -f 0; trap '' XFSZ;" });
  deepStrictEqual([status, stdout], [5, ""]);
  match(
    stderr,
    /^dmsg: Cannot unpack dmsg\.mjs into .*: the disk is full, or this file is damaged\nhint: .*100 MB/,
  );
  deepStrictEqual([...Deno.readDirSync(here.directory)], []);
  strictEqual((await here.run()).status, 0);
});

test("refuses a file that was cut off or damaged", async () => {
  await using here = await place();
  const whole = await Deno.readFile(here.file);
  const archive = whole.findLastIndex((byte, i) => byte === 0x1f && whole[i + 1] === 0x8b);
  for (
    const damaged of [whole.subarray(0, archive + 60), whole.with(archive + 60, whole[archive + 60] ^ 1)]
  ) {
    await Deno.writeFile(here.file, Uint8Array.from(damaged));
    const { status, stderr } = await here.run();
    strictEqual(status, 5);
    match(stderr, /Cannot unpack deno/);
  }
});

test("refuses a directory that is a link to somewhere else", async () => {
  await using here = await place();
  await Deno.mkdir(`${here.home}/elsewhere`);
  await Deno.mkdir(`${here.home}/.cache`);
  await Deno.symlink(`${here.home}/elsewhere`, `${here.home}/.cache/dmsg`);
  const { status, stderr } = await here.run();
  strictEqual(status, 5);
  match(stderr, /belongs to somebody else/);
});

test("keeps to XDG_CACHE_HOME, and needs HOME without it", async () => {
  await using here = await place();
  const env = { HOME: "", XDG_CACHE_HOME: `${here.home}/c` };
  match((await here.run({ env })).stdout, /^.*\/home\/c\/dmsg\/\w+\/cache\n/);
  const { status, stderr } = await here.run({ env: { HOME: "", XDG_CACHE_HOME: "relative" } });
  strictEqual(status, 5);
  match(stderr, /HOME is not set/);
});

test("hands on no HOME that is no directory: the runtime would end with it", async () => {
  await using here = await place();
  const XDG_CACHE_HOME = `${here.home}/c`;
  const homeless = async (HOME: string): Promise<boolean> =>
    /^homeless$/m.test((await here.run({ env: { HOME, XDG_CACHE_HOME } })).stdout);
  deepStrictEqual(
    [await homeless("/dev/null"), await homeless("/dev/null/x"), await homeless(`${here.home}/not/yet`)],
    [true, true, false],
  );
});

test("says which machine it is for", async () => {
  await using here = await place("/bin/sh", { uname: "Plan9 pdp11" });
  const { status, stderr } = await here.run();
  strictEqual(status, 5);
  match(stderr, /This file is for Plan9 pdp11, not for Linux/);
});

test("says so when the runtime does not start", async () => {
  const broken = RUNTIME.replace("#!/bin/sh", "#!/no/such");
  await using here = await place("/bin/sh", { runtimeHash: await sha256(Uint8Array.from(utf8(broken))) });
  await Deno.mkdir(here.directory, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${here.directory}/deno`, broken, { mode: 0o700 });
  const { status, stderr } = await here.run();
  strictEqual(status, 5);
  match(stderr, /Cannot run .*\/deno\nhint: .*glibc/);
});

Deno.test("Pack refuses an archive that is not the pinned one", async () => {
  for (const target of Object.values(PACK_TARGETS)) {
    ok(/^sha512-[A-Za-z0-9+/]{86}==$/.test(target.integrity) && /^[0-9a-f]{64}$/.test(target.runtimeHash));
    await rejects(checkIntegrity(new Uint8Array(8), target), /is not the archive whose hash is pinned/);
  }
});
