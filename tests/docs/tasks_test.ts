/** What deno.json and CI run. */
import { deepStrictEqual } from "node:assert/strict";

const TOP = new URL("../../", import.meta.url);

/** The folders below a folder, with a slash at their ends. */
function* folders(path: string): Generator<string> {
  yield path;
  for (const { name, isDirectory } of Deno.readDirSync(new URL(path, TOP))) {
    if (isDirectory) yield* folders(`${path}${name}/`);
  }
}

Deno.test("Every test that takes its time is run by a task, and the task by CI", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", TOP)));
  const ci = await Deno.readTextFile(new URL(".ci/run", TOP));
  const run = Object.entries(tasks as Record<string, { command: string }>)
    .filter(([name]) => new RegExp(`deno task ${name}$`, "m").test(ci))
    .flatMap(([, { command }]) => command.split(" ").filter((word) => word.startsWith("tests/")))
    .map((glob) => new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`));
  const missed = [...folders("tests/")].flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, TOP))].map(({ name }) => folder + name)
      .filter((path) => path.endsWith("_check.ts") && !run.some((glob) => glob.test(path)))
  );
  deepStrictEqual(missed, []);
});
