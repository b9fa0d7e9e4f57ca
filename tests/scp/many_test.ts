import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { sha256Stream } from "../../lib/crypto/digest.ts";
import { NoExtension } from "../../lib/scp/errors.ts";
import { frameOf, hello } from "../../lib/scp/extended/frames.ts";
import { type Served, serveStream } from "../../lib/scp/host.ts";
import { list } from "../../lib/scp/many.ts";
import { pullMany, type SmallFile } from "../../lib/scp/many_pull.ts";
import { pushMany, type SmallSource } from "../../lib/scp/many_push.ts";
import { systemTree } from "../../lib/sys/system_tree.ts";
import type { Tree } from "../../lib/sys/tree.ts";
import { concat, fromHex, fromUtf8, toHex, utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { FakeClock } from "../fakes/clock.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../fakes/duplex.ts";

const clock = new FakeClock();
const options = { clock, digest: sha256Stream };

interface Stage {
  readonly root: string;
  /** A stream, and how the host saw it. */
  dial(rights?: { read: boolean; write: boolean }): { near: MemoryDuplex; served: Promise<Served> };
}

async function staged(run: (stage: Stage) => Promise<void>, make: (root: string) => Tree = systemTree) {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const root = `${top}/root`;
  await Deno.mkdir(root);
  try {
    await run({
      root,
      dial: (rights = { read: true, write: true }) => {
        const [near, far] = memoryDuplexPair();
        const served = serveStream(far, { tree: make(root), ...rights }, {
          clock,
          peer: "me",
          digest: sha256Stream,
        });
        return { near, served };
      },
    });
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

const source = (path: string, text: string, mtimeMs?: number): SmallSource => ({
  path,
  keepTime: mtimeMs !== undefined,
  read: () => Promise.resolve({ bytes: utf8(text), mode: mtimeMs === undefined ? 0o755 : 0o644, mtimeMs }),
});

/** Pushes, and what became of each. */
async function push(near: MemoryDuplex, sources: readonly SmallSource[]): Promise<string[]> {
  const told: string[] = Array(sources.length).fill("nothing");
  await pushMany(near, sources, options, (index, error) => {
    strictEqual(told[index], "nothing", "told twice");
    told[index] = error === undefined ? "ok" : (error as Error).message;
  });
  return told;
}

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
    await Deno.symlink("/etc", `${root}/t/link`);
    const entries = await list(dial().near, "t", options);
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

/** What a client makes of a host that says these frames. */
async function told(
  work: (near: MemoryDuplex) => Promise<unknown>,
  ...frames: Uint8Array[]
): Promise<string> {
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  await far.write(concat(...frames));
  await far.closeWrite();
  return await work(near).then(() => "done", (error: Error) => error.message);
}

Deno.test("A list of a hostile host leads nowhere else (CVE-2019-6111), and names nothing twice", async () => {
  const entry = (name: string, kind = "file") => frameOf({ name, kind, size: 1, mode: 0o777, mtime: 1 });
  const ask = (...frames: Uint8Array[]) => told((near) => list(near, "d", options), hello(), ...frames);
  for (
    const name of [
      "../x",
      "/etc/x",
      "a/../../x",
      "",
      ".",
      "..",
      "a//b",
      "a/./b",
      "x\\y",
      "a\0b",
      "no/parent",
      "d/",
    ]
  ) {
    match(await ask(entry("d", "directory"), entry(name)), /name|list/, JSON.stringify(name));
  }
  match(await ask(entry("f"), entry("f")), /wrong name/);
  match(await ask(entry("f"), entry("g", "pipe")), /entry/);
  match(await ask(entry("f"), frameOf({ ok: true, entries: 7 })), /entry|frame/);
  match(await ask(entry("f")), /ended/);
  strictEqual(await ask(entry("d", "directory"), entry("d/f"), frameOf({ ok: true, entries: 2 })), "done");
});

Deno.test("Neither side believes what the other says about many files when it can't be", async () => {
  const two = [source("a", "a"), source("b", "b")];
  const pushed = (...frames: Uint8Array[]) =>
    told((near) => pushMany(near, two, options, () => {}), hello(), ...frames);
  match(await pushed(frameOf({ done: 3 })), /more is done than was sent/);
  match(await pushed(frameOf({ done: 0 }), frameOf({ ok: true, entries: 2 })), /other files than were sent/);
  match(await pushed(), /ended/);
  const pulled = (...frames: Uint8Array[]) =>
    told((near) => pullMany(near, ["a"], options, () => Promise.resolve()), hello(), ...frames);
  match(await pulled(frameOf({ ok: true, size: 2 ** 20 + 1 })), /not small/);
  match(await pulled(frameOf({ ok: true, size: 1 }), utf8("x"), new Uint8Array(32)), /not what was sent/);
  match(await pulled(frameOf({ ok: true, size: 1 }), utf8("x")), /ended/);
  await staged(async ({ root, dial }) => {
    const cases = [
      [frameOf({ op: "many" }), frameOf({ kind: "file", name: "f", size: 2 ** 20 + 1 })],
      [frameOf({ op: "many" }), frameOf({ kind: "file", name: "../f", size: 1 }), utf8("x")],
      [frameOf({ op: "many" }), frameOf({ kind: "file", name: "f", size: 1 }), utf8("x"), new Uint8Array(32)],
      [frameOf({ op: "many" }), frameOf({ kind: "link", name: "f" })],
      [frameOf({ op: "many" }), frameOf({ kind: "file", name: "f", size: 5 }), utf8("x")],
    ];
    for (const frames of cases) {
      const { near, served } = dial();
      await near.write(concat(utf8("SINK .\r\r\n"), ...frames));
      await near.closeWrite();
      ok((await served).error);
      deepStrictEqual([...Deno.readDirSync(root)], []);
    }
  });
});

Deno.test("A classic host is known before anything is sent to it", async () => {
  const [near, far] = memoryDuplexPair();
  await far.write(Uint8Array.of(0));
  await rejects(pushMany(near, [source("a", "a")], options, () => {}), NoExtension);
  strictEqual(fromUtf8((await far.read())!), "SINK .\r\r\n");
});

Deno.test("Who may not write, or not read, is told so for many as for one", async () => {
  await staged(async ({ dial }) => {
    await rejects(push(dial({ read: true, write: false }).near, [source("a", "a")]), /permission denied/);
    const pulled = pullMany(dial({ read: false, write: true }).near, ["a"], options, () => Promise.resolve());
    await rejects(pulled, /permission denied/);
  });
});

Deno.test("The vector of the README is what a client sends, and what a host takes", async () => {
  const readme = await Deno.readTextFile(new URL("../../lib/scp/README.md", import.meta.url));
  const hex = /Vector, one file `a`[^]*?\n\n([0-9a-f\s]+)/.exec(readme)![1].replace(/\s/g, "");
  const start = concat(utf8("SINK .\r\r\n"), frameOf({ op: "many" }));
  await staged(async ({ root, dial }) => {
    const { near, served } = dial();
    await near.write(concat(start, fromHex(hex)));
    strictEqual((await served).files, 1);
    strictEqual(await Deno.readTextFile(`${root}/a`), "x");
  });
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  await far.write(hello());
  const one: SmallSource = { path: "a", read: () => Promise.resolve({ bytes: utf8("x"), mode: 0 }) };
  const pushing = pushMany(near, [one], options, () => {});
  const sent: Uint8Array[] = [];
  const wanted = start.length + hex.length / 2 + 9;
  for (let part = await far.read(); part !== null; part = await far.read()) {
    sent.push(part.slice());
    if (concat(...sent).length === wanted) {
      await far.write(concat(frameOf({ done: 1 }), frameOf({ ok: true, entries: 1 })));
    }
  }
  await pushing;
  strictEqual(
    toHex(concat(...sent)).replace("2c226d6f6465223a30", ""),
    toHex(start) + hex.replace(/^00000023/, "0000002c"),
  );
});

Deno.test("A peer that may only write, and guesses 1,000 times, hears the same each time", async () => {
  const touched: string[] = [];
  const watched = (root: string): Tree => {
    const tree = systemTree(root);
    const noted = <T extends unknown[], R>(name: string, run: (...args: T) => R) => (...args: T): R => {
      touched.push(name);
      return run(...args);
    };
    return {
      ...tree,
      open: noted("open", tree.open),
      openSeekable: noted("openSeekable", tree.openSeekable!),
      list: noted("list", tree.list!),
      reading: noted("reading", tree.reading!),
    };
  };
  await staged(async ({ root, dial }) => {
    await Deno.mkdir(`${root}/d`);
    await Deno.writeTextFile(`${root}/d/secret0`, "secret");
    const heard = new Set<string>();
    const asks = [[], [frameOf({ op: "pull" })], [frameOf({ op: "list" })], [
      frameOf({ op: "many" }),
      frameOf({ name: "d/secret0", kind: "sum" }),
    ]];
    for (let i = 0; i < 1000; i++) {
      const path = ["d", "d/secret0", `d/secret${i}`, "gone/x", "."][i % 5];
      const { near, served } = dial({ read: false, write: true });
      await near.write(concat(utf8(`SOURCE ${path}\r\r\n`), ...asks[i % asks.length]));
      await near.closeWrite();
      let said = "";
      for (let part = await near.read(); part !== null; part = await near.read()) said += fromUtf8(part);
      heard.add(said);
      await served;
    }
    deepStrictEqual([...heard], ["\x02open: permission denied\n"]);
    // Nothing was looked at, so nothing takes longer for what is there.
    deepStrictEqual(touched, []);
    // A push begins at 0, whatever is there.
    const { near } = dial({ read: false, write: true });
    const push = frameOf({ op: "push", size: 6, mode: 0o600, token: "0".repeat(32) });
    await near.write(concat(utf8("SINK d/secret0\r\r\n"), push));
    const answers = concat(hello(), frameOf({ ok: true, offset: 0 }));
    let got = new Uint8Array(0);
    while (got.length < answers.length) got = Uint8Array.from(concat(got, (await near.read())!));
    deepStrictEqual(got, Uint8Array.from(answers));
    near.break();
  }, watched);
});
