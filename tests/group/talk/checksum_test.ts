/** Whether a leaf was read before. */
import fc from "fast-check";
import { notStrictEqual, strictEqual } from "node:assert/strict";
import { checksum, checksumSecret } from "../../../lib/group/talk/checksum.ts";

Deno.test("Checksum: the same bytes have one sum, other bytes another one", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
  fc.assert(fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
    const secret = checksumSecret(value);
    strictEqual(checksum(value.slice(), secret), checksum(value, secret));
    const other = value.slice();
    other[at % value.length] ^= change;
    notStrictEqual(checksum(other, secret), checksum(value, secret));
    notStrictEqual(checksum(value.subarray(1), secret), checksum(value, secret));
  }));
});

Deno.test("Checksum: two leaves that meet for one member's secret are two for another's", () => {
  // Words (1, 0) and (0, secret) meet by the layout of the sum: only who knows the secret can write them.
  const pair = (secret: number): [Uint8Array, Uint8Array] => {
    const [one, two] = [new Uint8Array(8), new Uint8Array(8)];
    new DataView(one.buffer).setUint32(0, 1);
    new DataView(two.buffer).setUint32(4, secret);
    return [one, two];
  };
  const [one, two] = pair(77_777);
  strictEqual(checksum(one, 77_777), checksum(two, 77_777));
  notStrictEqual(checksum(one, 77_778), checksum(two, 77_778));
});
