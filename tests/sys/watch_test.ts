import { ok } from "node:assert/strict";
import { watchFile } from "../../lib/sys/files/watch.ts";

Deno.test("A file that others make, replace and remove is told of, also in a directory that is not there yet", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a/b/names.json`;
  let told = Promise.withResolvers<void>();
  const stop = watchFile(path, () => told.resolve());
  const isTold = async (what: string, change: () => Promise<void>): Promise<void> => {
    told = Promise.withResolvers();
    await change();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((_, fail) => timer = setTimeout(() => fail(new Error(what)), 20_000));
    await Promise.race([told.promise, late]).finally(() => clearTimeout(timer));
  };
  try {
    await isTold("its directory is made", () => Deno.mkdir(`${folder}/a/b`, { recursive: true }));
    await isTold("it is made", () => Deno.writeTextFile(path, "{}"));
    await Deno.writeTextFile(`${folder}/a/b/new`, "{ }");
    await isTold("it is replaced", () => Deno.rename(`${folder}/a/b/new`, path));
    await isTold("it is removed", () => Deno.remove(path));
  } finally {
    stop();
    stop();
    await Deno.remove(folder, { recursive: true });
  }
  ok(!await Deno.stat(folder).catch(() => undefined));
});
