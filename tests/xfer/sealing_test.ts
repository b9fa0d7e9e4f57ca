import * as fc from "fast-check";
import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import type { TargetFile } from "../../lib/sys/copies/part_file.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import {
  CHUNK_BYTES,
  encodeHeader,
  fileKey,
  openChunk,
  parseHeader,
  sealChunk,
} from "../../lib/xfer/container.ts";
import { openingTarget, sealedSource } from "../../lib/xfer/sealing.ts";
import { seededRandom } from "../fakes/random.ts";
import { memoryFile } from "../fakes/tree.ts";
import { openContainer } from "./open_container.ts";

const random = seededRandom("sealing");
const [KEY, OLDER, OTHER] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
const IDS = { groupId: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50", fileId: "00112233aabbccdd" };

async function sealed(plain: Uint8Array, key = KEY, most = 4096): Promise<Uint8Array> {
  const source = sealedSource(memoryFile(plain), { ...IDS, name: "a.txt", size: plain.length }, key, random);
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(most);
  for (let count = await source.read(buffer); count !== null; count = await source.read(buffer)) {
    parts.push(buffer.slice(0, count));
  }
  const whole = concat(...parts);
  strictEqual(whole.length, source.size);
  return whole;
}

async function opened(
  container: Uint8Array,
  { size, keys = [KEY], chunk = 5000 }: { size: number; keys?: Uint8Array[]; chunk?: number },
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let isKept = false;
  const target: TargetFile = {
    write: (bytes) => Promise.resolve(void parts.push(bytes.slice())),
    commit: () => Promise.resolve(void (isKept = true)),
    discard: () => Promise.resolve(),
  };
  const opening = openingTarget(target, keys, { ...IDS, size });
  for (let at = 0; at < container.length; at += chunk) {
    await opening.write(container.subarray(at, at + chunk));
  }
  await opening.commit(0o600);
  strictEqual(isKept, true);
  return concat(...parts);
}

const isBad = (error: unknown): boolean => error instanceof ProtocolError && error.code === "container";

Deno.test("A container that is made and opened on the way is that of the whole, in any pieces", async () => {
  const sizes = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES];
  for (const size of sizes) {
    const plain = random.bytes(size);
    const container = await sealed(plain, KEY, 7000);
    deepStrictEqual(openContainer([KEY], container).plain, plain);
    deepStrictEqual(await opened(container, { size, chunk: 65_600 }), plain);
  }
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 90 }),
      async (size, chunk) => {
        const plain = random.bytes(size);
        deepStrictEqual(await opened(await sealed(plain, KEY, chunk), { size, chunk }), plain);
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("A container opens with an older key, and with no other", async () => {
  const container = await sealed(new Uint8Array(9), OLDER);
  deepStrictEqual(await opened(container, { size: 9, keys: [KEY, OLDER] }), new Uint8Array(9));
  await rejects(opened(container, { size: 9, keys: [KEY, OTHER] }), isBad);
  await rejects(opened(container, { size: 9, keys: [] }), isBad);
});

Deno.test("A container that is cut off, longer, altered or of another file is not kept", async () => {
  const container = await sealed(new Uint8Array(9));
  await rejects(opened(container.subarray(0, -1), { size: 9 }), isBad);
  await rejects(opened(container.subarray(0, 20), { size: 9 }), isBad);
  await rejects(opened(concat(container, Uint8Array.of(0)), { size: 9 }), isBad);
  await rejects(opened(container, { size: 8 }), isBad);
  const altered = container.slice();
  altered[container.length - 1] ^= 1;
  await rejects(opened(altered, { size: 9 }), isBad);
});

Deno.test("A chunk says whether it is the last one: what is cut at its end is none, though its header were made to fit", () => {
  const header = encodeHeader({ ...IDS, name: "a.txt", size: 5 });
  const key = fileKey(KEY, IDS.groupId, IDS.fileId);
  for (const isLast of [true, false]) {
    const chunk = sealChunk(key, header, 0, isLast, new Uint8Array(5), random);
    strictEqual(openChunk(key, header, 0, isLast, chunk).length, 5);
    throws(() => openChunk(key, header, 0, !isLast, chunk), isBad);
    throws(() => openChunk(key, header, 1, isLast, chunk), isBad);
  }
});

Deno.test("A container's header takes ids of 64 and a name of 512 bytes, and no longer ones", () => {
  const most = { groupId: "g".repeat(64), fileId: "f".repeat(64), name: "n".repeat(512), size: 1 };
  deepStrictEqual(parseHeader(encodeHeader(most))?.header, most);
  for (const member of ["groupId", "fileId", "name"] as const) {
    throws(() => encodeHeader({ ...most, [member]: `${most[member]}x` }), RangeError, member);
  }
});
