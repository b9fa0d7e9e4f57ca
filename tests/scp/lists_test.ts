import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { belowRoot, keyNamed, parseCopyOrder } from "../../lib/scp/arguments.ts";
import { goQuote } from "../../lib/scp/quote.ts";
import { fatalLine } from "../../lib/scp/wire.ts";
import { parseWhitelist, visorScp, withKey } from "../../lib/scp/whitelist.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";

const A = "02a1a6f8a1a109355914bd8694cf3378070346138e26aab828b30e3fc7dcd7913e";
const B = "02cf1b223f907301f4a2ab046d43a4185f66f0fcb52559e92ec09bf498d9f81c4d";
const C = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

Deno.test("Whitelist of a visor: its own list, else that of pty, and the hypervisors", () => {
  const keys = (config: unknown): string[] => [...parseWhitelist(JSON.stringify(config)).keys()];
  deepStrictEqual(keys({ pty: { whitelist: [A] }, hypervisors: [B] }), [A, B]);
  deepStrictEqual(keys({ dmsgpty: { whitelist: [A] } }), [A]);
  deepStrictEqual(keys({ dmsgscp: { whitelist: [] }, pty: { whitelist: [A] } }), [A]);
  deepStrictEqual(keys({ dmsgscp: { whitelist: [C] }, pty: { whitelist: [A] }, hypervisors: [B] }), [C, B]);
  deepStrictEqual(keys({ dmsgscp: {}, hypervisors: null }), []);
  deepStrictEqual(visorScp('{"dmsgscp":{"disabled":true,"root_dir":"/x"}}'), {
    disabled: true,
    rootDir: "/x",
  });
  deepStrictEqual(visorScp('{"pty":{}}'), { disabled: false });
  deepStrictEqual(
    keys({ Pty: { WhiteList: [A] }, HYPERVISORS: [B] }),
    [A, B],
    "names in any case, as Go reads them",
  );
  deepStrictEqual(visorScp('{"DmsgScp":{"Disabled":true,"ROOT_DIR":"/y"}}'), {
    disabled: true,
    rootDir: "/y",
  });
});

Deno.test("Whitelist as plain lines has rights and a directory for each key", () => {
  const list = parseWhitelist(`# friends\n${A}\n\n${B.toUpperCase()} ro photos/2026  # bob\n${C} wo\r\n`);
  deepStrictEqual([...list], [
    [A, { read: true, write: true }],
    [B, { read: true, write: false, directory: "photos/2026" }],
    [C, { read: false, write: true }],
  ]);
});

Deno.test("Whitelist with one entry that is no key lists nobody, and does not say the entry", () => {
  const secret = "11".repeat(32);
  for (
    const text of [
      "zz\n",
      `${A}\n${secret}\n`,
      `${A} ro ../x\n`,
      `${A} ro /etc\n`,
      "0".repeat(66),
      `{"wl":["${"0".repeat(66)}"]}`,
      '{"wl":"x"}',
      '{"wl":[1]}',
      '{"pty":{"whitelist":[""]}}',
      '{"wl":',
    ]
  ) {
    throws(() => parseWhitelist(text), (error: Error) => !error.message.includes(secret.slice(0, 12)));
  }
});

// Run: a Go program that reads the file lets the same keys in.
Deno.test("Whitelist of dmsgpty has its member in any case, the last of several, and Go's white space", () => {
  const keys = (text: string): string[] => [...parseWhitelist(text).keys()];
  deepStrictEqual(keys(`{"WL":["${A}"]}`), [A]);
  deepStrictEqual(keys(`{"Wl":["${A}"],"wl":["${B}"]}`), [B]);
  deepStrictEqual(keys(`{"wl":["${A}"],"WL":[]}`), []);
  deepStrictEqual(
    keys(`{"WL":["${A}"],"wl":[],"WL":["${B}"]}`),
    [B],
    "the last in the text, not by its spelling",
  );
  deepStrictEqual(keys(JSON.stringify({ wl: [`\u0085${A}\u3000,\t${B}\n`] })), [A, B]);
  throws(() => keys(`{"wl":["\ufeff${A}"]}`), /not a public key/);
  deepStrictEqual(JSON.parse(withKey(`{"WL":["${A}"]}`, B)!), { WL: [A, B] });
  strictEqual(withKey(`{"WL":["${A}"]}`, A), undefined);
});

Deno.test("Whitelist of any kind that is empty lists nobody", () => {
  for (const text of ["", "\n# nobody\n", "{}", '{"wl":[]}', '{"wl":null}', '{"pty":{}}']) {
    strictEqual(parseWhitelist(text).size, 0, text);
  }
});

Deno.test("A key that is added leaves everything else in the file", () => {
  strictEqual(withKey(`# mine\n${A} ro`, B), `# mine\n${A} ro\n${B}\n`);
  strictEqual(withKey(`${A}\n`, A.toUpperCase()), undefined);
  deepStrictEqual(JSON.parse(withKey(`{"sk":"x","other":{"a":1},"wl":["${A}"]}`, B)!), {
    sk: "x",
    other: { a: 1 },
    wl: [A, B],
  });
  const numbers = '"big": 12345678901234567890,\n  "exp": 1e400';
  strictEqual(withKey(`{${numbers}}`, A), `{\n  ${numbers},\n  "wl": [\n    "${A}"\n  ]\n}`);
  throws(() => withKey('{"pty":{"whitelist":[]}}', A), /visor/);
});

Deno.test("One side of a copy is a peer's: a key in either case, or a name that is known", () => {
  const find = (text: string) => text === "alice" ? A : keyNamed(text);
  deepStrictEqual(parseCopyOrder(["x", "y", "alice:dir/"], find), {
    pk: A,
    path: "dir/",
    direction: "upload",
    local: ["x", "y"],
  });
  strictEqual(parseCopyOrder([`${B.toUpperCase()}:f`, "."], find).pk, B);
  deepStrictEqual(parseCopyOrder(["a:b", "alice:"], find).local, ["a:b"]);
  throws(() => parseCopyOrder(["alice:x", "alice:y", "z"], find), /one PK:PATH at a time/);
  throws(() => parseCopyOrder(["bob:x", "y"], find), /exactly one/);
  throws(() => parseCopyOrder(["./alice:x", "y"], find), /exactly one/);
  deepStrictEqual(belowRoot("//a/b"), { path: "a/b", dropped: true });
  deepStrictEqual(belowRoot("a"), { path: "a", dropped: false });
});

Deno.test("Go's quotes: controls, what is not UTF-8, spaces, what lies beyond 16 bits", () => {
  const cases: [string | Uint8Array, string][] = [
    ['a"b\\', '"a\\"b\\\\"'],
    ["\x07\b\f\n\r\t\v\x00\x7f", '"\\a\\b\\f\\n\\r\\t\\v\\x00\\x7f"'],
    ["é漢😀", '"é漢😀"'],
    ["\u00a0\u200b\u2028", '"\\u00a0\\u200b\\u2028"'],
    ["\u{e0001}", '"\\U000e0001"'],
    [Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82), '"a\\xff\\xc3(\\xe2\\x82"'],
  ];
  for (const [text, quoted] of cases) {
    strictEqual(goQuote(typeof text === "string" ? utf8(text) : text), quoted);
  }
});

Deno.test("A fatal line is one line of at most 512 bytes of text, cut between characters", () => {
  strictEqual(fromUtf8(fatalLine("a\r\nb\n")), "\x02a  b \n");
  const long = fatalLine("é".repeat(400));
  ok(long.length <= 514 && !fromUtf8(long).includes("\ufffd"));
});
