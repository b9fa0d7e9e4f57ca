import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import {
  addAlias,
  aliasArguments,
  type AliasHost,
  checkAliasName,
  formatAliases,
  readAliases,
  removeAlias,
  resolvePeer,
} from "../../lib/identity/aliases.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { type MemoryFiles, memoryFiles } from "../fakes/files.ts";

const A = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const B = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const CONFIG = "/h/.config/skywire/skychat-aliases.json";
const SEED = "/h/.skywire/skychat-aliases.json";

function hostWith(texts: Record<string, string>): AliasHost & { files: MemoryFiles } {
  return { files: memoryFiles(texts), os: "unix", env: (name) => name === "HOME" ? "/h" : undefined };
}

const file = (aliases: Record<string, string>): string => formatAliases(new Map(Object.entries(aliases)));
const text = (host: { files: MemoryFiles }, path: string): string | undefined => {
  const kept = host.files.kept.get(path);
  return kept && fromUtf8(kept.bytes);
};

Deno.test("Aliases of both places are read, and the configuration directory wins", async () => {
  const host = hostWith({ [CONFIG]: file({ a: A }), [SEED]: file({ a: B, b: B }) });
  deepStrictEqual([...await readAliases(host)], [["a", A], ["b", B]]);
  deepStrictEqual([...await readAliases(hostWith({}))], []);
});

Deno.test("Alias goes to the configuration directory, with mode 0600", async () => {
  for (
    const before of [{}, { [CONFIG]: file({ z: B }), [SEED]: file({ b: B }) }] as Record<string, string>[]
  ) {
    const host = hostWith(before);
    strictEqual(await addAlias(host, "a", A), undefined);
    strictEqual(host.files.kept.get(CONFIG)!.mode, 0o600);
    strictEqual((await readAliases(host)).get("a"), A);
    strictEqual(text(host, SEED), before[SEED]);
  }
});

Deno.test("Alias goes to the older place when only that is there", async () => {
  const host = hostWith({ [SEED]: file({ a: B }) });
  strictEqual(await addAlias(host, "a", A), B);
  deepStrictEqual([text(host, CONFIG), text(host, SEED)], [undefined, file({ a: A })]);
});

Deno.test("Alias is removed from wherever it is", async () => {
  const host = hostWith({ [CONFIG]: file({ a: A }), [SEED]: file({ a: B, b: B }) });
  deepStrictEqual([await removeAlias(host, "a"), await removeAlias(host, "a")], [true, false]);
  deepStrictEqual([text(host, CONFIG), text(host, SEED)], ["{}\n", file({ b: B })]);
});

Deno.test("Alias file with a mistyped key keeps it when another name changes", async () => {
  const host = hostWith({ [CONFIG]: `{"bad":"02","a":"${A.toUpperCase()}"}` });
  deepStrictEqual([...await readAliases(host)], [["a", A]]);
  await addAlias(host, "b", B);
  deepStrictEqual(JSON.parse(text(host, CONFIG)!), { a: A.toUpperCase(), b: B, bad: "02" });
});

Deno.test("Alias file that is no object of texts is refused, and left alone", async () => {
  for (const wrong of ["", "[]", "null", "{", '{"a":1}', '"a"']) {
    const host = hostWith({ [CONFIG]: wrong });
    const isLocal = (error: unknown) => error instanceof UserError && error.kind === "local";
    await rejects(readAliases(host), isLocal);
    await rejects(addAlias(host, "a", A), isLocal);
    strictEqual(text(host, CONFIG), wrong);
  }
});

Deno.test("Alias file is written as Go does: in the order of bytes, with what HTML reads escaped", () => {
  strictEqual(
    file({ "\u{1F600}": A, "\uFFFD": A, "<b>": A, B: A, b: A }),
    `{\n  "\\u003cb\\u003e": "${A}",\n  "B": "${A}",\n  "b": "${A}",\n  "\uFFFD": "${A}",\n  "\u{1F600}": "${A}"\n}\n`,
  );
});

Deno.test("Peer is a key or the exact name of an alias", () => {
  const aliases = new Map([["a", A]]);
  deepStrictEqual([resolvePeer("a", aliases), resolvePeer(B.toUpperCase(), aliases)], [A, B]);
  for (const other of ["A", "", B.slice(1), "__proto__"]) {
    throws(() => resolvePeer(other, aliases), /is neither a valid PK nor a known alias/);
  }
});

Deno.test("Alias arguments are taken in either order", () => {
  deepStrictEqual(aliasArguments("a", A), { name: "a", pk: A });
  deepStrictEqual(aliasArguments(A, "a"), { name: "a", pk: A });
  throws(() => aliasArguments("a", "b"), /Neither argument/);
  throws(() => aliasArguments(A, B), UserError);
});

Deno.test("Alias names that could not be typed are refused", () => {
  for (const name of ["", "1", "1abc", "-a", "a,b", "a:1", "a\nb", A]) {
    throws(() => checkAliasName(name), UserError, name);
  }
  for (const name of ["a", "Bob", "bob smith", "ü", "a-1", "_"]) checkAliasName(name);
});
