/**
 * What several group runners need.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "../../lib/crypto/hash.ts";
import { concat, fromHex, toHex } from "../../lib/wire/bytes.ts";
import type { VectorCase } from "./types.ts";

/** Members of a group, or of a case, that only describe it. */
const PROSE = /^(description|source_version|fact|what|why|note|.*_note)$/;

/** Whether a member only describes what it stands beside. */
export const isProse = (member: string): boolean => PROSE.test(member);

/** Fails for members that a runner has not taken out of an object, prose apart. @param rest  What is left of it. */
export const nothingElse = (rest: Readonly<Record<string, unknown>>): void =>
  deepStrictEqual(Object.keys(rest).filter((member) => !isProse(member)), [], "members that are not known");

/** Makes cases of one member of a group. */
// deno-lint-ignore no-explicit-any
export type MemberHandler = (value: any, member: string) => VectorCase[];

/**
 * Takes a group member by member.
 * @param handlers  By member name.
 * @throws {Error} When the group is no object.
 */
export function byMember(group: unknown, handlers: Readonly<Record<string, MemberHandler>>): VectorCase[] {
  ok(typeof group === "object" && group !== null && !Array.isArray(group), "group is not an object");
  const cases: VectorCase[] = [];
  for (const [member, value] of Object.entries(group)) {
    if (isProse(member)) continue;
    cases.push(...casesOf(member, value, handlers));
  }
  return cases;
}

/** A member that is not known, or whose shape is not understood, is one failing case: the others still run. */
function casesOf(
  member: string,
  value: unknown,
  handlers: Readonly<Record<string, MemberHandler>>,
): VectorCase[] {
  try {
    ok(Object.hasOwn(handlers, member), `member "${member}" is not known`);
    return whole(value, (entry) => handlers[member](entry, member));
  } catch (error) {
    return [{
      name: `${member}: (whole)`,
      run: () => {
        throw error;
      },
    }];
  }
}

/** A handler for a list: one case for each entry. */
export function each(
  // deno-lint-ignore no-explicit-any
  name: (entry: any) => string,
  // deno-lint-ignore no-explicit-any
  run: (entry: any) => void | Promise<void>,
): MemberHandler {
  return (list, member) => entries(list, (entry) => `${member}: ${name(entry)}`, run);
}

/**
 * Cases of a list, one for each entry.
 * @param list  Objects, or texts.
 * @throws {Error} When it is no list.
 */
export function entries(
  list: unknown,
  // deno-lint-ignore no-explicit-any
  name: (entry: any, i: number) => string,
  // deno-lint-ignore no-explicit-any
  run: (entry: any) => void | Promise<void>,
): VectorCase[] {
  ok(Array.isArray(list), "it is not a list");
  return list.flatMap((value, i) =>
    whole(value, (entry) => [{ name: name(entry, i), run: () => run(entry) }])
  );
}

/**
 * Cases of one object of a file; the last of them fails also when the object has members that nobody looked at by then,
 * or an object in it has.
 * @param value  Anything; what is no object has no members.
 * @param make  Gets the object, or what stands in its place.
 */
// deno-lint-ignore no-explicit-any
export function whole(value: unknown, make: (entry: any) => VectorCase[]): VectorCase[] {
  const unseen = new Set<string>();
  const cases = make(watched(value, "", unseen));
  let failed = false;
  return cases.map(({ name, run }, i) => ({
    name,
    run: async () => {
      try {
        await run();
      } catch (error) {
        failed = true; // before it had looked at everything, perhaps
        throw error;
      }
      if (i === cases.length - 1 && !failed) deepStrictEqual([...unseen], [], "members that nobody looks at");
    },
  }));
}

/** @param unseen  Gets the paths of all members; one that is looked at goes, and those below it come in its place. */
function watched(value: unknown, path: string, unseen: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item, i) => watched(item, `${path}${i}.`, unseen));
  if (typeof value !== "object" || value === null) return value;
  const inner = new Map<string | symbol, unknown>();
  for (const member of Object.keys(value)) if (!isProse(member)) unseen.add(path + member);
  return new Proxy(value, {
    get(target, member) {
      if (!unseen.delete(path + String(member))) {
        return inner.has(member) ? inner.get(member) : Reflect.get(target, member);
      }
      inner.set(member, watched(Reflect.get(target, member), `${path}${String(member)}.`, unseen));
      return inner.get(member);
    },
  });
}

/** Whether bytes are what a vector's hex says. */
export function hexEqual(actual: Uint8Array, expected: string, what: string): void {
  strictEqual(toHex(actual), expected.toLowerCase(), what);
}

/** The hex text's bytes; a member that is missing is named. */
export function hexOf(entry: Record<string, unknown>, member: string): Uint8Array {
  const text = entry[member];
  ok(typeof text === "string", `member "${member}" is missing`);
  return fromHex(text);
}

/**
 * Whether a message of ours is the one of a vector. Where the Go program panicked there is nothing to be said like it:
 * any refusal is right.
 */
export const isAsSaid = (message: string, expected: string): boolean =>
  expected.startsWith("panic:") || message === expected;

/** The error that a function throws. */
export function errorOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    ok(error instanceof Error, "something that is no Error was thrown");
    return error;
  }
  throw new Error("nothing was thrown");
}

/**
 * The signature of a recorded nonce, by the formulas of the specification; our signer draws its nonce itself, so this
 * only says that a file's key, nonce and bytes belong together.
 * @returns 130 hex characters.
 */
export function signWithNonce(secret: Uint8Array, payload: Uint8Array, nonce: Uint8Array): string {
  const { Fn, BASE } = secp256k1.Point;
  const number = (bytes: Uint8Array) => Fn.create(BigInt(`0x${toHex(bytes)}`));
  const k = number(nonce);
  const point = BASE.multiply(k).toAffine();
  const r = Fn.create(point.x);
  const s = Fn.mul(Fn.inv(k), Fn.add(number(sha256(payload)), Fn.mul(r, number(secret))));
  const high = s > Fn.ORDER / 2n;
  const recovery = Number(point.y & 1n) ^ Number(high) | (point.x >= Fn.ORDER ? 2 : 0);
  return toHex(concat(Fn.toBytes(r), Fn.toBytes(high ? Fn.neg(s) : s), Uint8Array.of(recovery)));
}

/** An array cut into pieces of one size, the last one shorter. */
export function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The chunkings that decoders are fed with. */
export const CHUNKINGS: readonly number[] = [1, 3, 4096, Infinity];

/** So many bytes at both ends are cut at every place; of a longer text between them one place in so many. */
const CLOSE_BYTES = 600;
const FAR_STEP = 509;

/** An array cut in two at every place, a long one not at every place in its middle, and one byte at a time. */
export function* cutsOf(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 0; at <= bytes.length; at++) {
    yield [bytes.subarray(0, at), bytes.subarray(at)];
    if (at >= CLOSE_BYTES && bytes.length - at > CLOSE_BYTES + FAR_STEP) at += FAR_STEP;
  }
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
}

/** What a stream says until it ends, or breaks. */
export async function readAll(stream: { read(): Promise<Uint8Array | null> }): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const bytes = await stream.read().catch(() => null);
    if (bytes === null) return concat(...parts);
    parts.push(bytes.slice());
  }
}
