import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Lazy } from "../../lib/wire/lazy.ts";

Deno.test("What is made at its first use is made once, and again when that has failed", async () => {
  let made = 0;
  let fails = true;
  const lazy = new Lazy(() => {
    made++;
    return fails ? Promise.reject(new Error("the disk")) : Promise.resolve(made);
  });
  strictEqual(lazy.made, undefined);
  const first = [lazy.get(), lazy.get()];
  for (const use of first) await rejects(use, /the disk/);
  deepStrictEqual([made, lazy.made], [1, undefined]);
  fails = false;
  deepStrictEqual(await Promise.all([lazy.get(), lazy.get()]), [2, 2]);
  deepStrictEqual([await lazy.made, made], [2, 2]);
});
