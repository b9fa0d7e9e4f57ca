/**
 * Containers that somebody without the group's key has changed, cut, put together anew or taken from elsewhere: nothing but
 * the file itself is ever kept, and whatever was written before the end is how the file begins.
 */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { TargetFile } from "../../lib/sys/copies/part_file.ts";
import { concat, equal } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { CHUNK_BYTES, type ContainerHeader, parseHeader } from "../../lib/xfer/container.ts";
import { openContainer } from "./open_container.ts";
import { openingTarget, sealedSource } from "../../lib/xfer/sealing.ts";
import { seededRandom } from "../fakes/random.ts";
import { memoryFile } from "../fakes/tree.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const ELSEWHERE = "00000000-58d3-4d5e-9a77-0b1c2d3e4f50";
const SEALED_BYTES = CHUNK_BYTES + 28;
const KEYS = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));

const random = seededRandom("containers");

const step = fc.oneof(
  fc.record({ do: fc.constant("flip" as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ do: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({
    do: fc.constant("insert" as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
  }),
  fc.record({ do: fc.constant("remove" as const), at: fc.nat(), bytes: fc.integer({ min: 1, max: 70_000 }) }),
  fc.record({ do: fc.constant("swap" as const), one: fc.nat(2), other: fc.nat(2) }),
  fc.record({ do: fc.constant("twice" as const), one: fc.nat(2) }),
  /** A chunk, the head or all of another container. */
  fc.record({ do: fc.constant("splice" as const), from: fc.nat(5), one: fc.nat(2) }),
  fc.record({ do: fc.constant("head" as const), from: fc.nat(5) }),
  fc.record({ do: fc.constant("all" as const), from: fc.nat(5) }),
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

const SIZES = [0, 1, 300, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 5, 2 * CHUNK_BYTES] as const;

async function sealed(
  plain: Uint8Array,
  header: Partial<ContainerHeader>,
  key: Uint8Array,
): Promise<Uint8Array> {
  const of = { groupId: GROUP, fileId: "00112233aabbccdd", name: "a.txt", size: plain.length, ...header };
  const source = sealedSource(memoryFile(plain), of, key, random);
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(100_000);
  for (let count = await source.read(buffer); count !== null; count = await source.read(buffer)) {
    parts.push(buffer.slice(0, count));
  }
  return concat(...parts);
}

/** Head and chunks of a container. */
function partsOf(container: Uint8Array): Uint8Array[] {
  const head = parseHeader(container)?.bytes.length ?? Math.min(60, container.length);
  const parts = [container.subarray(0, head)];
  for (let at = head; at < container.length; at += SEALED_BYTES) {
    parts.push(container.subarray(at, at + SEALED_BYTES));
  }
  return parts;
}

function changed(container: Uint8Array, one: Step, others: readonly Uint8Array[]): Uint8Array {
  const length = Math.max(1, container.length);
  const parts = safely(container);
  const chunk = (which: number) => 1 + which % Math.max(1, parts.length - 1);
  switch (one.do) {
    case "flip": {
      const copy = container.slice();
      copy[one.at % length] ^= 1 << one.bit;
      return copy;
    }
    case "cut":
      return container.subarray(0, one.at % length);
    case "insert":
      return concat(container.subarray(0, one.at % length), one.bytes, container.subarray(one.at % length));
    case "remove":
      return concat(container.subarray(0, one.at % length), container.subarray(one.at % length + one.bytes));
    case "swap": {
      const [a, b] = [chunk(one.one), chunk(one.other)];
      if (a >= parts.length || b >= parts.length) return container;
      [parts[a], parts[b]] = [parts[b], parts[a]];
      return concat(...parts);
    }
    case "twice":
      parts.splice(chunk(one.one), 0, parts[chunk(one.one)] ?? new Uint8Array(0));
      return concat(...parts);
    case "splice": {
      const at = chunk(one.one);
      const other = safely(others[one.from])[at];
      if (other === undefined || at >= parts.length) return container;
      return concat(...parts.with(at, other));
    }
    case "head":
      return concat(safely(others[one.from])[0], ...parts.slice(1));
    case "all":
      return others[one.from];
  }
}

/** As {@link partsOf}, also of what is no container any more. */
function safely(container: Uint8Array): Uint8Array[] {
  try {
    return partsOf(container);
  } catch {
    return [container.subarray(0, 60), container.subarray(60)];
  }
}

const isBad = (error: unknown): boolean => error instanceof ProtocolError && error.code === "container";

/** What is kept of a container that comes in pieces; undefined: it was refused. */
async function kept(
  container: Uint8Array,
  keys: readonly Uint8Array[],
  size: number,
  piece: number,
): Promise<{ written: Uint8Array; isKept: boolean }> {
  const parts: Uint8Array[] = [];
  let isKept = false;
  const target: TargetFile = {
    write: (bytes) => Promise.resolve(void parts.push(bytes.slice())),
    commit: () => Promise.resolve(void (isKept = true)),
    discard: () => Promise.resolve(),
  };
  const opening = openingTarget(target, keys, { groupId: GROUP, fileId: "00112233aabbccdd", size });
  try {
    for (let at = 0; at < container.length; at += piece) {
      await opening.write(container.subarray(at, at + piece));
    }
    await opening.commit(0o600);
  } catch (error) {
    ok(isBad(error), String(error));
  }
  return { written: concat(...parts), isKept };
}

async function play(
  size: number,
  steps: readonly Step[],
  keyOf: number,
  piece: number,
): Promise<void> {
  const plain = random.bytes(size);
  const keys = KEYS.slice(0, 2);
  const own = await sealed(plain, {}, KEYS[keyOf]);
  const others = [
    await sealed(random.bytes(size), {}, KEYS[2]), // a key that we never had
    await sealed(random.bytes(size), { groupId: ELSEWHERE }, KEYS[0]),
    await sealed(random.bytes(size), { fileId: "ffffffffffffffff" }, KEYS[0]),
    await sealed(random.bytes(size + 1), {}, KEYS[0]),
    await sealed(random.bytes(size), { name: "another.txt" }, KEYS[keyOf]),
    await sealed(plain, {}, KEYS[1 - keyOf % 2]), // the same, of another epoch
  ];
  let container = own;
  for (const one of steps) container = changed(container, one, others);
  const { written, isKept } = await kept(container, keys, size, piece);
  const whole = [own, others[4], others[5]].find((one) => equal(one, container));
  strictEqual(isKept, whole !== undefined && (keyOf < 2 || whole === others[5]));
  const expected = [plain, openable(others[4], keys) ?? plain];
  ok(
    expected.some((one) => equal(one.subarray(0, written.length), written)),
    "what was written is how it begins",
  );
  deepStrictEqual(openable(container, keys) !== undefined && isKept, isKept);
}

function openable(container: Uint8Array, keys: readonly Uint8Array[]): Uint8Array | undefined {
  try {
    return openContainer(keys, container).plain;
  } catch (error) {
    ok(isBad(error), String(error));
    return undefined;
  }
}

Deno.test("A container that was changed by who has no key is never kept, and nothing of it is written", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SIZES),
      fc.array(step, { maxLength: 3 }),
      fc.constantFrom(0, 0, 1, 2),
      fc.constantFrom(61, 4096, 66_000, 1 << 20),
      play,
    ),
    {
      seed: Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130),
      numRuns: Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 25),
    },
  );
});
