/**
 * Two sealed streams over a pair of conduits, and bytes for them.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { nobleAead } from "../../lib/crypto/aead.ts";
import { type Ciphers, SecureStream } from "../../lib/noise/secure.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { MemoryConduit, type MemoryConduitOptions } from "../fakes/conduit.ts";
import { seededRandom } from "../fakes/random.ts";

export const [k1, k2] = [seededRandom("k1").bytes(32), seededRandom("k2").bytes(32)];
export const plainCiphers: Ciphers = { maker: nobleAead };

/** Two streams over a pair of conduits. */
export function pair(options: MemoryConduitOptions = {}, ciphers: Ciphers = plainCiphers) {
  const [near, far] = MemoryConduit.pair(options);
  return {
    near,
    far,
    writer: new SecureStream(near, { send: k1, receive: k2 }, ciphers),
    reader: new SecureStream(far, { send: k2, receive: k1 }, ciphers),
  };
}

/** Reads until the end, slower or faster as `pause` says. */
export async function readAll(
  stream: SecureStream,
  pause: () => Promise<void> = async () => {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let view = await stream.read(); view; view = await stream.read()) {
    parts.push(view.slice());
    await pause();
  }
  return concat(...parts);
}

/** Bytes that differ from their neighbours, cheap to make in bulk. */
export function pattern(count: number, start = 0): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = (start + i * 7 + (i >> 8)) & 0xff;
  return bytes;
}

export const equalBytes = (a: Uint8Array, b: Uint8Array) =>
  strictEqual(a.length === b.length && a.every((x, i) => x === b[i]), true);
