/** Whether docs/limits.md names, for each line, a test that there is; and whether links in all texts lead somewhere. */
import { deepStrictEqual, match, ok } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string | URL): Promise<string> => Deno.readTextFile(new URL(path, ROOT));

/** What a link says, and where it leads. */
const linksIn = (text: string): { text: string; target: string }[] =>
  [...text.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)]
    .map(([, said, target]) => ({ text: said.replace(/\s+/g, " "), target }));

Deno.test("Each line of what we do not promise names a test that there is", async () => {
  const page = await read("docs/limits.md");
  const lines = page.split(/^- /m).slice(1);
  ok(lines.length > 25, `${lines.length} lines`);
  for (const line of lines) {
    const tests = linksIn(line.split("\n## ")[0]).filter(({ target }) => target.startsWith("../tests/"));
    ok(tests.length > 0, `no test shows: ${line}`);
    for (const { text, target } of tests) {
      const source = await read(new URL(target, new URL("docs/limits.md", ROOT)));
      ok(source.includes(`test("${text}"`), `${target} has no test "${text}"`);
    }
  }
});

Deno.test("SECURITY.md points to what we do not promise", async () => {
  match(await read("SECURITY.md"), /\]\(docs\/limits\.md\)/);
});

Deno.test("Links of all texts lead to files that are there", async () => {
  const broken: string[] = [];
  for await (const path of texts(ROOT)) {
    for (const { target } of linksIn(await read(path))) {
      if (/^[a-z]+:/.test(target) || target.startsWith("#")) continue;
      const at = new URL(target.split("#")[0], path);
      const isThere = await Deno.stat(at).then(() => true, () => false);
      if (!isThere) broken.push(`${path.pathname.slice(ROOT.pathname.length)}: ${target}`);
    }
  }
  deepStrictEqual(broken, []);
});

/** All Markdown files of the program. */
async function* texts(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".") || name === "node_modules" || name === "dist") continue;
    if (isDirectory) yield* texts(new URL(`${name}/`, folder));
    else if (name.endsWith(".md")) yield new URL(name, folder);
  }
}
