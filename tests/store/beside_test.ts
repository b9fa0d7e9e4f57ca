/** Reads while rows are written: a file answers them over a second connection. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openKvPlace } from "../../lib/store/place/kv.ts";
import type { Key, Place } from "../../lib/store/place/place.ts";

const HEAD: Key = ["h"];
const ROWS = 12;
const key = (i: number): Key => ["m", Uint8Array.of(i)];
const valueOf = (round: number): Uint8Array => new Uint8Array(60_000).fill(round);

async function writeRound(place: Place, round: number, stamp: string | null): Promise<string> {
  const rows = Array.from({ length: ROWS }, (_, i) => ({ key: key(i), value: valueOf(round) }));
  const written = await place.write([...rows, { key: HEAD, value: Uint8Array.of(round) }], {
    key: HEAD,
    stamp,
  });
  ok(written !== undefined, "nobody else writes");
  return written;
}

Deno.test("A read beside a write finds what was written before, all of a write or nothing, and never less again", async () => {
  const directory = await Deno.makeTempDir();
  const place = await openKvPlace(`${directory}/store.kv`);
  try {
    let stamp = await writeRound(place, 0, null);
    let seen = 0;
    for (let round = 1; round <= 20; round++) {
      let isWriting = true;
      const writing = writeRound(place, round, stamp).finally(() => isWriting = false);
      do {
        const values = await place.read([key(0), key(ROWS - 1)]);
        const [first, last] = values.map((value) => value![0]);
        strictEqual(first, last);
        ok(first >= seen && first >= round - 1 && first <= round, `${first} in round ${round}`);
        seen = first;
        const listed: number[] = [];
        const range = { start: key(0), end: key(ROWS) };
        for await (const { value } of place.list(range)) listed.push(value[0]);
        deepStrictEqual(listed, new Array(ROWS).fill(listed[0]));
        ok(listed[0] >= seen, "a list finds less than a read before it");
        seen = listed[0];
      } while (isWriting);
      stamp = await writing;
      strictEqual((await place.read([key(3)]))[0]?.[0], round);
    }
  } finally {
    place.close();
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("A place leaves no second connection open", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (let i = 0; i < 10; i++) {
      const place = await openKvPlace(`${directory}/store.kv`);
      const { stamp } = await place.stamped(HEAD);
      const writing = writeRound(place, i, stamp);
      void place.read([key(0)]).catch(() => {}); // opens it
      await writing;
      place.close(); // the test's own check finds what is left
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
