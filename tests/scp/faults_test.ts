import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { loadSha256, sha256Stream } from "../../lib/crypto/digest.ts";
import { pull, push } from "../../lib/scp/client.ts";
import { CHUNK_BYTES } from "../../lib/scp/body.ts";
import { CopyError } from "../../lib/scp/errors.ts";
import type { Grant, Served } from "../../lib/scp/host.ts";
import { ScpHost } from "../../lib/scp/streams.ts";
import { IDLE_MS } from "../../lib/scp/wire.ts";
import { createPart, resumePart } from "../../lib/sys/part_file.ts";
import { openSeekable } from "../../lib/sys/source_file.ts";
import { systemTree } from "../../lib/sys/system_tree.ts";
import { equal, utf8 } from "../../lib/wire/bytes.ts";
import type { Stream } from "../../lib/wire/reading.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { memoryFile, MemoryTree } from "../fakes/tree.ts";

const MIB = 2 ** 20;
const digest = await loadSha256();
function noise(count: number, seed = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = (i * 31 + (i >> 8) + seed) & 255;
  return bytes;
}

interface Stage {
  readonly top: string;
  readonly clock: FakeClock;
  /** What the host has ended so far. */
  readonly served: Served[];
  readonly host: ScpHost;
  /** A stream to the host of a peer. */
  dial(peer?: string): ReturnType<typeof memoryDuplexPair>[0];
  /** Names below the root. */
  names(): string[];
}

async function hosted(run: (stage: Stage) => Promise<void>, grant: Partial<Grant> = {}): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${top}/root`);
  const clock = new FakeClock();
  const served: Served[] = [];
  const tree = systemTree(`${top}/root`);
  const host = new ScpHost({
    clock,
    digest,
    grant: () => Promise.resolve({ tree, read: true, write: true, ...grant }),
    onServed: (_, one) => void served.push(one),
    onRejected: () => {},
  });
  const taking: Promise<void>[] = [];
  try {
    await run({
      top,
      clock,
      served,
      host,
      dial: (peer = "peer") => {
        const [near, far] = memoryDuplexPair();
        taking.push(host.take(far, peer));
        return near;
      },
      names: () => [...Deno.readDirSync(`${top}/root`)].map(({ name }) => name).sort(),
    });
    host.stop();
    await Promise.all(taking);
    strictEqual(host.streams, 0);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

async function pushFile(stream: Stream, path: string, target: string, clock: FakeClock, extended: boolean) {
  const file = (await openSeekable(path, digest))!;
  try {
    await push(stream, file, { clock, path: target, extended, digest });
  } finally {
    file.close();
  }
}

Deno.test("32 transfers at once, of four peers, in both directions and both protocols", async () => {
  await hosted(async ({ top, dial, clock, served, names }) => {
    const size = 200_777;
    const contents = Array.from({ length: 16 }, (_, i) => noise(size, i));
    for (const [i, bytes] of contents.entries()) {
      await Deno.writeFile(`${top}/${i}`, bytes);
      await Deno.writeFile(`${top}/root/there${i}`, bytes);
    }
    await Promise.all(contents.flatMap((_, i) => {
      const peer = `peer${i % 4}`;
      const extended = i % 2 === 0;
      return [
        pushFile(dial(peer), `${top}/${i}`, `pushed${i}`, clock, extended),
        pull(dial(peer), () => createPart(top, `back${i}`), {
          clock,
          path: `there${i}`,
          extended,
          digest,
          resume: ({ token }) => resumePart(top, `back${i}`, token),
        }),
      ];
    }));
    for (const [i, bytes] of contents.entries()) {
      ok(equal(await Deno.readFile(`${top}/root/pushed${i}`), bytes));
      ok(equal(await Deno.readFile(`${top}/back${i}`), bytes));
    }
    strictEqual(names().length, 32);
    await settle();
    deepStrictEqual(served.map(({ error }) => error), Array(32).fill(undefined));
  });
});

for (const extended of [false, true]) {
  const line = extended ? "our protocol" : "the classic protocol";

  Deno.test(`A client that stops reading is cut off after a minute, and holds few bytes, in ${line}`, async () => {
    await hosted(async ({ top, dial, clock, served, host }) => {
      await Deno.writeFile(`${top}/root/f`, noise(3 * MIB));
      const near = dial();
      await near.write(utf8(`SOURCE f${extended ? "\r\r" : ""}\n`));
      await near.write(extended ? framed({ op: "pull" }) : Uint8Array.of(0));
      if (extended) await near.write(framed({ offset: 0 }));
      await quiet(() => near.unreadBytes === 0 && host.streams === 1);
      // The host may still be at its files when a minute begins.
      while (served.length === 0) {
        await clock.advance(IDLE_MS + 1);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      ok(served[0].bytes < MIB, `${served[0].bytes} bytes were read ahead`);
      match(served[0].error!.message, /nothing moved for 60 s/);
    });
  });

  Deno.test(`A host that stops reading is given up after a minute, in ${line}`, async () => {
    const clock = new FakeClock();
    const [near, far] = memoryDuplexPair();
    await far.write(extended ? utf8('\x01dmsgscp/2 {"v":2}\n') : Uint8Array.of(0, 0));
    if (extended) await far.write(framed({ ok: true, offset: 0 }));
    let reads = 0;
    const memory = memoryFile(noise(40 * CHUNK_BYTES));
    const file = {
      ...memory,
      read: (into: Uint8Array) => (reads++, memory.read(into)),
      token: "0".repeat(32),
      skipTo: () => Promise.resolve(),
      isSame: () => Promise.resolve(true),
    };
    const pushing = push(near, file, { clock, path: "f", extended, digest: sha256Stream });
    const failed = rejects(pushing, /nothing moved for 60 s/);
    await settle();
    await clock.advance(IDLE_MS + 3000);
    await failed;
    ok(reads <= 4, `${reads} chunks were read ahead`);
  });

  Deno.test(`A file that shrinks while a host reads it is never taken for whole, in ${line}`, async () => {
    await hosted(async ({ top, dial, clock, served }) => {
      await Deno.writeFile(`${top}/root/f`, noise(3 * MIB));
      await Deno.writeTextFile(`${top}/got`, "old");
      let cut = false;
      const shrink = (): void => {
        if (!cut) Deno.truncateSync(`${top}/root/f`, MIB);
        cut = true;
      };
      const error = await pull(dial(), () => createPart(top, "got"), {
        clock,
        path: "f",
        extended,
        digest,
        onBytes: shrink,
        resume: ({ token }) => resumePart(top, "got", token),
      }).then(() => undefined, (error: Error) => error);
      ok(error, "the copy is not whole");
      strictEqual(await Deno.readTextFile(`${top}/got`), "old");
      await quiet(() => served.length === 1);
      match(served[0].error!.message, /became shorter/);
    });
  });
}

Deno.test("A file that grows or is written to while it is copied is told, and the old one stays", async () => {
  for (const change of ["grow", "write"] as const) {
    await hosted(async ({ top, dial, clock, names }) => {
      await Deno.writeFile(`${top}/root/f`, noise(2 * MIB));
      await Deno.writeTextFile(`${top}/got`, "old");
      let once = true;
      const error = await pull(dial(), () => createPart(top, "got"), {
        clock,
        path: "f",
        extended: true,
        digest,
        onBytes: () => {
          if (once && change === "grow") Deno.writeFileSync(`${top}/root/f`, noise(9), { append: true });
          if (once && change === "write") Deno.utimeSync(`${top}/root/f`, 7, 7);
          once = false;
        },
        resume: ({ token }) => resumePart(top, "got", token),
      }).then(() => undefined, (error: Error) => error);
      ok(error instanceof CopyError);
      match(error.message, /^remote: the file changed while it was read/);
      strictEqual(await Deno.readTextFile(`${top}/got`), "old");
      // What came is of a file that is no more: it does not wait for anything.
      deepStrictEqual([...Deno.readDirSync(top)].map(({ name }) => name).sort(), ["got", "root"]);
      deepStrictEqual(names(), ["f"]);
    });
  }
});

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

const framed = (value: unknown): Uint8Array => {
  const payload = utf8(JSON.stringify(value));
  return Uint8Array.of(0, 0, payload.length >> 8, payload.length & 255, ...payload);
};

function sha(text: string): Uint8Array {
  const state = sha256Stream();
  state.add(utf8(text));
  return Uint8Array.from(state.hex().match(/../g)!, (hex) => parseInt(hex, 16));
}

/** Lets files of the system do their work until something holds. */
async function quiet(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
