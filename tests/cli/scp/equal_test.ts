import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { RunOptions } from "../../../cli/scp/plan/job.ts";
import { staged, treeOf } from "./tree_stage.ts";

Deno.test("A tree that is there already is not sent again: with -p by its times, else by its digests", async () => {
  await staged(async ({ top, push, pull }) => {
    await push();
    const changed = async (run: typeof push, options: Partial<RunOptions> = {}): Promise<string[]> =>
      (await run(options)).filter(({ state }) => state === "copied").map(({ source }) =>
        source.split("/").at(-1)!
      );
    deepStrictEqual(await changed(push), []);
    deepStrictEqual(await changed(push, { preserve: false }), []);
    // Of the same size and with the same time, and another one with another time.
    await Deno.writeTextFile(`${top}/from/sub/f49`, "X".repeat(49 * 20 * 3));
    await Deno.utime(`${top}/from/f6`, 5, 5);
    deepStrictEqual((await changed(push)).sort(), ["f49", "f6"]);
    // Of another size, with the time of the old one; and one that is new.
    await Deno.writeTextFile(`${top}/from/sub/f1`, "longer than it was, by far", { append: true });
    await Deno.utime(`${top}/from/sub/f1`, 1e9, 1e9);
    await Deno.writeTextFile(`${top}/from/sub/new`, "new");
    deepStrictEqual((await changed(push)).sort(), ["f1", "new"]);
    await Deno.writeTextFile(`${top}/from/sub/f49`, "Y".repeat(49 * 20 * 3));
    deepStrictEqual(await changed(push, { preserve: false }), ["f49"]);
    await pull();
    deepStrictEqual(treeOf(`${top}/back/sub`).length, treeOf(`${top}/from/sub`).length);
    await Deno.rename(`${top}/back`, `${top}/tree`);
    await Deno.mkdir(`${top}/back`);
    await Deno.rename(`${top}/tree`, `${top}/back/tree`);
    // Nothing of it is in the way of a second pull: it is what it would be replaced with.
    deepStrictEqual(await changed(pull, { preserve: false }), []);
    await Deno.writeTextFile(`${top}/back/tree/f3`, "mine");
    const again = (await pull({ preserve: false })).filter(({ state }) => state !== "skipped");
    deepStrictEqual(again.map(({ source, state }) => [source, state]), [["alice:to/tree/f3", "failed"]]);
  });
});

Deno.test("A tree of large files alone, or with one small one, is not sent again either", async () => {
  for (const small of [[], ["f1"]]) {
    await staged(async ({ top, push, dials, progress }) => {
      await Deno.remove(`${top}/from`, { recursive: true });
      await Deno.mkdir(`${top}/from`);
      for (const name of ["a", "b"]) await Deno.writeFile(`${top}/from/${name}`, new Uint8Array(2 ** 21 + 1));
      for (const name of small) await Deno.writeTextFile(`${top}/from/${name}`, "x");
      await push();
      for (const preserve of [true, false]) {
        const before = dials();
        const states = (await push({ preserve })).map(({ state }) => state);
        deepStrictEqual(states, ["skipped", "skipped", ...small.map(() => "skipped")]);
        deepStrictEqual(progress(), [0, 0]);
        ok(dials() - before <= 2, `${dials() - before} streams`);
      }
    });
  }
});

Deno.test("A look that breaks is taken again: nothing of a tree that is there goes a second time", async () => {
  const whole = Infinity;
  // The first push takes a look and two streams, and one for its directories.
  for (const cuts of [[30], [30, 10, 30]]) {
    await staged(async ({ push, notices, dials }) => {
      await push();
      strictEqual(dials(), 4);
      deepStrictEqual((await push()).filter(({ state }) => state !== "skipped"), []);
      strictEqual(notices.filter((text) => /trying again/.test(text)).length, cuts.length);
      deepStrictEqual((await push({ preserve: false })).filter(({ state }) => state !== "skipped"), []);
    }, [whole, whole, whole, whole, ...cuts]);
  }
});

Deno.test("A fault of ours in a look is no reason to send everything", async () => {
  await staged(async ({ push, onDial }) => {
    onDial(() => {
      throw new TypeError("ours");
    });
    await rejects(push(), /ours/);
  });
});

Deno.test({
  name:
    "A file of which only the bits have changed gets them with -p: here they are set, a host is sent the file",
  ignore: Deno.build.os === "windows",
  async fn() {
    await staged(async ({ top, push, pull, progress }) => {
      await push();
      const changed = async (run: typeof push, options: Partial<RunOptions> = {}): Promise<string[]> =>
        (await run(options)).filter(({ state }) => state === "copied").map(({ source, bytes }) =>
          `${source.split("/").at(-1)} ${bytes}`
        );
      const bitsOf = (name: string): number => Deno.statSync(`${top}/${name}`).mode! & 0o777;
      const size = Deno.statSync(`${top}/from/sub/f49`).size;
      await Deno.chmod(`${top}/from/sub/f49`, 0o755);
      await Deno.chmod(`${top}/from/sub/deep/large`, 0o600);
      // Of the large one no block need move.
      const large = 2 ** 20 + 7;
      deepStrictEqual((await changed(push)).sort(), [`f49 ${size}`, `large ${large}`]);
      deepStrictEqual(["sub/f49", "sub/deep/large"].map((name) => bitsOf(`root/to/tree/${name}`)), [
        0o755,
        0o600,
      ]);
      deepStrictEqual(await changed(push), []);
      await Deno.chmod(`${top}/from/sub/f49`, 0o700);
      deepStrictEqual(await changed(push, { preserve: false }), []); // nobody has asked for bits
      await pull();
      await Deno.rename(`${top}/back`, `${top}/tree`);
      await Deno.mkdir(`${top}/back`);
      await Deno.rename(`${top}/tree`, `${top}/back/tree`);
      await Deno.chmod(`${top}/root/to/tree/sub/f49`, 0o640);
      await Deno.chmod(`${top}/root/to/tree/f3`, 0);
      const before = Deno.statSync(`${top}/back/tree/f3`);
      // Nothing is replaced for that, and nothing asked for.
      deepStrictEqual((await changed(pull)).sort(), ["f3 0", "f49 0"]);
      deepStrictEqual(["sub/f49", "f3"].map((name) => bitsOf(`back/tree/${name}`)), [0o640, 0o600]);
      deepStrictEqual([Deno.statSync(`${top}/back/tree/f3`).ino, progress()[0]], [before.ino, 0]);
      deepStrictEqual(await changed(pull), []);
      deepStrictEqual(await changed(pull, { preserve: false }), []);
    });
  },
});
