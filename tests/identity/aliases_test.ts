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
import { systemFiles } from "../../lib/sys/files/files.ts";
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

Deno.test("A name whose key is null in the file is one without a key, as Go reads it", async () => {
  const host = hostWith({ [CONFIG]: `{"a":null,"b":"${B}"}` });
  deepStrictEqual([...await readAliases(host)], [["b", B]]);
  await addAlias(host, "c", A);
  strictEqual(text(host, CONFIG), file({ a: "", b: B, c: A }), "kept when another changes");
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

Deno.test("Aliases that several programs add and remove at once are all there, and gone", async () => {
  const home = await Deno.makeTempDir();
  try {
    const env = (name: string) => name === "HOME" ? home : undefined;
    const host: AliasHost = { files: systemFiles, os: "unix", env };
    const names = Array.from({ length: 12 }, (_, number) => `n${number}`);
    await Promise.all(names.map((name) => addAlias(host, name, A)));
    deepStrictEqual([...(await readAliases(host)).keys()].sort(), [...names].sort());
    const removed = names.slice(6).map((name) => removeAlias(host, name));
    await Promise.all([...removed, addAlias(host, "late", B)]);
    deepStrictEqual([...(await readAliases(host)).keys()].sort(), ["late", ...names.slice(0, 6)]);
    const kept = await Array.fromAsync(Deno.readDir(`${home}/.config/skywire`), ({ name }) => name);
    deepStrictEqual(kept, ["skychat-aliases.json"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("Alias file that is no object of texts is refused, and left alone", async () => {
  for (const wrong of ["[]", "null", "{", '{"a":1}', '"a"']) {
    const host = hostWith({ [CONFIG]: wrong });
    const isLocal = (error: unknown) => error instanceof UserError && error.kind === "local";
    await rejects(readAliases(host), isLocal);
    await rejects(addAlias(host, "a", A), isLocal);
    strictEqual(text(host, CONFIG), wrong);
  }
});

Deno.test("Alias file with garbage at its end is used, and the garbage set aside", async () => {
  const host = hostWith({ [CONFIG]: `{"a":"${A}"}\ngarbage` });
  deepStrictEqual([...await readAliases(host)], [["a", A]]);
  strictEqual(text(host, CONFIG), `{"a":"${A}"}\n`);
  strictEqual(text(host, `${CONFIG}.damaged-1`), "garbage");
  await addAlias(host, "b", B);
  strictEqual((await readAliases(host)).size, 2);
});

Deno.test("Of an alias file that breaks off the whole names are used; one with nothing in it has none", async () => {
  const host = hostWith({ [CONFIG]: `{\n  "a": "${A}",\n  "b": "02ab` });
  deepStrictEqual([...await readAliases(host)], [["a", A]]);
  strictEqual(text(host, `${CONFIG}.damaged-1`), `,\n  "b": "02ab`);
  await addAlias(host, "b", B);
  strictEqual((await readAliases(host)).size, 2);
  for (const nothing of ["", "\n", "\0\0\0"]) {
    const host = hostWith({ [CONFIG]: nothing });
    strictEqual((await readAliases(host)).size, 0);
    strictEqual(text(host, CONFIG), nothing);
  }
});

Deno.test("Alias file is written as Go does: in the order of bytes, with what HTML reads escaped", () => {
  strictEqual(
    file({ "\u{1F600}": A, "\uFFFD": A, "<b>": A, B: A, b: A }),
    `{\n  "\\u003cb\\u003e": "${A}",\n  "B": "${A}",\n  "b": "${A}",\n  "\uFFFD": "${A}",\n  "\u{1F600}": "${A}"\n}\n`,
  );
});

Deno.test("Peer is a key or the exact name of an alias", async () => {
  const aliases = new Map([["a", A]]);
  deepStrictEqual([await resolvePeer("a", aliases), await resolvePeer(B.toUpperCase(), aliases)], [A, B]);
  for (const other of ["A", "", B.slice(1), "__proto__"]) {
    await rejects(resolvePeer(other, aliases), /is neither a valid PK nor a known alias/);
  }
});

Deno.test("Peer has a name also where its letters are composed otherwise, unless two look the same", async () => {
  const [one, two] = ["\u00e9va", "e\u0301va"];
  deepStrictEqual(await resolvePeer(one, new Map([[two, A], ["\u00e8va", B]])), A);
  deepStrictEqual(await resolvePeer(two, new Map([[one, A], ["eva", B]])), A);
  const both = new Map([[one, A], [two, B]]);
  deepStrictEqual([await resolvePeer(one, both), await resolvePeer(two, both)], [A, B]);
  const [three, four, typed] = ["\u1e69", "\u1e61\u0323", "s\u0323\u0307"];
  await rejects(
    resolvePeer(typed, new Map([[three, A], [four, B]])),
    /is neither a valid PK nor a known alias/,
  );
  await rejects(resolvePeer("\ufb01n", new Map([["fin", A]])), /is neither a valid PK nor a known alias/);
});

Deno.test("A name that is given another key or removed is found as it is where a peer is named", async () => {
  const [one, two, three] = ["\u1e69", "\u1e61\u0323", "s\u0323\u0307"];
  const host = hostWith({ [CONFIG]: file({ [one]: A, "s": B }), [SEED]: file({ [three]: A }) });
  strictEqual(await addAlias(host, two, B), A, "both that look like it have this key");
  deepStrictEqual([...await readAliases(host)], [[three, A], ["s", B], [two, B]]);
  strictEqual(await removeAlias(host, one), false, "two look like it");
  strictEqual(await removeAlias(host, three), true);
  deepStrictEqual([text(host, CONFIG), text(host, SEED)], [file({ s: B, [two]: B }), "{}\n"]);
  strictEqual(await addAlias(host, one, A), B);
  strictEqual(await removeAlias(host, two), true);
  deepStrictEqual([...await readAliases(host)], [["s", B]]);
});

Deno.test("What a name stood for before is a key, or nothing", async () => {
  const host = hostWith({ [CONFIG]: `{"a":"${A.toUpperCase()}","bad":"02","null":null}` });
  strictEqual(await addAlias(host, "a", B), A);
  for (const name of ["bad", "null", "new"]) strictEqual(await addAlias(host, name, B), undefined, name);
});

Deno.test("A peer that is none is told what is wrong with the key, or which name may be meant", async () => {
  const aliases = new Map([["alice", A], ["alicia", A], ["bob", B]]);
  const rule = "A public key is 66 hex characters that begin with 02 or 03";
  const cases: [string, string][] = [
    ["alcie", "Did you mean alice or alicia?"],
    ["Bob", "Did you mean bob?"],
    ["ali", "Did you mean alice or alicia?"],
    ["zoe", "`dmsg alias ls` shows all names."],
    ["02ab", `${rule}; this has 4.`],
    [A.slice(0, 64), `${rule}; this has 64, like a secret key, which belongs on no command line.`],
    [`04${A.slice(2)}`, `${rule}; this begins otherwise.`],
    [`0${"O".repeat(65)}`, `${rule}; this has others.`],
    [
      `02${"0".repeat(64)}`,
      "It looks like a public key, but there is no such point on the curve: a character is wrong.",
    ],
  ];
  for (const [text, hint] of cases) {
    await rejects(resolvePeer(text, aliases), (error: UserError) => {
      deepStrictEqual([error.hint, /[0-9a-f]{32}/.test(error.message)], [hint, false], text);
      return true;
    });
  }
});

Deno.test("Alias arguments are taken in either order", async () => {
  const known = new Map([["b", B]]);
  deepStrictEqual(await aliasArguments("a", A, known), { name: "a", pk: A });
  deepStrictEqual(await aliasArguments(A, "a", known), { name: "a", pk: A });
  deepStrictEqual(await aliasArguments("a", "b", known), { name: "a", pk: B });
  await rejects(aliasArguments("b", "a", known), /"a" is neither a valid PK nor a known alias/);
  await rejects(aliasArguments(`05${A.slice(2)}`, "a", known), /That is neither a valid PK/);
  await rejects(aliasArguments(A, B, known), /can't be the name/);
});

Deno.test("Alias names that could not be typed, or not be told apart, are refused", () => {
  const untyped = ["", "1", "1abc", "-a", "a,b", "a:1", "a\nb", A, "@ops", "all", "admins", "me"];
  const unseen = [
    " ",
    "\u00a0",
    " a",
    "a ",
    "a  b",
    "a\u00a0b",
    "a\u202eb",
    "a\u200bb",
    "\u2800",
    "\u3164",
    "\u0301a",
  ];
  for (const name of [...untyped, ...unseen, "a".repeat(33), `a${"\u0301".repeat(300)}`]) {
    throws(() => checkAliasName(name), UserError, name);
  }
  for (
    const name of [
      "a",
      "Bob",
      "bob smith",
      "All",
      "a@b",
      "mel",
      "ü",
      "a-1",
      "_",
      "é",
      "名前",
      "❤️",
      "a".repeat(32),
    ]
  ) {
    checkAliasName(name);
  }
});
