import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { pull } from "../../lib/scp/client.ts";
import { createPart } from "../../lib/sys/copies/part_file.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { MemoryTree } from "../fakes/tree.ts";
import { framed, hosted, quiet, sha } from "./faults_stage.ts";

/** A directory to pull to, and what the host says. */
async function pulled(said: string, path = "f") {
  const top = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${top}/in`, { mode: 0o751 });
  await Deno.chmod(`${top}/in`, 0o751);
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  await far.write(Uint8Array.from(said, (c) => c.charCodeAt(0)));
  await far.closeWrite();
  const error = await pull(near, () => createPart(`${top}/in`, "f"), { clock: new FakeClock(), path })
    .then(() => undefined, (error: Error) => error);
  const names = [...Deno.readDirSync(`${top}/in`), ...Deno.readDirSync(top)].map(({ name }) => name).sort();
  const mode = Deno.statSync(`${top}/in`).mode! & 0o777;
  await Deno.remove(top, { recursive: true });
  return { error, names, mode };
}

const OK = "1234\0";

Deno.test("Hostile host: a name of `.` or nothing changes no directory (CVE-2018-20685)", async () => {
  deepStrictEqual(await pulled(`C0777 4 .\n${OK}`), { error: undefined, names: ["f", "in"], mode: 0o751 });
  for (const said of ["D0777 0 .\n", "D0777 0 \n", "C0777 4 \n"]) {
    const { error, names, mode } = await pulled(said + OK);
    ok(error, said);
    deepStrictEqual([names, mode], [["in"], 0o751]);
  }
});

Deno.test("Hostile host: it sends other files than asked for, or several (CVE-2019-6111, CVE-2018-20684)", async () => {
  for (const name of [".bashrc", "other", "f2"]) {
    deepStrictEqual((await pulled(`C0644 4 ${name}\n${OK}`)).names, ["f", "in"]);
  }
  deepStrictEqual((await pulled(`C0644 4 f\n${OK}C0644 4 .bashrc\n${OK}`)).names, ["f", "in"]);
  for (const name of ["../x", "/etc/x", "a/../../x", "..", "..\\x", "\\x"]) {
    const { error, names } = await pulled(`C0644 4 ${name}\n${OK}`);
    match(error!.message, /path traversal/, name);
    deepStrictEqual(names, ["in"]);
  }
});

Deno.test("Hostile host: setuid and other people's bits are not taken over", async () => {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const [near, far] = memoryDuplexPair();
  await far.write(utf8(`C7777 4 f\n${OK}`));
  await pull(near, () => createPart(top, "f"), { clock: new FakeClock(), path: "f" });
  strictEqual(Deno.statSync(`${top}/f`).mode! & 0o7777, 0o700);
  await Deno.remove(top, { recursive: true });
});

Deno.test("Hostile client: names with controls and links out of the root are no way in", async () => {
  await hosted(async ({ top, dial, names }) => {
    await Deno.writeTextFile(`${top}/secret`, "secret");
    await Deno.symlink(top, `${top}/root/out`);
    await Deno.symlink(`${top}/secret`, `${top}/root/leaf`);
    const ask = async (text: string): Promise<string> => {
      const near = dial();
      await near.write(utf8(text));
      await near.closeWrite();
      let said = "";
      for (;;) {
        const bytes = await near.read().catch(() => null);
        if (bytes === null) return said;
        said += String.fromCharCode(...bytes);
      }
    };
    const cases: [string, RegExp][] = [
      ["SOURCE out/secret\n", /^!stat: permission denied\n$/],
      ["SOURCE leaf\n", /^!open: not a regular file\n$/],
      ["SINK out/new\n", /^!mkdir: permission denied\n$/],
      ["SINK out/deep/new\n", /^!mkdir: permission denied\n$/],
      ["SOURCE ../secret\n", /path traversal/],
      ["SOURCE /etc/passwd\n", /path traversal/],
      ["SOURCE a\0b\n", /invalid characters/],
      ["SINK x\\..\\y\n", /path traversal/],
      [`SOURCE ${"a/".repeat(200)}x\n`, /exceeds max length/],
      [`SINK ${"x".repeat(2000)}`, /^!malformed role line\n$/],
      ["SOURCE $(touch pwned)\n", /^!stat: no such file\n$/],
      ["SOURCE *\n", /^!stat: no such file\n$/],
      ["SINK f\nC0644 9007199254740993 f\n", /bad size/],
      ["SINK f\nC0644 4611686018427387904 f\n", /bad size/],
      ["SINK f\nC0644 9007199254740991 f\n", /not enough space/],
      ["SINK f\nC0644 99999999999999999999 f\n", /bad size/],
    ];
    for (const [text, answer] of cases) {
      const said = await ask(text);
      match(said.replace("\x02", "!"), answer, text.slice(0, 40)); // a fatal line
      ok(!said.includes(top), "a path of ours");
    }
    deepStrictEqual(names(), ["leaf", "out"]);
    strictEqual(await Deno.readTextFile(`${top}/secret`), "secret");
  });
});

Deno.test("Hostile client: what it may not write leaves no trace, however it lies in the extension", async () => {
  await hosted(async ({ top, dial, served, names }) => {
    await Deno.writeTextFile(`${top}/root/f`, "old");
    const push = { op: "push", size: 4, mode: 0o644, token: "0".repeat(32) };
    const block = (text: string, hash = sha(text)) => [utf8(text), hash];
    const cases: Uint8Array[][] = [
      [framed({ ...push, size: 2 ** 53 - 1 })],
      [framed({ ...push, token: "../../x" })],
      [framed({ ...push, op: "pull" })],
      [framed({ ...push, size: -1 })],
      [framed(push), ...block("1234", new Uint8Array(32))],
      [framed(push), ...block("1234"), framed({ ok: true, sent: "00" })],
      [framed(push), ...block("1234"), framed({ ok: false, err: "\x1b[2J" })],
      [framed(push), ...block("1234")],
      [framed(push), utf8("12")],
      [Uint8Array.of(255, 255, 255, 255)],
    ];
    for (const bytes of cases) {
      const near = dial();
      await near.write(utf8("SINK f\r\r\n"));
      for (const part of bytes) await near.write(part);
      await near.closeWrite();
      while (await near.read().catch(() => null) !== null);
      const count = served.length;
      await quiet(() => served.length > count || served.length === cases.indexOf(bytes) + 1);
    }
    strictEqual(served.filter(({ error }) => error).length, cases.length);
    deepStrictEqual(names(), ["f"]);
    strictEqual(await Deno.readTextFile(`${top}/root/f`), "old");
  });
});

Deno.test("Hostile client: it may begin no more than its quota, also when it breaks off each time", async () => {
  let asked = 0;
  const tree = new MemoryTree();
  await hosted(async ({ dial, served }) => {
    for (let i = 0; i < 3; i++) {
      const near = dial();
      await near.write(utf8(`SINK f${i}\nC0644 1000 f\n`));
      await near.closeWrite();
      while (await near.read().catch(() => null) !== null);
    }
    await quiet(() => served.length === 3);
    strictEqual(asked, 3000);
    // What the shell gives back is exactly what did not stay.
    for (const { promised, kept = 0, spared = 0 } of served) {
      deepStrictEqual([promised, kept, spared], [1000, 0, 0]);
    }
  }, { tree, refuseSize: (bytes) => void (asked += bytes) });
});
