import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { CHUNK_BYTES } from "../../lib/scp/body.ts";
import { pull, push } from "../../lib/scp/client.ts";
import { CopyError } from "../../lib/scp/errors.ts";
import { IDLE_MS } from "../../lib/scp/wire.ts";
import { createPart, resumePart } from "../../lib/sys/copies/part_file.ts";
import { openSeekable } from "../../lib/sys/copies/source_file.ts";
import { equal, utf8 } from "../../lib/wire/bytes.ts";
import type { Stream } from "../../lib/wire/reading.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { memoryFile } from "../fakes/tree.ts";
import { framed, hosted, quiet } from "./faults_stage.ts";

const MIB = 2 ** 20;
const digest = await loadSha256();
function noise(count: number, seed = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = (i * 31 + (i >> 8) + seed) & 255;
  return bytes;
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
    const pushing = push(near, file, { clock, path: "f", extended, digest });
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
