import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readKeptJson, readOwnJson } from "../../lib/sys/files/kept_json.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { memoryFiles } from "../fakes/files.ts";

const TEXT = '{"a":{"x":1},"b":[2,3]}\n';
const textOf = (files: ReturnType<typeof memoryFiles>, path: string): string | undefined => {
  const file = files.kept.get(path);
  return file && fromUtf8(file.bytes);
};

Deno.test("A file that is damaged in any place loses nothing: all of it is read, set aside, or nothing but zeros", async () => {
  const garbage = ["", "garbage", "\0\0\0", "{", '"', "}}", "\nmore"];
  for (let cut = 0; cut <= TEXT.length; cut++) {
    for (const rest of garbage) {
      const files = memoryFiles({ "/f": TEXT.slice(0, cut) + rest });
      const value = await readOwnJson(files, "/f", 1000);
      const aside = textOf(files, "/f.damaged-1") ?? "";
      // A whole file again: the next command reads the same, and nothing more is set aside.
      deepStrictEqual(await readOwnJson(files, "/f", 1000), value, `${cut} ${rest}`);
      strictEqual(files.kept.has("/f.damaged-2"), false);
      if (value !== undefined) deepStrictEqual(JSON.parse(textOf(files, "/f")!.replace(/\0+$/, "")), value);
      if (cut >= TEXT.length - 1) deepStrictEqual(value, JSON.parse(TEXT));
      const left = value === undefined ? "" : JSON.stringify(value);
      for (const word of ["1", "2", "3", "garbage", "more"]) {
        if (textOf(memoryFiles({ "/f": TEXT.slice(0, cut) + rest }), "/f")!.includes(word)) {
          strictEqual((left + aside).includes(word), true, `${cut} ${rest}: ${word}`);
        }
      }
    }
  }
});

Deno.test("A file that says something else is left alone, save one that only we write", async () => {
  const files = memoryFiles({ "/f": "# notes\n" });
  deepStrictEqual(await readKeptJson(files, "/f", 1000), { other: utf8("# notes\n") });
  strictEqual(textOf(files, "/f"), "# notes\n");
  strictEqual(await readOwnJson(files, "/f", 1000), undefined);
  deepStrictEqual([textOf(files, "/f"), textOf(files, "/f.damaged-1")], ["", "# notes\n"]);
  for (const rest of ["", "\n", " \n\t\n", "\0\0", "\n\0"]) { // an editor's, and a power cut's
    const files = memoryFiles({ "/f": `{"a":1}${rest}` });
    deepStrictEqual(await readKeptJson(files, "/f", 1000), { value: { a: 1 } });
    deepStrictEqual([...files.kept.keys()], ["/f"]);
  }
  for (const nothing of ["", " \n", "\0\0"]) {
    deepStrictEqual(await readKeptJson(memoryFiles({ "/f": nothing }), "/f", 1000), {});
  }
  deepStrictEqual(await readKeptJson(memoryFiles(), "/f", 1000), {});
});
