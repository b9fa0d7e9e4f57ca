/** Scripts with the sources, which people run who have no release; all of them run with a bundle. */
import { TOP } from "../../scripts/release.ts";
import { SOURCE } from "../script/program.ts";
import { runScript } from "../script/script.ts";

for (const name of ["help", "output", "bundles"]) {
  Deno.test({
    name: `The sources with exactly the release's permissions run ${name}.script`,
    ignore: Deno.build.os === "windows",
    fn: async () => await runScript(await Deno.readTextFile(`${TOP}tests/script/${name}.script`), SOURCE),
  });
}
