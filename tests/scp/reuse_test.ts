import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { pull, push } from "../../lib/scp/client.ts";
import { chooseBlocks, type OldFile, tellBlocks } from "../../lib/scp/extended/reuse.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { Wire } from "../../lib/scp/wire.ts";
import { resumePart } from "../../lib/sys/copies/part_file.ts";
import { openSeekable } from "../../lib/sys/copies/source_file.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { toHex } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";

const MIB = 2 ** 20;
const SIZE = 4 * MIB + 12_345;
const clock = new FakeClock();
const digest = await loadSha256();
const noise = (count: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
};

/** Copies one file over an old version of it. @returns What moved, the bytes of the host's answers, and the error. */
async function copy(
  role: "push" | "pull",
  version: { readonly bytes: Uint8Array; readonly old: Uint8Array },
  how: {
    readonly mayRead?: boolean;
    readonly onBytes?: (target: string, count: number) => void;
    readonly onReused?: (target: string) => void;
    readonly top?: string;
  } = {},
) {
  const top = how.top ?? await Deno.realPath(await Deno.makeTempDir());
  const [source, target] = role === "push" ? ["local", "root"] : ["root", "local"];
  for (const name of ["local", "root"]) await Deno.mkdir(`${top}/${name}`, { recursive: true });
  await Deno.writeFile(`${top}/${source}/f`, version.bytes);
  await Deno.utime(`${top}/${source}/f`, 7, 7); // the same file, when it is taken up again
  await Deno.writeFile(`${top}/${target}/f`, version.old);
  const [near, far] = memoryDuplexPair();
  let looks = 0;
  const whole = systemTree(`${top}/root`);
  const tree = {
    ...whole,
    openSeekable: (...asked: Parameters<NonNullable<typeof whole.openSeekable>>) => {
      looks++;
      return whole.openSeekable!(...asked);
    },
  };
  const grant = { tree, read: how.mayRead ?? true, write: true };
  const serving = serveStream(far, grant, { clock, peer: "peer", digest });
  const out = { moved: 0, reused: 0, resumed: 0, onWire: 0 };
  const answers: string[] = [];
  const counted: typeof near = {
    ...near,
    break: () => near.break(),
    write(bytes) {
      out.onWire += bytes.length;
      return near.write(bytes);
    },
    async read() {
      const bytes = await near.read();
      if (bytes) {
        out.onWire += bytes.length;
        answers.push(toHex(bytes));
      }
      return bytes;
    },
  };
  const place = `${top}/${target}`;
  const options = {
    clock,
    path: "f",
    extended: true,
    digest,
    reuse: true,
    onResumed: (offset: number) => void (out.resumed = offset),
    onReused: (count: number) => {
      out.reused += count;
      how.onReused?.(place);
    },
    onBytes: (count: number) => {
      out.moved += count;
      try {
        how.onBytes?.(place, out.moved);
      } catch {
        near.break();
      }
    },
  };
  const open = () => openSeekable(`${top}/local/f`, digest);
  const file = role === "push" ? (await open())! : undefined;
  const copying = file
    ? push(counted, file, options)
    : pull(counted, () => Promise.reject(new Error("classic")), {
      ...options,
      old: open,
      resume: ({ token }) => resumePart(`${top}/local`, "f", token),
    });
  const error = await copying.then(() => undefined, (error: Error) => error);
  file?.close();
  await serving;
  const kept = await Deno.readFile(`${place}/f`);
  const names = [...Deno.readDirSync(place)].map(({ name }) => name);
  if (how.top === undefined) await Deno.remove(top, { recursive: true });
  return { ...out, looks, answers: answers.join(""), error, kept, names };
}

/** Another version of a file: these blocks are others. */
function changed(bytes: Uint8Array, ...blocks: number[]): Uint8Array {
  const other = bytes.slice();
  for (const block of blocks) other[block * MIB + 5] ^= 1;
  return other;
}

for (const role of ["push", "pull"] as const) {
  Deno.test(`A ${role} moves the blocks that have changed, and no others`, async () => {
    const bytes = noise(SIZE);
    const cases: [Uint8Array, number][] = [
      [bytes, 0],
      [changed(bytes, 1), MIB],
      [changed(bytes, 0, 4), MIB + 12_345],
      [bytes.slice(0, 2 * MIB + 9), SIZE - 2 * MIB],
      [new Uint8Array([...bytes, 1, 2, 3]), 0],
      [bytes.slice(0, MIB - 1), SIZE], // no whole block
    ];
    for (const [old, moved] of cases) {
      const result = await copy(role, { bytes, old });
      deepStrictEqual([result.error, result.moved], [undefined, moved]);
      ok(result.onWire < moved + 2048, `${result.onWire} bytes for ${moved}`);
      deepStrictEqual(result.kept, bytes);
      deepStrictEqual(result.names, ["f"]);
      strictEqual(result.reused, SIZE - moved);
    }
  });

  Deno.test(`A ${role} that is cut keeps the old version, and what it has of the new one`, async () => {
    const top = await Deno.realPath(await Deno.makeTempDir());
    const bytes = noise(SIZE);
    const version = { bytes, old: changed(bytes, 2, 3) };
    const cut = (_: string, moved: number) => {
      if (moved > MIB + 70_000) throw new Error("cut");
    };
    const first = await copy(role, version, { top, onBytes: cut });
    ok(first.error);
    deepStrictEqual(first.kept, version.old);
    const last = await copy(role, version, { top });
    strictEqual(last.error, undefined);
    deepStrictEqual(last.kept, bytes);
    deepStrictEqual(last.names, ["f"]);
    strictEqual(last.moved + last.reused + last.resumed, SIZE);
    ok(last.moved <= 2 * MIB);
    await Deno.remove(top, { recursive: true });
  });
}

Deno.test("A key that may only write learns nothing of an old version: no answer differs, nothing is opened", async () => {
  const bytes = noise(2 * MIB);
  const guess = await copy("push", { bytes, old: bytes }, { mayRead: false });
  const miss = await copy("push", { bytes, old: noise(2 * MIB) }, { mayRead: false });
  for (const result of [guess, miss]) {
    deepStrictEqual([result.error, result.moved, result.reused, result.looks], [undefined, 2 * MIB, 0, 0]);
    deepStrictEqual(result.kept, bytes);
  }
  strictEqual(guess.answers, miss.answers);
  strictEqual(guess.onWire, miss.onWire);
  ok((await copy("push", { bytes, old: bytes })).answers !== guess.answers);
});

Deno.test("An old version that changes while its blocks are used ends the copy", async () => {
  const bytes = noise(SIZE);
  let once = true;
  const result = await copy("pull", { bytes, old: changed(bytes, 0) }, {
    onBytes: (target) => {
      if (once) Deno.writeFileSync(`${target}/f`, new Uint8Array(SIZE));
      once = false;
    },
  });
  match(result.error!.message, /old version changed/);
  deepStrictEqual(result.kept, new Uint8Array(SIZE));
});

Deno.test("Digests and answers are the vector of the README", async () => {
  const bytes = new Uint8Array(2 * MIB).fill(1, MIB);
  const old = new Uint8Array(2 * MIB);
  const hex = [
    "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58",
    "ee78cd29d3a534713b36e6ff6fa3668c8a8f851a542d5eb2401c25ca4e057d02",
  ];
  const reader = (of: Uint8Array): OldFile => {
    let at = 0;
    return {
      size: of.length,
      skipTo: (offset) => Promise.resolve(void (at = offset)),
      read(into) {
        const part = of.subarray(at, at + into.length);
        into.set(part);
        at += part.length;
        return Promise.resolve(part.length);
      },
      close() {},
    };
  };
  const [near, far] = memoryDuplexPair();
  const range = { size: 2 * MIB, offset: 0 };
  const [told, chosen] = await Promise.all([
    tellBlocks(new Wire(near, { clock }), reader(bytes), range, digest),
    chooseBlocks(new Wire(far, { clock }), reader(old), range, digest),
  ]);
  deepStrictEqual([told.hashes.map(toHex), chosen.hashes.map(toHex)], [hex, hex]);
  deepStrictEqual([toHex(told.wanted), toHex(chosen.wanted)], ["0001", "0001"]);
});
