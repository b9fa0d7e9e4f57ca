/** Whether the README of each room names the files that are there, and no text of the house others. */
import { deepStrictEqual, ok } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

/** Paths below a folder, with `/`. */
function* below(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* below(`${folder}${name}/`);
    else yield `${folder}${name}`;
  }
}

const sources = ["main.ts", "cli/", "tui/", "lib/", "tests/", "scripts/", "bench/"]
  .flatMap((path) => path.endsWith("/") ? [...below(path)] : path).filter((path) => path.endsWith(".ts"));
const rooms = [
  "cli/",
  "tui/",
  ...[...Deno.readDirSync(new URL("lib/", ROOT))].map(({ name }) => `lib/${name}/`),
];

/** `folds/*_rows.ts` as an expression. */
const globOf = (name: string): RegExp =>
  new RegExp(`(^|/)${name.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`);

/** The names of TypeScript files in a text, with what may stand for several. */
const namesIn = (text: string): string[] => [...new Set(text.match(/[\w./*-]*[\w*]\.ts\b/g))];

const textOf = (path: string): string => Deno.readTextFileSync(new URL(path, ROOT));

for (const path of ["ARCHITECTURE.md", "CONTRIBUTING.md", ...rooms.map((room) => `${room}README.md`)]) {
  Deno.test(`${path} names no source file that there is not`, () => {
    const isThere = (name: string): boolean => sources.some((path) => globOf(name).test(path));
    deepStrictEqual(namesIn(textOf(path)).filter((name) => !isThere(name)), []);
  });
}

for (const room of rooms) {
  const text = textOf(`${room}README.md`);

  Deno.test(`${room}README.md names every file of its room, or the folder in which it is`, () => {
    const globs = namesIn(text).map(globOf);
    const own = sources.filter((path) => path.startsWith(room)).map((path) => path.slice(room.length));
    ok(own.length > 0);
    const isNamed = (path: string): boolean =>
      globs.some((glob) => glob.test(path)) || path.includes("/") && text.includes(`${path.split("/")[0]}/`);
    deepStrictEqual(own.filter((path) => !isNamed(path)), []);
  });
}
