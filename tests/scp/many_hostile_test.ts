import { planTree } from "../../cli/scp/plan/plan.ts";
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { NoExtension } from "../../lib/scp/errors.ts";
import { frameOf, hello } from "../../lib/scp/extended/frames.ts";
import { list } from "../../lib/scp/many.ts";
import { pullMany } from "../../lib/scp/many_pull.ts";
import { pushMany, type SmallSource } from "../../lib/scp/many_push.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import type { Tree } from "../../lib/sys/tree/tree.ts";
import { concat, fromHex, fromUtf8, toHex, utf8 } from "../../lib/wire/bytes.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../fakes/duplex.ts";
import { options, push, source, staged } from "./many_stage.ts";

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
      "\\x",
      "x\\..\\y",
      "a\0b",
      "no/parent",
      "d/",
    ]
  ) {
    match(await ask(entry("d", "directory"), entry(name)), /name|list/, JSON.stringify(name));
  }
  match(await ask(entry("f"), entry("f")), /wrong name/);
  match(await ask(entry("f"), entry("f/x")), /wrong name/, "a file has nothing in it");
  match(await ask(entry("f"), entry("g", "pipe")), /entry/);
  match(await ask(entry("f"), frameOf({ ok: true, entries: 7 })), /entry|frame/);
  match(await ask(entry("f")), /ended/);
  strictEqual(await ask(entry("d", "directory"), entry("d/f"), frameOf({ ok: true, entries: 2 })), "done");
  // A letter, but on Windows, where such names are no paths of ours.
  const odd = ["x\\y", "c:\\x", "f:stream", "d\\x/y", "nul"];
  for (const kind of ["file", "directory"] as const) {
    const entries = odd.map((name) => ({ name, kind, size: 1, mode: 0o777, mtimeMs: 1 }));
    const order = { pk: "02", direction: "download", path: "d", local: ["/nowhere/t"] } as const;
    const { jobs, directories } = await planTree(order, entries, "windows");
    deepStrictEqual(jobs.map(({ problem }) => /is no name here/.test(problem!.message)), odd.map(() => true));
    deepStrictEqual(directories.map(({ local }) => local), ["/nowhere/t"]);
  }
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
      readMany: noted("readMany", tree.readMany!),
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
