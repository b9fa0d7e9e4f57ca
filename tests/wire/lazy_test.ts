import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { NetworkError } from "../../lib/wire/errors.ts";
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

Deno.test("Nothing is made behind the end, and what is being made then is ended", async () => {
  const made: number[] = [];
  const ended: number[] = [];
  const isClosed = (error: unknown): boolean => error instanceof NetworkError && error.reason === "closed";
  const never = new Lazy(() => Promise.resolve(made.push(1)));
  await never.end((one) => ended.push(one));
  await rejects(never.get(), isClosed);
  deepStrictEqual([made, ended], [[], []]);
  const making = Promise.withResolvers<number>();
  const slow = new Lazy(() => making.promise);
  const got = slow.get();
  const ending = slow.end((one) => ended.push(one));
  making.resolve(7);
  await ending;
  deepStrictEqual([await got, ended], [7, [7]]);
  const failing = new Lazy(() => Promise.reject(new Error("the disk is full")));
  await rejects(failing.get(), /full/);
  await failing.end(() => ended.push(0));
  await rejects(failing.get(), isClosed);
  deepStrictEqual(ended, [7]);
});
