/** Scripts of many command lines, which take their time; the others run with the fast tests. */
import { runScript } from "../script/script.ts";

const folder = new URL("../script/long/", import.meta.url);

for (const name of [...Deno.readDirSync(folder)].map((entry) => entry.name).sort()) {
  Deno.test({
    name: `Script ${name}`,
    ignore: Deno.build.os === "windows",
    fn: async () => await runScript(await Deno.readTextFile(new URL(name, folder))),
  });
}
